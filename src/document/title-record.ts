/** Bytes of a stored document. Layout: docs/formats/title-record.md. */

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert, ByteReader, ByteWriter, hash64, messageOf, PeregrineError } from '../base/index.ts';
import type { DocumentKind, Link, Section, SectionKind, StoredDocument } from './document.ts';

/** "PTTL" as it stands in the record. */
export const TITLE_RECORD_MAGIC = 0x4c54_5450;
export const TITLE_RECORD_VERSION = 1;

/** Numbers of the parts; a reader skips those that it does not know. */
export const TITLE_RECORD_PARTS = { summary: 1, sections: 2, links: 3, meta: 4, raw: 5 } as const;
type PartName = keyof typeof TITLE_RECORD_PARTS;

/** Places in these lists are stored: append only. */
const KINDS: readonly DocumentKind[] = [
  'unknown',
  'html',
  'text',
  'pdf',
  'json',
  'xml',
  'feed',
  'image',
  'document',
  'spreadsheet',
  'presentation',
  'book',
];
const SECTION_KINDS: readonly SectionKind[] = [
  'text',
  'heading',
  'list',
  'table',
  'code',
  'quote',
  'caption',
  'menu',
];

const HEADER_BYTES = 8;
const ENTRY_BYTES = 16;
const CHECKSUM_BYTES = 8;
const PLAIN = 0;
const ZSTD = 1;
/** Shorter parts are stored as they are. */
const LEAST_COMPRESSED = 768;
/** A part that claims to be longer is damaged, not decompressed. */
const MAX_PART_BYTES = 134_217_728;

const NO_SNIPPET = 0x80;

/** What a list of results needs of a document: everything but its text, links and bytes. */
export type TitleSummary = Omit<StoredDocument, 'sections' | 'links' | 'meta' | 'raw' | 'warnings'>;

/** Where parts are written before they are compressed, one after the other; what a large one needed is given back. */
let scratch = new ByteWriter(65_536);
const KEPT_SCRATCH_BYTES = 4_194_304;

/** Bytes of `document`. */
export function encodeTitleRecord(document: StoredDocument): Uint8Array {
  const parts = [
    partOf('summary', (out) => writeSummary(out, document)),
    partOf('sections', (out) => writeSections(out, document.sections)),
    partOf('links', (out) => writeLinks(out, document.links)),
    partOf('meta', (out) => writeMeta(out, document)),
    compress('raw', document.raw),
  ];
  const body_bytes =
    HEADER_BYTES + parts.length * ENTRY_BYTES + parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const record = new Uint8Array(body_bytes + CHECKSUM_BYTES);
  const view = new DataView(record.buffer);
  view.setUint32(0, TITLE_RECORD_MAGIC, true);
  view.setUint16(4, TITLE_RECORD_VERSION, true);
  view.setUint16(6, parts.length, true);
  let entry = HEADER_BYTES;
  let at = HEADER_BYTES + parts.length * ENTRY_BYTES;
  for (const { name, encoding, bytes, plainLength } of parts) {
    view.setUint16(entry, TITLE_RECORD_PARTS[name], true);
    view.setUint16(entry + 2, encoding, true);
    view.setUint32(entry + 4, bytes.length, true);
    view.setUint32(entry + 8, plainLength, true);
    record.set(bytes, at);
    entry += ENTRY_BYTES;
    at += bytes.length;
  }
  view.setBigUint64(body_bytes, hash64(record.subarray(0, body_bytes)), true);
  return record;
}

interface StoredPart {
  readonly name: PartName;
  readonly encoding: number;
  readonly bytes: Uint8Array;
  readonly plainLength: number;
}

function partOf(name: PartName, write: (out: ByteWriter) => void): StoredPart {
  scratch.clear();
  write(scratch);
  const part = compress(name, scratch.written());
  if (part.encoding !== PLAIN) {
    if (part.plainLength > KEPT_SCRATCH_BYTES) scratch = new ByteWriter(65_536);
    return part;
  }
  // The next part is written in the same place.
  return { ...part, bytes: new Uint8Array(part.bytes) };
}

/**
 * The document in `bytes`. With `raw: false` its bytes stay compressed and come back empty. Throws `CORRUPT`, or
 * `UNSUPPORTED_VERSION` for a record of a later program.
 */
