/** Bytes of an analysed document, as they stand in a batch. Layout: docs/formats/analysed-document.md. */

import { assert, hash64, PeregrineError } from '../base/index.ts';
import {
  type AnalysedDocument,
  type DocumentColumns,
  MAX_POSITIONS,
  type TermWords,
} from './analysed-document.ts';
import { decodeFields, encodeFields } from './document-fields.ts';
import { FIELD_GROUP_COUNT, FIELD_GROUP_LIMIT } from './field-groups.ts';

/** "PADC" as it stands in the file. */
export const ANALYSED_DOCUMENT_MAGIC = 0x4344_4150;
export const ANALYSED_DOCUMENT_VERSION = 1;

/** Numbers of the sections; never used again for something else. A reader skips those that it does not know. */
export const ANALYSED_SECTIONS = {
  terms: 1,
  postings: 2,
  zones: 3,
  fieldLengths: 4,
  filters: 5,
  columns: 6,
  fields: 7,
  words: 8,
} as const;

const HEADER_BYTES = 8;
const SECTION_HEADER_BYTES = 8;
const CHECKSUM_BYTES = 8;
const COLUMNS_BYTES = 16;
const HASH_BYTES = 8;
/** Of a number below {@link MAX_POSITIONS} in LEB128. */
const MAX_VARINT_BYTES = 5;

// Hashes are copied as memory, which is little-endian on every platform that this runs on.
assert(new Uint8Array(Uint16Array.of(1).buffer)[0] === 1, 'the machine is little-endian');

/** Bytes of `document`. What breaks the order or the bounds of the format is an assertion: it was made here. */
export function encodeAnalysedDocument(document: AnalysedDocument): Uint8Array {
  return borrowEncoded(document).slice();
}

/** The same, good until the next document is encoded: for who copies it at once. */
export function borrowEncoded(document: AnalysedDocument): Uint8Array {
  const fields = document.fields?.length ? encodeFields(document.fields) : undefined;
  const out = new SectionWriter(sizeBound_bytes(document) + (fields?.length ?? 0));
  out.section(ANALYSED_SECTIONS.terms, () => out.hashes(document.termHashes));
  out.section(ANALYSED_SECTIONS.postings, () => writePostings(out, document));
  out.section(ANALYSED_SECTIONS.zones, () => writeZones(out, document));
  out.section(ANALYSED_SECTIONS.fieldLengths, () => {
    for (const length of document.fieldLengths) out.varint(length);
  });
  out.section(ANALYSED_SECTIONS.filters, () => out.hashes(document.filterHashes));
  out.section(ANALYSED_SECTIONS.columns, () => writeColumns(out, document.columns));
  if (fields !== undefined) out.section(ANALYSED_SECTIONS.fields, () => out.raw(fields));
  const { words } = document;
  if (words !== undefined && words.bytes.length > 0) {
    assert(words.lengths.length === document.termHashes.length, 'one length of a word a term');
    out.section(ANALYSED_SECTIONS.words, () => out.raw(words.lengths).raw(words.bytes));
  }
  return out.finish();
}

/**
 * The document in `bytes`, with arrays of its own. Everything is checked (checksum, sizes, orders, bounds), so whoever
 * gets a document back may index it blindly; anything else is a `CORRUPT` error, or `UNSUPPORTED_VERSION`.
 */
export function decodeAnalysedDocument(bytes: Uint8Array): AnalysedDocument {
  const sections = openSections(bytes);
  const take = (tag: number): Uint8Array => {
    const section = sections.get(tag);
    if (section === undefined) throw corrupt('a section is missing', { section: tag });
    return section;
  };
  const termHashes = readHashes(take(ANALYSED_SECTIONS.terms));
  const { zoneStarts, zoneGroups } = readZones(take(ANALYSED_SECTIONS.zones));
  const fieldLengths = readFieldLengths(take(ANALYSED_SECTIONS.fieldLengths));
  if (zoneGroups.some((group) => group >= fieldLengths.length)) {
    throw corrupt('a zone belongs to a field group without a length');
  }
  const firstPosition = zoneStarts[0] ?? MAX_POSITIONS;
  const postings = readPostings(take(ANALYSED_SECTIONS.postings), termHashes.length, firstPosition);
  const fields = sections.get(ANALYSED_SECTIONS.fields);
  const words = sections.get(ANALYSED_SECTIONS.words);
  return {
    termHashes,
    ...postings,
    zoneStarts,
    zoneGroups,
    fieldLengths,
    filterHashes: readHashes(take(ANALYSED_SECTIONS.filters)),
    columns: readColumns(take(ANALYSED_SECTIONS.columns)),
    ...(fields && { fields: decodeFields(fields) }),
    ...(words && { words: readWords(words, termHashes.length) }),
  };
}

