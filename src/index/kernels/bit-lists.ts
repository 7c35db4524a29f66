/**
 * Lists that so many documents are in that these stand as bits, one for each document of the segment: what is asked of
 * them without a number unpacked. docs/formats/segment.md, "Lists".
 */

import {
  BLOCK_POSTINGS,
  C_BITS,
  C_COUNT,
  C_DOCS,
  C_MATCHES,
  C_SCORES,
  C_SEGMENT,
  P_CORE,
  P_SURVIVORS,
  SEGMENT_DOCUMENTS,
  SURVIVOR_SCORES,
} from './layout.ts';
import { countBits, intersectBits, numbersOf, uniteBits } from './lanes.ts';
import { copyBytes, countOnes, load32, loadF64, store32, storeF64 } from './memory.ts';
import { loadWord, wordAddress, wordsLeft } from './pages.ts';
import type { i32 } from './types.ts';

/** So many words are made numbers at a time: these are found as halves of words. */
const MOST_WORDS: i32 = 2048;

/** Documents of the words at hand of the bits that are read one by one: up to the end of the page. */
let pastRun: i32 = 0;

/** 1 where the list's documents stand as bits. */
export function hasBits(cursor: i32): i32 {
  return load32(cursor + C_BITS) === 0 ? 0 : 1;
}

/** 1 where the list has the document. */
export function isInBits(cursor: i32, document: i32): i32 {
  const word: i32 = loadWord(load32(cursor + C_SEGMENT), load32(cursor + C_BITS) + (document >> 5));
  return (word >>> (document & 31)) & 1;
}

/** Writes the block's documents, from `base` + 1 to `last`, at most a block; returns how many they are. */
export function readDocuments(cursor: i32, base: i32, last: i32): i32 {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const past: i32 = (last >> 5) + 1;
  let place: i32 = (base + 1) >> 5;
  // Of the first word those before the block are no more wanted.
  let kept: i32 = -1 << ((base + 1) & 31);
  let count: i32 = 0;
  while (place < past && count < BLOCK_POSTINGS) {
    const word: i32 = load32(cursor + C_BITS) + place;
    let words: i32 = wordsLeft(word);
    if (words > past - place) words = past - place;
    if (words > MOST_WORDS) words = MOST_WORDS;
    const to: i32 = cursor + C_DOCS + (count << 2);
    const from: i32 = wordAddress(segment, word);
    // Scores of the block are made later, of what is read now.
    count += numbersOf(from, words, kept, place << 5, to, BLOCK_POSTINGS - count, cursor + C_SCORES);
    place += words;
    kept = -1;
  }
  return count < BLOCK_POSTINGS ? count : BLOCK_POSTINGS;
}

/** Documents of the list; of those set in `live` where that is not 0. */
export function countInBits(cursor: i32, live: i32): i32 {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const past: i32 = (load32(segment + SEGMENT_DOCUMENTS) + 31) >> 5;
  let count: i32 = 0;
  for (let place: i32 = 0; place < past;) {
    const word: i32 = load32(cursor + C_BITS) + place;
    let words: i32 = wordsLeft(word);
    if (words > past - place) words = past - place;
    const address: i32 = wordAddress(segment, word);
    // Bits are counted two words at a time.
    const even: i32 = words & -2;
    count += countBits(address, even, live === 0 ? 0 : live + (place << 2));
    if (even < words) {
      const bits: i32 = load32(address + (even << 2));
      count += countOnes(live === 0 ? bits : bits & load32(live + ((place + even) << 2)));
    }
    place += words;
  }
  return count;
}

/** What {@link readBits} does with what was there. */
export const REPLACE: i32 = 0;
export const INTERSECT: i32 = 1;
export const UNITE: i32 = 2;

/** Brings `words` words of the list's bits, from document `first` on, a multiple of 32, to `to`. */
export function readBits(cursor: i32, first: i32, words: i32, to: i32, how: i32): void {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const start: i32 = load32(cursor + C_BITS) + (first >> 5);
  for (let done: i32 = 0; done < words;) {
    let run: i32 = wordsLeft(start + done);
    if (run > words - done) run = words - done;
    const from: i32 = wordAddress(segment, start + done);
    const at: i32 = to + (done << 2);
    if (how === REPLACE) copyBytes(at, from, run << 2);
    else if (how === INTERSECT) intersectBits(at, from, run);
    else uniteBits(at, from, run);
    done += run;
  }
}

/**
 * Address at which the bits of document 0 would stand if all stood in the page of `document`'s: good up to document
 * `pastRun` − 1 and until another page is asked for.
 */
function runOf(cursor: i32, document: i32): i32 {
  const place: i32 = document >> 5;
  const word: i32 = load32(cursor + C_BITS) + place;
  pastRun = (place + wordsLeft(word)) << 5;
  return wordAddress(load32(cursor + C_SEGMENT), word) - (place << 2);
}

/** How many of the block's documents the list has, of those that live. `other`: where the block is decoded. */
export function countShared(cursor: i32, other: i32, live: i32): i32 {
  const past: i32 = other + C_DOCS + (load32(other + C_COUNT) << 2);
  let run: i32 = 0;
  let count: i32 = 0;
  pastRun = -1;
  for (let at: i32 = other + C_DOCS; at < past; at += 4) {
    const document: i32 = load32(at);
    if (document >= pastRun) run = runOf(cursor, document);
    const word: i32 = (document >> 5) << 2;
    let bits: i32 = load32(run + word);
    if (live !== 0) bits = bits & load32(live + word);
    count += (bits >>> (document & 31)) & 1;
  }
  return count;
}

/**
 * Keeps those of `count` survivors that the list has, with their scores and their places in the first `lists` lists of the
 * core; returns how many they are. Without a branch: which are there can't be foretold.
 */
export function keepInBits(cursor: i32, program: i32, count: i32, lists: i32): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const scores: i32 = survivors + SURVIVOR_SCORES;
  const core: i32 = load32(program + P_CORE);
  const lead: i32 = load32(core) + C_MATCHES;
  let run: i32 = 0;
  let kept: i32 = 0;
  pastRun = -1;
  for (let i: i32 = 0; i < count; i++) {
    const document: i32 = load32(survivors + (i << 2));
    if (document >= pastRun) run = runOf(cursor, document);
    const at: i32 = kept << 2;
    store32(survivors + at, document);
    storeF64(scores + (kept << 3), loadF64(scores + (i << 3)));
    store32(lead + at, load32(lead + (i << 2)));
    for (let list: i32 = 1; list < lists; list++) {
      const matches: i32 = load32(core + (list << 2)) + C_MATCHES;
      store32(matches + at, load32(matches + (i << 2)));
    }
    kept += (load32(run + ((document >> 5) << 2)) >>> (document & 31)) & 1;
  }
  return kept;
}
