/**
 * Which row of a document that waits is its newest: an open table by docId. Of tens of thousands a `Map` of the program's takes ten times
 * as long to fill, for docIds are no small integers, and each would be an object of the heap.
 */

import { fillBytes, load32, multiply, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { extended } from './buffers.ts';
import {
  B_ADDRESS,
  B_USED,
  D_HIGH,
  D_LOW,
  D_STATE,
  DOCUMENT_SHIFT,
  IS_AGAIN,
  IS_DELETION,
  IS_OLD,
  P_DELETED,
  P_DOCUMENTS,
  P_PLACES,
  P_ROWS,
} from './write-layout.ts';

const FIRST_PLACES: i32 = 128;
/** Words of a place, as a shift, and its bytes. */
const PLACE_WORDS_SHIFT: i32 = 1;
const PLACE_SHIFT: i32 = 3;
const P_LOW: i32 = 4;

/** Number of the newest row of a document, −1 without one. */
export function rowOf(waiting: i32, low: i32, high: i32): i32 {
  if (load32(waiting + P_PLACES + B_USED) === 0) return -1;
  return load32(placeOf(waiting, low, high)) - 1;
}

/** Files rows `first` to `past` − 1: each is the newest of its document from then on. */
export function fileRows(waiting: i32, first: i32, past: i32): void {
  const most: i32 = load32(waiting + P_DOCUMENTS) + past - first;
  // At least two places a document. Before anything is changed: there may be no memory.
  if (most << (PLACE_WORDS_SHIFT + 1) > load32(waiting + P_PLACES + B_USED)) growTable(waiting, first, most);
  for (let number: i32 = first; number < past; number++) {
    const row: i32 = rowAt(waiting, number);
    const place: i32 = placeOf(waiting, load32(row + D_LOW), load32(row + D_HIGH));
    const before: i32 = load32(place) - 1;
    if (before < 0) {
      store32(place + P_LOW, load32(row + D_LOW));
      store32(waiting + P_DOCUMENTS, load32(waiting + P_DOCUMENTS) + 1);
    } else {
      const old: i32 = rowAt(waiting, before);
      if ((load32(old + D_STATE) & IS_DELETION) !== 0) addDeleted(waiting, -1);
      store32(old + D_STATE, load32(old + D_STATE) | IS_OLD);
      store32(row + D_STATE, load32(row + D_STATE) | IS_AGAIN);
    }
    if ((load32(row + D_STATE) & IS_DELETION) !== 0) addDeleted(waiting, 1);
    store32(place, number + 1);
  }
}

function addDeleted(waiting: i32, more: i32): void {
  store32(waiting + P_DELETED, load32(waiting + P_DELETED) + more);
}

function rowAt(waiting: i32, number: i32): i32 {
  return load32(waiting + P_ROWS + B_ADDRESS) + (number << DOCUMENT_SHIFT);
}

/** Where the document stands in the table, or is to stand. */
function placeOf(waiting: i32, low: i32, high: i32): i32 {
  const places: i32 = load32(waiting + P_PLACES + B_ADDRESS);
  const mask: i32 = (load32(waiting + P_PLACES + B_USED) >> PLACE_WORDS_SHIFT) - 1;
  // Neighbours are probes of one address: they come to stand apart.
  const mixed: i32 = multiply(low ^ multiply(high, -1640531535), -2048144789);
  let which: i32 = (mixed ^ (mixed >>> 15)) & mask;
  let place: i32 = places + (which << PLACE_SHIFT);
  while (isOfAnother(waiting, place, low, high)) {
    which = (which + 1) & mask;
    place = places + (which << PLACE_SHIFT);
  }
  return place;
}

function isOfAnother(waiting: i32, place: i32, low: i32, high: i32): boolean {
  const number: i32 = load32(place) - 1;
  if (number < 0) return false;
  return load32(place + P_LOW) !== low || load32(rowAt(waiting, number) + D_HIGH) !== high;
}

/** Makes the table large enough for so many documents, and files the newest of the first `count` rows in it. */
function growTable(waiting: i32, count: i32, documents: i32): void {
  let words: i32 = FIRST_PLACES << PLACE_WORDS_SHIFT;
  while (words < documents << (PLACE_WORDS_SHIFT + 1)) words <<= 1;
  const places: i32 = extended(waiting + P_PLACES, words);
  fillBytes(places, 0, words << 2);
  for (let number: i32 = 0; number < count; number++) {
    const row: i32 = rowAt(waiting, number);
    if ((load32(row + D_STATE) & IS_OLD) !== 0) continue;
    const place: i32 = placeOf(waiting, load32(row + D_LOW), load32(row + D_HIGH));
    store32(place, number + 1);
    store32(place + P_LOW, load32(row + D_LOW));
  }
}
