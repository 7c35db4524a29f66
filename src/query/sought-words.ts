/** The words of a query as they are looked for in texts, each with what finding it says. */

import { inverseDocumentFrequency, type TermStatistics } from '../index/index.ts';
import type { ChosenWord } from './stem-choice.ts';
import type { SoughtWord } from './word-matcher.ts';

export function soughtWords(chosen: readonly ChosenWord[], statistics: TermStatistics): SoughtWord[] {
  const { documentCount, documentFrequencies } = statistics;
  return chosen.map(({ word }, i) => {
    const frequency = documentFrequencies[i] ?? 0;
    return {
      word: word.word,
      form: word.form,
      importance: word.weight * inverseDocumentFrequency(documentCount, frequency),
      place: word.place,
      isSmall: word.isSmall,
    };
  });
}
