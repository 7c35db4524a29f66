/** The words of a collection, read out of the views of its shards. */

import type { IndexView } from '../index/index.ts';
import { wordHash } from '../text/index.ts';
import type { KnownWord, NearKnownWord, Vocabulary } from './vocabulary.ts';

/** Edits that a view looks for at most. */
const MAX_EDITS = 4;

export class ViewVocabulary implements Vocabulary {
  readonly #views: readonly IndexView[];
  /** Looking for near words is dear, and asked for twice: to search and to suggest. */
  readonly #near = new Map<string, readonly NearKnownWord[]>();

  /** Reads only while the views are held. */
  constructor(views: readonly IndexView[]) {
    this.#views = views;
  }

  frequency(word: string): number {
    const term = { stem: wordHash(word), surface: undefined, weight: 1, place: 0 };
    return this.#views.reduce((sum, view) => sum + (view.statistics([term]).documentFrequencies[0] ?? 0), 0);
  }

  withPrefix(prefix: string, limit: number): readonly KnownWord[] {
    const sums = new Map<string, number>();
    for (const view of this.#views) {
      for (const { word, documents } of view.wordsWithPrefix(prefix, limit)) {
        sums.set(word, (sums.get(word) ?? 0) + documents);
      }
    }
    return knownWords(sums).slice(0, limit);
  }

  near(word: string, edits: number, limit: number): readonly NearKnownWord[] {
    const question = `${word} ${edits} ${limit}`;
    const known = this.#near.get(question);
    if (known !== undefined) return known;
    const found = new Map<string, NearKnownWord>();
    for (const view of this.#views) {
      for (const near of view.wordsNear(word, Math.min(MAX_EDITS, edits), limit)) {
        const documents = near.documents + (found.get(near.word)?.documents ?? 0);
        found.set(near.word, { word: near.word, documents, edits: near.edits });
      }
    }
    const nearest = [...found.values()]
      .sort((a, b) => a.edits - b.edits || b.documents - a.documents || (a.word < b.word ? -1 : 1))
      .slice(0, limit);
    this.#near.set(question, nearest);
    return nearest;
  }
}

function knownWords(sums: ReadonlyMap<string, number>): KnownWord[] {
  return Array.from(sums, ([word, documents]) => ({ word, documents })).sort(
    (a, b) => b.documents - a.documents || (a.word < b.word ? -1 : 1),
  );
}
