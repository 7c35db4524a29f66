/**
 * What a Gigablast title record holds: a header of 88 bytes, then the fields that its bit mask names, each with its
 * size. Bytes of untrusted origin: whatever does not fit is a typed error, never a guess.
 */

import { unzipSync, type ZlibOptions } from 'node:zlib';

import { inflateInto, messageOf, PeregrineError } from '../../base/index.ts';
import { readLinkTexts } from './link-info.ts';
import {
  type DirectoryListing,
  directoryListing,
  flagNames,
  type LinkCounts,
  linkCounts,
} from './record-extras.ts';
import { docIdOfKey, FRAME_BYTES, MAX_DOCUMENT_BYTES, readInt32, readKey } from './record-frame.ts';

const HEADER_BYTES = 88;
/**
 * Versions that are known; 120 the first public one, 121 since August 2015. Those above are of programs that descend from
 * it: they lay out a record the same, and differ in what they make of it.
 */
export const OLDEST_VERSION = 114;
const NEWEST_VERSION = 129;
/** Later ones keep no date of publication where it was. */
const LAST_WITH_PUBLISHED = 121;

/** Bounds of zlib, and of what a record that lies about its size has us make. */
const LEAST_CHUNK_BYTES = 64;
const MOST_CHUNK_BYTES = 2 ** 20;
/** With which a gzip stream begins, and no zlib stream. */
const GZIP = 0x1f;

const FIELD_COUNT = 22;
const Field = { url: 0, redirect: 1, content: 14, metadata: 15, site: 16, pageLinks: 17 } as const;

export interface GigablastDocument {
  readonly docId: number;
  readonly version: number;
  /** As it was stored; not normalised by our rules. */
  readonly url: string;
  readonly redirectUrl: string;
  readonly site: string;
  /** UTF-8, without the closing zero. */
  readonly content: Uint8Array;
  /** JSON that was given at injection, or empty. */
  readonly metadata: string;
  readonly contentType: number;
  /** IANA number of the original's charset. */
  readonly charset: number;
  readonly language: number;
  readonly ip: string;
  readonly httpStatus: number;
  readonly hopCount: number;
  readonly contentHash32: number;
  readonly siteInlinks: number;
  readonly spidered_s: number;
  readonly indexed_s: number;
  readonly firstIndexed_s: number;
  /** 0 where it is not known. */
  readonly published_s: number;
  /** A record about a crawl, not of a page. */
  readonly isStatusDocument: boolean;
  readonly isTruncated: boolean;
  /** By name: `adult`, `rss`, `injected` and so on. */
  readonly flags: readonly string[];
  /** The old program's number of a country; 0 where it is not known. */
  readonly country: number;
  /** As {@link language}, of the site's home page; 0 where it is not known. */
  readonly rootLanguage: number;
  readonly directory: DirectoryListing;
  readonly linkCounts: LinkCounts;
  /** Texts of links to the page, the commonest first. */
  readonly linkTexts: readonly string[];
}

/** Content type of records that tell how a crawl went. */
const STATUS_DOCUMENT = 18;

/** Reads a whole record, key and sizes included. `CORRUPT`, `TOO_LARGE`, `UNSUPPORTED_VERSION`. */
export function decodeGigablastRecord(record: Uint8Array): GigablastDocument {
  return decodeDocument(docIdOfKey(readKey(record, 0)), unpack(record));
}

/** The document's bytes, exactly as many as the record says. */
function unpack(record: Uint8Array): Uint8Array {
  if (record.length < FRAME_BYTES) throw corrupt('it holds no document');
  const size = readInt32(record, 16);
  if (size <= 0) throw corrupt('the size of its document is not positive');
  if (size > MAX_DOCUMENT_BYTES) {
    throw new PeregrineError(
      'TOO_LARGE',
      `A document of ${size} bytes is larger than ${MAX_DOCUMENT_BYTES}.`,
      {
        size_bytes: size,
        limit: MAX_DOCUMENT_BYTES,
      },
    );
  }
  const packed = record.subarray(FRAME_BYTES);
  let unpacked: Unpacked;
  try {
    unpacked = unpackQuickly(packed, size) ?? unpackAnyhow(packed, size);
  } catch (error) {
    throw corrupt(`it can't be unpacked (${messageOf(error)})`);
  }
  if (unpacked.bytes.length !== size) throw corrupt('its document has another size than it says');
  if (unpacked.taken !== packed.length) throw corrupt('bytes follow its document');
  return unpacked.bytes;
}

interface Unpacked {
  readonly bytes: Uint8Array;
  /** Bytes that the stream had. */
  readonly taken: number;
}

