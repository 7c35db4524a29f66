/**
 * Renders pages that scripts make, many times over, and shows that memory stays where it was: what this process
 * holds once its garbage is collected, and that no browser stays behind. `node scripts/render-pages.ts [count]`, default 1,000; the last line is JSON.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { isPeregrineError, messageOf } from '../src/base/index.ts';
import { collectGarbage } from '../src/collection/garbage.ts';
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
/** What is held, and the resident set, every tenth of the way. */
const held_mb: number[] = [];
const rss_mb: number[] = [];
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
    collectGarbage(true);
    const { heapUsed, external, rss } = process.memoryUsage();
    held_mb.push(Number(((heapUsed + external) / 2 ** 20).toFixed(1)));
    rss_mb.push(Math.round(rss / 2 ** 20));
    console.error(`${done} rendered, ${held_mb.at(-1)} MB held, ${rss_mb.at(-1)} resident`);
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
  JSON.stringify({ renders: done, wrong, late, renders_per_s, held_mb, rss_mb, processesLeft: browsers() }),
);
process.exitCode = wrong > 0 || browsers() > 0 ? 1 : 0;
