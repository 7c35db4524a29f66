/**
 * The index against Lucene, on two corpora of Debian's documentation: seventeen classes of queries, indexing with log
 * and stored documents, bytes, time from acknowledged to found. `--quick`: a cut of the corpora; `--json`: the closing
 * line alone on standard output; `--directory`: where indexes are written; instead of all this,
 * `--peers N`: N paragraphs in Xapian, SQLite FTS5 and engines of the npm world; `--growth N,N,…`: time and bytes by the
 * number of paragraphs, `--plot FILE` drawn; `--threads N`: two query threads beside one, on N paragraphs;
 * `--live N`: queries over N paragraphs while more come in; `--cold N`: over N paragraphs, with memory for a quarter of
 * their index, beside Lucene; `--choices`: what reading ahead, closeness of all matches and lists of bits would bring.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { IndexQuery } from '../../src/index/index.ts';
import { measureChoices } from './choices/measure-choices.ts';
import { measureCold } from './cold/measure-cold.ts';
import { corpusLines, type CorpusName, corpusPath, type CorpusSize, FULL, QUICK } from './corpus.ts';
import { measureGrowth } from './growth/measure-growth.ts';
import { ingestAside } from './ingest-aside.ts';
import { LuceneContestant, type QueryMode } from './lucene-contestant.ts';
import { measureLive } from './live/measure-live.ts';
import { comparePeers } from './peers/compare.ts';
import { PeregrineContestant } from './peregrine-contestant.ts';
import { makeQueryClasses, type QueryClass } from './query-classes.ts';
import { measureProximity } from './proximity.ts';
import { refreshP99_ms } from './refresh.ts';
import { measureThreads } from './threads/measure-threads.ts';
import { type ClassFigures, type CorpusFigures, printTables, summarise } from './report.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    corpus: { type: 'string' },
    directory: { type: 'string' },
    peers: { type: 'string' },
    growth: { type: 'string' },
    plot: { type: 'string' },
    threads: { type: 'string' },
    live: { type: 'string' },
    cold: { type: 'string' },
    choices: { type: 'boolean', default: false },
  },
});
const size: CorpusSize = options.quick ? QUICK : FULL;
/** Of each contestant; a figure is the best of its rounds: a compiler still at work must not count against Lucene. */
const ROUNDS = 3;
/** Thread time that a class gets in each round. */
const LEAST_MS = options.quick ? 30 : 300;
const WARM_UP_MS = options.quick ? 80 : 1000;
/** Of each contestant in one process, the best counts: the first one meets code that is not compiled yet. */
const INGEST_ROUNDS = 2;
/** So many documents that a segment has some that are dead. */
const DELETIONS = { first: 7, every: 50 };
/** Frames for pages of segment files: the whole index is resident, as Lucene's is in the system's page cache. */
const FRAMES_MB = options.quick ? 256 : 1536;
const REFRESHED = options.quick ? 2000 : 10_000;

