/** Renders pages in a browser: few at once, each in a context of its own, with caps on time, memory and resources. */

import type { BrowserContext, Page, Route } from 'playwright-core';
import { isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import { BrowserProcess } from './browser-process.ts';
import { BrowserRelay } from './browser-relay.ts';
import { Permits } from './permits.ts';
import type { RenderedPage, Renderer, RenderRequest, RenderResource } from './renderer.ts';

export interface BrowserRendererOptions {
  /** What scripts and servers are told. */
  readonly userAgent?: string;
  /** Default: the system's Chromium. */
  readonly executable?: string;
  /** Pages at once; default 2. */
  readonly pages?: number;
  /** For one page, ms; default 20,000. */
  readonly timeout_ms?: number;
  /** The browser's processes together; default 1 GiB. */
  readonly memory_bytes?: number;
  /** Pages after which another browser takes over; default 200. */
  readonly pagesPerBrowser?: number;
  /** Time without work after which the browser ends, ms; default 10,000. */
  readonly idle_ms?: number;
}

const MAX_RESOURCES = 60;
const MAX_HTML_CHARACTERS = 16 * 1024 * 1024;
/** A page whose scripts ask for nothing for so long has said what it has to say. */
const QUIET_MS = 500;
const LOOK_EVERY_MS = 25;
/** A page that loses its browser is rendered so often. */
const TRIES = 2;
/** What text and links may come from. */
const USEFUL: ReadonlySet<string> = new Set(['document', 'script', 'xhr', 'fetch']);

export function createBrowserRenderer(options: BrowserRendererOptions = {}): Renderer {
  return new BrowserRenderer(options);
}

class BrowserRenderer implements Renderer {
  readonly #options: Required<Omit<BrowserRendererOptions, 'executable' | 'userAgent'>> &
    Pick<BrowserRendererOptions, 'executable' | 'userAgent'>;
  readonly #places: Permits;
  readonly #browsers: BrowserRelay;

  constructor(options: BrowserRendererOptions) {
    this.#options = {
      ...(options.executable !== undefined && { executable: options.executable }),
      ...(options.userAgent !== undefined && { userAgent: options.userAgent }),
      pages: options.pages ?? 2,
      timeout_ms: options.timeout_ms ?? 20_000,
      memory_bytes: options.memory_bytes ?? 2 ** 30,
      pagesPerBrowser: options.pagesPerBrowser ?? 200,
      idle_ms: options.idle_ms ?? 10_000,
    };
    this.#places = new Permits(this.#options.pages);
    const { pagesPerBrowser, idle_ms } = this.#options;
    const start = (): Promise<BrowserProcess> => BrowserProcess.start(this.#options);
    this.#browsers = new BrowserRelay({ start, pagesPerBrowser, idle_ms });
  }

  async render(request: RenderRequest): Promise<RenderedPage> {
    const leave = await this.#places.acquire(request.signal);
    try {
      for (let left = TRIES; ; left--) {
        let used: BrowserProcess | undefined;
        try {
          return await this.#browsers.use((process) => {
            used = process;
            return this.#within(process, request);
          });
        } catch (error) {
          // The browser went away under it: most likely ended for the sake of the page beside it.
          const isInnocent =
            used?.isGone === true && !used.hasOverflown && isPeregrineError(error, 'PARSE_FAILED');
          if (!isInnocent || left <= 1) throw error;
        }
      }
    } finally {
      leave();
    }
  }

  close(): Promise<void> {
    return this.#browsers.close();
  }

  async #within(process: BrowserProcess, request: RenderRequest): Promise<RenderedPage> {
    const { timeout_ms, userAgent } = this.#options;
    const over = Promise.withResolvers<never>();
    over.promise.catch(() => undefined);
    const timer = setTimeout(
      () =>
        over.reject(
          new PeregrineError('PARSE_TIMEOUT', `The page's scripts took longer than ${timeout_ms} ms.`, {
            url: request.url,
          }),
        ),
      timeout_ms,
    );
    const onAbort = (): void => over.reject(new PeregrineError('CANCELLED', 'The rendering was cancelled.'));
    request.signal?.addEventListener('abort', onAbort, { once: true });
    let context: BrowserContext | undefined;
    try {
      context = await Promise.race([
        process.browser.newContext({
          serviceWorkers: 'block',
          acceptDownloads: false,
          ...(userAgent !== undefined && { userAgent }),
        }),
        over.promise,
      ]);
      return await Promise.race([renderIn(context, request), over.promise]);
    } catch (error) {
      throw explain(error, request.url, process);
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      // A page that spins in a loop does not close when asked: then the browser goes.
      await closed(context, process);
    }
  }
}

