/**
 * Time and bytes by the number of documents, the same queries at every size: a table, and a plot for docs. At the
 * largest size once more with a page cache a quarter of the index: waiting times and bytes read.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantile } from '../../measure.ts';
import type { CorpusSize } from '../corpus.ts';
import { ingestAside } from '../ingest-aside.ts';
import { LuceneContestant, type QueryMode } from '../lucene-contestant.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses, type QueryClass } from '../query-classes.ts';
import { growthCorpusPath } from './growth-corpus.ts';
import { plotGrowth } from './plot.ts';

const LEAST_MS = 150;
const FRAMES_MB = 1900;
const MODES: readonly QueryMode[] = ['top', 'count'];
/** The page cache is so many times smaller than the index. */
const COLD_SHARE = 4;
/** One: with it, every document has a live bit. */
const ONE_DELETION = { first: 7, every: Infinity };
/** Of an index, in megabytes for a million documents, beside the page cache. */
const MOST_RESIDENT_MB = 2;

interface SizeFigures {
  readonly documents: number;
  readonly bytes: number;
  readonly resident_bytes: number;
  readonly ingest_us: number;
  /** Of a query of each class, by mode. */
  readonly times_us: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

export async function measureGrowth(
  size: CorpusSize,
  counts: readonly number[],
  directory: string,
  plot: string | undefined,
  say: (text: string) => void,
): Promise<void> {
  const figures: SizeFigures[] = [];
  let classes: readonly QueryClass[] | undefined;
  for (const documents of [...counts].sort((a, b) => a - b)) {
    const corpus = await growthCorpusPath(size, documents);
    classes ??= await makeQueryClasses(corpus, documents);
    const folder = join(directory, String(documents));
    const { cpu_s, documents: ingested } = ingestAside(corpus, documents, folder);
    if (ingested !== documents) throw new Error(`${ingested} of ${documents} documents were indexed.`);
    const contestant = await PeregrineContestant.open(folder, LuceneContestant.memory_mb, FRAMES_MB);
    const bytes = await contestant.settle(ONE_DELETION);
    const times_us = new Map<string, Record<string, number>>();
    for (const queryClass of classes) {
      const times: Record<string, number> = {};
      for (const mode of MODES) {
        const queries = contestant.prepare(queryClass, mode);
        contestant.time_us(queries, LEAST_MS / 3);
        times[mode] = contestant.time_us(queries, LEAST_MS);
      }
      times_us.set(queryClass.name, times);
    }
    const { resident_bytes } = contestant;
    await contestant.close();
    figures.push({ documents, bytes, resident_bytes, ingest_us: (cpu_s * 1e6) / documents, times_us });
    say(`${documents} documents measured`);
  }
  printTable(figures, say);
  checkResident(figures.at(-1));
  if (plot !== undefined) writeFileSync(plot, plotGrowth(figures));
  const last = figures.at(-1);
  if (last !== undefined)
    await measureCold(join(directory, String(last.documents)), last, classes ?? [], say);
}

function printTable(figures: readonly SizeFigures[], say: (text: string) => void): void {
  const names = [...(figures[0]?.times_us.keys() ?? [])];
  const row = (what: string, of: (one: SizeFigures) => string): void => {
    say(`| ${what} | ${figures.map(of).join(' | ')} |`);
  };
  row('documents', ({ documents }) => documents.toLocaleString('en'));
  say(`|---|${figures.map(() => '--:|').join('')}`);
  row('index, bytes a document', ({ bytes, documents }) => (bytes / documents).toFixed(0));
  row('resident, bytes a document', ({ resident_bytes, documents }) =>
    (resident_bytes / documents).toFixed(3),
  );
  row('indexing, µs of CPU a document', ({ ingest_us }) => ingest_us.toFixed(0));
  for (const name of names) {
    for (const mode of MODES) {
      const what = mode === 'top' ? `${name}, µs` : `${name}, count`;
      row(what, ({ times_us }) => (times_us.get(name)?.[mode] ?? 0).toFixed(1));
    }
  }
}

/** The largest index says what a million documents keep in memory; from that, a hundred millions. */
function checkResident(largest: SizeFigures | undefined): void {
  if (largest === undefined) return;
  const mb = largest.resident_bytes / largest.documents;
  const told = { resident_mb_per_million: Number(mb.toFixed(3)), at_100_million_mb: Math.round(mb * 100) };
  console.log(JSON.stringify(told));
  if (mb > MOST_RESIDENT_MB) throw new Error(`A million documents keep ${mb.toFixed(2)} MB in memory.`);
}

/** Reads go through the system's page cache, which holds the file: what is told is the cost of ours being too small. */
async function measureCold(
  folder: string,
  { bytes }: SizeFigures,
  classes: readonly QueryClass[],
  say: (text: string) => void,
): Promise<void> {
  const frames_mb = Math.max(1, bytes / COLD_SHARE / 2 ** 20);
  const contestant = await PeregrineContestant.open(folder, LuceneContestant.memory_mb, frames_mb);
  await contestant.settle(ONE_DELETION);
  say(
    `\nA page cache of ${frames_mb.toFixed(1)} MB, a quarter of the index, queries of all classes in turn:\n`,
  );
  say('| class | p50, µs | p99, µs | KB read a query |');
  say('|---|--:|--:|--:|');
  const samples = new Map(classes.map(({ name }) => [name, [] as { us: number; bytes: number }[]]));
  const prepared = classes.map(
    (queryClass) => [queryClass.name, contestant.prepare(queryClass, 'top')] as const,
  );
  const most = Math.max(...classes.map(({ queries }) => queries.length));
  // Twice: the first pass fills the cache.
  for (const isCounted of [false, true]) {
    for (let i = 0; i < most; i++) {
      for (const [name, queries] of prepared) {
        const query = queries[i];
        if (query === undefined) continue;
        const sample = contestant.sample(query);
        if (isCounted) samples.get(name)?.push(sample);
      }
    }
  }
  for (const [name, own] of samples) {
    const us = own.map((sample) => sample.us);
    const read = own.reduce((sum, sample) => sum + sample.bytes, 0) / own.length / 1024;
    say(
      `| ${name} | ${quantile(us, 0.5).toFixed(0)} | ${quantile(us, 0.99).toFixed(0)} | ${read.toFixed(0)} |`,
    );
  }
  await contestant.close();
}
