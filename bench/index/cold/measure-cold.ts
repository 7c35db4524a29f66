/**
 * Queries over an index four times as large as the memory that is there for it, beside Lucene under the same limit: a memory
 * cgroup each, joined once the process is warm, so that only what it takes for this index counts: frames, mapped pages,
 * what the system caches of its files. Queries of all classes in turn, passes of each contestant in turn; either gives of
 * each result its docId, site, content and ranks. Lucene reads its
 * files instead of mapping them: around a page of a mapping that is not there the system reads as much as it reads ahead,
 * which under so small a limit puts out what the query before has read.
 */

import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../../measure.ts';
import type { CorpusSize } from '../corpus.ts';
import { growthCorpusPath } from '../growth/growth-corpus.ts';
import { ingestAside } from '../ingest-aside.ts';
import { LuceneContestant } from '../lucene-contestant.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses } from '../query-classes.ts';
import { type ColdSample, inTurn, writeQueries } from './cold-queries.ts';
import type { ColdAnswer, ColdCommand } from './cold-process.ts';
import { MemoryGroup } from './memory-group.ts';

const QUERIES_OF_EACH = 50;
/** The index is so many times as large as the limit. */
const COLD_SHARE = 4;
/**
 * Of the limit, for our frames; the rest is the system's, which keeps for a while what frames hold as well, and what the
 * process takes otherwise.
 */
const FRAME_SHARE = 0.75;
const MOST_WARM_DOCUMENTS = 20_000;
const WARM_PASSES = 12;
const PASSES = 3;
const NO_DELETIONS = { first: Infinity, every: 1 };
const SETTLING_FRAMES_MB = 64;
/** All of Java's heap is there before its process joins, what is worth compiling is compiled, and memory of that is kept. */
const LUCENE_HEAP = ['-Xms96m', '-Xmx96m', '-XX:+AlwaysPreTouch', '-Xbatch'];
const LUCENE_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 30),
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
};
/** As the product begins itself. */
const OWN_HEAP = ['--max-semi-space-size=4'];

interface Side {
  readonly name: 'own' | 'lucene';
  readonly folder: string;
  readonly index_bytes: number;
  /** One for each query: of the first pass, then of the others. */
  readonly first: ColdSample[];
  readonly later: ColdSample[];
}

export async function measureCold(
  size: CorpusSize,
  documents: number,
  directory: string,
  say: (text: string) => void,
): Promise<void> {
  if (!MemoryGroup.isAvailable) {
    say('Not measured: it takes memory cgroups of version 1, and the right to make them.');
    return;
  }
  const warmDocuments = Math.min(documents, MOST_WARM_DOCUMENTS);
  const corpus = await growthCorpusPath(size, documents);
  const classes = inTurn(await makeQueryClasses(corpus, warmDocuments, { queriesOfEach: QUERIES_OF_EACH }));
  const queries = join(directory, 'queries.tsv');
  writeQueries(queries, classes);
  const own = join(directory, 'own');
  const lucene = join(directory, 'lucene');
  await makeIndexes(corpus, warmDocuments, `${own}-warm`, `${lucene}-warm`);
  const [own_bytes, lucene_bytes] = await makeIndexes(corpus, documents, own, lucene);
  const limit_bytes = own_bytes / COLD_SHARE;
  say(`${documents} documents: ${mb(own_bytes)} MB, Lucene ${mb(lucene_bytes)}; limit ${mb(limit_bytes)} MB`);
  const sides: readonly [Side, Side] = [
    { name: 'own', folder: own, index_bytes: own_bytes, first: [], later: [] },
    { name: 'lucene', folder: lucene, index_bytes: lucene_bytes, first: [], later: [] },
  ];
  await runSides(sides, queries, limit_bytes, say);
  printTable(
    sides,
    classes.map(({ name }) => name),
    say,
  );
}

/** The same documents in both, each one segment; bytes of either index. */
async function makeIndexes(
  corpus: string,
  documents: number,
  own: string,
  lucene: string,
): Promise<readonly [number, number]> {
  ingestAside(corpus, documents, own);
  const contestant = await PeregrineContestant.open(own, LuceneContestant.memory_mb, SETTLING_FRAMES_MB);
  const own_bytes = await contestant.settle(NO_DELETIONS);
  await contestant.close();
  const process = LuceneContestant.start();
  try {
    await process.index(corpus, documents, lucene);
    return [own_bytes, await process.settle(lucene, { first: 0, every: 0 })];
  } finally {
    await process.stop();
  }
}

