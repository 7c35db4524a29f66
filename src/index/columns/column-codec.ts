/** Bytes of columns inside a segment: their contents, then a directory of them. Layout: docs/formats/segment.md. */

import { FIELD_TYPES, type FieldType } from '../../text/index.ts';
import { bitsFor, packedWords, packStream } from '../bit-packing.ts';
import { PRESENT_BITS as BITS, PRESENT_EVERY as EVERY, PRESENT_LIST as LIST } from '../kernels/layout.ts';
import { corruptSegment, PAGE_WORDS } from '../segment-format.ts';
import type { PageStream } from '../page-stream.ts';
import type { Column, ColumnKey, Dictionary } from './column.ts';

const ENTRY_WORDS = 8;
/** A column of so many rows is a step of its own. */
const ROWS_A_STEP = 1024;

/** Where a column stands, and what of it. */
export interface ColumnEntry extends ColumnKey {
  readonly rows: number;
  readonly values: number;
  readonly distinct: number;
  readonly presence: number;
  readonly startWidth: number;
  readonly ordinalWidth: number;
  /** Words of the dictionary: two a number, offsets and letters of keywords. */
  readonly dictionaryWords: number;
  /** Word of the segment at which its content begins. */
  readonly place: number;
}

/** Reads words of a segment. */
export interface WordSource {
  readonly name: string;
  readonly words: (word: number, count: number) => Int32Array;
  /** Words that the segment has. */
  readonly limit: number;
}

/** Writes columns, one at a step and none of them kept; returns the place of their directory, 0 where there is none. */
export function* writeColumns(
  stream: PageStream,
  columns: Iterable<Column>,
  documents: number,
): Generator<void, number> {
  const entries: ColumnEntry[] = [];
  for (const column of columns) {
    entries.push(writeContent(stream, column, documents));
    if (column.rows >= ROWS_A_STEP) yield;
  }
  if (entries.length === 0) return 0;
  const place = stream.position;
  stream.word(entries.length);
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name);
    stream.word(FIELD_TYPES.indexOf(entry.type) | (entry.presence << 8) | (name.length << 16));
    stream.word(entry.rows);
    stream.word(entry.values);
    stream.word(entry.distinct);
    stream.word(entry.startWidth | (entry.ordinalWidth << 8));
    stream.word(entry.dictionaryWords);
    stream.word(entry.place);
    stream.word(0);
    appendBytes(stream, name);
  }
  return place;
}

function writeContent(stream: PageStream, column: Column, documents: number): ColumnEntry {
  const place = stream.position;
  const { ordinals, starts, rows, dictionary } = column;
  const presence = writePresence(stream, column, documents);
  const startWidth = starts === undefined ? 0 : bitsFor(ordinals.length);
  if (starts !== undefined) appendPacked(stream, starts, startWidth);
  const ordinalWidth = bitsFor(dictionary.length - 1);
  appendPacked(stream, ordinals, ordinalWidth);
  const dictionaryFrom = stream.position;
  writeDictionary(stream, dictionary);
  return {
    name: column.name,
    type: column.type,
    rows,
    values: ordinals.length,
    distinct: dictionary.length,
    presence,
    startWidth,
    ordinalWidth,
    dictionaryWords: stream.position - dictionaryFrom,
    place,
  };
}

function writePresence(stream: PageStream, { documents, rows }: Column, count: number): number {
  if (documents === undefined) return EVERY;
  const width = bitsFor(count - 1);
  if (packedWords(width, rows) < packedWords(1, count)) {
    appendPacked(stream, documents, width);
    return LIST;
  }
  const bits = new Int32Array(packedWords(1, count));
  for (const document of documents) bits[document >> 5] = (bits[document >> 5] ?? 0) | (1 << (document & 31));
  stream.append(bits, 0, bits.length);
  return BITS;
}

function writeDictionary(stream: PageStream, dictionary: Dictionary): void {
  if (dictionary instanceof Float64Array || dictionary instanceof BigInt64Array) {
    const words = new Int32Array(dictionary.buffer, dictionary.byteOffset, dictionary.length * 2);
    stream.append(words, 0, words.length);
    return;
  }
  // An array for each text would be as many small pieces of memory as there are values.
  const ends = new Int32Array(dictionary.length + 1);
  dictionary.forEach((text, i) => (ends[i + 1] = (ends[i] as number) + Buffer.byteLength(text)));
  stream.append(ends, 0, ends.length);
  const bytes = Buffer.alloc(ends[dictionary.length] as number);
  dictionary.forEach((text, i) => bytes.write(text, ends[i] as number));
  appendBytes(stream, bytes);
}

function appendPacked(stream: PageStream, numbers: Int32Array, width: number): void {
  const words = new Int32Array(packedWords(width, numbers.length) + 1);
  if (width > 0) packStream(numbers, 0, numbers.length, width, words, 0);
  stream.append(words, 0, words.length - 1);
}

function appendBytes(stream: PageStream, bytes: Uint8Array): void {
  const words = new Int32Array((bytes.length + 3) >> 2);
  new Uint8Array(words.buffer).set(bytes);
  stream.append(words, 0, words.length);
}

