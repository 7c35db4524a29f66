/** Writes posting lists one after the other: blocks, block tables, list heads, term records. Layout: docs/formats/segment.md. */

import { countGroups } from '../kernels/block.ts';
import {
  BLOCK_POSTINGS,
  CHUNK_BLOCKS,
  IMPACT_WORDS,
  LIST_HAS_BITS,
  LIST_INLINE,
  LIST_LONG,
  LIST_SHORT,
  PAGE_WORDS,
  RECORD_MENU_ONLY,
  RECORD_BARE,
  RECORD_KIND_SHIFT,
} from '../kernels/layout.ts';
import { countLeadingZeros, divide, fillBytes, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { clearBlock, countOccurrences, measureBlock, writeBlock, writePositions } from './block-writer.ts';
import { copyWords, emptied, reserve, take } from './buffers.ts';
import { noteImpact, takeImpacts } from './impacts.ts';
import {
  B_ADDRESS,
  B_USED,
  W_MENU_ONLY,
  W_BLOCK_WORDS,
  W_BITS,
  W_BLOCKS,
  W_COUNT,
  W_DF,
  W_DOCS,
  W_DOCUMENTS,
  W_GAPS,
  W_HAS_BITS,
  W_HIGH,
  W_IMPACTS,
  W_LAST,
  W_LIST_IMPACTS,
  W_LIST_MASK,
  W_LOW,
  W_MASK,
  W_POSITIONS,
  W_POSTINGS,
  W_RECORDS,
  W_REGION,
  W_STREAM,
  W_TABLE_BLOCKS,
  W_TABLE_IMPACT_WORDS,
  W_TABLE_IMPACTS,
  W_TABLE_LASTS,
  W_TABLE_MASKS,
  W_TABLE_POSITIONS,
  W_TABLE_WORDS,
  W_TABLES,
  W_TERM_OCCURRENCES,
  W_TERMS,
} from './write-layout.ts';

/** Documents stand as bits where one in so many has the term, at least: they take no more room then than as distances. */
const DENSE: i32 = 8;

const IMPACT_BYTES: i32 = IMPACT_WORDS << 2;

/** Begins a term that `expected` documents have, at most. */
export function beginTerm(writer: i32, high: i32, low: i32, expected: i32): void {
  store32(writer + W_HIGH, high);
  store32(writer + W_LOW, low);
  store32(writer + W_DF, 0);
  store32(writer + W_LAST, -1);
  store32(writer + W_LIST_MASK, 0);
  store32(writer + W_BLOCKS, 0);
  store32(writer + W_TABLE_BLOCKS, 0);
  store32(writer + W_TABLE_IMPACTS, 0);
  store32(writer + W_TABLES + B_USED, 0);
  store32(writer + W_TERM_OCCURRENCES, 0);
  store32(writer + W_MENU_ONLY, 0);
  const documents: i32 = load32(writer + W_DOCUMENTS);
  const isDense: i32 = expected > BLOCK_POSTINGS && expected >= divide(documents, DENSE) ? 1 : 0;
  store32(writer + W_HAS_BITS, isDense);
  if (isDense === 0) return;
  const words: i32 = (documents + 31) >> 5;
  fillBytes(emptied(writer + W_BITS, words), 0, words << 2);
  take(writer + W_BITS, words);
}

/** Sets the bits of the block's documents. */
function setBits(writer: i32): void {
  const bits: i32 = load32(writer + W_BITS + B_ADDRESS);
  const docs: i32 = writer + W_DOCS;
  for (let at: i32 = docs; at < docs + (load32(writer + W_COUNT) << 2); at += 4) {
    const document: i32 = load32(at);
    const word: i32 = bits + ((document >> 5) << 2);
    store32(word, load32(word) | (1 << (document & 31)));
  }
}

/** Begins the posting of a document; documents ascend. Returns its place in the block. */
export function beginPosting(writer: i32, document: i32): i32 {
  if (load32(writer + W_COUNT) === BLOCK_POSTINGS) finishBlock(writer);
  const place: i32 = load32(writer + W_COUNT);
  store32(writer + W_DOCS + (place << 2), document);
  store32(writer + W_COUNT, place + 1);
  store32(writer + W_DF, load32(writer + W_DF) + 1);
  return place;
}

/** Makes room for a block of `count` postings of the term, of which all before are whole blocks. */
export function beginBlock(writer: i32, count: i32): void {
  if (load32(writer + W_COUNT) > 0) finishBlock(writer);
  store32(writer + W_COUNT, count);
  store32(writer + W_DF, load32(writer + W_DF) + count);
}

/** Words that the writer holds. */
export function waiting(writer: i32): i32 {
  const lists: i32 = load32(writer + W_POSTINGS + B_USED) + load32(writer + W_POSITIONS + B_USED);
  return lists + load32(writer + W_RECORDS + B_USED);
}

/** Writes what is left of the term and its record; nothing where it has no document. */
export function endTerm(writer: i32): void {
  if (load32(writer + W_DF) === 0) return;
  if (load32(writer + W_BLOCKS) > 0) finishLong(writer);
  else if (isInline(writer) === 1) finishInline(writer);
  else finishShort(writer);
  clearBlock(writer);
}

/** Records a term of one document and at most one occurrence; `group` −1 without one. */
export function writeInline(
  writer: i32,
  high: i32,
  low: i32,
  document: i32,
  position: i32,
  group: i32,
): void {
  store32(writer + W_HIGH, high);
  store32(writer + W_LOW, low);
  store32(writer + W_DF, 1);
  countOccurrences(writer, group < 0 ? 0 : 1);
  const kind: i32 = LIST_INLINE << RECORD_KIND_SHIFT;
  writeRecord(writer, document, position, group < 0 ? kind | RECORD_BARE : kind | group);
}

function isInline(writer: i32): i32 {
  const occurrences: i32 = load32(writer + W_GAPS + B_USED);
  if (load32(writer + W_COUNT) !== 1 || occurrences > 1) return 0;
  return countGroups(load32(writer + W_MASK)) === occurrences ? 1 : 0;
}

function finishInline(writer: i32): void {
  const document: i32 = load32(writer + W_DOCS);
  const mask: i32 = load32(writer + W_MASK);
  const isBare: i32 = mask === 0 ? 1 : 0;
  const position: i32 = isBare === 1 ? 0 : load32(load32(writer + W_GAPS + B_ADDRESS));
  writeInline(
    writer,
    load32(writer + W_HIGH),
    load32(writer + W_LOW),
    document,
    position,
    isBare === 1 ? -1 : 31 - countLeadingZeros(mask),
  );
}

function finishShort(writer: i32): void {
  measureBlock(writer, 1, 0);
  const positions: i32 = writePositions(writer);
  const impacts: i32 = countGroups(load32(writer + W_MASK));
  const words: i32 = 1 + load32(writer + W_BLOCK_WORDS) + impacts;
  const to: i32 = fit(writer, words);
  store32(to, positions);
  copyWords(writeBlock(writer, to + 4), writer + W_IMPACTS, impacts);
  writeListRecord(writer, placed(writer, words), LIST_SHORT);
}

/** Puts a block where it belongs that is full or the last; the list will be a long one. */
function finishBlock(writer: i32): void {
  const hasBits: i32 = load32(writer + W_HAS_BITS);
  if (hasBits === 1) setBits(writer);
  measureBlock(writer, IMPACT_WORDS, hasBits);
  const positions: i32 = writePositions(writer);
  const size: i32 = load32(writer + W_BLOCK_WORDS);
  writeBlock(writer, fit(writer, size));
  const place: i32 = placed(writer, size);
  const mask: i32 = load32(writer + W_MASK);
  const words: i32 = countGroups(mask) * IMPACT_WORDS;
  const last: i32 = load32(writer + W_DOCS + ((load32(writer + W_COUNT) - 1) << 2));
  const block: i32 = load32(writer + W_TABLE_BLOCKS);
  const impacts: i32 = load32(writer + W_TABLE_IMPACTS);
  store32(writer + W_TABLE_LASTS + (block << 2), last);
  store32(writer + W_TABLE_WORDS + (block << 2), place);
  store32(writer + W_TABLE_POSITIONS + (block << 2), positions);
  store32(writer + W_TABLE_MASKS + (block << 2), mask);
  copyWords(writer + W_TABLE_IMPACT_WORDS + (impacts << 2), writer + W_IMPACTS, words);
  joinListImpacts(writer, mask);
  store32(writer + W_TABLE_BLOCKS, block + 1);
  store32(writer + W_TABLE_IMPACTS, impacts + words);
  store32(writer + W_LAST, last);
  store32(writer + W_BLOCKS, load32(writer + W_BLOCKS) + 1);
  clearBlock(writer);
  if (block + 1 === CHUNK_BLOCKS) finishTable(writer);
}

function joinListImpacts(writer: i32, mask: i32): void {
  const known: i32 = load32(writer + W_LIST_MASK);
  let own: i32 = writer + W_IMPACTS;
  let group: i32 = 0;
  for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      const at: i32 = writer + W_LIST_IMPACTS + group * IMPACT_BYTES;
      for (let word: i32 = 0; word < IMPACT_BYTES; word += 4) {
        if (((known >>> group) & 1) === 1) noteImpact(writer, load32(at + word));
        noteImpact(writer, load32(own + word));
      }
      takeImpacts(writer, at, IMPACT_WORDS);
      own += IMPACT_BYTES;
    }
    group++;
  }
  store32(writer + W_LIST_MASK, known | mask);
}

