/** Chooses for each word of a plan the one stem that is scored; `plan` says by what rule. */

import type { ScoredTerm, TermStatistics } from '../index/index.ts';
import { type PlannedWord, type QueryPlan, scoredTerm } from './plan.ts';

export interface ChosenWord {
  readonly word: PlannedWord;
  readonly stem: string;
  readonly term: ScoredTerm;
}

/** Stems looked up to choose among; words of longer queries beyond this take their first. */
const MAX_CANDIDATES = 400;

export function chooseStems(
  { words, language }: QueryPlan,
  statistics: (terms: readonly ScoredTerm[]) => TermStatistics,
): ChosenWord[] {
  const open = words.flatMap((word) =>
    word.stems.length > 1 ? word.stems.map((stem) => ({ word, stem, term: scoredTerm(word, stem) })) : [],
  );
  const looked = open.slice(0, MAX_CANDIDATES);
  const { documentFrequencies } =
    looked.length === 0 ? { documentFrequencies: [] } : statistics(looked.map(({ term }) => term));
  const best = new Map<PlannedWord, { choice: ChosenWord; documents: number }>();
  looked.forEach((choice, i) => {
    const documents = documentFrequencies[i] ?? 0;
    const known = best.get(choice.word);
    // In a known language its own stem stands, unless nothing has it.
    const isBetter = language === '' ? documents > (known?.documents ?? -1) : (known?.documents ?? 0) === 0;
    if (known === undefined || (isBetter && documents > 0)) best.set(choice.word, { choice, documents });
  });
  return words.map((word) => {
    const [stem = word.word] = word.stems;
    return best.get(word)?.choice ?? { word, stem, term: scoredTerm(word, stem) };
  });
}