export function decodeTitleRecord(bytes: Uint8Array, options: { raw?: boolean } = {}): StoredDocument {
  const parts = new PartReader(bytes);
  return {
    ...decodeSummary(parts.read('summary')),
    sections: decodeSections(parts.read('sections')),
    links: decodeLinks(parts.read('links')),
    ...decodeMeta(parts.read('meta')),
    raw: options.raw === false ? new Uint8Array(0) : new Uint8Array(parts.read('raw')),
  };
}

/** The summary alone: cheap enough for every result of a page. Same errors. */
export function decodeTitleSummary(bytes: Uint8Array): TitleSummary {
  return decodeSummary(new PartReader(bytes).read('summary'));
}

/** Size of the document's bytes as they came, without decompressing them. Same errors. */
export function rawSizeOf(bytes: Uint8Array): number {
  return new PartReader(bytes).plainSize('raw');
}

/** Level 3 takes two thirds more time for a sixteenth less. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

function compress(name: PartName, plain: Uint8Array): StoredPart {
  const plainLength = plain.length;
  if (plainLength >= LEAST_COMPRESSED) {
    // Room for whatever comes out, so that it is written there at once.
    const chunkSize = plainLength + (plainLength >> 8) + 1024;
    const bytes = zstdCompressSync(plain, { ...COMPRESSION, chunkSize });
    if (bytes.length < plainLength) return { name, encoding: ZSTD, bytes, plainLength };
  }
  return { name, encoding: PLAIN, bytes: plain, plainLength };
}

/** Checks the frame at once and reads parts on demand. */
class PartReader {
  readonly #parts = new Map<number, { encoding: number; plainLength: number; bytes: Uint8Array }>();

  constructor(bytes: Uint8Array) {
    const end = bytes.length - CHECKSUM_BYTES;
    if (end < HEADER_BYTES) throw corrupt('it is too short');
    const header = new ByteReader(bytes);
    if (header.u32() !== TITLE_RECORD_MAGIC) throw corrupt('it begins with other bytes');
    const version = header.u16();
    if (version !== TITLE_RECORD_VERSION) {
      throw new PeregrineError(
        'UNSUPPORTED_VERSION',
        `This title record has version ${version}; this program reads version ${TITLE_RECORD_VERSION}.`,
        { version },
      );
    }
    if (new ByteReader(bytes, end).u64() !== hash64(bytes.subarray(0, end))) {
      throw corrupt('its checksum does not match');
    }
    const count = header.u16();
    let at = HEADER_BYTES + count * ENTRY_BYTES;
    for (let i = 0; i < count; i++) {
      const number = header.u16();
      const encoding = header.u16();
      const length = header.u32();
      const plainLength = header.u32();
      header.u32();
      if (at + length > end) throw corrupt('a part ends behind the end');
      if (this.#parts.has(number)) throw corrupt('a part is there twice');
      this.#parts.set(number, { encoding, plainLength, bytes: bytes.subarray(at, at + length) });
      at += length;
    }
    if (at !== end) throw corrupt('bytes follow the last part');
  }

  plainSize(name: PartName): number {
    return this.#part(name).plainLength;
  }

  read(name: PartName): Uint8Array {
    const { encoding, plainLength, bytes } = this.#part(name);
    if (plainLength > MAX_PART_BYTES) throw corrupt(`its ${name} are too long`);
    const plain = encoding === PLAIN ? bytes : decompress(bytes, encoding, plainLength);
    if (plain.length !== plainLength) throw corrupt(`its ${name} have another length than they should`);
    return plain;
  }

  #part(name: PartName): { encoding: number; plainLength: number; bytes: Uint8Array } {
    const part = this.#parts.get(TITLE_RECORD_PARTS[name]);
    if (part === undefined) throw corrupt(`its ${name} are missing`);
    return part;
  }
}

function decompress(bytes: Uint8Array, encoding: number, plainLength: number): Uint8Array {
  if (encoding !== ZSTD) throw corrupt(`a part has the unknown encoding ${encoding}`);
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, plainLength) });
  } catch (error) {
    throw corrupt(`a part can't be decompressed (${messageOf(error)})`);
  }
}

