/**
 * The map of a data file: for each page the key and place of the first record that begins there. Where a file is
 * damaged it tells where records go on. It is a hint and no more: what it says is checked against the file.
 *
 * | offset | size | field |
 * |--:|--:|---|
 * | 0 | 8 | size of the data file, chopped head counted |
 * | 8 | 8 | bytes chopped off its head |
 * | 16 | 16 | records, tombstones |
 * | 32 | 12 | last key |
 * | 44 | … | per segment of 2,048 pages (the last one shorter): keys of 12 bytes, then places of two bytes |
 */

import { readFile, stat } from 'node:fs/promises';

import { KEY_BYTES } from './record-frame.ts';

const HEADER_BYTES = 44;
const SEGMENT_PAGES = 2048;
const ENTRY_BYTES = KEY_BYTES + 2;
const PAGE_BYTES = 32_768;
/** A map is a small part of its file; a larger one is not read. */
const MAX_MAP_BYTES = 268_435_456;

export interface MapEntry {
  /** Place of a record in the data file. */
  readonly at: number;
  /** Its key, as the twelve bytes stand in the file. */
  readonly key: Uint8Array;
}

export class TitleMap {
  readonly #bytes: Uint8Array;
  readonly #pages: number;
  readonly #start: number;

  private constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#pages = Math.floor((bytes.length - HEADER_BYTES) / ENTRY_BYTES);
  }

  /** The map in a file; undefined where it can't be read or is none. */
  static async open(path: string): Promise<TitleMap | undefined> {
    try {
      const { size } = await stat(path);
      if (size < HEADER_BYTES || size > MAX_MAP_BYTES) return undefined;
      const bytes = new Uint8Array(await readFile(path));
      const view = new DataView(bytes.buffer);
      const start = Number(view.getBigUint64(8, true));
      return Number.isSafeInteger(start) ? new TitleMap(bytes, start) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The first record at or behind `from` that the map knows. */
  next(from: number): MapEntry | undefined {
    let page = Math.max(0, Math.floor((from - this.#start) / PAGE_BYTES));
    for (; page < this.#pages; page++) {
      const entry = this.#entry(page);
      if (entry !== undefined && entry.at >= from) return entry;
    }
    return undefined;
  }

  /** Undefined for a page on which no record begins. */
  #entry(page: number): MapEntry | undefined {
    const segment = Math.floor(page / SEGMENT_PAGES);
    const inSegment = page % SEGMENT_PAGES;
    const segmentAt = HEADER_BYTES + segment * SEGMENT_PAGES * ENTRY_BYTES;
    const segmentPages = Math.min(SEGMENT_PAGES, this.#pages - segment * SEGMENT_PAGES);
    const keyAt = segmentAt + inSegment * KEY_BYTES;
    const placeAt = segmentAt + segmentPages * KEY_BYTES + inSegment * 2;
    const place = (this.#bytes[placeAt] ?? 0) | ((this.#bytes[placeAt + 1] ?? 0) << 8);
    if (place >= PAGE_BYTES) return undefined;
    return {
      at: this.#start + page * PAGE_BYTES + place,
      key: this.#bytes.subarray(keyAt, keyAt + KEY_BYTES),
    };
  }
}
