/**
 * Takes the pictures that the documentation shows: has the command crawl the demo site, opens its pages in Chromium and
 * writes docs/pictures/*.png. Run it after the pages have changed: `node scripts/take-pictures.ts`. Needs
 * /usr/bin/chromium, or the path of another one in $CHROMIUM.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

import { DEMO_DEPTH, serveDemo } from '../demo/serve-demo.ts';

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly isDark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Asked in the widget, over the page. */
  readonly asked?: string;
  /** A button that is pressed before. */
  readonly pressed?: string;
}

/** What a picture may weigh: pages that show it should open at once. */
const SIZE_BYTES_MAX = 200_000;
/** A first search compiles and reads what later ones find ready. */
const WARMING_VISITS = 20;
const PICTURES: readonly Picture[] = [
  { name: 'home', path: '/', height: 480 },
  { name: 'results', path: '/search?q=compressing+posting+lists' },
  { name: 'results-dark', path: '/search?q=compressing+posting+lists', isDark: true },
  { name: 'results-narrow', path: '/search?q=compressing+posting+lists', width: 390, height: 780 },
  { name: 'widget', path: '/docs/getting-started', height: 640, asked: 'posting lists' },
  { name: 'admin', path: '/admin', height: 1000 },
  { name: 'admin-dark', path: '/admin/query?q=compressing+posting+lists', height: 1000, isDark: true },
  { name: 'admin-store', path: '/admin/store', height: 1000, pressed: 'Flush' },
  { name: 'admin-snapshots', path: '/admin/snapshots', height: 800 },
  { name: 'admin-crawl', path: '/admin/crawl', height: 1000 },
];

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const dataDirectory = await mkdtemp(join(tmpdir(), 'peregrine-pictures-'));
// A port of its own, so that the addresses in the pictures stay the same.
const site = await serveDemo({ port: 8000 });
// The command as people start it, so that the numbers of the administration are its own.
const peregrine = spawn(
  process.execPath,
  [
    fileURLToPath(new URL('../bin/peregrine.js', import.meta.url)),
    'crawl',
    `${site.origin}/`,
    '--allow-private',
    '--delay=0',
    `--max-depth=${DEMO_DEPTH}`,
    '--serve',
    '--port=0',
    `--data-dir=${dataDirectory}`,
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const { origin, key } = await crawled(peregrine);
  // Other words each time: an answer that is kept would tell how long the first one took.
  for (let n = 0; n < WARMING_VISITS; n++) {
    await (await fetch(`${origin}/search?q=compressing+posting+lists+${n}`)).text();
  }
  for (const picture of PICTURES) console.log(await take(picture, origin, key));
} finally {
  await browser.close();
  if (peregrine.exitCode === null) {
    peregrine.kill('SIGTERM');
    await once(peregrine, 'exit');
  }
  await site.close();
  await rm(dataDirectory, { recursive: true, force: true });
}

/** Where the command serves, once it has crawled everything. */
async function crawled({ stdout }: ChildProcess): Promise<{ origin: string; key: string }> {
  let printed = '';
  const { promise, resolve, reject } = Promise.withResolvers<{ origin: string; key: string }>();
  stdout?.on('data', (chunk) => {
    printed += String(chunk);
    const [, origin] = /Search at (\S+)\//.exec(printed) ?? [];
    const [, key] = /Admin key: (\S+)/.exec(printed) ?? [];
    if (origin !== undefined && key !== undefined && /^Crawled .*\n/m.test(printed)) resolve({ origin, key });
  });
  stdout?.on('end', () => reject(new Error(`The crawl ended early. It printed: ${printed}`)));
  return promise;
}

/** Writes one picture; returns a line about it. */
async function take(
  { name, path, isDark, width, height, asked, pressed }: Picture,
  origin: string,
  key: string,
): Promise<string> {
  const options: BrowserContextOptions = {
    viewport: { width: width ?? 1100, height: height ?? 720 },
    colorScheme: isDark === true ? 'dark' : 'light',
    reducedMotion: 'reduce',
    // The widget stands for one in a page of somebody else, whose policy is not ours.
    bypassCSP: asked !== undefined,
  };
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const isAdmin = path.startsWith('/admin');
    if (isAdmin) {
      await page.goto(`${origin}/admin`);
      await signIn(page, key);
    }
    await page.goto(`${origin}${path}`, { waitUntil: 'load' });
    if (pressed !== undefined) {
      await page.getByRole('button', { name: pressed }).click();
      await page.waitForLoadState();
    }
    if (asked !== undefined) {
      await page.addScriptTag({ url: `${origin}/widget.js` });
      await page.keyboard.press('Control+k');
      // On a slow machine the first letters are answered by themselves.
      const answered = page.waitForResponse(
        (response) => new URL(response.url()).searchParams.get('q') === asked,
      );
      await page.keyboard.type(asked);
      await (await answered).finished();
    }
    const file = join(folder, `${name}.png`);
    await page.screenshot({ path: file, animations: 'disabled' });
    const { size } = await stat(file);
    if (size > SIZE_BYTES_MAX) {
      throw new Error(
        `${name}.png has ${size} bytes, more than the ${SIZE_BYTES_MAX} that a picture may have.`,
      );
    }
    return `${name}.png: ${size} bytes`;
  } finally {
    await context.close();
  }
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Admin key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Crawl done' }).waitFor();
}
