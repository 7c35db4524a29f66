/**
 * A vocabulary in memory: words sorted for prefixes, and for slips the words by what is left of them when letters are
 * left out (symmetric deletion, after W. Garbe's SymSpell), made when the first slip is asked for.
 */

import { editDistance } from './edit-distance.ts';
import type { KnownWord, Vocabulary } from './vocabulary.ts';

/** Letters of a word that deletions are made of: slips behind them are found by what stands before. */
const INDEXED_LETTERS = 8;
const MAX_EDITS = 2;

export class WordList implements Vocabulary {
  readonly #words: readonly KnownWord[];
  readonly #places = new Map<string, number>();
  #deletions: Map<string, number[]> | undefined;

  /** Each word once. */
  constructor(words: Iterable<KnownWord>) {
    this.#words = [...words].sort((a, b) => (a.word < b.word ? -1 : a.word > b.word ? 1 : 0));
    this.#words.forEach(({ word }, place) => this.#places.set(word, place));
  }

  get size(): number {
    return this.#words.length;
  }

  frequency(word: string): number {
    const place = this.#places.get(word);
    return place === undefined ? 0 : (this.#words[place]?.documents ?? 0);
  }

  withPrefix(prefix: string, limit: number): readonly KnownWord[] {
    const found: KnownWord[] = [];
    for (let place = this.#lowerBound(prefix); place < this.#words.length; place++) {
      const known = this.#words[place];
      if (known?.word.startsWith(prefix) !== true) break;
      found.push(known);
    }
    return found.sort(byFrequency).slice(0, limit);
  }

  near(word: string, edits: number, limit: number): readonly KnownWord[] {
    const most = Math.min(MAX_EDITS, edits);
    const candidates = new Set<number>();
    for (const key of deletionsOf(beginning(word), most)) {
      for (const place of this.#deletionIndex().get(key) ?? []) candidates.add(place);
    }
    const found: { known: KnownWord; distance: number }[] = [];
    for (const place of candidates) {
      const known = this.#words[place];
      if (known === undefined) continue;
      const distance = editDistance(word, known.word, most);
      if (distance <= most) found.push({ known, distance });
    }
    return found
      .sort((a, b) => a.distance - b.distance || byFrequency(a.known, b.known))
      .slice(0, limit)
      .map(({ known }) => known);
  }

  #lowerBound(text: string): number {
    let first = 0;
    let past = this.#words.length;
    while (first < past) {
      const middle = (first + past) >> 1;
      if ((this.#words[middle]?.word ?? '') < text) first = middle + 1;
      else past = middle;
    }
    return first;
  }

  #deletionIndex(): ReadonlyMap<string, readonly number[]> {
    if (this.#deletions !== undefined) return this.#deletions;
    const index = new Map<string, number[]>();
    this.#words.forEach(({ word }, place) => {
      for (const key of deletionsOf(beginning(word), MAX_EDITS)) {
        const places = index.get(key);
        if (places === undefined) index.set(key, [place]);
        else places.push(place);
      }
    });
    this.#deletions = index;
    return index;
  }
}

function byFrequency(a: KnownWord, b: KnownWord): number {
  return b.documents - a.documents || (a.word < b.word ? -1 : 1);
}

function beginning(word: string): string {
  return Array.from(word).slice(0, INDEXED_LETTERS).join('');
}

/** The text and all that is left of it without up to `edits` letters. */
function deletionsOf(text: string, edits: number): Set<string> {
  const all = new Set([text]);
  let last: readonly string[] = [text];
  for (let edit = 0; edit < edits; edit++) {
    const next: string[] = [];
    for (const one of last) {
      const letters = Array.from(one);
      if (letters.length < 2) continue;
      for (let i = 0; i < letters.length; i++) {
        const less = letters.toSpliced(i, 1).join('');
        if (all.has(less)) continue;
        all.add(less);
        next.push(less);
      }
    }
    last = next;
  }
  return all;
}
