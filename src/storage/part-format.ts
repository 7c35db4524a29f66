/** The parts of a part: its footer and the entries of its page map. Layout: docs/formats/part.md. */

import { hash64, PeregrineError } from '../base/index.ts';
import type { PageCompression } from './databases.ts';
import type { HeldPage } from './held-page.ts';
import { compareKeysAt } from './key-order.ts';
import type { PagePlace } from './page.ts';

export const PART_VERSION = 1;
export const FOOTER_BYTES = 256;
export const MAX_KEY_BYTES = 64;
const MAGIC = 0x54525050; // 'PPRT'
const AT_FIRST_KEY = 112;
const AT_LAST_KEY: number = AT_FIRST_KEY + MAX_KEY_BYTES;
const AT_FILTER_CHUNKS = 240;
const AT_CHECKSUM = 248;

/** Content of a data page before compression, about. */
const PAGE_TARGET_BYTES: number = 8 * 1024;
/** The same where a strong compression wants more to look at. */
export const MAX_PAGE_TARGET_BYTES: number = 16 * 1024;

/** No data page of ours has more content: a page is full at its target, and no value on it is long. */
export const MAX_CONTENT_BYTES: number = 64 * 1024;

/** One record costs the reading and checking of a whole page where that is not cached: pages are small. */
export function pageTargetBytes(compression: PageCompression): number {
  return compression === 'zstd' ? MAX_PAGE_TARGET_BYTES : PAGE_TARGET_BYTES;
}
/** A longer value gets a page of its own. */
export const MAX_INLINE_BYTES: number = 4 * 1024;
/** Entries of a map page. */
export const MAP_PAGE_ENTRIES = 512;

/** A stretch of the file: all data and value pages, all map pages, the top map, all filter pages. */
export interface Region {
  readonly offset: number;
  readonly size_bytes: number;
}

export interface PartFooter {
  readonly database: number;
  readonly keyBytes: number;
  /** Age of the run that it was written for, from which a lost manifest is made again; 0 in parts of before. */
  readonly order: number;
  readonly partNumber: number;
  readonly records: number;
  readonly tombstones: number;
  /** Keys and values before compression. */
  readonly content_bytes: number;
  readonly data: Region;
  readonly map: Region;
  readonly topMap: Region;
  readonly filter: Region;
  readonly filterChunks: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
}

export function encodeFooter(footer: PartFooter): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, PART_VERSION, true);
  view.setUint8(6, footer.database);
  view.setUint8(7, footer.keyBytes);
  view.setBigUint64(8, BigInt(footer.order), true);
  view.setBigUint64(16, BigInt(footer.partNumber), true);
  view.setBigUint64(24, BigInt(footer.records), true);
  view.setBigUint64(32, BigInt(footer.tombstones), true);
  view.setBigUint64(40, BigInt(footer.content_bytes), true);
  [footer.data, footer.map, footer.topMap, footer.filter].forEach((region, i) => {
    view.setBigUint64(48 + i * 16, BigInt(region.offset), true);
    view.setBigUint64(56 + i * 16, BigInt(region.size_bytes), true);
  });
  bytes.set(footer.firstKey, AT_FIRST_KEY);
  bytes.set(footer.lastKey, AT_LAST_KEY);
  view.setUint32(AT_FILTER_CHUNKS, footer.filterChunks, true);
  view.setBigUint64(AT_CHECKSUM, hash64(bytes.subarray(0, AT_CHECKSUM)), true);
  return bytes;
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeFooter(bytes: Uint8Array, file: string, offset: number): PartFooter {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isWhole =
    bytes.length === FOOTER_BYTES &&
    view.getUint32(0, true) === MAGIC &&
    view.getBigUint64(AT_CHECKSUM, true) === hash64(bytes.subarray(0, AT_CHECKSUM));
  if (!isWhole) throw new PeregrineError('CORRUPT', `The footer of ${file} is damaged.`, { file, offset });
  const version = view.getUint16(4, true);
  if (version !== PART_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `${file} is a part of version ${version}; this program knows ${PART_VERSION}.`,
      { file, version },
    );
  }
  const u64 = (at: number): number => Number(view.getBigUint64(at, true));
  const region = (at: number): Region => ({ offset: u64(at), size_bytes: u64(at + 8) });
  const keyBytes = view.getUint8(7);
  return {
    database: view.getUint8(6),
    keyBytes,
    order: u64(8),
    partNumber: u64(16),
    records: u64(24),
    tombstones: u64(32),
    content_bytes: u64(40),
    data: region(48),
    map: region(64),
    topMap: region(80),
    filter: region(96),
    filterChunks: view.getUint32(AT_FILTER_CHUNKS, true),
    firstKey: bytes.slice(AT_FIRST_KEY, AT_FIRST_KEY + keyBytes),
    lastKey: bytes.slice(AT_LAST_KEY, AT_LAST_KEY + keyBytes),
  };
}

/** Where a chunk of the filter stands. */
export function filterPlace({ filter, filterChunks }: PartFooter, chunk: number): Region {
  const size_bytes = filter.size_bytes / filterChunks;
  return { offset: filter.offset + chunk * size_bytes, size_bytes };
}

/** Offset and size of a page behind its first key. */
export const PLACE_BYTES = 12;

/** Entries of equal size, in key order: found by bisection where they lie. */
export class PageMap {
  /** Pages by their index, as far as they were found in the cache, to be found again without being looked for: for readers. */
  readonly held: (HeldPage | undefined)[];
  readonly count: number;
  /** Bytes of an entry. */
  readonly stride_bytes: number;
  readonly #bytes: Uint8Array;
  readonly #keyBytes: number;

  constructor(bytes: Uint8Array, keyBytes: number) {
    this.#bytes = bytes;
    this.#keyBytes = keyBytes;
    this.stride_bytes = keyBytes + PLACE_BYTES;
    this.count = Math.floor(bytes.length / this.stride_bytes);
    this.held = Array.from({ length: this.count });
  }

  /** Index of the page that holds `key` if any does: the last one that begins at or before it, else the first. */
  indexOf(key: Uint8Array): number {
    const bytes = this.#bytes;
    const keyBytes = this.#keyBytes;
    const stride = this.stride_bytes;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeysAt(bytes, middle * stride, key, 0, keyBytes) <= 0) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : low - 1;
  }

  firstKey(index: number): Uint8Array | undefined {
    if (index >= this.count) return undefined;
    const at = index * (this.#keyBytes + PLACE_BYTES);
    return this.#bytes.subarray(at, at + this.#keyBytes);
  }

  place(index: number): PagePlace {
    return { offset: this.offsetOf(index), size_bytes: this.sizeOf(index) };
  }

  /** Where the page begins. Hot: no object for it. */
  offsetOf(index: number): number {
    const at = index * this.stride_bytes + this.#keyBytes;
    return this.#u32(at) + this.#u32(at + 4) * 2 ** 32;
  }

  sizeOf(index: number): number {
    return this.#u32(index * this.stride_bytes + this.#keyBytes + 8);
  }

  #u32(at: number): number {
    const bytes = this.#bytes;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return low + (bytes[at + 3] as number) * 2 ** 24;
  }
}
