/** From a word of a segment's file to an address: through the segment's page table, loading what is not there. */

import { PAGE_SHIFT, PAGE_WORDS, REFERENCED, SEGMENT_NUMBER, SEGMENT_TABLE } from './layout.ts';
import { divide, load32, load8, loadPage, store8 } from './memory.ts';
import type { i32 } from './types.ts';

let touchedSegment: i32 = 0;
let touchedPage: i32 = 0;

/** Number of the segment whose page was asked for last: what a trap is put down to. */
export function lastSegment(): i32 {
  return touchedSegment === 0 ? 0 : load32(touchedSegment + SEGMENT_NUMBER);
}

export function lastPage(): i32 {
  return touchedPage;
}

/** Good until the next call: loading another page may take this one's frame. */
export function wordAddress(segment: i32, word: i32): i32 {
  const page: i32 = divide(word, PAGE_WORDS);
  touchedSegment = segment;
  touchedPage = page;
  let frame: i32 = load32(load32(segment + SEGMENT_TABLE) + (page << 2));
  if (frame === 0) frame = loadPage(load32(segment + SEGMENT_NUMBER), page);
  else store8(REFERENCED + (frame >> PAGE_SHIFT), 1);
  return frame + ((word - page * PAGE_WORDS) << 2);
}

/** 1 where `address` is still that of the word: no page that was loaded since has taken its frame. */
export function isAddress(segment: i32, word: i32, address: i32): i32 {
  const page: i32 = divide(word, PAGE_WORDS);
  const frame: i32 = load32(load32(segment + SEGMENT_TABLE) + (page << 2));
  return frame + ((word - page * PAGE_WORDS) << 2) === address ? 1 : 0;
}

/** Words from `word` to the end of its page. */
export function wordsLeft(word: i32): i32 {
  return PAGE_WORDS - (word - divide(word, PAGE_WORDS) * PAGE_WORDS);
}

export function loadWord(segment: i32, word: i32): i32 {
  return load32(wordAddress(segment, word));
}

/** Byte `index` of a column of bytes that begins at `column`. */
export function loadByte(segment: i32, column: i32, index: i32): i32 {
  return load8(wordAddress(segment, column + (index >> 2)) + (index & 3));
}
