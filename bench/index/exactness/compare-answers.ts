/** One query, pruned, shared out and counted, against the same with every match scored. */

import type { IndexHits, IndexQuery } from '../../../src/index/index.ts';
import type { PeregrineContestant } from '../peregrine-contestant.ts';

/** Throws where answers differ; true where the first was pruned. */
export async function compareAnswers(
  contestant: PeregrineContestant,
  query: IndexQuery,
  what: string,
): Promise<boolean> {
  const whole = contestant.answer({ ...query, exhaustive: true });
  const pruned = contestant.answer(query);
  checkSame(pruned, whole, what);
  checkSame(await contestant.answerAside(query), whole, `${what}, on threads`);
  const { matches } = contestant.answer({ ...query, limit: 0 });
  if (matches !== whole.matches) throw new Error(`${what}: counted ${matches}, scored ${whole.matches}.`);
  return !pruned.countIsExact;
}

function checkSame(answer: IndexHits, whole: IndexHits, what: string): void {
  if (answer.partial || whole.partial) throw new Error(`${what}: partial.`);
  const isCount = answer.countIsExact ? answer.matches === whole.matches : answer.matches <= whole.matches;
  if (!isCount) throw new Error(`${what}: ${answer.matches} matches of ${whole.matches}.`);
  const most = Math.max(answer.hits.length, whole.hits.length);
  for (let rank = 0; rank < most; rank++) {
    const a = answer.hits[rank];
    const b = whole.hits[rank];
    if (a?.docId === b?.docId && a?.score === b?.score) continue;
    throw new Error(`${what}: at ${rank} ${a?.docId} with ${a?.score}, not ${b?.docId} with ${b?.score}.`);
  }
}
