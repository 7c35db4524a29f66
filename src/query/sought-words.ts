/** The words of a query as they are looked for in texts, each with what finding it says. */

import { stemRarity, type TermStatistics } from '../index/index.ts';
import type { ChosenWord } from './stem-choice.ts';
import type { SoughtWord } from './word-matcher.ts';

export function soughtWords(chosen: readonly ChosenWord[], statistics: TermStatistics): SoughtWord[] {
  return chosen.map(({ word }, i) => ({
    word: word.word,
    form: word.form,
    importance: word.weight * stemRarity(statistics, i),
    place: word.place,
    isSmall: word.isSmall,
  }));
}
