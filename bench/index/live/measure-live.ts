/**
 * Searching while documents come in: how many segments there are, what a query costs, how many are answered. All on one
 * thread, as in the product: it asks one query after another, each over a view of everything that is acknowledged, and
 * between them gives the store so many documents a second of its CPU time, flushing and merging as these ask for it.
 */

import { join } from 'node:path';
import type { IndexQuery } from '../../../src/index/index.ts';
import { corpusLines, type CorpusSize } from '../corpus.ts';
import { growthCorpusPath } from '../growth/growth-corpus.ts';
import { ingestAside } from '../ingest-aside.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses } from '../query-classes.ts';

const RATES: readonly number[] = [0, 1, 100, 2000];
/** CPU time of the thread, for each rate. */
const PHASE_MS = 6_000;
const WARM_UP_MS = 1_500;
/** Little, so that flushes and merges come often enough to count: an eighth of what a shard has by default. */
const MEMORY_MB = 4;
const FRAMES_MB = 256;
const QUERIES_A_TURN = 8;
/** Documents come together as parsing processes hand them over: none is held back longer. */
const TOGETHER_MS = 20;
/** As often as the product looks whether segments are to be merged. */
const MERGE_EVERY_MS = 2_000;
const MOST_UNDER_WAY = 256;
const NO_DELETIONS = { first: Infinity, every: 1 };

interface LiveFigures {
  readonly rate: number;
  readonly liveSegments: number;
  readonly most: number;
  readonly fileSegments: number;
  readonly query_us: number;
  /** Queries a second of the thread's CPU time, indexing and all. */
  readonly per_s: number;
  readonly documents: number;
  readonly merges: number;
}

export async function measureLive(
  size: CorpusSize,
  documents: number,
  directory: string,
  say: (text: string) => void,
): Promise<void> {
  const corpus = await growthCorpusPath(size, documents * 2);
  const classes = await makeQueryClasses(corpus, documents);
  const folder = join(directory, 'live');
  ingestAside(corpus, documents, folder);
  const encoder = new TextEncoder();
  const fresh: Uint8Array[] = [];
  for await (const line of corpusLines(corpus, documents * 2)) fresh.push(encoder.encode(line));
  const contestant = await PeregrineContestant.open(folder, MEMORY_MB, FRAMES_MB);
  await contestant.settle(NO_DELETIONS);
  const prepared = classes.map((queryClass) => contestant.prepare(queryClass, 'top'));
  const queries = prepared.flat();
  const source = { lines: fresh, next: documents };
  await measureRate(contestant, queries, source, 0, WARM_UP_MS);
  await measureRate(contestant, queries, source, 1000, WARM_UP_MS);
  const figures: LiveFigures[] = [];
  for (const rate of RATES) {
    // Each begins with one segment.
    await contestant.settle(NO_DELETIONS);
    figures.push(await measureRate(contestant, queries, source, rate, PHASE_MS));
  }
  await contestant.close();
  const [idle] = figures;
  const busiest = figures.at(-1);
  if (idle === undefined || busiest === undefined) return;
  say(
    `\n${documents.toLocaleString('en')} paragraphs in one segment, and more while queries of all classes are asked:\n`,
  );
  say(
    '| documents a second | live segments, mean (most) | files at the end | merges | CPU of a query, µs | queries a second | × idle |',
  );
  say('|--:|--:|--:|--:|--:|--:|--:|');
  for (const { rate, liveSegments, most, fileSegments, merges, query_us, per_s } of figures) {
    const segments = `${liveSegments.toFixed(1)} (${most})`;
    const ratio = (per_s / idle.per_s).toFixed(2);
    say(
      `| ${rate} | ${segments} | ${fileSegments} | ${merges} | ${query_us.toFixed(1)} | ${per_s.toFixed(0)} | ${ratio} |`,
    );
  }
  console.log(JSON.stringify({ busy_vs_idle: Number((busiest.per_s / idle.per_s).toFixed(2)) }));
}

async function measureRate(
  contestant: PeregrineContestant,
  queries: readonly IndexQuery[],
  source: { readonly lines: readonly Uint8Array[]; next: number },
  rate: number,
  phase_ms: number,
): Promise<LiveFigures> {
  const first = source.next;
  const underWay = new Set<Promise<unknown>>();
  let [asked, query_ms, samples, segments, most, merges] = [0, 0, 0, 0, 0, 0];
  let merging: Promise<unknown> | undefined;
  let nextMerge_ms = MERGE_EVERY_MS;
  const begin = process.threadCpuUsage();
  const spent_ms = (): number => {
    const { user, system } = process.threadCpuUsage(begin);
    return (user + system) / 1000;
  };
  const mergeWhereDue = async (): Promise<void> => {
    merges += await contestant.mergeWhereDue();
    merging = undefined;
  };
  let now_ms = 0;
  for (let turn = 0; now_ms < phase_ms; turn++) {
    const before_ms = spent_ms();
    for (let i = 0; i < QUERIES_A_TURN; i++) {
      const query = queries[asked++ % queries.length];
      if (query !== undefined) contestant.searchFresh(query);
    }
    now_ms = spent_ms();
    query_ms += now_ms - before_ms;
    const handedOver_ms = now_ms - (now_ms % TOGETHER_MS);
    for (const due = first + Math.floor((rate * handedOver_ms) / 1000); source.next < due; source.next++) {
      const line = source.lines[source.next % source.lines.length] ?? new Uint8Array(0);
      const write: Promise<unknown> = contestant
        .append(line, source.next)
        .finally(() => underWay.delete(write));
      underWay.add(write);
    }
    if (underWay.size > MOST_UNDER_WAY) await Promise.all(underWay);
    if (now_ms >= nextMerge_ms && merging === undefined) {
      nextMerge_ms = now_ms + MERGE_EVERY_MS;
      merging = mergeWhereDue();
    }
    if (turn % 16 === 0) {
      const { liveSegments } = contestant.segments;
      segments += liveSegments;
      most = Math.max(most, liveSegments);
      samples += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await merging;
  await Promise.all(underWay);
  const { segments: all, liveSegments } = contestant.segments;
  return {
    rate,
    liveSegments: segments / samples,
    most,
    fileSegments: all - liveSegments,
    query_us: (query_ms * 1000) / asked,
    per_s: (asked * 1000) / now_ms,
    documents: source.next - first,
    merges,
  };
}
