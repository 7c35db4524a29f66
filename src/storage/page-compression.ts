/** Compression of pages: small ones at once, big ones on another thread. */

import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress, zstdDecompressSync } from 'node:zlib';

import lz4 from 'lz4-napi';

import { borrowZstdFrame, unzstdInto, ZSTD_PARAMETERS } from '../base/index.ts';
import type { PageCompression } from './databases.ts';

/** From this size on a page is (de)compressed off the event loop. */
const ASYNC_BYTES = 128 * 1024;

const ZSTD_OPTIONS = { params: ZSTD_PARAMETERS };
/** What a page says that holds more is not taken for granted before it is there. */
const MOST_AT_ONCE_BYTES: number = 1024 * 1024;
/** The library takes none that are smaller. */
const LEAST_CHUNK_BYTES = 64;

const zstdAsync = promisify(zstdCompress);
const unzstdAsync = promisify(zstdDecompress);

export const COMPRESSION_NUMBERS: Readonly<Record<PageCompression, number>> = { none: 0, lz4: 1, zstd: 2 };

/** At once for small pages, good until the next; by promise for big ones. As {@link decompressPage}. */
export function compressPage(
  bytes: Uint8Array,
  compression: PageCompression,
): Uint8Array | Promise<Uint8Array> {
  const isBig = bytes.length >= ASYNC_BYTES;
  if (compression === 'lz4') return isBig ? lz4.compress(bytes) : lz4.compressSync(asBuffer(bytes));
  if (compression === 'zstd') return isBig ? zstdAsync(bytes, ZSTD_OPTIONS) : borrowZstdFrame(bytes);
  return bytes;
}

/**
 * `compression` as its number in a page, `content_bytes` as the page says it. Throws whatever the library throws on bytes that
 * are none of its own.
 */
export function decompressPage(
  bytes: Uint8Array,
  compression: number,
  content_bytes: number,
): Uint8Array | Promise<Uint8Array> {
  const isBig = bytes.length >= ASYNC_BYTES;
  if (compression === COMPRESSION_NUMBERS.lz4)
    return isBig ? lz4.uncompress(bytes).then(asPlain) : asPlain(lz4.uncompressSync(asBuffer(bytes)));
  if (compression === COMPRESSION_NUMBERS.zstd)
    return isBig ? unzstdAsync(bytes).then(asPlain) : unzstdNow(bytes, content_bytes);
  return bytes;
}

function unzstdNow(bytes: Uint8Array, content_bytes: number): Uint8Array {
  if (content_bytes <= MOST_AT_ONCE_BYTES) {
    const content = new Uint8Array(content_bytes);
    if (unzstdInto(bytes, content)) return content;
  }
  // Into one buffer, with a byte by which it is told that there is no more.
  return asPlain(zstdDecompressSync(bytes, { chunkSize: chunkFor(content_bytes) }));
}

function chunkFor(content_bytes: number): number {
  return Math.min(ASYNC_BYTES, Math.max(LEAST_CHUNK_BYTES, content_bytes + 1));
}

/** Of one kind all the way, so that loops over pages stay fast; and `slice` of a Buffer would not copy. */
function asPlain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