async function runSides(
  [own, lucene]: readonly [Side, Side],
  queries: string,
  limit_bytes: number,
  say: (text: string) => void,
): Promise<void> {
  const groups = [own, lucene].map(({ name }) => new MemoryGroup(name, limit_bytes)) as [
    MemoryGroup,
    MemoryGroup,
  ];
  const [ownGroup, luceneGroup] = groups;
  const child = fork(fileURLToPath(new URL('cold-process.ts', import.meta.url)), { execArgv: OWN_HEAP });
  const java = LuceneContestant.start(LUCENE_HEAP, LUCENE_ENVIRONMENT);
  try {
    await ask(child, { kind: 'warm', folder: `${own.folder}-warm`, queries, passes: WARM_PASSES });
    await java.open(`${lucene.folder}-warm`, queries, 'read');
    for (let pass = 0; pass < WARM_PASSES; pass++) await java.each();
    await java.release();
    // Long lists are other code: they are met once without a limit.
    await ask(child, { kind: 'warm', folder: own.folder, queries, passes: 2 });
    await java.open(lucene.folder, queries, 'read');
    for (let pass = 0; pass < 2; pass++) await java.each();
    await java.release();
    ownGroup.add(child.pid ?? 0);
    luceneGroup.add(java.process_id);
    for (const { folder } of [own, lucene]) dropCached(folder);
    const frames_mb = (limit_bytes * FRAME_SHARE) / 2 ** 20;
    await ask(child, { kind: 'open', folder: own.folder, queries, frames_mb });
    await java.open(lucene.folder, queries, 'read');
    for (let pass = 0; pass < PASSES; pass++) {
      const kept = pass === 0 ? 'first' : 'later';
      own[kept].push(...((await ask(child, { kind: 'each' })) as ColdSample[]));
      lucene[kept].push(...(await java.each()));
    }
    for (const [what, group] of [
      ['Ours', ownGroup],
      ['Lucene', luceneGroup],
    ] as const) {
      const { held_bytes, cached_bytes } = group.memory;
      say(`${what} at the end: ${mb(held_bytes)} MB of its own, ${mb(cached_bytes)} MB of cached files`);
    }
    await checkHits(child, java, queries);
  } finally {
    const ended = child.exitCode ?? child.signalCode ?? once(child, 'exit');
    child.kill();
    await Promise.all([ended, java.stop()]);
    for (const group of groups) group.remove();
  }
}

/** Both must have found the same, all queries together. */
async function checkHits(child: ChildProcess, java: LuceneContestant, queries: string): Promise<void> {
  const own = sum((await ask(child, { kind: 'hits' })) as number[]);
  let lucene = 0;
  for (const name of await java.classes()) lucene += sum(await java.hits(name));
  if (own !== lucene) throw new Error(`${own} hits, Lucene has ${lucene}: ${queries}`);
}

async function ask(child: ChildProcess, command: ColdCommand): Promise<ColdAnswer> {
  const answered = once(child, 'message');
  child.send(command);
  const ended = once(child, 'exit').then(() => {
    throw new Error('The process with our index ended before it answered.');
  });
  const [answer] = (await Promise.race([answered, ended])) as [ColdAnswer];
  return answer;
}

/** Takes a folder's files out of the system's page cache, and nothing else. */
function dropCached(folder: string): void {
  spawnSync('sync', []);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { status, stderr } = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`What is cached of ${path} stays: ${stderr}`);
  }
}

function printTable(
  [own, lucene]: readonly [Side, Side],
  names: readonly string[],
  say: (text: string) => void,
): void {
  const ofClass = (samples: readonly ColdSample[], name: string): readonly ColdSample[] =>
    samples.filter((_, i) => name === '' || names[i % names.length] === name);
  const figures = (a: readonly ColdSample[], b: readonly ColdSample[]): string =>
    [
      ...[0.5, 0.99].flatMap((share) => [
        time(a, share).toFixed(0),
        time(b, share).toFixed(0),
        (time(b, share) / time(a, share)).toFixed(1),
      ]),
      kb(a).toFixed(0),
      kb(b).toFixed(0),
    ].join(' | ');
  say('\n| class | p50, µs | Lucene | × | p99, µs | Lucene | × | KB read a query | Lucene |');
  say('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const name of new Set(names)) {
    say(`| ${name} | ${figures(ofClass(own.later, name), ofClass(lucene.later, name))} |`);
  }
  say(`| all | ${figures(own.later, lucene.later)} |`);
  say(`| all, first pass | ${figures(own.first, lucene.first)} |`);
  const ratio = (share: number): number =>
    Number((time(lucene.later, share) / time(own.later, share)).toFixed(2));
  console.log(
    JSON.stringify({
      cold_p50_vs_lucene: ratio(0.5),
      cold_p99_vs_lucene: ratio(0.99),
      cold_kb_a_query: Math.round(kb(own.later)),
      cold_kb_a_query_of_lucene: Math.round(kb(lucene.later)),
    }),
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

/** Microseconds below which `share` of all lie. */
function time(samples: readonly ColdSample[], share: number): number {
  const times = samples.map(({ us }) => us);
  return quantile(times, share);
}

function kb(samples: readonly ColdSample[]): number {
  return sum(samples.map(({ bytes }) => bytes)) / samples.length / 1024;
}

function mb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
