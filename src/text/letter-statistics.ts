/** The letter statistics of the package `eld`: its tables, which our own code counts with. */

import { readFile } from 'node:fs/promises';
import { type LetterScores, LetterStatistics } from './letter-scores.ts';

/** Which language the letters of a text speak for. */
export interface LetterJudge {
  detect(text: string): LetterScores;
}

/** Where a release of the package has other files than ours knows, it is taken as it comes. */
export async function loadLetterStatistics(): Promise<LetterJudge> {
  try {
    const door = import.meta.resolve('eld/extrasmall');
    const [source, { dictionary }, { avgScore: averages }] = await Promise.all([
      readFile(new URL('../ngrams/extrasmall.js', door), 'utf8'),
      import(new URL('../dictionary.js', door).href) as Promise<{ dictionary: readonly string[] }>,
      import(new URL('../avgScore.js', door).href) as Promise<{ avgScore: Record<string, number> }>,
    ]);
    return new LetterStatistics({ source, dictionary, averages });
  } catch {
    const { eld } = await import('eld/extrasmall');
    return {
      detect: (text) => {
        const result = eld.detect(text);
        const scores: Readonly<Record<string, number>> = result.getScores();
        const { language } = result;
        return { language, scoreOf: (code) => scores[code] ?? 0, isReliable: () => result.isReliable() };
      },
    };
  }
}
