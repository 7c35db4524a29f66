/**
 * A page as it stands in a part: header, content (compressed or not), checksum. The checksum knows part and place, so
 * that a whole page in a wrong place is found out too. Layout: docs/formats/part.md.
 */

import { hash64, messageOf, PeregrineError } from '../base/index.ts';
import type { DiskFile } from '../disk/index.ts';
import { alignUp } from './alignment.ts';
import { PAGE_CHECKSUM_BYTES, PAGE_HEADER_BYTES, PAGE_KIND_DATA } from './kernels/layout.ts';
import { COMPRESSION_NUMBERS, compressPage, decompressPage } from './page-compression.ts';
import type { PageCompression } from './databases.ts';
import { keyText } from './key-order.ts';

export { PAGE_CHECKSUM_BYTES, PAGE_HEADER_BYTES };

export type PageKind = 'data' | 'value' | 'map' | 'topMap' | 'filter';
export const PAGE_KIND_NUMBERS: Readonly<Record<PageKind, number>> = {
  data: PAGE_KIND_DATA,
  value: 2,
  map: 3,
  topMap: 4,
  filter: 5,
};

/** Where a page stands in its part. */
export interface PagePlace {
  readonly offset: number;
  /** With header, checksum and padding. */
  readonly size_bytes: number;
}

/** What an error says of a page that can't be read. */
export interface PageContext {
  readonly file: Pick<DiskFile, 'path' | 'read'>;
  readonly partNumber: number;
  readonly kind: PageKind;
  /** Keys that are lost with the page. */
  readonly firstKey?: Uint8Array | undefined;
  readonly lastKey?: Uint8Array | undefined;
}

/** A page that says it is larger is not one of ours. */
export const MAX_PAGE_BYTES: number = 500_000_000;

/** A page that compresses to more than this share is stored as it is. */
const WORTHWHILE_SHARE: number = 7 / 8;

/** Bytes of a page with such a content before compression, at most. */
export function maxPageBytes(content_bytes: number): number {
  return alignUp(PAGE_HEADER_BYTES + content_bytes + PAGE_CHECKSUM_BYTES);
}

/** At once where the page is small. */
export function encodePage(
  kind: PageKind,
  content: Uint8Array,
  compression: PageCompression,
  partNumber: number,
  offset: number,
): Uint8Array | Promise<Uint8Array> {
  const frame = (compressed: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(maxPageBytes(content.length));
    const page = { kind, content, compressed, compression, partNumber, offset };
    return bytes.subarray(0, framePage(page, bytes, 0));
  };
  const compressed = compressPage(content, compression);
  return compressed instanceof Promise ? compressed.then(frame) : frame(compressed);
}

export interface UnframedPage {
  readonly kind: PageKind;
  readonly content: Uint8Array;
  /** The same as {@link content} where nothing was compressed. */
  readonly compressed: Uint8Array;
  readonly compression: PageCompression;
  readonly partNumber: number;
  readonly offset: number;
}

/** Writes header, what is shorter of content and compressed content, and checksum into `target`; returns its size. */
export function framePage(page: UnframedPage, target: Uint8Array, at: number): number {
  const { kind, content, compressed, compression, partNumber, offset } = page;
  const isWorthIt = compressed.length < content.length * WORTHWHILE_SHARE;
  const stored = isWorthIt ? compressed : content;
  const checksumAt = PAGE_HEADER_BYTES + stored.length;
  const size_bytes = alignUp(checksumAt + PAGE_CHECKSUM_BYTES);
  const view = new DataView(target.buffer, target.byteOffset + at, size_bytes);
  const word = PAGE_KIND_NUMBERS[kind] | (COMPRESSION_NUMBERS[isWorthIt ? compression : 'none'] << 8);
  view.setUint32(0, word, true);
  view.setUint32(4, stored.length, true);
  view.setUint32(8, content.length, true);
  target.set(stored, at + PAGE_HEADER_BYTES);
  const checksum = placedChecksum(hash64(target.subarray(at, at + checksumAt)), partNumber, offset);
  view.setBigUint64(checksumAt, checksum, true);
  target.fill(0, at + checksumAt + PAGE_CHECKSUM_BYTES, at + size_bytes);
  return size_bytes;
}

/** Whether the page that stands at `at` is compressed. */
export function isCompressed(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] !== COMPRESSION_NUMBERS.none;
}

/** Bytes of a page in the file, from its header. */
export function pageSizeAt(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  return alignUp(PAGE_HEADER_BYTES + view.getUint32(4, true) + PAGE_CHECKSUM_BYTES);
}

/** Reads, checks and decompresses a page. `CORRUPT` with file, offset and key range; `IO`. */
export async function readPage(place: PagePlace, context: PageContext): Promise<Uint8Array> {
  return decodePage(await readBytes(place, context), place, context);
}

/** Reads and checks a page, and leaves it as it stands in the file. As {@link readPage}. */
export async function readFramedPage(place: PagePlace, context: PageContext): Promise<Uint8Array> {
  const bytes = await readBytes(place, context);
  checkPage(bytes, place, context);
  return bytes;
}