/** All of a zlib stream at once, written where it stays; undefined for what is packed otherwise or is large. */
function unpackQuickly(packed: Uint8Array, size: number): Unpacked | undefined {
  if (packed[0] === GZIP || size >= MOST_CHUNK_BYTES) return undefined;
  // A byte stays free, by which it is told that there is no more.
  const room = Buffer.allocUnsafe(size + 1);
  const found = inflateInto(packed, room);
  return found && { bytes: room.subarray(0, found.written), taken: found.taken };
}

function unpackAnyhow(packed: Uint8Array, size: number): Unpacked {
  // `info` is known to Node and not to its types: it tells how many bytes the stream had.
  const chunkSize = Math.max(LEAST_CHUNK_BYTES, Math.min(size + 1, MOST_CHUNK_BYTES));
  const options: ZlibOptions & { info: true } = { maxOutputLength: size, chunkSize, info: true };
  const { buffer, engine } = unzipSync(packed, options) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  return { bytes: buffer, taken: engine.bytesWritten };
}

function decodeDocument(docId: number, bytes: Uint8Array): GigablastDocument {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== HEADER_BYTES) {
    throw corrupt('its header has another size');
  }
  const version = view.getUint16(2, true);
  if (version < OLDEST_VERSION || version > NEWEST_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `A title record is of version ${version}; known are ${OLDEST_VERSION} to ${NEWEST_VERSION}.`,
      { version },
    );
  }
  const fields = readFields(bytes, view.getUint32(4, true));
  const flags = view.getUint16(82, true);
  const hasMetadata = (view.getUint16(84, true) & 1) !== 0;
  const url = textOf(fields[Field.url]);
  if (url === '') throw corrupt('it names no URL');
  const contentType = view.getUint8(81);
  const published_s = version > LAST_WITH_PUBLISHED ? 0 : view.getUint32(48, true);
  return {
    docId,
    version,
    url,
    redirectUrl: textOf(fields[Field.redirect]),
    site: textOf(fields[Field.site]),
    content: withoutFinalZero(fields[Field.content]),
    metadata: hasMetadata ? textOf(fields[Field.metadata]) : '',
    contentType,
    charset: view.getUint16(60, true),
    language: view.getUint8(79),
    ip: [8, 9, 10, 11].map((at) => view.getUint8(at)).join('.'),
    httpStatus: view.getInt16(76, true),
    hopCount: view.getInt8(78),
    contentHash32: view.getUint32(16, true),
    siteInlinks: view.getInt32(24, true),
    spidered_s: view.getUint32(36, true),
    indexed_s: view.getUint32(40, true),
    firstIndexed_s: view.getUint32(52, true),
    published_s: published_s === 0xffff_ffff ? 0 : published_s,
    isStatusDocument: contentType === STATUS_DOCUMENT,
    isTruncated: (flags & 0x20) !== 0,
    flags: flagNames(flags),
    country: view.getUint16(62, true),
    rootLanguage: view.getUint8(80),
    directory: directoryListing(fields),
    linkCounts: linkCounts(fields[Field.pageLinks], version),
    linkTexts: readLinkTexts(fields[Field.pageLinks]),
  };
}

/** The fields that are there, by number. They fill the record to its last byte, or it is damaged. */
function readFields(bytes: Uint8Array, present: number): (Uint8Array | undefined)[] {
  const fields: (Uint8Array | undefined)[] = [];
  let at = HEADER_BYTES;
  for (let number = 0; number < FIELD_COUNT; number++) {
    if (((present >>> number) & 1) === 0) {
      fields.push(undefined);
      continue;
    }
    if (at + 4 > bytes.length) throw corrupt('a field begins behind its end');
    const size = readInt32(bytes, at);
    if (size <= 0) throw corrupt(`field ${number} has the size ${size}`);
    if (size > bytes.length - at - 4) throw corrupt(`field ${number} ends behind its end`);
    fields.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  if (present >>> FIELD_COUNT !== 0) throw corrupt('it names fields that do not exist');
  if (at !== bytes.length) throw corrupt('bytes follow its last field');
  return fields;
}

const decoder = new TextDecoder();

function textOf(field: Uint8Array | undefined): string {
  if (field === undefined) return '';
  const zero = field.indexOf(0);
  return decoder.decode(zero < 0 ? field : field.subarray(0, zero));
}

function withoutFinalZero(field: Uint8Array | undefined): Uint8Array {
  if (field === undefined) return new Uint8Array(0);
  return field[field.length - 1] === 0 ? field.subarray(0, -1) : field;
}

function corrupt(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `A title record can't be read: ${why}.`);
}
