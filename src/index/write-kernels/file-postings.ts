/**
 * Passes over documents: the first notes their columns; each files postings, with their occurrences, by the uppermost bits
 * of their terms' hashes, as many parts at a time as there is memory for. A document's terms ascend, so that it goes
 * through the parts once, in order; what follows works on one part after the other, each small enough for the
 * processor's cache.
 */

import { fillBytes, load32, load8, loadUnaligned, store32, store8 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { extended, reserve, take } from './buffers.ts';
import {
  columns,
  filterCount,
  filters,
  isBefore,
  lengths,
  lengthsEnd,
  letters,
  openDocument,
  postings,
  longer,
  readAt,
  readFrom,
  termCount,
  terms,
  varint,
  zones,
  zonesEnd,
} from './document-reader.ts';
import { magnitudeBelow } from './magnitude.ts';
import {
  B_ADDRESS,
  D_ADDRESS,
  D_LETTER,
  D_POSTING,
  D_SIZE,
  D_TERM,
  DOCUMENT_SHIFT,
  F_COUNT,
  F_DOCUMENT,
  F_HAS_WORD,
  F_HIGH,
  F_LOW,
  FILED_WORDS,
  I_DOCUMENT_TABLE,
  I_FIRST_PART,
  I_GROUPS,
  I_PART_BITS,
  I_PARTS,
  I_PAST_PART,
  I_ROWS,
  POSITION_BITS,
  ROW_CONTENT,
  ROW_DATE,
  ROW_LENGTHS,
  ROW_RANKS,
  ROW_SITE,
  ROW_WORDS,
  ROW_ZONES,
} from './write-layout.ts';

/**
 * Files what documents `first` to `past` − 1 of the table, all found sound, have in the parts at hand. These go up from
 * pass to pass, so that each document goes on where it stopped.
 */
export function fileDocuments(inversion: i32, first: i32, past: i32): void {
  for (let document: i32 = first; document < past; document++) {
    const entry: i32 = load32(inversion + I_DOCUMENT_TABLE) + (document << DOCUMENT_SHIFT);
    openDocument(load32(entry + D_ADDRESS), load32(entry + D_SIZE));
    if (load32(entry + D_POSTING) === 0) {
      writeRow(inversion);
      store32(entry + D_POSTING, postings);
      store32(entry + D_LETTER, letters + termCount);
    }
    filePostings(inversion, entry, document);
    fileFilters(inversion, document);
  }
}

/** The part of a term with such an upper half. */
function partOf(inversion: i32, high: i32): i32 {
  return (high >>> 1) >>> (31 - load32(inversion + I_PART_BITS));
}

/** What would be the buffer of part 0: those of the parts at hand stand behind it in their order. */
function bufferOfFirst(inversion: i32): i32 {
  return load32(inversion + I_PARTS) - (load32(inversion + I_FIRST_PART) << 4);
}

function filePostings(inversion: i32, entry: i32, document: i32): void {
  const past: i32 = load32(inversion + I_PAST_PART);
  const buffers: i32 = bufferOfFirst(inversion);
  let i: i32 = load32(entry + D_TERM);
  if (i === termCount || partOf(inversion, loadUnaligned(terms + (i << 3) + 4)) >= past) return;
  const lastStart: i32 = mapGroups(inversion);
  const lastGroup: i32 = groupOfLast << POSITION_BITS;
  const groups: i32 = load32(inversion + I_GROUPS + B_ADDRESS);
  let letter: i32 = load32(entry + D_LETTER);
  const partShift: i32 = 31 - load32(inversion + I_PART_BITS);
  const count: i32 = termCount;
  const hashes: i32 = terms;
  const hasWords: boolean = letters !== 0;
  // In a local: where the next number stands is not waited for.
  let from: i32 = load32(entry + D_POSTING);
  for (; i < count; i++) {
    const hash: i32 = hashes + (i << 3);
    const part: i32 = (loadUnaligned(hash + 4) >>> 1) >>> partShift;
    if (part >= past) break;
    let occurrences: i32 = load8(from);
    from++;
    if (occurrences > 127) {
      occurrences = longer(occurrences, from);
      from = readAt();
    }
    const length: i32 = hasWords ? load8(letters + i) : 0;
    const words: i32 = length === 0 ? FILED_WORDS : FILED_WORDS + 2;
    let at: i32 = file(buffers + (part << 4), hash, document, words + occurrences);
    store32(at + F_COUNT, length === 0 ? occurrences : occurrences | F_HAS_WORD);
    if (length !== 0) {
      store32(at + (FILED_WORDS << 2), letter);
      store32(at + (FILED_WORDS << 2) + 4, length);
      letter += length;
    }
    at += words << 2;
    let position: i32 = -1;
    for (const end: i32 = at + (occurrences << 2); at < end; at += 4) {
      let distance: i32 = load8(from);
      from++;
      if (distance > 127) {
        distance = longer(distance, from);
        from = readAt();
      }
      position += distance + 1;
      const group: i32 = position < lastStart ? load8(groups + position) << POSITION_BITS : lastGroup;
      store32(at, position | group);
    }
  }
  store32(entry + D_TERM, i);
  store32(entry + D_POSTING, from);
  store32(entry + D_LETTER, letter);
}

function fileFilters(inversion: i32, document: i32): void {
  const buffers: i32 = bufferOfFirst(inversion);
  for (let i: i32 = 0; i < filterCount; i++) {
    const hash: i32 = filters + (i << 3);
    const part: i32 = partOf(inversion, loadUnaligned(hash + 4));
    if (part >= load32(inversion + I_FIRST_PART) && part < load32(inversion + I_PAST_PART)) {
      store32(file(buffers + (part << 4), hash, document, FILED_WORDS) + F_COUNT, 0);
    }
  }
}

/** Address of a posting of `words` words, of which all is written but the count and what follows it. */
function file(buffer: i32, hash: i32, document: i32, words: i32): i32 {
  const at: i32 = reserve(buffer, words);
  take(buffer, words);
  store32(at + F_LOW, loadUnaligned(hash));
  store32(at + F_HIGH, loadUnaligned(hash + 4));
  store32(at + F_DOCUMENT, document);
  return at;
}

/** Columns and zones of the open document. Neighbouring zones of one group become one: no phrase crosses their gap. */
function writeRow(inversion: i32): void {
  const bound: i32 = ROW_WORDS + ((zonesEnd - zones) >> 1);
  const row: i32 = reserve(inversion + I_ROWS, bound);
  const ranks: i32 = loadUnaligned(columns + 12);
  store32(row + (ROW_SITE << 2), loadUnaligned(columns));
  store32(row + (ROW_CONTENT << 2), loadUnaligned(columns + 4));
  store32(row + (ROW_DATE << 2), loadUnaligned(columns + 8));
  store32(row + (ROW_RANKS << 2), ranks);
  for (let i: i32 = 0; i < 4; i++) store32(row + ((ROW_LENGTHS + i) << 2), 0);
  readFrom(lengths);
  for (let group: i32 = 0; isBefore(lengthsEnd) === 1; group++) {
    store8(row + (ROW_LENGTHS << 2) + group, magnitudeBelow(varint()));
  }
  readFrom(zones);
  let count: i32 = 0;
  let before: i32 = -1;
  let least: i32 = 0;
  while (isBefore(zonesEnd) === 1) {
    const start: i32 = least + varint();
    const group: i32 = varint();
    if (group !== before) {
      store32(row + ((ROW_WORDS + count) << 2), (start << 4) | group);
      count++;
    }
    before = group;
    least = start + 1;
  }
  store32(row + (ROW_ZONES << 2), count);
  take(inversion + I_ROWS, ROW_WORDS + count);
}

let groupOfLast: i32 = 0;

/** Writes the group of each position of the open document up to its last zone; returns where that begins. */
function mapGroups(inversion: i32): i32 {
  let start: i32 = 0;
  let group: i32 = 0;
  let least: i32 = 0;
  readFrom(zones);
  while (isBefore(zonesEnd) === 1) {
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
  groupOfLast = group;
  return start;
}
