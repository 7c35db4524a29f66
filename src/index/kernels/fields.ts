/**
 * Fields of documents where they stand in pages: for each row places in a sorted dictionary, packed. Walks go from
 * document to document and never back; of 32 documents the rows follow one another, so that they are unpacked together.
 */

import { packedAt } from './columns.ts';
import {
  END,
  F_DOCUMENTS,
  F_GROUP,
  F_LISTED,
  F_NUMBERS,
  F_ORDINALS,
  F_ORDINAL_WIDTH,
  F_PRESENCE,
  F_PRESENCE_WIDTH,
  F_PRESENCE_WORD,
  F_READ_FIRST,
  F_READ_PAST,
  F_ROW,
  F_ROWS,
  F_SEGMENT,
  F_STARTS,
  F_STARTS_READ,
  F_START_WIDTH,
  F_VALUES,
  PRESENT_BITS,
  PRESENT_EVERY,
  PRESENT_LIST,
} from './layout.ts';
import { bitsAt, countOnes, load32, store32 } from './memory.ts';
import { loadWord, wordAddress, wordsLeft } from './pages.ts';
import type { i32 } from './types.ts';

/** Puts a walk before the first document. */
export function openField(field: i32): void {
  store32(field + F_GROUP, 0);
  store32(field + F_ROW, 0);
  store32(field + F_READ_FIRST, 0);
  store32(field + F_READ_PAST, 0);
  if (load32(field + F_PRESENCE) === PRESENT_LIST) standAt(field, 0);
}

/** A bit for each of the 32 documents of `group` that has a value; F_ROW is the row of the first. Not for lists. */
export function presentIn(field: i32, group: i32): i32 {
  if (load32(field + F_PRESENCE) === PRESENT_EVERY) {
    store32(field + F_ROW, group << 5);
    const beyond: i32 = ((group + 1) << 5) - load32(field + F_DOCUMENTS);
    return beyond > 0 ? -1 >>> beyond : -1;
  }
  const segment: i32 = load32(field + F_SEGMENT);
  const bits: i32 = load32(field + F_PRESENCE_WORD);
  let row: i32 = load32(field + F_ROW);
  for (let at: i32 = load32(field + F_GROUP); at < group; at++)
    row += countOnes(loadWord(segment, bits + at));
  store32(field + F_GROUP, group);
  store32(field + F_ROW, row);
  return loadWord(segment, bits + group);
}

/** Puts the walk of a list at a row. */
export function standAt(field: i32, row: i32): void {
  let document: i32 = END;
  if (row < load32(field + F_ROWS)) {
    document = numberAt(
      load32(field + F_SEGMENT),
      load32(field + F_PRESENCE_WORD),
      load32(field + F_PRESENCE_WIDTH),
      row,
    );
  }
  store32(field + F_ROW, row);
  store32(field + F_LISTED, document);
}

/** Row of a document, −1 where it has no value. */
export function rowAt(field: i32, document: i32): i32 {
  const presence: i32 = load32(field + F_PRESENCE);
  if (presence === PRESENT_EVERY) return document;
  if (presence === PRESENT_BITS) {
    const bit: i32 = document & 31;
    const present: i32 = presentIn(field, document >>> 5);
    if (((present >>> bit) & 1) === 0) return -1;
    return load32(field + F_ROW) + countOnes(present & ((1 << bit) - 1));
  }
  while (load32(field + F_LISTED) < document) standAt(field, load32(field + F_ROW) + 1);
  return load32(field + F_LISTED) === document ? load32(field + F_ROW) : -1;
}

/** Where the values of a row begin among all; where those of the row before end. */
export function startOf(field: i32, row: i32): i32 {
  const width: i32 = load32(field + F_START_WIDTH);
  return width === 0 ? row : numberAt(load32(field + F_SEGMENT), load32(field + F_STARTS), width, row);
}

/** Unpacks the starts of `rows` rows from F_ROW on, at most 32, and of the one behind them to F_STARTS_READ. */
export function readStartsOf(field: i32, rows: i32): void {
  readNumbers(
    load32(field + F_SEGMENT),
    load32(field + F_STARTS),
    load32(field + F_START_WIDTH),
    load32(field + F_ROW),
    rows + 1,
    field + F_STARTS_READ,
  );
}

/** Place in the dictionary of value `index` of all; fast where values are asked for in their order. */
export function ordinalAt(field: i32, index: i32): i32 {
  const first: i32 = load32(field + F_READ_FIRST);
  if (index >= first && index < load32(field + F_READ_PAST))
    return load32(field + F_NUMBERS + ((index - first) << 2));
  const left: i32 = load32(field + F_VALUES) - index;
  readOrdinals(field, index, left < 32 ? left : 32);
  return load32(field + F_NUMBERS);
}

/** The same of one value of which the neighbours are not wanted. */
export function loneOrdinalAt(field: i32, index: i32): i32 {
  return numberAt(
    load32(field + F_SEGMENT),
    load32(field + F_ORDINALS),
    load32(field + F_ORDINAL_WIDTH),
    index,
  );
}

/** Unpacks `count` places, at most 32, from value `index` on to F_NUMBERS. */
export function readOrdinals(field: i32, index: i32, count: i32): void {
  store32(field + F_READ_FIRST, index);
  store32(field + F_READ_PAST, index + count);
  readNumbers(
    load32(field + F_SEGMENT),
    load32(field + F_ORDINALS),
    load32(field + F_ORDINAL_WIDTH),
    index,
    count,
    field + F_NUMBERS,
  );
}

/** Unpacks `count` numbers, at most 33, from number `index` of a stream on. */
function readNumbers(segment: i32, stream: i32, width: i32, index: i32, count: i32, to: i32): void {
  const first: i32 = (index & 31) * width;
  const word: i32 = stream + (index >>> 5) * width + (first >>> 5);
  const past: i32 = to + (count << 2);
  if (width === 0 || ((first & 31) + width * count + 31) >>> 5 > wordsLeft(word)) {
    for (let i: i32 = 0; i < count; i++) store32(to + (i << 2), numberAt(segment, stream, width, index + i));
    return;
  }
  const from: i32 = wordAddress(segment, word);
  const mask: i32 = width === 32 ? -1 : (1 << width) - 1;
  let bit: i32 = first & 31;
  for (let at: i32 = to; at < past; at += 4) {
    store32(at, bitsAt(from, bit) & mask);
    bit += width;
  }
}

function numberAt(segment: i32, stream: i32, width: i32, index: i32): i32 {
  return width === 0 ? 0 : packedAt(segment, stream, width, 0, width, index);
}
