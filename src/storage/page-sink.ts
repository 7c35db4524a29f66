/**
 * Where kernels put pages as they stand in the file of a part: two areas of their linear memory in turn, so that one may
 * be on its way to the disk while the other fills.
 */

import { alignUp } from './alignment.ts';
import {
  MAX_PAGE_ENTRIES,
  PAGE_CHECKSUM_BYTES,
  PAGE_HEADER_BYTES,
  PAGE_RESTART_INTERVAL,
  SINK_BYTES,
  SINK_END,
  SINK_ENTRIES,
  SINK_HASHES,
  SINK_HASHES_END,
  SINK_LAST_KEY,
  SINK_LEFT,
  SINK_MAP,
  SINK_MAP_END,
  SINK_OFFSET,
  SINK_OFFSET_HIGH,
  SINK_OUT,
  SINK_PART,
  SINK_TARGET,
  SINK_TOMBSTONES,
  SINK_VALUES,
} from './kernels/layout.ts';
import { MAX_CONTENT_BYTES, MAX_KEY_BYTES, MAX_PAGE_TARGET_BYTES } from './part-format.ts';

/** Pages that begin in an area: the more, the fewer calls of the disk. */
export const MAX_AREA_BYTES: number = 1024 * 1024;
/** Pages in a row at most, and about so many keys on them: others want their turn of the event loop too. */
const MAX_PAGES = 256;
const MAX_ENTRIES: number = 4 * MAX_PAGE_ENTRIES;
const MAP_ENTRY_BYTES: number = MAX_KEY_BYTES + 12;
/** Restart points of a page, and the two counts behind them. */
export const RESTARTS_BYTES: number = 4 * Math.ceil(MAX_PAGE_ENTRIES / PAGE_RESTART_INTERVAL) + 8;
/** Copies write a few bytes more than they should. */
const SLACK_BYTES = 64;
/** Behind where no page begins any more: the longest page that begins before. */
const LAST_PAGE_BYTES: number = alignUp(
  PAGE_HEADER_BYTES +
    MAX_PAGE_TARGET_BYTES +
    MAX_CONTENT_BYTES +
    RESTARTS_BYTES +
    PAGE_CHECKSUM_BYTES +
    SLACK_BYTES,
);
const MAP_BYTES: number = MAX_PAGES * MAP_ENTRY_BYTES + SLACK_BYTES;
/** What a word can say. */
const MAX_LEFT_BYTES: number = 2 ** 31 - 1;
const HASHES_BYTES: number = 8 * (MAX_ENTRIES + MAX_PAGE_ENTRIES);

/** Whole pages side by side. */
export interface FramedPages {
  /** A view: good until the pages after the next ones are made, if those were not made in the middle of a page. */
  readonly bytes: Uint8Array;
  /** What the page map says of them: docs/formats/part.md. */
  readonly map: Uint8Array;
  /** Of their keys: high and low word of each. */
  readonly hashes: Uint32Array;
  readonly entries: number;
  readonly tombstones: number;
  readonly values_bytes: number;
  readonly lastKey: Uint8Array;
}

/** Where pages are to stand. */
export interface SinkAim {
  readonly partNumber: number;
  /** In its file. */
  readonly offset: number;
  /** Until the part is full: one page more fits always. */
  readonly left_bytes: number;
  /** Content of a page, about. */
  readonly page_bytes: number;
}

/** Bytes of a memory that a sink with such areas takes. */
export function sinkBytes(area_bytes: number): number {
  return SINK_BYTES + 2 * (area_bytes + LAST_PAGE_BYTES) + MAP_BYTES + HASHES_BYTES + 8;
}

export class PageSink {
  /** What kernels know it by. */
  readonly address: number;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array | Uint32Array;
  readonly #keyBytes: number;
  readonly #areas: readonly [number, number];
  readonly #area_bytes: number;
  readonly #map: number;
  readonly #hashes: number;
  /** One page a call, as they are not written as they are. */
  readonly #isSingle: boolean;
  #area: 0 | 1 = 0;
  /** What was not taken yet. */
  #from = { out: 0, map: 0, hashes: 0 };

