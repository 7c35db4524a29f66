/** Tells languages by their small words, without statistics: running text is full of them. */

import { stopWordsOf } from './stop-words.ts';

/** A text full of those of the declared one needs no statistics. */
const TOLD_BY_SMALL_WORDS: readonly string[] = ['en', 'de', 'ru', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'sv'];
/** Whose small words are told from those of every neighbour, where nothing is declared. */
const UNLIKE_OTHERS: readonly string[] = ['en', 'de', 'fr', 'ru'];
const LEAST_WORDS = 25;
const LEAST_SMALL_WORDS = 0.3;
/** Part of the small words of the one that the next may have. */
const MOST_OF_OTHERS = 0.5;

/**
 * The language of whose small words the text is full, and of no other's of those that `fit` its script; the declared one
 * (`hinted`) where there is one. Else empty.
 */
export function languageOfSmallWords(text: string, hinted: string, fits: (code: string) => boolean): string {
  const candidates = hinted === '' ? UNLIKE_OTHERS : TOLD_BY_SMALL_WORDS.filter((code) => code === hinted);
  if (candidates.length === 0) return '';
  const { words, counts } = countSmallWords(text.toLowerCase());
  if (words < LEAST_WORDS) return '';
  let best = -1;
  let next = 0;
  for (let place = 0; place < counts.length; place++) {
    if (!fits(TOLD_BY_SMALL_WORDS[place] as string)) continue;
    const count = counts[place] as number;
    if (best >= 0 && count <= (counts[best] as number)) next = Math.max(next, count);
    else {
      next = best < 0 ? 0 : (counts[best] as number);
      best = place;
    }
  }
  const code = TOLD_BY_SMALL_WORDS[best] ?? '';
  const count = counts[best] ?? 0;
  const isFull = count >= words * LEAST_SMALL_WORDS && next <= count * MOST_OF_OTHERS;
  return isFull && candidates.includes(code) ? code : '';
}

/** How many words there are, and how many of them are small in each language. */
function countSmallWords(text: string): { words: number; counts: Uint32Array } {
  const counts = new Uint32Array(TOLD_BY_SMALL_WORDS.length);
  let words = 0;
  let start = -1;
  let hash = HASH_START;
  for (let at = 0; at <= text.length; at++) {
    const unit = at < text.length ? text.charCodeAt(at) : 0;
    if (isOfWord(unit)) {
      if (start < 0) {
        start = at;
        hash = HASH_START;
      }
      hash = Math.imul(hash ^ unit, HASH_PRIME);
    } else if (start >= 0) {
      words += 1;
      let bits = smallIn(text, start, at, hash);
      for (let place = 0; bits > 0; bits >>= 1, place++)
        counts[place] = (counts[place] as number) + (bits & 1);
      start = -1;
    }
  }
  return { words, counts };
}

/** FNV-1a over UTF-16 units. */
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
const WORD = /[\p{L}\p{M}]/u;
const [UNSEEN, OF_WORD, PARTS] = [0, 1, 2] as const;
const kinds = new Uint8Array(0x1_0000);

function isOfWord(unit: number): boolean {
  if (kinds[unit] === UNSEEN) kinds[unit] = WORD.test(String.fromCharCode(unit)) ? OF_WORD : PARTS;
  return kinds[unit] === OF_WORD;
}

/** Small words by their hashes: open addressing, at most half full. */
const SLOTS = 4096;
let small: { words: string[]; bits: Uint16Array } | undefined;

/** A bit for each of the languages told by small words of which `text.slice(start, end)` is one. */
function smallIn(text: string, start: number, end: number, hash: number): number {
  small ??= allSmallWords();
  for (let slot = slotOf(hash); ; slot = (slot + 1) & (SLOTS - 1)) {
    const word = small.words[slot] as string;
    if (word === '') return 0;
    if (word.length === end - start && text.startsWith(word, start)) return small.bits[slot] as number;
  }
}

function allSmallWords(): { words: string[]; bits: Uint16Array } {
  const words = Array.from({ length: SLOTS }, () => '');
  const bits = new Uint16Array(SLOTS);
  TOLD_BY_SMALL_WORDS.forEach((code, place) => {
    for (const word of stopWordsOf(code)) {
      let hash = HASH_START;
      for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), HASH_PRIME);
      let slot = slotOf(hash);
      while (words[slot] !== '' && words[slot] !== word) slot = (slot + 1) & (SLOTS - 1);
      words[slot] = word;
      bits[slot] = (bits[slot] as number) | (1 << place);
    }
  });
  return { words, bits };
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