async function readBytes(place: PagePlace, context: PageContext): Promise<Uint8Array> {
  if (place.size_bytes > MAX_PAGE_BYTES) throw corruptPage(place, context, 'it is too large for a page');
  const bytes = new Uint8Array(place.size_bytes);
  const count = await context.file.read(bytes, place.offset);
  if (count < bytes.length) throw corruptPage(place, context, 'the file ends too early');
  return bytes;
}

/** Where a page stands, among all parts. */
export interface PageHome {
  readonly partNumber: number;
  readonly offset: number;
}

/** Makes a checked page, as it stands at `from`, one that stands at `to`. */
export function rehome(bytes: Uint8Array, from: PageHome, to: PageHome): void {
  const view = viewOf(bytes);
  const checksumAt = PAGE_HEADER_BYTES + view.getUint32(4, true);
  const content = placedChecksum(view.getBigUint64(checksumAt, true), from.partNumber, from.offset);
  view.setBigUint64(checksumAt, placedChecksum(content, to.partNumber, to.offset), true);
}

/** What the header of a page says of it. */
export interface PageHeader {
  readonly kind: number;
  readonly compression: number;
  readonly stored_bytes: number;
  readonly content_bytes: number;
}

export function headerOf(bytes: Uint8Array, at: number): PageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, PAGE_HEADER_BYTES);
  return {
    kind: view.getUint8(0),
    compression: view.getUint8(1),
    stored_bytes: view.getUint32(4, true),
    content_bytes: view.getUint32(8, true),
  };
}

/** Checks and decompresses a page as it stands in the file; at once where it is small. `CORRUPT`. */
export function decodePage(
  bytes: Uint8Array,
  place: PagePlace,
  context: PageContext,
): Uint8Array | Promise<Uint8Array> {
  const checksumAt = checkPage(bytes, place, context);
  const { compression, content_bytes } = headerOf(bytes, 0);
  const measured = (content: Uint8Array): Uint8Array => {
    if (content.length === content_bytes) return content;
    throw corruptPage(place, context, 'its content has a wrong length');
  };
  const refused = (error: unknown): PeregrineError =>
    corruptPage(place, context, `it can't be decompressed (${messageOf(error)})`);
  let content: Uint8Array | Promise<Uint8Array>;
  try {
    content = decompressPage(bytes.subarray(PAGE_HEADER_BYTES, checksumAt), compression, content_bytes);
  } catch (error) {
    throw refused(error);
  }
  if (!(content instanceof Promise)) return measured(content);
  return content.then(measured, (error: unknown) => {
    throw refused(error);
  });
}

/** Where the checksum of a page stands that is what and where it should be. `CORRUPT`. */
function checkPage(bytes: Uint8Array, place: PagePlace, context: PageContext): number {
  const view = viewOf(bytes);
  const checksumAt = PAGE_HEADER_BYTES + (bytes.length > PAGE_HEADER_BYTES ? view.getUint32(4, true) : 0);
  if (bytes.length !== alignUp(checksumAt + PAGE_CHECKSUM_BYTES)) {
    throw corruptPage(place, context, 'its length is wrong');
  }
  const checksum = checksumOf(bytes.subarray(0, checksumAt), context.partNumber, place.offset);
  if (view.getBigUint64(checksumAt, true) !== checksum) {
    throw corruptPage(place, context, 'its checksum is wrong');
  }
  if (view.getUint8(0) !== PAGE_KIND_NUMBERS[context.kind]) {
    throw corruptPage(place, context, 'it is of another kind');
  }
  return checksumAt;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function corruptPage(
  place: PagePlace,
  context: PageContext,
  why: string,
  cause?: unknown,
): PeregrineError {
  const { file, kind, firstKey, lastKey } = context;
  const facts = {
    file: file.path,
    offset: place.offset,
    size_bytes: place.size_bytes,
    page_kind: kind,
    first_key: firstKey === undefined ? undefined : keyText(firstKey),
    last_key: lastKey === undefined ? undefined : keyText(lastKey),
  };
  return new PeregrineError('CORRUPT', `A ${kind} page of ${file.path} is damaged: ${why}.`, facts, cause);
}

function checksumOf(bytes: Uint8Array, partNumber: number, offset: number): bigint {
  return placedChecksum(hash64(bytes), partNumber, offset);
}

/** The same of a hash in two words: whether the bytes at `at` are its checksum there. */
export function hasChecksum(
  bytes: Uint8Array,
  at: number,
  high: number,
  low: number,
  partNumber: number,
  offset: number,
): boolean {
  const above = high ^ (partNumber << 8) ^ Math.floor(offset / 2 ** 32);
  const below = low ^ (offset % 2 ** 32);
  return u32At(bytes, at) === below >>> 0 && u32At(bytes, at + 4) === above >>> 0;
}

/** Without an object for it, and wherever it stands. */
export function u32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** A hash with part and place mixed in, or out again. */
function placedChecksum(hash: bigint, partNumber: number, offset: number): bigint {
  // Cut to what is stored: from the 2^24th part on its number reaches beyond 64 bits.
  return BigInt.asUintN(64, hash ^ (BigInt(partNumber) << 40n) ^ BigInt(offset));
}
