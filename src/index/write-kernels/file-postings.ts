/**
 * Passes over documents: the first notes their columns; each files postings, with their occurrences, by the uppermost bits
 * of their terms' hashes, as many parts at a time as there is memory for. A document's terms ascend, so that it goes
 * through the parts once, in order; what follows works on one part after the other, each small enough for the
 * processor's cache.
 */

import { fillBytes, grow, load32, load8, loadUnaligned, store32, store8 } from '../kernels/memory.ts';
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
import { widenRun } from './number-runs.ts';
import {
  B_ADDRESS,
  B_USED,
  B_WORDS,
  D_ADDRESS,
  D_FILTER,
  D_FILTERS_END,
  D_LAST_GROUP,
  D_LAST_START,
  D_LENGTH,
  D_LETTER,
  D_POSTING,
  D_SIZE,
  D_TERM,
  D_TERMS_END,
  D_ZONES,
  D_ZONES_END,
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

/** Documents whose bytes are touched together before they are filed. */
const TOUCHED_TOGETHER: i32 = 16;
const LINE_BYTES: i32 = 64;

/**
 * Files what documents `first` to `past` − 1 of the table, all found sound, have in the parts at hand. These go up from
 * pass to pass, so that each document goes on where it stopped.
 */
export function fileDocuments(inversion: i32, first: i32, past: i32): void {
  const table: i32 = load32(inversion + I_DOCUMENT_TABLE);
  let touched: i32 = first;
  for (let document: i32 = first; document < past; document++) {
    if (document === touched) {
      touched = document + TOUCHED_TOGETHER < past ? document + TOUCHED_TOGETHER : past;
      touchDocuments(inversion, table + (document << DOCUMENT_SHIFT), table + (touched << DOCUMENT_SHIFT));
    }
    const entry: i32 = table + (document << DOCUMENT_SHIFT);
    if (load32(entry + D_TERM) === 0) beginDocument(inversion, entry);
    filePostings(inversion, entry, document);
    fileFilters(inversion, entry, document);
  }
}

/**
 * Reads a little where each document goes on. Far apart as these places are, each would be waited for; many at once, on which
 * nothing depends, come from memory in the time of a few.
 */
function touchDocuments(inversion: i32, first: i32, past: i32): void {
  let sum: i32 = 0;
  for (let entry: i32 = first; entry < past; entry += 1 << DOCUMENT_SHIFT) {
    const term: i32 = load32(entry + D_TERM);
    if (term === 0) {
      sum += load8(load32(entry + D_ADDRESS));
    } else {
      sum += load8(term) + load8(load32(entry + D_POSTING));
      if (term + LINE_BYTES < load32(entry + D_TERMS_END)) sum += load8(term + LINE_BYTES);
      sum += load8(load32(entry + D_FILTER));
    }
  }
  store32(inversion + I_TOUCHED, sum);
}

/** Notes the columns of a document, and where everything in it begins. */
function beginDocument(inversion: i32, entry: i32): void {
  openDocument(load32(entry + D_ADDRESS), load32(entry + D_SIZE));
  const lastStart: i32 = writeRow(inversion);
  store32(entry + D_TERM, terms);
  store32(entry + D_TERMS_END, terms + (termCount << 3));
  store32(entry + D_POSTING, postings);
  store32(entry + D_LENGTH, letters);
  store32(entry + D_LETTER, letters + termCount);
  store32(entry + D_FILTER, filters);
  store32(entry + D_FILTERS_END, filters + (filterCount << 3));
  store32(entry + D_ZONES, zones);
  store32(entry + D_ZONES_END, zonesEnd);
  store32(entry + D_LAST_START, lastStart);
  store32(entry + D_LAST_GROUP, groupOfLast << POSITION_BITS);
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
  const lastStart: i32 = load32(entry + D_LAST_START);
  const lastGroup: i32 = load32(entry + D_LAST_GROUP);
  if (lastStart > 0) mapGroups(inversion, load32(entry + D_ZONES), load32(entry + D_ZONES_END));
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

/**
 * Columns and zones of the open document; returns where its last zone begins. Neighbouring zones of one group become one: no
 * phrase crosses their gap.
 */
function writeRow(inversion: i32): i32 {
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
  groupOfLast = before < 0 ? 0 : before;
  return least === 0 ? 0 : least - 1;
}

let groupOfLast: i32 = 0;

/** Writes the group of each position of a document up to its last zone. */
function mapGroups(inversion: i32, from: i32, past: i32): void {
  let start: i32 = 0;
  let group: i32 = 0;
  let least: i32 = 0;
  readFrom(from);
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
