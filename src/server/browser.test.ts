import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { type Browser, chromium, type Page } from 'playwright-core';

import { KEY, withServer } from '../../testing/served-engine.ts';
import { startStaticServer } from '../../testing/static-server.ts';
import { ADMIN_SECTIONS } from './admin/shell.ts';
import { listen } from './create-server.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CHROMIUM = '/usr/bin/chromium';
const skip = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

const STORED = '/get?url=https://birds.example.org/kestrel';
/** What anybody sees. */
const PUBLIC_PAGES = [
  '/',
  '/?hl=ar',
  '/search?q=eyrie',
  '/search?q=eyrie&hl=ar',
  '/search?q=nothing+at+all',
  '/search?q=nothing+at+all&hl=ja',
  STORED,
  `${STORED}&view=text`,
  '/nowhere',
  '/admin/sign-in',
];
/** Every page of the administration, and those of them that answer a question. */
const ADMIN_PAGES = [
  ...ADMIN_SECTIONS.map(([, path]) => path),
  '/admin/query?q=falcon&url=https://birds.example.org/nowhere',
  '/admin/terms?word=falcon',
  '/admin/parse?of=https://birds.example.org/kestrel',
  '/admin/documents?of=https://birds.example.org/kestrel&q=falcon',
  `/admin/rules?${new URLSearchParams({ rules: 'skip path ^= "/private/"', urls: 'https://a.example.org/private/b' }).toString()}`,
];

/** Widths and colours that pages are looked at in. */
const WAYS = [
  [360, 'dark'],
  [768, 'light'],
  [1440, 'light'],
] as const;

