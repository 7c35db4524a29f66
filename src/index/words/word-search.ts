/** Words of a collection by their beginning, and words near another. */

import { MAX_TABLE_LETTERS, MAX_TABLE_WORDS } from './near-table.ts';
import { byteString, textOfBytes } from './word-frequencies.ts';
import type { WordList } from './word-list.ts';

export interface WordFrequency {
  readonly word: string;
  /** Documents with it; those that were deleted count until their segments are merged. */
  readonly documents: number;
}

export interface NearWord extends WordFrequency {
  /** Letters to insert, delete, replace or swap with their neighbour. */
  readonly edits: number;
}

/** Words looked at for one beginning, of each list: a beginning of one letter has more than anybody wants to see. */
const MAX_LOOKED_AT = 100_000;
/**
 * The first few words are asked for with every letter that somebody types: then a word that is among the first of no list
 * is left out.
 */
const MAX_FROM_TOPS = 20;
/** Above every byte of UTF-8. */
const ABOVE = '\u00ff';

/** The `limit` words of most documents that begin with `prefix`. */
export function wordsWithPrefix(
  lists: readonly WordList[],
  prefix: string,
  limit: number,
): readonly WordFrequency[] {
  const start = byteString(prefix);
  const sums = new Map<string, number>();
  const isOfTops = start.length > 0 && limit <= MAX_FROM_TOPS;
  for (const list of lists) {
    if (isOfTops) {
      for (const { word, documents } of list.top(start)) sums.set(word, (sums.get(word) ?? 0) + documents);
      continue;
    }
    let left = MAX_LOOKED_AT;
    for (const { word, documents } of list.from(start)) {
      if (!word.startsWith(start) || left-- === 0) break;
      sums.set(word, (sums.get(word) ?? 0) + documents);
    }
  }
  return [...sums]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, limit)
    .map(([word, documents]) => ({ word: textOfBytes(word), documents }));
}

/** The `limit` nearest words within `edits` of `word`, itself included: fewest edits first, then most documents. */
export function wordsNear(
  lists: readonly WordList[],
  word: string,
  edits: number,
  limit: number,
): readonly NearWord[] {
  const found = new Map<string, { documents: number; edits: number }>();
  for (const list of lists) {
    for (const near of nearInList(list, word, edits)) {
      const documents = near.documents + (found.get(near.word)?.documents ?? 0);
      found.set(near.word, { documents, edits: near.edits });
    }
  }
  return [...found]
    .map(([text, near]) => ({ word: text, documents: near.documents, edits: near.edits }))
    .sort((a, b) => a.edits - b.edits || b.documents - a.documents || (a.word < b.word ? -1 : 1))
    .slice(0, limit);
}

/** All words of a list within `most` edits. */
function nearInList(list: WordList, wanted: string, most: number): Iterable<NearWord> {
  const letters = Array.from(wanted);
  const isTabled = list.count <= MAX_TABLE_WORDS && wanted.length <= MAX_TABLE_LETTERS;
  // A letter of two units would count as two.
  if (!isTabled || letters.length < wanted.length) return walkList(list, letters, most);
  const table = list.nearTable();
  const distance = new EditDistance(letters);
  const odd = table.odd.flatMap(({ word, documents }) => {
    const own = Array.from(word);
    distance.take(own, Infinity);
    const edits = distance.of(own.length);
    return edits <= most ? [{ word, documents, edits }] : [];
  });
  return [...table.near(wanted, most), ...odd];
}

/** Walks a list as the tree of its beginnings: where a beginning is too far already, all words with it are skipped. */
function* walkList(list: WordList, wanted: readonly string[], most: number): Generator<NearWord> {
  const distance = new EditDistance(wanted);
  let seek: string | undefined = '';
  while (seek !== undefined) {
    const words = list.from(seek);
    seek = undefined;
    for (const { word, documents } of words) {
      const text = textOfBytes(word);
      const letters = Array.from(text);
      const hopeless = distance.take(letters, most);
      if (hopeless > 0) {
        seek = byteString(letters.slice(0, hopeless).join('')) + ABOVE;
        break;
      }
      const edits = distance.of(letters.length);
      if (edits <= most) yield { word: text, documents, edits };
    }
  }
}

/** Rows of the table of edit distances (with swaps of neighbours) between a word and one after the other of a list. */
class EditDistance {
  readonly #wanted: readonly string[];
  #letters: readonly string[] = [];
  /** Row r: after r letters. */
  readonly #rows: number[][];

  constructor(wanted: readonly string[]) {
    this.#wanted = wanted;
    this.#rows = [[...wanted.keys(), wanted.length]];
  }

  of(length: number): number {
    return this.#rows[length]?.[this.#wanted.length] ?? Infinity;
  }

  /** Takes the next word; returns how many of its letters are too many edits away whatever follows, 0 for none. */
  take(letters: readonly string[], most: number): number {
    let row = 0;
    while (row < letters.length && letters[row] === this.#letters[row]) row += 1;
    // Rows of what both have in common stand. They were not hopeless, or this word would have been skipped.
    this.#letters = letters;
    for (; row < letters.length; row++) {
      const next = this.#next(letters, row);
      this.#rows[row + 1] = next;
      // A swap reaches back over a row.
      if (Math.min(...next) > most && Math.min(...(this.#rows[row] ?? [])) >= most) return row + 1;
    }
    return 0;
  }

  #next(letters: readonly string[], row: number): number[] {
    const wanted = this.#wanted;
    const above = this.#rows[row] ?? [];
    const next = [row + 1];
    for (let i = 1; i <= wanted.length; i++) {
      const isSame = letters[row] === wanted[i - 1];
      let least = Math.min(
        (above[i] ?? 0) + 1,
        (next[i - 1] ?? 0) + 1,
        (above[i - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (row > 0 && i > 1 && letters[row] === wanted[i - 2] && letters[row - 1] === wanted[i - 1]) {
        least = Math.min(least, (this.#rows[row - 1]?.[i - 2] ?? 0) + 1);
      }
      next.push(least);
    }
    return next;
  }
}
