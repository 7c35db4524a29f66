/**
 * Passes over documents: each files postings, with their occurrences, by the uppermost bits
 * of their terms' hashes, as many parts at a time as there is memory for. A document's terms ascend, so that it goes
 * through the parts once, in order; what follows works on one part after the other, each small enough for the
 * processor's cache.
 */

import { fillBytes, load32, load8, loadUnaligned, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { extended } from './buffers.ts';
import { isBefore, longer, readAt, readFrom, varint } from './document-reader.ts';
import { openChunk } from './filed-chunks.ts';
import { widenRun } from './number-runs.ts';
import {
  B_ADDRESS,
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
  F_DISTANCE_SHIFT,
  F_FAR,
  F_HAS_WORD,
  F_HEAD,
  F_HIGH,
  F_LOW,
  FILED_BYTES,
  I_DOCUMENT_TABLE,
  I_FIRST_PART,
  I_GROUPS,
  I_PART_BITS,
  I_PARTS,
  I_PAST_PART,
  I_TOUCHED,
  P_AT,
  P_DOCUMENT,
  P_END,
  PART_SHIFT,
  POSITION_BITS,
  POSITION_MASK,
} from './write-layout.ts';

/** Documents whose bytes are touched together before they are filed. */
const TOUCHED_TOGETHER: i32 = 16;
const LINE_BYTES: i32 = 64;
/** Of a filed posting, its occurrences aside: with a document, a word, and what copying writes too much. */
const MOST_FILED_BYTES: i32 = 36;

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

/** What would be part 0: those at hand stand behind it in their order. */
function firstPart(inversion: i32): i32 {
  return load32(inversion + I_PARTS) - (load32(inversion + I_FIRST_PART) << PART_SHIFT);
}

function filePostings(inversion: i32, entry: i32, document: i32): void {
  const past: i32 = load32(inversion + I_PAST_PART);
  const partShift: i32 = 31 - load32(inversion + I_PART_BITS);
  const end: i32 = load32(entry + D_TERMS_END);
  let hash: i32 = load32(entry + D_TERM);
  if (hash === end || (loadUnaligned(hash + 4) >>> 1) >>> partShift >= past) return;
  const parts: i32 = firstPart(inversion);
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
    const index: i32 = (high >>> 1) >>> partShift;
    if (index >= past) break;
    let occurrences: i32 = load8(from);
    from++;
    if (occurrences > 127) {
      occurrences = longer(occurrences, from);
      from = readAt();
    }
    const part: i32 = parts + (index << PART_SHIFT);
    const at: i32 = roomFor(inversion, part, MOST_FILED_BYTES + (occurrences << 2));
    const distance: i32 = document - load32(part + P_DOCUMENT);
    store32(part + P_DOCUMENT, document);
    store32(at + F_LOW, loadUnaligned(hash));
    store32(at + F_HIGH, high);
    let to: i32 = at + FILED_BYTES;
    let head: i32 = distance << F_DISTANCE_SHIFT;
    if (distance >= F_FAR) {
      head = F_FAR << F_DISTANCE_SHIFT;
      store32(to, document);
      to += 4;
    }
    if (hasWords) {
      const letters: i32 = load8(length);
      length++;
      if (letters !== 0) {
        head = head | F_HAS_WORD;
        store32(to, letter);
        store32(to + 4, letters);
        to += 8;
        letter += letters;
      }
    }
    store32(at + F_HEAD, head | occurrences);
    store32(part + P_AT, to + (occurrences << 2));
    from = widenRun(from, occurrences, lastGroup, to);
    if (lastStart > 0) groupPlaces(to, occurrences, lastStart, groups);
  }
  store32(entry + D_TERM, hash);
  store32(entry + D_POSTING, from);
  store32(entry + D_LENGTH, length);
  store32(entry + D_LETTER, letter);
}

/** Where a part's next posting goes, of `size` bytes at most. */
function roomFor(inversion: i32, part: i32, size: i32): i32 {
  const at: i32 = load32(part + P_AT);
  return at + size > load32(part + P_END) ? openChunk(inversion, part, size) : at;
}

/** Gives the places before the last zone their groups. */
function groupPlaces(from: i32, count: i32, lastStart: i32, groups: i32): void {
  let position: i32 = -1;
  for (let at: i32 = from; at < from + (count << 2); at += 4) {
    const distance: i32 = load32(at) & POSITION_MASK;
    position += distance + 1;
    if (position >= lastStart) break;
    store32(at, distance | (load8(groups + position) << POSITION_BITS));
  }
}

function fileFilters(inversion: i32, entry: i32, document: i32): void {
  const past: i32 = load32(inversion + I_PAST_PART);
  const partShift: i32 = 31 - load32(inversion + I_PART_BITS);
  const end: i32 = load32(entry + D_FILTERS_END);
  let hash: i32 = load32(entry + D_FILTER);
  for (; hash < end; hash += 8) {
    const high: i32 = loadUnaligned(hash + 4);
    const index: i32 = (high >>> 1) >>> partShift;
    if (index >= past) break;
    const part: i32 = firstPart(inversion) + (index << PART_SHIFT);
    const at: i32 = roomFor(inversion, part, MOST_FILED_BYTES);
    store32(at + F_LOW, loadUnaligned(hash));
    store32(at + F_HIGH, high);
    store32(at + F_HEAD, F_FAR << F_DISTANCE_SHIFT);
    store32(at + FILED_BYTES, document);
    store32(part + P_DOCUMENT, document);
    store32(part + P_AT, at + FILED_BYTES + 4);
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
