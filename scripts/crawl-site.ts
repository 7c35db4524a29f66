/**
 * Serves folders of HTML on loopback as one site, crawls it whole, and compares what was found with a walk of the files that
 * shares no code with the crawler: `node scripts/crawl-site.ts FOLDER… [--start PATH] [--kills N] [--life S]`. Several folders
 * stand below the site's root by their names, with a page that leads to each. Memory is watched on the way, of this process
 * and of those that parse; the server has its own. With kills the program crawls as a process of its own that is killed so
 * often before the crawl is let end here; of each life the answers under way may be asked for again, and nothing may be lost. A life lasts four
 * seconds, or as many as are named, up to three times as long. Goes to standard error on the way: a walk that is cut short is
 * worth what it did.
 */

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, normalize, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/base/index.ts';
import { beginFrugally } from '../src/cli/frugal-memory.ts';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { startStaticServer } from '../testing/static-server.ts';

const WATCH_EVERY_MS = 1_000;
const TELL_EVERY_SAMPLES = 30;
/** Samples of memory that are told. */
const SAMPLES = 10;
/** Answers that a crawl holds and has not written down: those being fetched and read. */
const UNDER_WAY = 12;

/** Paths that were answered, with how often and how. */
type Asked = readonly { readonly path: string; readonly status: number }[];

/** A process that serves a folder, so that its memory and its books are not ours. */
async function serve(directory: string): Promise<{ origin: string; asked(): Promise<Asked>; close(): void }> {
  const child = fork(new URL(import.meta.url), ['--serve', directory], { serialization: 'advanced' });
  const [origin] = (await once(child, 'message')) as [string];
  return {
    origin,
    asked: async () => {
      child.send('asked');
      const [asked] = (await once(child, 'message')) as [Asked];
      return asked;
    },
    close: () => child.disconnect(),
  };
}

async function beServer(directory: string): Promise<void> {
  const server = await startStaticServer({ directory });
  process.on('message', () =>
    process.send?.(server.requests.map(({ path, status }) => ({ path, status }) satisfies Asked[number])),
  );
  process.on('disconnect', () => process.exit(0));
  process.send?.(server.origin);
}

/** One folder of all: their names under one root, and a page that leads to each. */
function joined(folders: readonly string[], root: string): string {
  const links = folders.map((folder) => {
    symlinkSync(resolve(folder), join(root, basename(folder)));
    return `<p><a href="/${basename(folder)}/index.html">${basename(folder)}</a>`;
  });
  writeFileSync(join(root, 'index.html'), `<!doctype html><title>All</title>${links.join('')}`);
  return root;
}

interface Sample {
  readonly fetched: number;
  /** Resident, this process. */
  readonly own: number;
  /** JavaScript objects, with those that wait to be collected; and what they hold outside. */
  readonly heap: number;
  readonly buffers: number;
  /** Resident, the parsing processes. */
  readonly parsing: number;
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** Memory of this process and of those that it started, but for the server. */
function resident_mb(): Omit<Sample, 'fetched'> {
  let parsing_bytes = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'latin1');
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      if (!status.includes(`PPid:\t${process.pid}\n`) || command.includes('--serve')) continue;
      parsing_bytes += Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) * 1_024;
    } catch {
      // It has ended meanwhile.
    }
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    own: megabytes(rss),
    heap: megabytes(heapUsed),
    buffers: megabytes(external),
    parsing: megabytes(parsing_bytes),
  };
}

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

interface SiteReport {
  readonly expected: number;
  readonly fetched: number;
  readonly missed: number;
  readonly missedFirst: readonly string[];
  /** Pages that the walk did not find: led to by more than anchors. */
  readonly beyond: number;
  readonly beyondFirst: readonly string[];
  readonly repeated: number;
  readonly lost: number;
  readonly kills: number;
  readonly pages_per_s: number;
  readonly memory_mb: readonly Sample[];
  readonly outcomes: object;
}