/** Block table of up to 64 blocks: last documents, places, position places, impacts; inside one page. */
function finishTable(writer: i32): void {
  const blocks: i32 = load32(writer + W_TABLE_BLOCKS);
  const impacts: i32 = load32(writer + W_TABLE_IMPACTS);
  const size: i32 = blocks << 2;
  const words: i32 = size + impacts;
  const to: i32 = fit(writer, words);
  copyWords(to, writer + W_TABLE_LASTS, blocks);
  copyWords(to + size, writer + W_TABLE_WORDS, blocks);
  copyWords(to + size + size, writer + W_TABLE_POSITIONS, blocks);
  let at: i32 = size;
  for (let block: i32 = 0; block < size; block += 4) {
    const mask: i32 = load32(writer + W_TABLE_MASKS + block);
    store32(to + size + size + size + block, (mask << 16) | at);
    at += countGroups(mask) * IMPACT_WORDS;
  }
  copyWords(to + (size << 2), writer + W_TABLE_IMPACT_WORDS, impacts);
  const entry: i32 = reserve(writer + W_TABLES, 2);
  store32(entry, load32(writer + W_LAST));
  store32(entry + 4, placed(writer, words));
  take(writer + W_TABLES, 2);
  store32(writer + W_TABLE_BLOCKS, 0);
  store32(writer + W_TABLE_IMPACTS, 0);
}

