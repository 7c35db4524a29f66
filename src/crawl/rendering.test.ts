import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { type StaticPage, type StaticServer, startStaticServer } from '../../testing/static-server.ts';
import { isPeregrineError, silentLog, systemClock, toCollectionId } from '../base/index.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import { TinySink } from '../../testing/tiny-sink.ts';
import { findBrowser } from './find-browser.ts';
import { createBrowserRenderer } from './browser-renderer.ts';
import { createCrawler } from './create-crawler.ts';
import type { RenderedPage, Renderer, RenderRequest } from './renderer.ts';

const MAIN = toCollectionId(1);
const skip = findBrowser() === undefined ? 'there is no Chromium' : false;
const SHELL = '<title>Shell</title><div id="app"></div><script src="/app.js"></script>';
/** Fills the shell with what it is given for the path; every page leads to two others. */
const APP = `fetch('/data?path=' + location.pathname).then((r) => r.json()).then(({ title, text, links }) => {
  document.title = title;
  document.getElementById('app').innerHTML =
    '<p>' + text + '</p>' + links.map((l) => '<a href="' + l + '">page ' + l + '</a>').join(' ');
});`;

const pathOf = (page: number): string => (page === 0 ? '/' : `/p${page}`);

/** A site of `count` pages that are made by scripts alone, as a tree. */
function scriptedSite(count: number): Record<string, StaticPage> {
  const pages: Record<string, StaticPage> = {
    '/app.js': { headers: { 'content-type': 'text/javascript' }, body: APP },
  };
  for (let page = 0; page < count; page++) {
    pages[pathOf(page)] = SHELL;
    const links = [2 * page + 1, 2 * page + 2].filter((other) => other < count).map(pathOf);
    const body = JSON.stringify({
      title: `Page ${page}`,
      text: `What page ${page} says. `.repeat(12),
      links,
    });
    pages[`/data?path=${pathOf(page)}`] = { headers: { 'content-type': 'application/json' }, body };
  }
  return pages;
}

/** Counts what is rendered. */
class CountingRenderer implements Renderer {
  readonly rendered: string[] = [];
  readonly #inner = createBrowserRenderer();