function writeSummary(out: ByteWriter, document: StoredDocument): void {
  const { robots } = document;
  out
    .text(document.url)
    .text(document.canonical)
    .u8(placeIn(KINDS, document.kind))
    .text(document.contentType)
    .text(document.charset)
    .text(document.title)
    .text(document.description)
    .text(document.author)
    .text(document.siteName)
    .text(document.language)
    .f64(document.published_ms)
    .f64(document.fetchedAt_ms)
    .varint(document.status)
    .varint(document.depth)
    .text(document.ip)
    .u8(
      Number(robots.noindex) |
        (Number(robots.nofollow) << 1) |
        (Number(robots.nosnippet) << 2) |
        (Number(robots.noarchive) << 3),
    );
  out.u64(hexToInteger(document.contentHash)).u64(hexToInteger(document.fingerprint));
}

function decodeSummary(bytes: Uint8Array): TitleSummary {
  const from = new ByteReader(bytes);
  const summary = {
    url: from.text(),
    canonical: from.text(),
    kind: at(KINDS, from.u8(), 'kind'),
    contentType: from.text(),
    charset: from.text(),
    title: from.text(),
    description: from.text(),
    author: from.text(),
    siteName: from.text(),
    language: from.text(),
    published_ms: from.f64(),
    fetchedAt_ms: from.f64(),
    status: from.varint(),
    depth: from.varint(),
    ip: from.text(),
  };
  const flags = from.u8();
  return {
    ...summary,
    robots: {
      noindex: (flags & 1) !== 0,
      nofollow: (flags & 2) !== 0,
      nosnippet: (flags & 4) !== 0,
      noarchive: (flags & 8) !== 0,
    },
    contentHash: integerToHex(from.u64()),
    fingerprint: integerToHex(from.u64()),
  };
}

function writeSections(out: ByteWriter, sections: readonly Section[]): void {
  out.varint(sections.length);
  for (const { kind, level, anchor, text, noSnippet } of sections) {
    out.u8(placeIn(SECTION_KINDS, kind) | (noSnippet === true ? NO_SNIPPET : 0));
    out.u8(level).text(anchor).text(text);
  }
}

function decodeSections(bytes: Uint8Array): Section[] {
  const from = new ByteReader(bytes);
  return repeat(from, () => {
    const tag = from.u8();
    const kind = at(SECTION_KINDS, tag & ~NO_SNIPPET, 'kind of section');
    const level = from.u8();
    const anchor = from.text();
    const text = from.text();
    return (tag & NO_SNIPPET) === 0
      ? { kind, text, level, anchor }
      : { kind, text, level, anchor, noSnippet: true };
  });
}

function writeLinks(out: ByteWriter, links: readonly Link[]): void {
  out.varint(links.length);
  for (const { url, text, nofollow, inMenu } of links) {
    out
      .u8(Number(nofollow) | (Number(inMenu) << 1))
      .text(url)
      .text(text);
  }
}

function decodeLinks(bytes: Uint8Array): Link[] {
  const from = new ByteReader(bytes);
  return repeat(from, () => {
    const flags = from.u8();
    return { url: from.text(), text: from.text(), nofollow: (flags & 1) !== 0, inMenu: (flags & 2) !== 0 };
  });
}

function writeMeta(out: ByteWriter, { meta, warnings }: StoredDocument): void {
  const entries = Object.entries(meta);
  out.varint(entries.length);
  for (const [name, value] of entries) out.text(name).text(value);
  out.varint(warnings.length);
  for (const warning of warnings) out.text(warning);
}

function decodeMeta(bytes: Uint8Array): Pick<StoredDocument, 'meta' | 'warnings'> {
  const from = new ByteReader(bytes);
  const entries = repeat(from, () => [from.text(), from.text()] as const);
  return { meta: Object.fromEntries(entries), warnings: repeat(from, () => from.text()) };
}

/** A count, then so many items; each takes at least a byte, so a wild count ends in `CORRUPT`, not in a wild array. */
function repeat<Item>(from: ByteReader, read: () => Item): Item[] {
  const count = from.varint();
  if (count > from.remaining) throw corrupt('a list is longer than its bytes');
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

function placeIn<Value>(list: readonly Value[], value: Value): number {
  const place = list.indexOf(value);
  assert(place >= 0, 'every kind has its number');
  return place;
}

function at<Value>(list: readonly Value[], place: number, what: string): Value {
  const value = list[place];
  if (value === undefined) throw corrupt(`the ${what} ${place} is unknown`);
  return value;
}

function hexToInteger(hex: string): bigint {
  assert(/^[\da-f]{16}$/.test(hex), 'a hash has 16 hexadecimal digits');
  return BigInt(`0x${hex}`);
}

function integerToHex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

function corrupt(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `A title record can't be read: ${why}.`);
}