const CLOSE_LIMIT_MS = 2_000;

async function closed(context: BrowserContext | undefined, process: BrowserProcess): Promise<void> {
  const timer = setTimeout(() => void process.end(), CLOSE_LIMIT_MS);
  await context?.close().catch(() => undefined);
  clearTimeout(timer);
}

async function renderIn(context: BrowserContext, request: RenderRequest): Promise<RenderedPage> {
  const page = await context.newPage();
  const traffic = { open: 0, given: 0, isThere: false, last_ms: performance.now() };
  page.on('dialog', (dialog) => void dialog.dismiss().catch(() => undefined));
  await context.route('**/*', async (route) => {
    traffic.open += 1;
    try {
      await answer(route, page, request, traffic);
    } catch {
      await route.abort().catch(() => undefined);
    } finally {
      traffic.open -= 1;
      traffic.last_ms = performance.now();
    }
  });
  // Sockets of their own are nobody's to answer.
  await context.routeWebSocket('**/*', (socket) => void socket.close());
  // Scripts that want to lead elsewhere would keep "loaded" from ever being told, so it is asked for.
  await page.goto(request.url, { waitUntil: 'commit' });
  const isLoading = (): Promise<boolean> => page.evaluate(`document.readyState === 'loading'`);
  while (traffic.open > 0 || performance.now() - traffic.last_ms < QUIET_MS || (await isLoading())) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const html = await page.content();
  if (html.length > MAX_HTML_CHARACTERS) {
    throw new PeregrineError(
      'TOO_LARGE',
      `The rendered page is larger than ${MAX_HTML_CHARACTERS} characters.`,
    );
  }
  return { html, resources: traffic.given };
}

async function answer(
  route: Route,
  page: Page,
  { url, page: own, provide }: RenderRequest,
  traffic: { given: number; isThere: boolean },
): Promise<void> {
  const asked = route.request();
  const isPage = asked.isNavigationRequest() && asked.frame() === page.mainFrame();
  if (isPage) {
    // The page itself, once; wherever its scripts want to go instead is another page.
    if (stripped(asked.url()) === stripped(url) && !traffic.isThere) {
      traffic.isThere = true;
      return give(route, own);
    }
    // "No content" leaves the page where it is; a refusal would put an error in its place.
    return route.fulfill({ status: 204 });
  }
  const isUseful =
    asked.method() === 'GET' && USEFUL.has(asked.resourceType()) && /^https?:/.test(asked.url());
  if (!isUseful || traffic.given >= MAX_RESOURCES) return route.abort();
  traffic.given += 1;
  const resource = await provide(asked.url());
  return resource === undefined ? route.abort() : give(route, resource);
}

async function give(route: Route, { status, headers, bytes }: RenderResource): Promise<void> {
  await route.fulfill({
    status,
    // The body is unpacked already, and no cookie or policy of the site's is of use here.
    headers: {
      'content-type': headers['content-type'] ?? 'text/html',
      'access-control-allow-origin': headers['access-control-allow-origin'] ?? '*',
    },
    body: Buffer.from(bytes),
  });
}

const stripped = (url: string): string => url.split('#', 1)[0] ?? '';

function explain(error: unknown, url: string, process: BrowserProcess): PeregrineError {
  if (process.hasOverflown) {
    return new PeregrineError(
      'OUT_OF_MEMORY',
      'The page needs more memory than a browser may have.',
      { url },
      error,
    );
  }
  if (error instanceof PeregrineError) return error;
  const why = messageOf(error).split('\n', 1)[0] ?? '';
  return new PeregrineError('PARSE_FAILED', `The page can't be rendered: ${why}`, { url }, error);
}