  /** In {@link sinkBytes} at `address` of a memory, which is not replaced any more. */
  constructor(
    { bytes, words }: { readonly bytes: Uint8Array; readonly words: Int32Array | Uint32Array },
    address: number,
    area_bytes: number,
    keyBytes: number,
    isSingle: boolean,
  ) {
    this.address = address;
    this.#bytes = bytes;
    this.#words = words;
    this.#keyBytes = keyBytes;
    this.#isSingle = isSingle;
    this.#area_bytes = area_bytes;
    const areaAt = address + SINK_BYTES;
    this.#areas = [areaAt, areaAt + area_bytes + LAST_PAGE_BYTES];
    this.#map = this.#areas[1] + area_bytes + LAST_PAGE_BYTES;
    this.#hashes = this.#map + MAP_BYTES;
    this.#set(SINK_MAP_END, this.#map + (MAX_PAGES - 1) * MAP_ENTRY_BYTES);
    this.#set(SINK_HASHES_END, this.#hashes + 8 * MAX_ENTRIES);
    this.#clear();
  }

  /** Says where the next page, or the one under way, will stand. */
  aim({ partNumber, offset, left_bytes, page_bytes }: SinkAim): void {
    this.#set(SINK_PART, partNumber);
    this.#set(SINK_OFFSET, offset % 2 ** 32);
    this.#set(SINK_OFFSET_HIGH, Math.floor(offset / 2 ** 32));
    this.#set(SINK_LEFT, Math.max(0, Math.min(left_bytes, MAX_LEFT_BYTES)));
    this.#set(SINK_TARGET, Math.min(page_bytes, MAX_PAGE_TARGET_BYTES));
  }

  /** The pages made since they were last taken, if any. With a page under way it goes on behind them. */
  take(isUnderWay = false): FramedPages | undefined {
    const entries = this.#get(SINK_ENTRIES);
    if (entries === 0) return undefined;
    const from = this.#from;
    const to = { out: this.#get(SINK_OUT), map: this.#get(SINK_MAP), hashes: this.#get(SINK_HASHES) };
    const bytes = this.#bytes;
    const lastKeyAt = this.address + SINK_LAST_KEY;
    const pages = {
      bytes: bytes.subarray(from.out, to.out),
      map: bytes.slice(from.map, to.map),
      hashes: new Uint32Array(bytes.slice(from.hashes, to.hashes).buffer),
      entries,
      tombstones: this.#get(SINK_TOMBSTONES),
      values_bytes: this.#get(SINK_VALUES),
      lastKey: bytes.slice(lastKeyAt, lastKeyAt + this.#keyBytes),
    };
    if (isUnderWay) {
      this.#from = to;
      this.#clearCounts();
    } else {
      this.#area = this.#area === 0 ? 1 : 0;
      this.#clear();
    }
    return pages;
  }

  #clear(): void {
    const out = this.#areas[this.#area];
    this.#from = { out, map: this.#map, hashes: this.#hashes };
    this.#set(SINK_OUT, out);
    this.#set(SINK_END, this.#isSingle ? out + 1 : out + this.#area_bytes);
    this.#set(SINK_MAP, this.#map);
    this.#set(SINK_HASHES, this.#hashes);
    this.#clearCounts();
  }

  #clearCounts(): void {
    this.#set(SINK_ENTRIES, 0);
    this.#set(SINK_TOMBSTONES, 0);
    this.#set(SINK_VALUES, 0);
  }

  #get(field: number): number {
    return (this.#words[(this.address + field) >> 2] as number) >>> 0;
  }

  #set(field: number, value: number): void {
    this.#words[(this.address + field) >> 2] = value;
  }
}
