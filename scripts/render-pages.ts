/**
 * Renders pages that scripts make, many times over, and shows that memory stays where it was: this process's and the
 * browser's. `node scripts/render-pages.ts [count]`, default 1,000; the last line is JSON.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { isPeregrineError, messageOf } from '../src/base/index.ts';
import { createBrowserRenderer } from '../src/crawl/index.ts';

const [count = 1_000] = process.argv.slice(2).map(Number);
const PAGE =
  '<title>Shell</title><div id="app"></div><script src="/app.js"></script><script src="/leak.js"></script>';
const SCRIPTS: Readonly<Record<string, string>> = {
  '/app.js': `fetch('/data').then((r) => r.json()).then(({ text }) => { app.innerHTML = '<p>' + text + '</p>'; });`,
  // What a careless page holds on to.
  '/leak.js': `window.held = Array.from({ length: 100000 }, (_, i) => ({ i })); setInterval(() => 0, 5);`,
};
const resource = (
  type: string,
  text: string,
): { status: number; headers: Record<string, string>; bytes: Buffer } => ({
  status: 200,
  headers: { 'content-type': type },
  bytes: Buffer.from(text),
});

/** Processes of a browser that are still there. */
function browsers(): number {
  return readdirSync('/proc').filter((name) => {
    try {
      const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'latin1'))?.[1];
      return Number(parent) === process.pid;
    } catch {
      return false;
    }
  }).length;
}

const renderer = createBrowserRenderer();
let done = 0;
let wrong = 0;
/** On a busy machine; told, not held against it. */
let late = 0;
const rss: number[] = [];
const one = async (number: number): Promise<void> => {
  const text = `What page ${number} says.`;
  const page = renderer.render({
    url: `http://site${number % 7}.test/p${number}`,
    page: resource('text/html', PAGE),
    provide: async (url) => {
      const { pathname } = new URL(url);
      if (pathname === '/data') return resource('application/json', JSON.stringify({ text }));
      return resource('text/javascript', SCRIPTS[pathname] ?? '');
    },
  });
  try {
    if (!(await page).html.includes(`<p>${text}</p>`)) wrong += 1;
  } catch (error) {
    if (isPeregrineError(error, 'PARSE_TIMEOUT')) late += 1;
    else {
      wrong += 1;
      console.error(messageOf(error));
    }
  }
  done += 1;
  if (done % Math.max(1, Math.floor(count / 10)) === 0) {
    rss.push(Math.round(process.memoryUsage().rss / 2 ** 20));
    console.error(`${done} rendered, ${rss.at(-1)} MB here`);
  }
};
const lane = async (first: number): Promise<void> => {
  for (let number = first; number < count; number += 2) await one(number);
};
const began_ms = performance.now();
await Promise.all([lane(0), lane(1)]);
await renderer.close();
const renders_per_s = Number(((count * 1_000) / (performance.now() - began_ms)).toFixed(2));
console.log(
  JSON.stringify({ renders: done, wrong, late, renders_per_s, rss_mb: rss, processesLeft: browsers() }),
);
process.exitCode = wrong > 0 || browsers() > 0 ? 1 : 0;