/** What axe finds, one line each. Run past the page's policy, which forbids scripts that are not ours. */
async function brokenRules(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  // Colours that are still turning into others are none that anybody reads.
  const run = `if (typeof axe === 'undefined') { ${AXE} }
    Promise.all(document.getAnimations()
      .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity).map(({ finished }) => finished))
    .then(() => axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], iframes: false
    }))
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`;
  const { result } = await session.send('Runtime.evaluate', {
    expression: run,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return result.value as readonly string[];
}

/** Waits until a page of results has so many: a page that is called for is not there yet. */
async function shows(page: Page, hits: number): Promise<void> {
  const shown = page.locator('.hits > li');
  for (let tries = 0; tries < 500 && (await shown.count()) !== hits; tries++) await page.waitForTimeout(20);
  assert.equal(await shown.count(), hits);
}

/** Controls that nobody can name to a machine, as markup. */
const NAMELESS = `[...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, iframe')].filter((e) =>
  !(e.textContent.trim() || e.ariaLabel || e.title || (e.labels && e.labels.length))).map((e) => e.outerHTML)`;

describe('in a browser', { skip }, () => {
  let browser: Browser;

  before(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
      ],
    });
  });

  after(async () => browser.close());

  /** Runs `use` with a page; whatever the browser blocks or complains of fails the test. */
  async function visit(
    options: { javaScriptEnabled?: boolean; width?: number; expected?: RegExp },
    use: (page: Page, origin: string) => Promise<void>,
  ): Promise<void> {
    await withServer(
      async ({ server, engine }) => {
        for (let n = 0; n < 25; n++) {
          await engine.inject('main', {
            url: `https://many.example.org/a/rather/long/way/to/page-${n}?with=parameters&n=${n}`,
            content: `<html lang="en"><title>Eyrie number ${n}</title><p>${'An eyrie on a cliff. '.repeat(9)}</p></html>`,
          });
        }
        const origin = await listen(server, { port: 0 });
        const context = await browser.newContext({
          javaScriptEnabled: options.javaScriptEnabled ?? true,
          viewport: { width: options.width ?? 1280, height: 800 },
        });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => {
          if (message.type() === 'error') complaints.push(message.text());
        });
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('dialog', (dialog) => {
          complaints.push(`a dialog: ${dialog.message()}`);
          void dialog.dismiss();
        });
        await use(page, origin);
        await context.close();
        assert.deepEqual(
          complaints.filter((complaint) => options.expected?.test(complaint) !== true),
          [],
        );
      },
      { liveInterval_ms: 50 },
    );
  }

  test('people search, turn pages and open a stored copy without any script', async () => {
    await visit({ javaScriptEnabled: false, width: 390 }, async (page, origin) => {
      await page.goto(origin);
      await page.getByRole('searchbox', { name: 'Search' }).fill('eyrie');
      await page.getByRole('searchbox').press('Enter');
      await page.getByText('25 results').waitFor();
      await shows(page, 10);
      await page.getByRole('link', { name: 'Next' }).click();
      await page.getByRole('link', { name: 'Page 3' }).click();
      await shows(page, 5);
      await page.getByRole('link', { name: 'Stored copy' }).first().click();
      const stored = page.frameLocator('iframe');
      await stored.getByText('An eyrie on a cliff.').first().waitFor();
    });
  });

  test('the keyboard reaches the box and every result', async () => {
    await visit({}, async (page, origin) => {
      await page.goto(`${origin}/search?q=eyrie`);
      const focused = async (): Promise<string> =>
        page.evaluate('document.activeElement.id || document.activeElement.textContent');
      await page.keyboard.press('j');
      const first = await focused();
      assert.match(first, /Eyrie number/);
      await page.keyboard.press('j');
      assert.notEqual(await focused(), first);
      await page.keyboard.press('k');
      assert.equal(await focused(), first);
      await page.keyboard.press('/');
      assert.equal(await focused(), 'q');
      await page.keyboard.type('j/k');
      assert.equal(await page.inputValue('#q'), 'j/k');
      await page.keyboard.press('Escape');
      assert.notEqual(await focused(), 'q');
    });
  });

  for (const [whose, pages] of [
    ['that anybody sees', PUBLIC_PAGES],
    ['of the administration', ADMIN_PAGES],
  ] as const) {
    test(`every page ${whose} fits its screen, names its parts and breaks no rule of WCAG 2.2 AA that a program can check`, async () => {
      await visit({ expected: /404 \(Not Found\)/ }, async (page, origin) => {
        await page.goto(`${origin}/admin`);
        await page.getByLabel('Admin key').fill(KEY);
        await page.getByRole('button', { name: 'Sign in' }).click();
        for (const [turn, path] of pages.entries()) {
          await page.goto(`${origin}${path}`);
          for (const [n, [width, colorScheme]] of WAYS.entries()) {
            await page.setViewportSize({ width, height: 800 });
            await page.emulateMedia({ colorScheme });
            const overflow_px = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
            assert.ok(Number(overflow_px) <= 0, `${path} at ${width} is ${String(overflow_px)} px too wide`);
            // The pages of the administration are alike: axe looks at each in one of the three ways.
            if (pages === ADMIN_PAGES && turn % WAYS.length !== n) continue;
            assert.deepEqual(await brokenRules(page), [], `${path} at ${width}, ${colorScheme}`);
          }
          assert.deepEqual(await page.evaluate(NAMELESS), [], path);
          for (const landmark of ['main', 'contentinfo'] as const) {
            assert.equal(await page.getByRole(landmark).count(), 1, `${path} has one ${landmark}`);
          }
          assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, path);
        }
      });
    });
  }

  test('nothing moves while a page is drawn, and few files are asked for', async () => {
    await visit({ width: 390 }, async (page, origin) => {
      await page.addInitScript(`globalThis.moved = 0;
        new PerformanceObserver((list) => { for (const { value } of list.getEntries()) globalThis.moved += value; })
          .observe({ type: 'layout-shift', buffered: true });`);
      for (const path of ['/', '/search?q=eyrie', '/docs/operating']) {
        let requests = 0;
        const count = (): unknown => (requests += 1);
        page.on('request', count);
        await page.goto(`${origin}${path}`, { waitUntil: 'load' });
        // What is drawn then has been told by the second frame after it.
        const moved = await page.evaluate(
          'new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => told(moved)))))',
        );
        page.off('request', count);
        assert.equal(moved, 0, path);
        assert.ok(requests <= 5, `${path} asks for ${requests} files`);
      }
    });
  });

  test('text that a script turns into markup is refused, whatever script it is', async () => {
    await visit({ expected: /TrustedHTML|Content Security Policy/ }, async (page, origin) => {
      await page.goto(`${origin}/search?q=eyrie`);
      const tried = await page.evaluate(
        `(() => { try { document.body.innerHTML = '<p>x'; return 'done'; } catch (error) { return error.name; } })()`,
      );
      assert.equal(tried, 'TypeError');
    });
  });

  test('a hostile page does nothing, neither among the results nor as a stored copy', async () => {
    // That the frame's script was blocked is what the browser shall say.
    await visit({ expected: /Blocked script execution|Content Security Policy/ }, async (page, origin) => {
      const attack = '<script>parent.document.title = "owned"; alert(1)</script><img src=x onerror=alert(2)>';
      const url = 'https://evil.example.org/';
      await page.request.post(`${origin}/inject`, {
        headers: { authorization: `Bearer ${KEY}` },
        data: {
          url,
          content: `<title>Hostile ${attack.replaceAll('<', '&lt;')}</title><p>eyas</p>${attack}`,
        },
      });
      await page.goto(`${origin}/search?q=eyas`);
      await page.getByText('1 result').waitFor();
      await page.goto(`${origin}/search?q=${encodeURIComponent(`eyas ${attack}`)}`);
      for (const view of ['page', 'text']) {
        await page.goto(`${origin}/get?view=${view}&url=${url}`);
        await (view === 'page' ? page.frameLocator('iframe') : page).getByText('eyas').first().waitFor();
        assert.match(await page.title(), /^Hostile <script>/);
      }
      await page.goto(`${origin}/get/raw?url=${url}`);
      assert.match(await page.title(), /^Hostile <script>/);
    });
  });

  test('the administration is live: it shows a crawl that begins elsewhere', async () => {
    await visit({}, async (page, origin) => {
      await page.goto(`${origin}/admin`);
      await page.getByLabel('Admin key').fill(KEY);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Idle' }).waitFor();
      await page.getByRole('link', { name: 'Crawl', exact: true }).click();
      await page.getByLabel('Addresses to begin with').fill('https://birds.example.org/peregrine');
      await page.getByRole('button', { name: 'Start crawl' }).click();
      await page.getByText('The crawl is under way.').waitFor();
      await page.getByRole('heading', { name: 'Done' }).waitFor();
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.request.post(`${origin}/crawl`, {
        headers: { authorization: `Bearer ${KEY}` },
        data: { seeds: ['https://birds.example.org/not-there'] },
      });
      await page.getByRole('link', { name: 'https://birds.example.org/not-there' }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.goto(`${origin}/admin`);
      await page.getByLabel('Admin key').waitFor();
    });
  });

  test('the widget finds from any page that is allowed, by keyboard or by a button of the page', async (t) => {
    let origin = '';
    const site = await startStaticServer({
      pages: {
        '/': () => ({
          body: `<!doctype html><html lang="en"><title>Home</title><h1>Home</h1><button id="find">Find</button><script src="${origin}/widget.js" data-button="#find" defer></script></html>`,
        }),
      },
    });
    t.after(() => site.close());
    await withServer(
      async ({ server }) => {
        origin = await listen(server, { port: 0 });
        for (const colorScheme of ['light', 'dark'] as const) {
          const context = await browser.newContext({ colorScheme, viewport: { width: 800, height: 600 } });
          const page = await context.newPage();
          const complaints: string[] = [];
          page.on('pageerror', (error) => complaints.push(error.message));
          await page.route('https://birds.example.org/**', async (route) =>
            route.fulfill({ contentType: 'text/html', body: '<title>Found</title>' }),
          );
          await page.goto(site.origin);
          if (colorScheme === 'light') await page.keyboard.press('Control+k');
          else await page.getByRole('button', { name: 'Find' }).click();
          const answered = page.waitForResponse((response) => response.url().includes('hovers'));
          await page.keyboard.type('hovers');
          await (await answered).finished();
          // Answered is not drawn yet, and nobody sees into the widget's closed tree: asked until it opens.
          const found = (): Promise<boolean> =>
            page.waitForURL('https://birds.example.org/kestrel', { timeout: 1_000 }).then(
              () => true,
              () => false,
            );
          let isOpen = false;
          for (let tries = 0; tries < 20 && !isOpen; tries++) {
            await page.keyboard.press('Enter');
            isOpen = await found();
          }
          assert.ok(isOpen, page.url());
          assert.deepEqual(complaints, []);
          await context.close();
        }
      },
      { allowedOrigins: [site.origin] },
    );
  });
});