function sizeBound_bytes(document: AnalysedDocument): number {
  const hashes = document.termHashes.length + document.filterHashes.length;
  const varints =
    document.termHashes.length +
    document.positions.length +
    document.zoneStarts.length * 2 +
    document.fieldLengths.length +
    8;
  const frame = HEADER_BYTES + 8 * SECTION_HEADER_BYTES + COLUMNS_BYTES + CHECKSUM_BYTES;
  const words = (document.words?.lengths.length ?? 0) + (document.words?.bytes.length ?? 0);
  return frame + words + hashes * HASH_BYTES + varints * MAX_VARINT_BYTES;
}

/** Documents up to this size are written in one place, one after the other. */
const SHARED_BYTES = 2 ** 18;
const shared = new Uint8Array(SHARED_BYTES);
const sharedView = new DataView(shared.buffer);

/** Writes numbered sections with their lengths, and the checksum at the end. One at a time. */
class SectionWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = HEADER_BYTES;
  #sections = 0;

  constructor(capacity_bytes: number) {
    const isShared = capacity_bytes <= SHARED_BYTES;
    this.#bytes = isShared ? shared : new Uint8Array(capacity_bytes);
    this.#view = isShared ? sharedView : new DataView(this.#bytes.buffer);
  }

  section(tag: number, write: () => void): void {
    const head = this.#at;
    this.#at += SECTION_HEADER_BYTES;
    write();
    this.#view.setUint32(head, tag, true);
    this.#view.setUint32(head + 4, this.#at - head - SECTION_HEADER_BYTES, true);
    this.#sections += 1;
  }

  u8(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** A number below 2³². */
  varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Lists of ascending positions: how many, then each less what it is at least. The hot loop of the format. */
  lists(starts: Uint32Array, positions: Uint32Array): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let isFull = true;
    let isAscending = true;
    for (let list = 0; list + 1 < starts.length; list++) {
      const start = starts[list] as number;
      const end = starts[list + 1] as number;
      if (end <= start) isFull = false;
      let rest = end - start;
      let least = 0;
      for (let i = start; ; i++) {
        for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
        bytes[at++] = rest;
        if (i >= end) break;
        const position = positions[i] as number;
        if (position < least || position >= MAX_POSITIONS) isAscending = false;
        rest = position - least;
        least = position + 1;
      }
    }
    this.#at = at;
    assert(isFull, 'a term has a position');
    assert(isAscending, 'positions ascend below the limit');
  }

  raw(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  hashes(hashes: BigUint64Array): void {
    assert(isAscending(hashes), 'hashes ascend');
    this.#bytes.set(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength), this.#at);
    this.#at += hashes.byteLength;
  }

  finish(): Uint8Array {
    this.#view.setUint32(0, ANALYSED_DOCUMENT_MAGIC, true);
    this.#view.setUint16(4, ANALYSED_DOCUMENT_VERSION, true);
    this.#view.setUint16(6, this.#sections, true);
    this.#view.setBigUint64(this.#at, hash64(this.#bytes.subarray(0, this.#at)), true);
    return this.#bytes.subarray(0, this.#at + CHECKSUM_BYTES);
  }
}

function writePostings(out: SectionWriter, document: AnalysedDocument): void {
  const { positionStarts, positions, termHashes } = document;
  assert(positionStarts.length === termHashes.length + 1, 'one position list a term');
  assert(positionStarts[termHashes.length] === positions.length, 'lists cover the positions');
  out.lists(positionStarts, positions);
}

function writeZones(out: SectionWriter, { zoneStarts, zoneGroups, fieldLengths }: AnalysedDocument): void {
  assert(zoneStarts.length === zoneGroups.length, 'one group a zone');
  assert(
    fieldLengths.length >= FIELD_GROUP_COUNT && fieldLengths.length <= FIELD_GROUP_LIMIT,
    'one length a field group',
  );
  let least = 0;
  for (let zone = 0; zone < zoneStarts.length; zone++) {
    const start = zoneStarts[zone] as number;
    const group = zoneGroups[zone] as number;
    assert(start >= least && start < MAX_POSITIONS, 'zones ascend below the limit');
    assert(group < fieldLengths.length, 'a zone has a known field group');
    out.varint(start - least);
    out.varint(group);
    least = start + 1;
  }
}

function writeColumns(out: SectionWriter, columns: DocumentColumns): void {
  out.u32(columns.siteHash);
  out.u32(columns.contentHash);
  out.u32(columns.date_min);
  out.u16(columns.language);
  out.u8(columns.rank);
  out.u8(columns.depth);
}

function openSections(bytes: Uint8Array): Map<number, Uint8Array> {
  if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) throw corrupt('it is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== ANALYSED_DOCUMENT_MAGIC) throw corrupt('it begins with other bytes');
  const version = view.getUint16(4, true);
  if (version !== ANALYSED_DOCUMENT_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `This analysed document has version ${version}; this program reads version ${ANALYSED_DOCUMENT_VERSION}.`,
      { version },
    );
  }
  const end = bytes.length - CHECKSUM_BYTES;
  if (view.getBigUint64(end, true) !== hash64(bytes.subarray(0, end))) {
    throw corrupt('its checksum does not match');
  }
  const sections = new Map<number, Uint8Array>();
  let at = HEADER_BYTES;
  for (let left = view.getUint16(6, true); left > 0; left--) {
    if (at + SECTION_HEADER_BYTES > end) throw corrupt('a section begins behind the end', { offset: at });
    const tag = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const start = at + SECTION_HEADER_BYTES;
    if (length > end - start) throw corrupt('a section ends behind the end', { section: tag, offset: at });
    if (sections.has(tag)) throw corrupt('a section is there twice', { section: tag, offset: at });
    sections.set(tag, bytes.subarray(start, start + length));
    at = start + length;
  }
  if (at !== end) throw corrupt('bytes follow the last section', { offset: at });
  return sections;
}

