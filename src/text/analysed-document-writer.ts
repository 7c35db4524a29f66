/** Writes the bytes of an analysed document, as they stand in a batch. Layout: docs/formats/analysed-document.md. */

import { assert, hash64 } from '../base/index.ts';
import { type AnalysedDocument, type DocumentColumns, MAX_POSITIONS } from './analysed-document.ts';
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
import { encodeFields } from './document-fields.ts';
import { FIELD_GROUP_COUNT, FIELD_GROUP_LIMIT } from './field-groups.ts';

/** Of a number below {@link MAX_POSITIONS} in LEB128. */
const MAX_VARINT_BYTES = 5;

/** Bytes of `document`. What breaks the order or the bounds of the format is an assertion: it was made here. */
export function encodeAnalysedDocument(document: AnalysedDocument): Uint8Array {
  return borrowEncoded(document).slice();
}

/** The same, good until the next document is encoded: for who copies it at once. */
export function borrowEncoded(document: AnalysedDocument): Uint8Array {
  const fields = document.fields?.length ? encodeFields(document.fields) : undefined;
  const out = new SectionWriter(sizeBound_bytes(document) + (fields?.length ?? 0));
  out.begin(ANALYSED_SECTIONS.terms).hashes(document.termHashes).end();
  out.begin(ANALYSED_SECTIONS.postings);
  writePostings(out, document);
  out.end();
  out.begin(ANALYSED_SECTIONS.zones);
  writeZones(out, document);
  out.end();
  out.begin(ANALYSED_SECTIONS.fieldLengths);
  for (const length of document.fieldLengths) out.varint(length);
  out.end();
  out.begin(ANALYSED_SECTIONS.filters).hashes(document.filterHashes).end();
  out.begin(ANALYSED_SECTIONS.columns);
  writeColumns(out, document.columns);
  out.end();
  if (fields !== undefined) out.begin(ANALYSED_SECTIONS.fields).raw(fields).end();
  const { words } = document;
  if (words !== undefined && words.bytes.length > 0) {
    assert(words.lengths.length === document.termHashes.length, 'one length of a word a term');
    out.begin(ANALYSED_SECTIONS.words).raw(words.lengths).raw(words.bytes).end();
  }
  return out.finish();
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
  /** Where the section begins that is written. */
  #head = 0;
  #sections = 0;

  constructor(capacity_bytes: number) {
    const isShared = capacity_bytes <= SHARED_BYTES;
    this.#bytes = isShared ? shared : new Uint8Array(capacity_bytes);
    this.#view = isShared ? sharedView : new DataView(this.#bytes.buffer);
  }

  /** Begins a section, which what is written belongs to until its {@link end}. */
  begin(tag: number): this {
    this.#head = this.#at;
    this.#view.setUint32(this.#head, tag, true);
    this.#at += SECTION_HEADER_BYTES;
    this.#sections += 1;
    return this;
  }

  end(): void {
    this.#view.setUint32(this.#head + 4, this.#at - this.#head - SECTION_HEADER_BYTES, true);
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

  hashes(hashes: BigUint64Array): this {
    if (hashes.length === 0) return this;
    assert(isAscending(hashes), 'hashes ascend');
    this.#bytes.set(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength), this.#at);
    this.#at += hashes.byteLength;
    return this;
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
  const { positionStarts, positions, termHashes, lists } = document;
  assert(positionStarts.length === termHashes.length + 1, 'one position list a term');
  assert(positionStarts[termHashes.length] === positions.length, 'lists cover the positions');
  if (lists === undefined) out.lists(positionStarts, positions);
  else out.raw(lists);
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
