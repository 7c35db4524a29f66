/** Reads the bytes of an analysed document, none of which is trusted. Layout: docs/formats/analysed-document.md. */

import { hash64, PeregrineError } from '../base/index.ts';
import {
  type AnalysedDocument,
  type DocumentColumns,
  MAX_POSITIONS,
  type TermWords,
} from './analysed-document.ts';
import {
  ANALYSED_DOCUMENT_MAGIC,
  ANALYSED_DOCUMENT_VERSION,
  ANALYSED_SECTIONS,
  CHECKSUM_BYTES,
  COLUMNS_BYTES,
  HASH_BYTES,
  HEADER_BYTES,
  isAscending,
  SECTION_HEADER_BYTES,
} from './analysed-document-format.ts';
import { decodeFields } from './field-reader.ts';
import { FIELD_GROUP_COUNT, FIELD_GROUP_LIMIT } from './field-groups.ts';

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

function corrupt(why: string, facts: Readonly<Record<string, number>> = {}): PeregrineError {
  return new PeregrineError('CORRUPT', `An analysed document can't be read: ${why}.`, facts);
}