function finishLong(writer: i32): void {
  if (load32(writer + W_COUNT) > 0) finishBlock(writer);
  if (load32(writer + W_TABLE_BLOCKS) > 0) finishTable(writer);
  const mask: i32 = load32(writer + W_LIST_MASK);
  const impacts: i32 = countGroups(mask) * IMPACT_WORDS;
  const tables: i32 = load32(writer + W_TABLES + B_USED) >> 1;
  const hasBits: i32 = load32(writer + W_HAS_BITS);
  const bits: i32 = hasBits === 1 ? placeBits(writer) : 0;
  const words: i32 = 2 + impacts + tables + tables + hasBits;
  let at: i32 = fitHead(writer, 2 + impacts, words);
  store32(at, load32(writer + W_BLOCKS));
  store32(at + 4, hasBits === 1 ? mask | LIST_HAS_BITS : mask);
  at += 8;
  let impact: i32 = writer + W_LIST_IMPACTS;
  for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      copyWords(at, impact, IMPACT_WORDS);
      at += IMPACT_BYTES;
    }
    impact += IMPACT_BYTES;
  }
  const entries: i32 = load32(writer + W_TABLES + B_ADDRESS);
  for (let table: i32 = 0; table < tables; table++) {
    store32(at + (table << 2), load32(entries + (table << 3)));
    store32(at + ((tables + table) << 2), load32(entries + (table << 3) + 4));
  }
  if (hasBits === 1) store32(at + ((tables + tables) << 2), bits);
  writeListRecord(writer, placed(writer, words), LIST_LONG);
}

/** Writes the bits of the term's documents; returns their place in the region. */
function placeBits(writer: i32): i32 {
  const words: i32 = load32(writer + W_BITS + B_USED);
  copyWords(reserve(writer + W_POSTINGS, words), load32(writer + W_BITS + B_ADDRESS), words);
  return placed(writer, words);
}

function writeListRecord(writer: i32, place: i32, kind: i32): void {
  const found: i32 = load32(writer + W_MENU_ONLY);
  const menuOnly: i32 = found < RECORD_MENU_ONLY ? found : RECORD_MENU_ONLY;
  writeRecord(writer, place, load32(writer + W_TERM_OCCURRENCES), (kind << RECORD_KIND_SHIFT) | menuOnly);
}

function writeRecord(writer: i32, place: i32, extra: i32, kind: i32): void {
  const record: i32 = reserve(writer + W_RECORDS, 6);
  store32(record, load32(writer + W_HIGH));
  store32(record + 4, load32(writer + W_LOW));
  store32(record + 8, load32(writer + W_DF));
  store32(record + 12, place);
  store32(record + 16, extra);
  store32(record + 20, kind);
  take(writer + W_RECORDS, 6);
  store32(writer + W_TERMS, load32(writer + W_TERMS) + 1);
}

/** Address of `words` words inside one page, behind what was written. */
function fit(writer: i32, words: i32): i32 {
  return fitHead(writer, words, words);
}

/** The same for `words` words of which the first `head` stay inside one page: the rest of a page may be left zero. */
function fitHead(writer: i32, head: i32, words: i32): i32 {
  const buffer: i32 = writer + W_POSTINGS;
  const at: i32 = reserve(buffer, words + PAGE_WORDS);
  const word: i32 = load32(writer + W_STREAM) + load32(buffer + B_USED);
  const left: i32 = PAGE_WORDS - (word - divide(word, PAGE_WORDS) * PAGE_WORDS);
  if (left >= head) return at;
  fillBytes(at, 0, left << 2);
  take(buffer, left);
  return at + (left << 2);
}

/** Takes the words that were written where {@link fit} said; returns their place in the region. */
function placed(writer: i32, words: i32): i32 {
  const buffer: i32 = writer + W_POSTINGS;
  const word: i32 = load32(writer + W_STREAM) + load32(buffer + B_USED);
  take(buffer, words);
  return word - load32(writer + W_REGION);
}