/** Reads LEB128 numbers below 2³² out of one section. */
class VarintReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.at === this.#bytes.length;
  }

  next(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw corrupt('a section ends inside a number');
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw corrupt('a number is too large');
  }
}

function readPostings(
  bytes: Uint8Array,
  termCount: number,
  firstPosition: number,
): { positionStarts: Uint32Array; positions: Uint32Array } {
  const reader = new VarintReader(bytes);
  const positionStarts = new Uint32Array(termCount + 1);
  // Every position takes at least one byte, so the section's length bounds their number.
  const positions = new Uint32Array(bytes.length);
  let filled = 0;
  for (let term = 0; term < termCount; term++) {
    const count = reader.next();
    if (count === 0 || count > bytes.length - reader.at)
      throw corrupt('a term has a wrong number of positions');
    let least = 0;
    for (let i = 0; i < count; i++) {
      const position = least + reader.next();
      if (position >= MAX_POSITIONS) throw corrupt('a position is behind the limit');
      if (i === 0 && position < firstPosition) throw corrupt('a position stands before the first zone');
      positions[filled++] = position;
      least = position + 1;
    }
    positionStarts[term + 1] = filled;
  }
  if (!reader.isDone) throw corrupt('positions follow the last term');
  return { positionStarts, positions: positions.slice(0, filled) };
}

function readZones(bytes: Uint8Array): { zoneStarts: Uint32Array; zoneGroups: Uint8Array } {
  const reader = new VarintReader(bytes);
  const starts: number[] = [];
  const groups: number[] = [];
  let least = 0;
  while (!reader.isDone) {
    const start = least + reader.next();
    const group = reader.next();
    if (start >= MAX_POSITIONS) throw corrupt('a zone is behind the limit');
    if (group >= FIELD_GROUP_LIMIT) throw corrupt('a zone has an impossible field group');
    starts.push(start);
    groups.push(group);
    least = start + 1;
  }
  return { zoneStarts: Uint32Array.from(starts), zoneGroups: Uint8Array.from(groups) };
}

function readFieldLengths(bytes: Uint8Array): Uint32Array {
  const reader = new VarintReader(bytes);
  const lengths: number[] = [];
  while (!reader.isDone && lengths.length <= FIELD_GROUP_LIMIT) {
    const length = reader.next();
    if (length > MAX_POSITIONS) throw corrupt('a field is longer than a document can be');
    lengths.push(length);
  }
  if (lengths.length < FIELD_GROUP_COUNT || lengths.length > FIELD_GROUP_LIMIT) {
    throw corrupt('the number of field groups is impossible');
  }
  return Uint32Array.from(lengths);
}

function readColumns(bytes: Uint8Array): DocumentColumns {
  // Later versions may append columns.
  if (bytes.length < COLUMNS_BYTES) throw corrupt('the columns are too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    siteHash: view.getUint32(0, true),
    contentHash: view.getUint32(4, true),
    date_min: view.getUint32(8, true),
    language: view.getUint16(12, true),
    rank: view.getUint8(14),
    depth: view.getUint8(15),
  };
}

function readWords(bytes: Uint8Array, termCount: number): TermWords {
  if (bytes.length < termCount) throw corrupt('words are missing');
  const lengths = bytes.slice(0, termCount);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== bytes.length - termCount) throw corrupt('words have another length than they should');
  return { lengths, bytes: bytes.slice(termCount) };
}

function readHashes(bytes: Uint8Array): BigUint64Array {
  if (bytes.length % HASH_BYTES !== 0) throw corrupt('a hash is cut');
  // A copy: the bytes may stand at an odd address, and belong to somebody else.
  const hashes = new BigUint64Array(new Uint8Array(bytes).buffer);
  if (!isAscending(hashes)) throw corrupt('hashes do not ascend');
  return hashes;
}

/** Strictly, as unsigned integers. Compares halves: big integers would be allocated one by one. */
function isAscending(hashes: BigUint64Array): boolean {
  const halves = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  for (let i = 2; i < halves.length; i += 2) {
    const high = halves[i + 1] as number;
    const before = halves[i - 1] as number;
    if (high < before) return false;
    if (high === before && (halves[i] as number) <= (halves[i - 2] as number)) return false;
  }
  return true;
}

function corrupt(why: string, facts: Readonly<Record<string, number>> = {}): PeregrineError {
  return new PeregrineError('CORRUPT', `An analysed document can't be read: ${why}.`, facts);
}