/** Two names of one page are asked for by one of them once the site has shown that they are one. */
function twinOf(path: string): string {
  return path.endsWith('/index.html') ? path.slice(0, -'index.html'.length) : path;
}

async function crawlSite(
  folders: readonly string[],
  start: string,
  kills: number,
  life_s: number,
): Promise<SiteReport> {
  const place = mkdtempSync(join(tmpdir(), 'peregrine-site-'));
  const dataDirectory = mkdtempSync(join(tmpdir(), 'peregrine-site-'));
  const [only = '', ...others] = folders;
  const folder = others.length === 0 ? only : joined(folders, place);
  const expected = walk(folder, start);
  const server = await serve(folder);
  const samples: Sample[] = [];
  try {
    const random = seededRandom(1);
    const began_ms = performance.now();
    for (let left = kills; left > 0; left--) {
      await liveAndDie(server.origin + start, dataDirectory, 1_000 * (life_s + random.below(2 * life_s)));
    }
    const engine = await openEngine({ dataDirectory });
    if (!engine.collections().includes('site')) await engine.createCollection('site');
    await engine.startCrawl('site', {
      seeds: [server.origin + start],
      delay_ms: 0,
      allowPrivate: true,
      maxDepth: 1_000,
    });
    const watch = setInterval(() => {
      const sample = { fetched: engine.crawlProgress('site').fetched, ...resident_mb() };
      samples.push(sample);
      if (samples.length % TELL_EVERY_SAMPLES === 0) console.error(JSON.stringify(sample));
    }, WATCH_EVERY_MS);
    await engine.crawlDone('site');
    clearInterval(watch);
    const took_s = (performance.now() - began_ms) / 1_000;
    const { fetched, outcomes } = engine.crawlProgress('site');
    const requests = await server.asked();
    const asked = new Set(requests.filter(({ status }) => status === 200).map(({ path }) => path));
    const found = new Set([...asked].map(twinOf));
    const missed = [...expected].filter((path) => !found.has(twinOf(path)));
    const beyond = [...asked].filter((path) => /\.x?html?$|\/$/.test(path) && !expected.has(path));
    console.error(
      `${fetched} fetched in ${took_s.toFixed(0)} s, of ${expected.size} expected ${missed.length} missed; looks for each`,
    );
    let lost = 0;
    for (const path of expected) {
      const isLost = await isUnknown(engine, server.origin + path);
      if (isLost && (await isUnknown(engine, server.origin + twinOf(path)))) lost += 1;
    }
    await engine.close();
    const every = Math.max(1, Math.floor(samples.length / SAMPLES));
    return {
      expected: expected.size,
      fetched,
      missed: missed.length,
      missedFirst: missed.slice(0, 5),
      beyond: beyond.length,
      beyondFirst: beyond.slice(0, 5),
      repeated: requests.length - new Set(requests.map(({ path }) => path)).size,
      lost,
      kills,
      pages_per_s: Number((fetched / took_s).toFixed(1)),
      memory_mb: samples.filter((_, n) => n % every === every - 1),
      outcomes,
    };
  } finally {
    server.close();
    rmSync(dataDirectory, { recursive: true, force: true });
    rmSync(place, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    start: { type: 'string', default: '/index.html' },
    kills: { type: 'string', default: '0' },
    life: { type: 'string', default: '4' },
    serve: { type: 'string' },
  },
});
// As the command does.
beginFrugally(values.serve === undefined);
if (values.serve !== undefined) await beServer(values.serve);
else {
  if (positionals.length === 0) throw new Error('Which folder?');
  const kills = Number(values.kills);
  const report = await crawlSite(positionals, values.start, kills, Number(values.life));
  console.log(JSON.stringify(report));
  const { missed, lost, repeated } = report;
  process.exitCode = missed > 0 || lost > 0 || repeated > kills * UNDER_WAY ? 1 : 0;
}