const say = (text: string): void => (options.json ? console.error(text) : console.log(text));
const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'peregrine-bench-index-'));
const { peers, growth, threads, live, cold, choices } = options;
if (choices || [peers, growth, threads, live, cold].some((option) => option !== undefined)) {
  try {
    if (peers !== undefined) await comparePeers(size, Number(peers), directory, say);
    if (threads !== undefined) await measureThreads(size, Number(threads), directory, say);
    if (live !== undefined) await measureLive(size, Number(live), directory, say);
    if (cold !== undefined) await measureCold(size, Number(cold), directory, say);
    if (choices) await measureChoices(size, directory, say);
    const counts = growth?.split(',').map(Number) ?? [];
    if (counts.length > 0) await measureGrowth(size, counts, directory, options.plot, say);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  process.exit(0);
}
const lucene = LuceneContestant.start();
try {
  const corpora: CorpusFigures[] = [];
  for (const name of ['paragraphs', 'pages'] as const) {
    if (options.corpus !== undefined && options.corpus !== name) continue;
    corpora.push(await runCorpus(name));
  }
  printTables(corpora, lucene.version, say);
  console.log(JSON.stringify(summarise(corpora)));
} finally {
  await lucene.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function runCorpus(name: CorpusName): Promise<CorpusFigures> {
  const corpus = corpusPath(size, name);
  const limit = size[name];
  const classes = await makeQueryClasses(corpus, limit);
  const own = join(directory, 'peregrine');
  const theirs = join(directory, 'lucene');
  const lucene_s: number[] = [];
  let lucene_count = 0;
  for (let round = 0; round < INGEST_ROUNDS; round++) {
    const { cpu_s, documents } = await lucene.index(corpus, limit, theirs);
    lucene_s.push(cpu_s);
    lucene_count = documents;
  }
  const { cpu_s: own_s, documents: count } = ingestAside(corpus, limit, own, INGEST_ROUNDS);
  if (count !== lucene_count) throw new Error(`${count} documents, Lucene has ${lucene_count}.`);
  const peregrine = await PeregrineContestant.open(own, LuceneContestant.memory_mb, FRAMES_MB);
  const bytes = await peregrine.settle(DELETIONS);
  const lucene_bytes = await lucene.settle(theirs, DELETIONS);
  const queryFile = join(directory, 'queries.tsv');
  writeFileSync(
    queryFile,
    classes
      .map(({ name, queries }) => queries.map((words) => `${name}\t${words.join(' ')}\n`).join(''))
      .join(''),
  );
  await lucene.open(theirs, queryFile);
  const figures = await compareQueries(peregrine, classes);
  await peregrine.close();
  return {
    name,
    documents: count,
    classes: figures,
    ingest_s: own_s,
    lucene_ingest_s: Math.min(...lucene_s),
    bytes,
    lucene_bytes,
    refresh_p99_ms: await measureRefresh(corpus),
  };
}

async function compareQueries(
  peregrine: PeregrineContestant,
  classes: readonly QueryClass[],
): Promise<readonly ClassFigures[]> {
  const modes: readonly QueryMode[] = ['top', 'scored', 'count'];
  // Both are warm before anything counts.
  for (const queryClass of classes) {
    for (const mode of modes) {
      peregrine.time_us(peregrine.prepare(queryClass, mode), WARM_UP_MS / 10);
      await lucene.time_us(queryClass.name, mode, WARM_UP_MS);
    }
  }
  const figures: ClassFigures[] = [];
  for (const queryClass of classes) {
    const { name } = queryClass;
    const hits = await lucene.hits(name);
    const rounds = new Map<QueryMode, { own: number[]; lucene: number[] }>();
    for (const mode of modes) {
      const queries = peregrine.prepare(queryClass, mode);
      if (mode !== 'top') checkHits(name, mode, peregrine.hits(queries), hits);
      const times = { own: [] as number[], lucene: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        times.own.push(peregrine.time_us(queries, LEAST_MS));
        times.lucene.push(await lucene.time_us(name, mode, LEAST_MS));
      }
      rounds.set(mode, times);
    }
    const figure = (mode: QueryMode): { own_us: number; lucene_us: number } => ({
      own_us: Math.min(...(rounds.get(mode)?.own ?? [])),
      lucene_us: Math.min(...(rounds.get(mode)?.lucene ?? [])),
    });
    figures.push({
      name,
      queries: hits.length,
      hits: hits.reduce((sum, count) => sum + count, 0) / hits.length,
      top: figure('top'),
      scored: figure('scored'),
      count: figure('count'),
      proximity: /^(AND|OR)/u.test(name)
        ? measureProximity(peregrine, queryClass, (queries) => leastTime_us(peregrine, queries))
        : undefined,
    });
  }
  return figures;
}

/** The best of some rounds. */
function leastTime_us(peregrine: PeregrineContestant, queries: readonly IndexQuery[]): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => peregrine.time_us(queries, LEAST_MS)));
}

function checkHits(name: string, mode: QueryMode, own: readonly number[], lucene: readonly number[]): void {
  const differs = own.findIndex((count, i) => count !== lucene[i]);
  if (differs >= 0) {
    throw new Error(
      `Query ${differs} of ${name} (${mode}): ${own[differs]} hits, Lucene has ${lucene[differs]}.`,
    );
  }
}

async function measureRefresh(corpus: string): Promise<number> {
  const encoder = new TextEncoder();
  const lines: Uint8Array[] = [];
  for await (const line of corpusLines(corpus, REFRESHED)) lines.push(encoder.encode(line));
  const folder = join(directory, 'refresh');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const contestant = await PeregrineContestant.open(folder, LuceneContestant.memory_mb, 64);
  try {
    return await refreshP99_ms(contestant, lines);
  } finally {
    await contestant.close();
  }
}
