/**
 * Queries a second on two query threads beside one, and both beside the main thread alone: the same queries, one index,
 * rounds of each in turn. The main thread does nothing but ask.
 */

import { join } from 'node:path';
import { QueryThreads } from '../../../src/index/index.ts';
import type { CorpusSize } from '../corpus.ts';
import { growthCorpusPath } from '../growth/growth-corpus.ts';
import { ingestAside } from '../ingest-aside.ts';
import { LuceneContestant } from '../lucene-contestant.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses } from '../query-classes.ts';

const FRAMES_MB = 1900;
const ROUNDS = 3;
const LEAST_MS = 1500;
const WARM_UP_MS = 800;
/** Searches under way at once, a thread: what it takes at a time and what waits meanwhile. */
const AT_ONCE = 32;
const NO_DELETIONS = { first: Infinity, every: 1 };

export async function measureThreads(
  size: CorpusSize,
  documents: number,
  directory: string,
  say: (text: string) => void,
): Promise<void> {
  const corpus = await growthCorpusPath(size, documents);
  const classes = await makeQueryClasses(corpus, documents);
  const folder = join(directory, 'threads');
  ingestAside(corpus, documents, folder);
  const one = new QueryThreads({ count: 1, longPostings: 0, splitPostings: Infinity });
  const two = new QueryThreads({ count: 2, longPostings: 0, splitPostings: Infinity });
  const rates = new Map<string, Rate[]>();
  // One index at a time holds the directory; the rounds of each follow one another closely all the same.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const threads of [undefined, one, two]) {
      const contestant = await PeregrineContestant.open(
        folder,
        LuceneContestant.memory_mb,
        FRAMES_MB,
        threads,
      );
      await contestant.settle(NO_DELETIONS);
      for (const queryClass of classes) {
        const queries = contestant.prepare(queryClass, 'top');
        if (round === 0) await contestant.rate(queries, AT_ONCE, WARM_UP_MS / classes.length);
      }
      // All classes in turn, as they come: from tens of microseconds to a millisecond.
      const prepared = classes.map((queryClass) => contestant.prepare(queryClass, 'top'));
      const most = Math.max(...prepared.map(({ length }) => length));
      const mixed = Array.from({ length: most }, (_, i) => prepared.flatMap((own) => own[i] ?? [])).flat();
      await contestant.rate(mixed, AT_ONCE * 2, LEAST_MS / 4);
      const rate = await contestant.rate(mixed, AT_ONCE * 2, LEAST_MS);
      const name = `${threads?.count ?? 0}`;
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate]);
      await contestant.close();
    }
  }
  await one.close();
  await two.close();
  const best = (name: string): Rate =>
    (rates.get(name) ?? []).reduce((most, rate) => (rate.per_s > most.per_s ? rate : most));
  say(`\n${documents.toLocaleString('en')} paragraphs, queries of all classes in turn:\n`);
  say('| | a second | CPU of the main thread, µs a query | of the others |');
  say('|---|--:|--:|--:|');
  for (const [name, what] of [
    ['0', 'main thread alone'],
    ['1', 'one query thread'],
    ['2', 'two'],
  ] as const) {
    const { per_s, main_us, threads_us } = best(name);
    say(`| ${what} | ${per_s.toFixed(0)} | ${main_us.toFixed(1)} | ${threads_us.toFixed(1)} |`);
  }
  const ratio = Number((best('2').per_s / best('1').per_s).toFixed(2));
  console.log(JSON.stringify({ two_threads_vs_one: ratio }));
}

type Rate = Awaited<ReturnType<PeregrineContestant['rate']>>;
