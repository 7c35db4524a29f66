/**
 * Passes over documents: each files postings, with their occurrences, by the uppermost bits
 * of their terms' hashes, as many parts at a time as there is memory for. A document's terms ascend, so that it goes
 * through the parts once, in order; what follows works on one part after the other, each small enough for the
 * processor's cache.
 */

import { fillBytes, grow, load32, load8, loadUnaligned, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { extended, reserve, take } from './buffers.ts';
import { isBefore, longer, readAt, readFrom, varint } from './document-reader.ts';
import { widenRun } from './number-runs.ts';
import {
  B_ADDRESS,
  B_USED,
  B_WORDS,
  D_FILTER,
  D_FILTERS_END,
  D_LAST_ZONE,
  D_LENGTH,
  D_LETTER,
  D_POSTING,
  D_SIZE,
  D_TERM,
  D_TERMS_END,
  D_ZONES,
  DOCUMENT_SHIFT,
  F_COUNT,
  F_DOCUMENT,
  F_HAS_WORD,
  F_IS_ONE,
  F_HIGH,
  F_LOW,
  FILED_WORDS,
  I_DOCUMENT_TABLE,
  I_FIRST_PART,
  I_GROUPS,
  I_PART_BITS,
  I_PARTS,
  I_PAST_PART,
  I_TOUCHED,
  POSITION_BITS,
  POSITION_MASK,
} from './write-layout.ts';

/** Documents whose bytes are touched together before they are filed. */
const TOUCHED_TOGETHER: i32 = 16;
const LINE_BYTES: i32 = 64;

/**
 * Files what documents of the table from `first` on, of so many bytes or until `past`, have in the parts at hand; returns the next one.
 * Parts go up from pass to pass, so that each document goes on where it stopped.
 */
export function fileDocuments(inversion: i32, first: i32, past: i32, bytes: i32): i32 {
  const table: i32 = load32(inversion + I_DOCUMENT_TABLE);
  let left: i32 = bytes;
  let touched: i32 = first;
  let document: i32 = first;
  for (; document < past && left > 0; document++) {
    if (document === touched) {
      touched = document + TOUCHED_TOGETHER < past ? document + TOUCHED_TOGETHER : past;
      touchDocuments(inversion, table + (document << DOCUMENT_SHIFT), table + (touched << DOCUMENT_SHIFT));
    }
    const entry: i32 = table + (document << DOCUMENT_SHIFT);
    filePostings(inversion, entry, document);
    fileFilters(inversion, entry, document);
    left -= load32(entry + D_SIZE);
  }
  return document;
}

/**
 * Reads a little where each document goes on. Far apart as these places are, each would be waited for; many at once, on which
 * nothing depends, come from memory in the time of a few.
 */
function touchDocuments(inversion: i32, first: i32, past: i32): void {
  let sum: i32 = 0;
  for (let entry: i32 = first; entry < past; entry += 1 << DOCUMENT_SHIFT) {
    const term: i32 = load32(entry + D_TERM);
    sum += load8(term) + load8(load32(entry + D_POSTING));
    if (term + LINE_BYTES < load32(entry + D_TERMS_END)) sum += load8(term + LINE_BYTES);
    sum += load8(load32(entry + D_FILTER));
  }
  store32(inversion + I_TOUCHED, sum);
}

/** What would be the buffer of part 0: those of the parts at hand stand behind it in their order. */
function bufferOfFirst(inversion: i32): i32 {
  return load32(inversion + I_PARTS) - (load32(inversion + I_FIRST_PART) << 4);
}

function filePostings(inversion: i32, entry: i32, document: i32): void {
  const past: i32 = load32(inversion + I_PAST_PART);
  const partShift: i32 = 31 - load32(inversion + I_PART_BITS);
  const end: i32 = load32(entry + D_TERMS_END);
  let hash: i32 = load32(entry + D_TERM);
  if (hash === end || (loadUnaligned(hash + 4) >>> 1) >>> partShift >= past) return;
  const buffers: i32 = bufferOfFirst(inversion);
  const lastStart: i32 = load32(entry + D_LAST_ZONE) & POSITION_MASK;
  const lastGroup: i32 = load32(entry + D_LAST_ZONE) - lastStart;
  if (lastStart > 0) mapGroups(inversion, load32(entry + D_ZONES));
  const groups: i32 = load32(inversion + I_GROUPS + B_ADDRESS);
  let length: i32 = load32(entry + D_LENGTH);
  const hasWords: boolean = length !== 0;
  let letter: i32 = load32(entry + D_LETTER);
  // In a local: where the next number stands is not waited for.
  let from: i32 = load32(entry + D_POSTING);
  for (; hash < end; hash += 8) {
    const high: i32 = loadUnaligned(hash + 4);
    const part: i32 = (high >>> 1) >>> partShift;
    if (part >= past) break;
    let occurrences: i32 = load8(from);
    from++;
    if (occurrences > 127) {
      occurrences = longer(occurrences, from);
      from = readAt();
    }
    let words: i32 = FILED_WORDS;
    let letters: i32 = 0;
    if (hasWords) {
      letters = load8(length);
      length++;
      if (letters !== 0) words += 2;
    }
    const buffer: i32 = buffers + (part << 4);
    const isOne: boolean = occurrences === 1;
    if (!isOne) words += occurrences;
    const used: i32 = load32(buffer + B_USED);
    if (used + words > load32(buffer + B_WORDS)) grow(buffer, used + words);
    store32(buffer + B_USED, used + words);
    let at: i32 = load32(buffer + B_ADDRESS) + (used << 2);
    store32(at + F_LOW, loadUnaligned(hash));
    store32(at + F_HIGH, high);
    store32(at + F_DOCUMENT, document);
    let count: i32 = occurrences;
    if (isOne) {
      // Numbers of one byte and of two are read alike: which it will be can't be guessed.
      const byte: i32 = load8(from);
      const next: i32 = load8(from + 1);
      const isTwo: i32 = byte >>> 7;
      let position: i32 = (byte & 127) | ((next << 7) & -isTwo);
      from += 1 + isTwo;
      if ((isTwo & (next >>> 7)) !== 0) {
        position = longer(byte, from - 1);
        from = readAt();
      }
      const group: i32 = position < lastStart ? load8(groups + position) << POSITION_BITS : lastGroup;
      count = position | group | F_IS_ONE;
    }
    if (letters !== 0) {
      store32(at + F_COUNT, count | F_HAS_WORD);
      store32(at + (FILED_WORDS << 2), letter);
      store32(at + (FILED_WORDS << 2) + 4, letters);
      letter += letters;
      at += 8;
    } else {
      store32(at + F_COUNT, count);
    }
    if (isOne) continue;
    at += FILED_WORDS << 2;
    if (lastStart === 0) {
      from = widenRun(from, occurrences, lastGroup, at);
      continue;
    }
    let position: i32 = -1;
    for (const last: i32 = at + (occurrences << 2); at < last; at += 4) {
      const byte: i32 = load8(from);
      const next: i32 = load8(from + 1);
      const isTwo: i32 = byte >>> 7;
      let distance: i32 = (byte & 127) | ((next << 7) & -isTwo);
      from += 1 + isTwo;
      if ((isTwo & (next >>> 7)) !== 0) {
        distance = longer(byte, from - 1);
        from = readAt();
      }
      position += distance + 1;
      const group: i32 = position < lastStart ? load8(groups + position) << POSITION_BITS : lastGroup;
      store32(at, distance | group);
    }
  }
  store32(entry + D_TERM, hash);
  store32(entry + D_POSTING, from);
  store32(entry + D_LENGTH, length);
  store32(entry + D_LETTER, letter);
}

function fileFilters(inversion: i32, entry: i32, document: i32): void {
  const past: i32 = load32(inversion + I_PAST_PART);
  const partShift: i32 = 31 - load32(inversion + I_PART_BITS);
  const end: i32 = load32(entry + D_FILTERS_END);
  let hash: i32 = load32(entry + D_FILTER);
  for (; hash < end; hash += 8) {
    const high: i32 = loadUnaligned(hash + 4);
    const part: i32 = (high >>> 1) >>> partShift;
    if (part >= past) break;
    const buffer: i32 = bufferOfFirst(inversion) + (part << 4);
    const at: i32 = reserve(buffer, FILED_WORDS);
    take(buffer, FILED_WORDS);
    store32(at + F_LOW, loadUnaligned(hash));
    store32(at + F_HIGH, high);
    store32(at + F_DOCUMENT, document);
    store32(at + F_COUNT, 0);
  }
  store32(entry + D_FILTER, hash);
}

/** Writes the group of each position of a document up to its last zone. */
function mapGroups(inversion: i32, zones: i32): void {
  const past: i32 = zones + loadUnaligned(zones - 4);
  let start: i32 = 0;
  let group: i32 = 0;
  let least: i32 = 0;
  readFrom(zones);
  while (isBefore(past) === 1) {
    const next: i32 = least + varint();
    // Nothing stands before the first zone.
    if (next > start) {
      const map: i32 = extended(inversion + I_GROUPS, (next >> 2) + 1);
      fillBytes(map + start, group, next - start);
    }
    start = next;
    group = varint();
    least = next + 1;
  }
}