  render(request: RenderRequest): Promise<RenderedPage> {
    this.rendered.push(request.url);
    return this.#inner.render(request);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

async function crawlSite(
  context: TestContext,
  server: StaticServer,
): Promise<{ sink: TinySink; rendered: readonly string[] }> {
  const [sink, renderer] = [new TinySink(), new CountingRenderer()];
  const crawler = createCrawler({
    shards: sortedShards(),
    sink,
    renderer,
    clock: systemClock,
    log: silentLog,
    version: '0',
    retryDelays_ms: [],
  });
  context.after(() => crawler.close());
  const request = { seeds: [`${server.origin}/`], delay_ms: 1, allowPrivate: true, render: 'auto' } as const;
  await crawler.start(MAIN, request);
  await crawler.done(MAIN);
  return { sink, rendered: renderer.rendered };
}

async function serve(context: TestContext, pages: Record<string, StaticPage>): Promise<StaticServer> {
  const server = await startStaticServer({ pages });
  context.after(() => server.close());
  return server;
}

describe('rendering', { skip }, () => {
  test('finds a site whole that is made by scripts alone, and asks for each script once', async (context) => {
    const server = await serve(context, scriptedSite(7));
    const { sink } = await crawlSite(context, server);
    assert.equal(sink.paths().filter((path) => path === '/' || path.startsWith('/p')).length, 7);
    assert.match([...sink.documents.values()][0]?.title ?? '', /^Page \d+$/);
    assert.equal(server.count('/app.js'), 1);
  });

  test('leaves a static site alone, though it has scripts', async (context) => {
    const text = 'A page that says all that it has to say. '.repeat(10);
    const server = await serve(context, {
      '/': `<title>Home</title><script src="/count.js"></script><p>${text}</p><a href="/a">a</a>`,
      '/a': `<title>A</title><script src="/count.js"></script><p>More: ${text}</p>`,
    });
    const { sink, rendered } = await crawlSite(context, server);
    assert.deepEqual(sink.paths(), ['/', '/a']);
    assert.deepEqual(rendered, []);
    assert.equal(server.count('/count.js'), 0);
  });

  test('gives scripts nothing that robots.txt forbids, and lets no request past the crawler', async (context) => {
    const other = await serve(context, { '/secret': 'secret' });
    const port = other.port;
    const app = `
      fetch('/private/data').catch(() => 0);
      fetch('http://localhost:${port}/secret', { mode: 'no-cors' }).catch(() => 0);
      navigator.sendBeacon('http://127.0.0.1:${port}/secret');
      try { new WebSocket('ws://127.0.0.1:${port}/secret'); } catch {}
      new Image().src = 'http://127.0.0.1:${port}/secret';
      document.getElementById('app').innerHTML = '<p>${'text of this page '.repeat(10)}</p>';
      setTimeout(() => { location.href = 'http://127.0.0.1:${port}/secret'; }, 0);`;
    const server = await serve(context, {
      '/': SHELL,
      '/app.js': { headers: { 'content-type': 'text/javascript' }, body: app },
      '/robots.txt': 'User-agent: *\nDisallow: /private/',
      '/private/data': 'private',
    });
    const renderer = createBrowserRenderer();
    context.after(() => renderer.close());
    const asked: string[] = [];
    const { html } = await renderer.render({
      url: `${server.origin}/`,
      page: { status: 200, headers: { 'content-type': 'text/html' }, bytes: Buffer.from(SHELL) },
      provide: async (url) => {
        asked.push(new URL(url).pathname);
        return url.endsWith('/app.js')
          ? { status: 200, headers: { 'content-type': 'text/javascript' }, bytes: Buffer.from(app) }
          : undefined;
      },
    });
    assert.match(html, /text of this page/);
    assert.deepEqual(other.requests, [], 'nothing reached it but what we would have given');
    assert.deepEqual(new Set(asked), new Set(['/app.js', '/private/data', '/secret']));
    const { sink } = await crawlSite(context, server);
    assert.deepEqual(sink.paths(), ['/']);
    assert.equal(server.count('/private/data'), 0);
  });

  test('ends what never ends, and goes on with another browser', async (context) => {
    const renderer = createBrowserRenderer({ timeout_ms: 3_000 });
    context.after(() => renderer.close());
    const render = (body: string): Promise<RenderedPage> =>
      renderer.render({
        url: 'http://site.test/',
        page: { status: 200, headers: { 'content-type': 'text/html' }, bytes: Buffer.from(body) },
        provide: async () => undefined,
      });
    await assert.rejects(render('<script>for (;;);</script>'), { code: 'PARSE_TIMEOUT' });
    // On a busy machine a browser that has just begun may take as long as a page may.
    const good = (): Promise<string> =>
      render('<p id="a"></p><script>a.textContent = "on"</script>').then(
        ({ html }) => html,
        (error: unknown) => (isPeregrineError(error, 'PARSE_TIMEOUT') ? '' : Promise.reject(error)),
      );
    let html = await good();
    for (let tries = 1; html === '' && tries < 10; tries++) html = await good();
    assert.match(html, /<p id="a">on<\/p>/);
  });

  test('has another browser after so many pages, though some are always under way', async (context) => {
    const renderer = createBrowserRenderer({ pagesPerBrowser: 2 });
    context.after(() => renderer.close());
    const seen = new Set<number>();
    const lane = async (): Promise<void> => {
      for (let n = 0; n < 3; n++) {
        const { html } = await renderer.render({
          url: 'http://site.test/',
          page: {
            status: 200,
            headers: { 'content-type': 'text/html' },
            bytes: Buffer.from('<p id="a"></p><script src="/a.js"></script>'),
          },
          provide: async () => {
            for (const pid of ownBrowsers()) seen.add(pid);
            return { status: 200, headers: {}, bytes: Buffer.from('a.textContent = "there"') };
          },
        });
        assert.match(html, /<p id="a">there<\/p>/);
      }
    };
    await Promise.all([lane(), lane()]);
    assert.equal(seen.size, 3);
    while (ownBrowsers().length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test('renders a page again whose browser went away under it', async (context) => {
    const renderer = createBrowserRenderer();
    context.after(() => renderer.close());
    let asked = 0;
    const { html } = await renderer.render({
      url: 'http://site.test/',
      page: {
        status: 200,
        headers: { 'content-type': 'text/html' },
        bytes: Buffer.from('<p id="a"></p><script src="/a.js"></script>'),
      },
      provide: async () => {
        asked += 1;
        if (asked === 1) for (const pid of ownBrowsers()) process.kill(pid, 'SIGKILL');
        return { status: 200, headers: {}, bytes: Buffer.from('a.textContent = "there"') };
      },
    });
    assert.match(html, /<p id="a">there<\/p>/);
    assert.equal(asked, 2);
  });
});

/** Browsers that this process started. */
function ownBrowsers(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        return Number(parent) === process.pid && command.includes('--headless');
      } catch {
        return false;
      }
    });
}
