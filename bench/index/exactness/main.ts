/**
 * Pruned answers against exhaustive ones, on real text: `npm run sweep:index:real -- [queries of each class] [seed]`. Words of
 * Debian's documentation (`--full`: all of it), paragraphs and whole pages; queries of seventeen classes in several forms,
 * over one segment and over many, with documents deleted and replaced, on this thread and shared out on two. Prints
 * totals, or the first query that was answered differently.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { QueryThreads } from '../../../src/index/index.ts';
import { corpusLines, type CorpusName, corpusPath, FULL, QUICK } from '../corpus.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import { makeQueryClasses, type QueryClass } from '../query-classes.ts';
import { compareAnswers } from './compare-answers.ts';
import { formsOf } from './query-forms.ts';

const { values: options, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [queriesOfEach = 100, seed = 1] = positionals.map(Number);
const size = options.full ? FULL : QUICK;
/** Little, so that there are many flushes, and a segment of each. */
const MEMORY_MB = 2;
const FRAMES_MB = 256;
const REPLACED = 60;
const MANY_DELETIONS = { first: 3, every: 11 };
const DELETIONS = { first: 7, every: 50 };

const directory = mkdtempSync(join(tmpdir(), 'peregrine-sweep-index-'));
const threads = new QueryThreads({ count: 2, longPostings: 0, splitPostings: 0 });
try {
  for (const name of ['paragraphs', 'pages'] as const) await sweepCorpus(name);
} finally {
  await threads.close();
  rmSync(directory, { recursive: true, force: true });
}

async function sweepCorpus(name: CorpusName): Promise<void> {
  const corpus = corpusPath(size, name);
  const classes = await makeQueryClasses(corpus, size[name], { queriesOfEach, seed });
  const folder = join(directory, name);
  mkdirSync(folder);
  const contestant = await PeregrineContestant.open(folder, MEMORY_MB, FRAMES_MB, threads);
  const documents = await contestant.ingest(corpus, size[name]);
  const encoder = new TextEncoder();
  let number = 0;
  for await (const line of corpusLines(corpus, REPLACED)) {
    await contestant.append(encoder.encode(line), number++);
  }
  await contestant.remove(MANY_DELETIONS, documents);
  await sweepQueries(contestant, classes, name);
  await contestant.settle(DELETIONS);
  await sweepQueries(contestant, classes, name);
  await contestant.close();
}

async function sweepQueries(
  contestant: PeregrineContestant,
  classes: readonly QueryClass[],
  name: CorpusName,
): Promise<void> {
  let answers = 0;
  let pruned = 0;
  for (const queryClass of classes) {
    const queries = contestant.prepare(queryClass, 'top');
    for (const [place, query] of queries.entries()) {
      for (const form of formsOf(query, seed + answers)) {
        const what = `${queryClass.name} "${queryClass.queries[place]?.join(' ')}", ${form.name}`;
        if (await compareAnswers(contestant, form.query, what)) pruned += 1;
        answers += 1;
      }
    }
  }
  const { segments, liveSegments } = contestant.segments;
  console.log(JSON.stringify({ corpus: name, seed, segments, liveSegments, answers, pruned }));
}
