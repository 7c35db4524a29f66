/** Bytes of a stored document. Layout: docs/formats/title-record.md. */

import { assert, ByteReader, ByteWriter } from '../base/index.ts';
import type { DocumentKind, Link, Section, SectionKind, StoredDocument } from './document.ts';
import {
  compressedPart,
  corrupt,
  frameParts,
  packedPart,
  PartReader,
  plainPart,
  type RecordPart,
} from './record-parts.ts';

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
  'mail',
  'archive',
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

/** A text is found again in the page that it was taken from; a larger page is not unpacked for the sake of its text. */
const MAX_PACKED_RAW_BYTES = 131_072;
const NO_SNIPPET = 0x80;
const HAS_LANGUAGE = 0x40;

/** What a list of results needs of a document: everything but its text, links and bytes. */
export type TitleSummary = Omit<StoredDocument, 'sections' | 'links' | 'meta' | 'raw' | 'warnings'>;

/** Where parts are written before they are compressed, one after the other; what a large one needed is given back. */
let scratch = new ByteWriter(65_536);
const KEPT_SCRATCH_BYTES = 4_194_304;

/** Bytes of `document`. */
export function encodeTitleRecord(document: StoredDocument): Uint8Array {
  const hasLanguages = document.sections.some(({ language }) => language !== undefined);
  return frameParts(partsOf(document), hasLanguages);
}

/** Writes every part once, one behind the other, and compresses together what is read together. */
function partsOf(document: StoredDocument): RecordPart[] {
  const { raw } = document;
  scratch.clear();
  writeSummary(scratch, document);
  const starts = [scratch.length];
  writeSections(scratch, document.sections);
  starts.push(scratch.length);
  writeLinks(scratch, document.links);
  starts.push(scratch.length);
  writeMeta(scratch, document);
  starts.push(scratch.length);
  const packsRaw = raw.length <= MAX_PACKED_RAW_BYTES;
  if (packsRaw) scratch.raw(raw);
  const written = scratch.written();
  const [start = 0, links = 0, meta = 0, end = 0] = starts;
  const parts = [compressedPart('summary', written.subarray(0, start))];
  const pack = compressedPart('pack', written.subarray(start));
  const isPacked = pack.bytes.length < pack.plainLength;
  const offsets = [
    ['sections', start, links],
    ['links', links, meta],
    ['meta', meta, end],
    ...(packsRaw ? [['raw', end, end + raw.length] as const] : []),
  ] as const;
  for (const [name, from, to] of offsets) {
    parts.push(
      isPacked ? packedPart(name, from - start, to - from) : plainPart(name, written.subarray(from, to)),
    );
  }
  if (!packsRaw) parts.push(compressedPart('raw', raw));
  if (isPacked) parts.push(pack);
  // What is not compressed is copied from here before anything else is written.
  if (written.length > KEPT_SCRATCH_BYTES) scratch = new ByteWriter(65_536);
  return parts;
}

/**
 * The document in `bytes`. With `raw: false` its bytes come back empty, with `links: false` it has none. Throws `CORRUPT`, or
 * `UNSUPPORTED_VERSION` for a record of a later program.
 */
export function decodeTitleRecord(
  bytes: Uint8Array,
  options: { raw?: boolean; links?: boolean } = {},
): StoredDocument {
  const parts = new PartReader(bytes);
  return {
    ...decodeSummary(parts.read('summary')),
    sections: decodeSections(parts.read('sections')),
    links: options.links === false ? [] : decodeLinks(parts.read('links')),
    ...decodeMeta(parts.read('meta')),
    raw: options.raw === false ? new Uint8Array(0) : new Uint8Array(parts.read('raw')),
  };
}

/** The summary alone: cheap enough for every result of a page. Same errors. */
export function decodeTitleSummary(bytes: Uint8Array): TitleSummary {
  return decodeSummary(new PartReader(bytes).read('summary'));
}

/** The title alone, which stands behind few others. Same errors. */
export function decodeTitle(bytes: Uint8Array): string {
  const from = new ByteReader(new PartReader(bytes).read('summary'));
  from.skipText().skipText().u8();
  return from.skipText().skipText().text();
}

/** Size of the document's bytes as they came, without decompressing them. Same errors. */
export function rawSizeOf(bytes: Uint8Array): number {
  return new PartReader(bytes).plainSize('raw');
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
  for (const { kind, level, anchor, text, noSnippet, language } of sections) {
    const flags = (noSnippet === true ? NO_SNIPPET : 0) | (language === undefined ? 0 : HAS_LANGUAGE);
    out.u8(placeIn(SECTION_KINDS, kind) | flags);
    out.u8(level).text(anchor);
    if (language !== undefined) out.text(language);
    out.text(text);
  }
}

function decodeSections(bytes: Uint8Array): Section[] {
  const from = new ByteReader(bytes);
  return repeat(from, () => {
    const tag = from.u8();
    const kind = at(SECTION_KINDS, tag & ~(NO_SNIPPET | HAS_LANGUAGE), 'kind of section');
    const level = from.u8();
    const anchor = from.text();
    const language = (tag & HAS_LANGUAGE) === 0 ? undefined : from.text();
    const section = { kind, text: from.text(), level, anchor };
    if ((tag & (NO_SNIPPET | HAS_LANGUAGE)) === 0) return section;
    return {
      ...section,
      ...((tag & NO_SNIPPET) === 0 ? {} : { noSnippet: true }),
      ...(language === undefined ? {} : { language }),
    };
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