/** The directory at `place`. `CORRUPT` where it says what can't be. */
export function readDirectory(source: WordSource, place: number): readonly ColumnEntry[] {
  const wrong = (why: string): Error => corruptSegment(source.name, Math.floor(place / PAGE_WORDS), why);
  const [count = 0] = source.words(place, 1);
  if (count < 0 || count > (source.limit - place) / ENTRY_WORDS) throw wrong('it has too many columns');
  const entries: ColumnEntry[] = [];
  let at = place + 1;
  for (let i = 0; i < count; i++) {
    const [kind = 0, rows = 0, values = 0, distinct = 0, widths = 0, dictionaryWords = 0, content = 0] =
      source.words(at, ENTRY_WORDS);
    const nameBytes = kind >>> 16;
    const type: FieldType | undefined = FIELD_TYPES[kind & 255];
    if (type === undefined || content < 0 || content > place || rows > values || distinct > values)
      throw wrong(`the directory entry ${i} of its columns is impossible`);
    entries.push({
      name: textOf(source, at + ENTRY_WORDS, nameBytes),
      type,
      rows,
      values,
      distinct,
      presence: (kind >>> 8) & 255,
      startWidth: widths & 255,
      ordinalWidth: (widths >>> 8) & 255,
      dictionaryWords,
      place: content,
    });
    at += ENTRY_WORDS + ((nameBytes + 3) >> 2);
  }
  return entries;
}

/** Words at which the parts of a column begin; bits of a document's number where documents are listed. */
export function placesOf(
  { place, presence, rows, values, startWidth, ordinalWidth }: ColumnEntry,
  documents: number,
): { presence: number; presenceWidth: number; starts: number; ordinals: number; dictionary: number } {
  const presenceWidth = presence === LIST ? bitsFor(documents - 1) : presence === BITS ? 1 : 0;
  const starts = place + packedWords(presenceWidth, presence === LIST ? rows : documents);
  const ordinals = starts + packedWords(startWidth, rows + 1);
  const dictionary = ordinals + packedWords(ordinalWidth, values);
  return { presence: place, presenceWidth, starts, ordinals, dictionary };
}

/** A column, unpacked but for its dictionary. `documents`: of the segment. */
export function readRows(
  source: WordSource,
  entry: ColumnEntry,
  documents: number,
): Pick<Column, 'documents' | 'starts' | 'ordinals'> {
  const { rows, values, presence, startWidth, ordinalWidth } = entry;
  const places = placesOf(entry, documents);
  const numbers = (place: number, width: number, count: number): Int32Array =>
    unpackStream(source.words(place, packedWords(width, count)), width, count);
  let present: Int32Array | undefined;
  if (presence === LIST) present = numbers(places.presence, places.presenceWidth, rows);
  else if (presence === BITS) {
    present = placesOfBits(source.words(places.presence, packedWords(1, documents)), rows);
  }
  const starts = startWidth === 0 ? undefined : numbers(places.starts, startWidth, rows + 1);
  return { documents: present, starts, ordinals: numbers(places.ordinals, ordinalWidth, values) };
}

/** The distinct values of a column. */
export function readDictionaryOf(source: WordSource, entry: ColumnEntry, documents: number): Dictionary {
  const { dictionary } = placesOf(entry, documents);
  return readDictionary(source.words(dictionary, entry.dictionaryWords), entry.type, entry.distinct);
}

function readDictionary(words: Int32Array, type: FieldType, distinct: number): Dictionary {
  if (type === 'integer') return new BigInt64Array(words.slice(0, distinct * 2).buffer);
  if (type !== 'keyword') return new Float64Array(words.slice(0, distinct * 2).buffer);
  const bytes = new Uint8Array(words.buffer, words.byteOffset + (distinct + 1) * 4);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return Array.from({ length: distinct }, (_, i) => decoder.decode(bytes.subarray(words[i], words[i + 1])));
}

/** `count` numbers of `width` bits, packed one after the other. */
function unpackStream(words: Int32Array, width: number, count: number): Int32Array {
  const numbers = new Int32Array(count);
  if (width === 0) return numbers;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  let at = 0;
  let shift = 0;
  for (let i = 0; i < count; i++) {
    let value = (words[at] as number) >>> shift;
    if (shift + width > 32) value |= (words[at + 1] as number) << (32 - shift);
    numbers[i] = value & mask;
    shift += width;
    if (shift >= 32) {
      shift -= 32;
      at += 1;
    }
  }
  return numbers;
}

function placesOfBits(bits: Int32Array, count: number): Int32Array {
  const places = new Int32Array(count);
  let filled = 0;
  bits.forEach((word, at) => {
    let left = word;
    while (left !== 0) {
      places[filled++] = (at << 5) + 31 - Math.clz32(left & -left);
      left &= left - 1;
    }
  });
  return places;
}

function textOf(source: WordSource, word: number, length: number): string {
  const words = source.words(word, (length + 3) >> 2);
  return new TextDecoder().decode(new Uint8Array(words.buffer, words.byteOffset, length));
}
