/** Which language the letters of a text speak for, as the package `eld` counts. */

import { readFile } from 'node:fs/promises';
import { type LetterTable, readLetterTable } from './letter-table.ts';

export interface LetterStatistics {
  detect(text: string): { language: string; getScores(): Record<string, number>; isReliable(): boolean };
}

/** The package's module behind its door. */
interface Detector {
  readonly createEld: () => {
    readonly instance: LetterStatistics;
    readonly loadData: (table: LetterTable) => string;
  };
}

/**
 * The package with a table that takes a tenth of the memory, and of the time to load. Where a release of it has other
 * files than ours knows, it is taken as it comes.
 */
export async function loadLetterStatistics(): Promise<LetterStatistics> {
  try {
    const door = import.meta.resolve('eld/extrasmall');
    const source = await readFile(new URL('../ngrams/extrasmall.js', door), 'utf8');
    const table = readLetterTable(source);
    const { createEld } = (await import(new URL('../languageDetector.js', door).href)) as Detector;
    const { instance, loadData } = createEld();
    loadData(table);
    return instance;
  } catch {
    return (await import('eld/extrasmall')).eld;
  }
}
