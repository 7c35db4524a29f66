/**
 * The product's own index in a process of its own, for cold runs. Takes commands over the channel to its parent and
 * answers each: `warm`, `open`, `each`, `hits`.
 */

import type { IndexQuery } from '../../../src/index/index.ts';
import { LuceneContestant } from '../lucene-contestant.ts';
import { PeregrineContestant } from '../peregrine-contestant.ts';
import type { QueryClass } from '../query-classes.ts';
import { bytesRead } from './bytes-read.ts';
import { type ColdSample, readQueries } from './cold-queries.ts';

export type ColdCommand =
  | { readonly kind: 'warm'; readonly folder: string; readonly queries: string; readonly passes: number }
  | { readonly kind: 'open'; readonly folder: string; readonly queries: string; readonly frames_mb: number }
  | { readonly kind: 'each' }
  | { readonly kind: 'hits' };

export type ColdAnswer = readonly ColdSample[] | readonly number[];

const WARM_FRAMES_MB = 64;
let contestant: PeregrineContestant | undefined;
let asked: readonly QueryClass[] = [];
let prepared: readonly IndexQuery[] = [];

process.on('message', (command: ColdCommand) => {
  void answer(command).then((said) => process.send?.(said));
});

async function answer(command: ColdCommand): Promise<ColdAnswer> {
  if (command.kind === 'each') return each();
  if (command.kind === 'hits') {
    return asked.flatMap((one) => contestant?.hits(contestant.prepare(one, 'count')) ?? []);
  }
  if (command.kind === 'open') {
    await open(command.folder, command.queries, command.frames_mb);
    return [];
  }
  await open(command.folder, command.queries, WARM_FRAMES_MB);
  for (let pass = 0; pass < command.passes; pass++) each();
  await contestant?.close();
  return [];
}

async function open(folder: string, queries: string, frames_mb: number): Promise<void> {
  const opened = await PeregrineContestant.open(folder, LuceneContestant.memory_mb, frames_mb);
  contestant = opened;
  asked = readQueries(queries);
  prepared = asked.flatMap((one) => opened.prepare(one, 'top'));
}

function each(): readonly ColdSample[] {
  const opened = contestant;
  if (opened === undefined) return [];
  return prepared.map((query) => {
    const before = bytesRead();
    const { us } = opened.sample(query);
    return { us, bytes: bytesRead() - before };
  });
}
