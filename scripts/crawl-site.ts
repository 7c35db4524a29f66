/**
 * Serves a folder of HTML on loopback, crawls it whole, and compares what was found with a walk of the files that shares
 * no code with the crawler: `node scripts/crawl-site.ts FOLDER [start page] [--kills N] [--json]`. Memory is watched on the
 * way. With kills the program crawls as a process of its own that is killed so often before the crawl is let end here; of
 * each life the answers under way may be asked for again, and nothing may be lost.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/base/index.ts';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { startStaticServer } from '../testing/static-server.ts';

const WATCH_EVERY_MS = 1_000;
/** A life lasts so long at least, and up to so much longer. */
const LIFE_MS = 4_000;
const MORE_LIFE_MS = 8_000;
/** Answers that a crawl holds and has not written down: those being fetched and read. */
const UNDER_WAY = 12;

/** Crawls in a process of its own, which is killed after a while. */
async function liveAndDie(url: string, dataDirectory: string, life_ms: number): Promise<void> {
  const program = new URL('../src/cli/main.ts', import.meta.url).pathname;
  const settings = ['--delay', '0', '--max-depth', '1000', '--allow-private', '--quiet'];
  const place = ['--collection', 'site', '--data-dir', dataDirectory];
  const child = spawn(process.execPath, [program, 'crawl', url, ...settings, ...place], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), life_ms);
  await gone;
  clearTimeout(timer);
}

/** Paths of pages that can be reached from `start` by `href`s, by patterns alone. */
function walk(folder: string, start: string): Set<string> {
  const found = new Set<string>();
  const queue = [start];
  const seen = new Set(queue);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = fileOf(folder, path);
    if (file === undefined || !/\.x?html?$/.test(file)) continue;
    found.add(path);
    const html = readFileSync(file, 'utf8').replaceAll(/<!--[\s\S]*?-->|<script[\s\S]*?<\/script>/gi, '');
    for (const [, quoted, single] of html.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
      const url = URL.parse(
        (quoted ?? single ?? '').replaceAll('&amp;', '&').trim(),
        `http://site.invalid${path}`,
      );
      if (url?.hostname !== 'site.invalid' || url.search !== '' || seen.has(url.pathname)) continue;
      seen.add(url.pathname);
      queue.push(url.pathname);
    }
  }
  return found;
}

function fileOf(folder: string, path: string): string | undefined {
  const file = join(folder, normalize(decodeURIComponent(path)), path.endsWith('/') ? 'index.html' : '');
  return existsSync(file) && statSync(file).isFile() ? file : undefined;
}

/** Neither stored nor, as a twin of one that is, on record. */
async function isUnknown(engine: Engine, url: string): Promise<boolean> {
  if ((await engine.get('site', { url })) !== undefined) return false;
  for await (const { outcome } of engine.crawlRecords('site', { host: new URL(url).host, url, limit: 1 }))
    return outcome === 'queued';
  return true;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, kills: { type: 'string', default: '0' } },
});
const [folder, start = '/index.html'] = positionals;
if (folder === undefined) throw new Error('Which folder?');
const kills = Number(values.kills);
const expected = walk(folder, start);
const server = await startStaticServer({ directory: folder });
const dataDirectory = mkdtempSync(join(tmpdir(), 'peregrine-site-'));
const memory_mb: number[] = [];
const watch = setInterval(
  () => memory_mb.push(Math.round(process.memoryUsage.rss() / 2 ** 20)),
  WATCH_EVERY_MS,
);
try {
  const random = seededRandom(1);
  const began_ms = performance.now();
  for (let left = kills; left > 0; left--) {
    await liveAndDie(server.origin + start, dataDirectory, LIFE_MS + random.below(MORE_LIFE_MS));
  }
  const engine = await openEngine({ dataDirectory });
  if (!engine.collections().includes('site')) await engine.createCollection('site');
  await engine.startCrawl('site', {
    seeds: [server.origin + start],
    delay_ms: 0,
    allowPrivate: true,
    maxDepth: 1_000,
  });
  await engine.crawlDone('site');
  const took_s = (performance.now() - began_ms) / 1_000;
  const { fetched, outcomes } = engine.crawlProgress('site');
  const asked = new Set(server.requests.filter(({ status }) => status === 200).map(({ path }) => path));
  const missed = [...expected].filter((path) => !asked.has(path));
  let lost = 0;
  for (const path of expected) if (await isUnknown(engine, server.origin + path)) lost += 1;
  const repeated = server.requests.length - new Set(server.requests.map(({ path }) => path)).size;
  await engine.close();
  const half = memory_mb.slice(memory_mb.length >> 1);
  const report = {
    expected: expected.size,
    fetched,
    missed: missed.length,
    repeated,
    lost,
    kills,
    pages_per_s: Number((fetched / took_s).toFixed(1)),
    rssAtHalf_mb: half[0] ?? 0,
    rssMost_mb: Math.max(0, ...memory_mb),
    outcomes,
  };
  if (!values.json) for (const path of missed.slice(0, 10)) console.log(`missed ${path}`);
  console.log(JSON.stringify(report));
  process.exitCode = missed.length > 0 || lost > 0 || repeated > kills * UNDER_WAY ? 1 : 0;
} finally {
  clearInterval(watch);
  await server.close();
  rmSync(dataDirectory, { recursive: true, force: true });
}
