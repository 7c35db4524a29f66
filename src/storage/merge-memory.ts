/**
 * The linear memory of a merge: for each source room for two stretches of its file and for a page taken apart, and the
 * page that is being made. Pages are read into it, checked there, merged there, and leave it whole.
 */

import { assert, ByteReader, ByteWriter } from '../base/index.ts';
import type { StoredValue } from './record-block.ts';
import {
  HEAD_AT,
  HEAD_END,
  HEAD_IS_FIRST,
  HEAD_KEY,
  HEAD_KIND,
  HEAD_LEFT,
  HEAD_SKIPS,
  HEAD_START,
  HEAD_STATE,
  HEAD_VALUE,
  HEAD_VALUE_BYTES,
  HEAD_VALUE_END,
  KIND_MOVED,
  MAX_PAGE_ENTRIES,
  MERGE_DROPS,
  MERGE_ENTRIES,
  MERGE_HAS_LAST,
  MERGE_HASHES,
  MERGE_HEAD_BYTES,
  MERGE_HEADS,
  MERGE_KEY_BYTES,
  MERGE_LAST,
  MERGE_OUT,
  MERGE_POINTS,
  MERGE_RESTARTS,
  MERGE_SOURCE,
  MERGE_SOURCES,
  MERGE_TARGET,
  MERGE_TO,
  MERGE_TOMBSTONES,
  MERGE_VALUES,
  PAGE_RESTART_INTERVAL,
  STATE_ADVANCES,
  STATE_ENDED,
} from './kernels/layout.ts';
import {
  type EncodedPage,
  hashPage,
  HEADER_ROOM_BYTES,
  type KernelKind,
  KernelScratch,
} from './memtable-memory.ts';
import { hasChecksum, u32At } from './page.ts';
import { MAX_PAGE_TARGET_BYTES } from './part-format.ts';

/** No data page of ours has more content: a page is full at its target, and no value on it is long. */
export const MAX_CONTENT_BYTES: number = 64 * 1024;
const STRETCH_BYTES: number = 256 * 1024;
/** Where sources are many. */
const SHORT_STRETCH_BYTES: number = 64 * 1024;
const FEW_SOURCES = 16;
/** Copies write a few bytes more than they should; and numbers of a value that has moved stand in as many. */
const SLACK_BYTES = 64;
const RESTARTS_BYTES: number = 4 * Math.ceil(MAX_PAGE_ENTRIES / PAGE_RESTART_INTERVAL) + SLACK_BYTES;
/** Room for so many, as most merges want, is kept for the next one. */
const SPARE_SOURCES = 4;

/** Addresses of what a source has. */
export interface MergeSlot {
  readonly stretches: readonly [number, number];
  readonly stretch_bytes: number;
  /** For a page that was compressed, or read alone. */
  readonly page: number;
}

const spares: MergeMemory[] = [];

/** Gives the one that waits back to the system. */
export function releaseSpareMerge(): void {
  spares.length = 0;
}

export class MergeMemory {
  readonly slots: readonly MergeSlot[];
  /** All of it. Never replaced. */
  readonly bytes: Uint8Array;
  readonly #scratch: KernelScratch;
  readonly #state: number;
  readonly #page: number;
  readonly #hashes: number;
  /** Where the numbers of a moved value are put, a place for each source, and behind them that of a hash. */
  readonly #moved: number;
  readonly #isUsual: boolean;
  #keyBytes = 0;

  private constructor(sources: number, kind: KernelKind) {
    this.#isUsual = kind === 'wasm' && sources === SPARE_SOURCES;
    const stretch_bytes = sources <= FEW_SOURCES ? STRETCH_BYTES : SHORT_STRETCH_BYTES;
    const slot_bytes = 2 * stretch_bytes + MAX_CONTENT_BYTES + SLACK_BYTES;
    const areas_bytes = [
      MERGE_HEADS + sources * MERGE_HEAD_BYTES,
      HEADER_ROOM_BYTES + MAX_PAGE_TARGET_BYTES + MAX_CONTENT_BYTES + RESTARTS_BYTES,
      8 * MAX_PAGE_ENTRIES,
      RESTARTS_BYTES,
      SLACK_BYTES * (sources + 1),
    ];
    const slots_bytes = Array.from({ length: sources }, () => slot_bytes);
    this.#scratch = new KernelScratch([...areas_bytes, ...slots_bytes], kind);
    this.bytes = this.#scratch.bytes;
    assert(!this.#scratch.areas.includes(0), 'there is memory for a merge');
    const [state = 0, page = 0, hashes = 0, restarts = 0, moved = 0, ...slots] = this.#scratch.areas;
    this.#state = state;
    this.#page = page + HEADER_ROOM_BYTES;
    this.#hashes = hashes;
    this.#moved = moved;
    this.slots = slots.map((at) => {
      return { stretches: [at, at + stretch_bytes], stretch_bytes, page: at + 2 * stretch_bytes } as const;
    });
    this.#set(MERGE_TO, this.#page);
    this.#set(MERGE_HASHES, hashes);
    this.#set(MERGE_RESTARTS, restarts);
  }

  /** For a merge of so many sources of a database with such keys. */
  static take(
    sources: number,
    keyBytes: number,
    dropTombstones: boolean,
    kind: KernelKind = 'wasm',
  ): MergeMemory {
    const isUsual = kind === 'wasm' && sources <= SPARE_SOURCES;
    const memory =
      (isUsual ? spares.pop() : undefined) ?? new MergeMemory(isUsual ? SPARE_SOURCES : sources, kind);
    memory.#begin(sources, keyBytes, dropTombstones);
    return memory;
  }

  /** Nothing reads into it any more. */
  giveBack(): void {
    if (this.#isUsual && spares.length === 0) spares.push(this);
  }

  /** A source's next page: `at` is where its content stands. */
  setPage(source: number, at: number, content_bytes: number): 'whole' | 'damaged' {
    const { bytes } = this.#scratch;
    if (content_bytes < 8) return 'damaged';
    const count = u32At(bytes, at + content_bytes - 4);
    const restarts = u32At(bytes, at + content_bytes - 8);
    const entries_bytes = content_bytes - 8 - restarts * 4;
    if (entries_bytes < 0 || restarts !== Math.ceil(count / PAGE_RESTART_INTERVAL)) return 'damaged';
    this.#setHead(source, HEAD_AT, at);
    this.#setHead(source, HEAD_END, at + entries_bytes);
    this.#setHead(source, HEAD_LEFT, count);
    this.#setHead(source, HEAD_IS_FIRST, 1);
    return 'whole';
  }

  /** The source begins at `start`: what is below is passed over. */
  skipTo(source: number, start: Uint8Array): void {
    this.#scratch.bytes.set(start, this.#headAt(source) + HEAD_START);
    this.#setHead(source, HEAD_SKIPS, 1);
  }

  /** The source has no more pages. */
  endSource(source: number): void {
    this.#setHead(source, HEAD_STATE, STATE_ENDED);
  }

  /** As the kernel: a source that lacks a page, or one of the answers below 0. */
  step(): number {
    return this.#scratch.kernels.mergePage(this.#state);
  }

  /** The source that the last answer is about. */
  get source(): number {
    return this.#get(MERGE_SOURCE);
  }

  /** From which size on the page that is made next is full; one entry fits always. */
  setTarget(target_bytes: number): void {
    this.#set(MERGE_TARGET, Math.max(0, Math.min(MAX_PAGE_TARGET_BYTES, target_bytes)));
  }

  /** The page that was made, if it holds anything; the next one begins. Its content is a view, good until then. */
  takePage(): EncodedPage | undefined {
    const entries = this.#get(MERGE_ENTRIES);
    if (entries === 0) return undefined;
    const { bytes, words } = this.#scratch;
    const hashesAt = this.#hashes >> 2;
    const lastAt = this.#state + MERGE_LAST;
    const page = {
      content: bytes.subarray(this.#page, this.#get(MERGE_OUT)),
      hashes: words.slice(hashesAt, hashesAt + 2 * entries),
      entries,
      tombstones: this.#get(MERGE_TOMBSTONES),
      values_bytes: this.#get(MERGE_VALUES),
      lastKey: bytes.slice(lastAt, lastAt + this.#keyBytes),
      hashWith: this.#hashWith,
    };
    this.#beginPage();
    return page;
  }

  /** The key of the value that is to be moved, a copy, and where the value stands now. */
  storedAt(source: number): { readonly key: Uint8Array; readonly value: StoredValue } {
    const { bytes } = this.#scratch;
    const keyAt = this.#headAt(source) + HEAD_KEY;
    const [at, end] = [this.#getHead(source, HEAD_VALUE), this.#getHead(source, HEAD_VALUE_END)];
    const reader = new ByteReader(bytes.subarray(at, end));
    const value_bytes = Math.floor(reader.varint() / 2);
    const value = { value_bytes, offset: reader.varint(), size_bytes: reader.varint() };
    return { key: bytes.slice(keyAt, keyAt + this.#keyBytes), value };
  }

  /** Where it stands from now on. */
  moveStored(source: number, { value_bytes, offset, size_bytes }: StoredValue): void {
    const numbers = new ByteWriter(SLACK_BYTES)
      .varint(value_bytes * 2 + 1)
      .varint(offset)
      .varint(size_bytes)
      .finish();
    const at = this.#moved + source * SLACK_BYTES;
    this.#scratch.bytes.set(numbers, at);
    this.#setHead(source, HEAD_VALUE, at);
    this.#setHead(source, HEAD_VALUE_END, at + numbers.length);
    this.#setHead(source, HEAD_VALUE_BYTES, 0);
    this.#setHead(source, HEAD_KIND, KIND_MOVED);
  }

  readonly #hashWith = (kind: number, stored_bytes: number, content_bytes: number): bigint => {
    const { kernels, words } = this.#scratch;
    return hashPage(kernels, words, this.#page, this.#hashTo, [kind, stored_bytes, content_bytes]);
  };

  get #hashTo(): number {
    return this.#moved + this.slots.length * SLACK_BYTES;
  }

  /** Whether behind `size_bytes` of the memory, a page's header and what it holds, their checksum stands. */
  isWhole(at: number, size_bytes: number, partNumber: number, offset: number): boolean {
    const { kernels, words, bytes } = this.#scratch;
    const to = this.#hashTo;
    kernels.hashKeys(at, 1, size_bytes, to);
    const high = words[to >> 2] as number;
    const low = words[(to >> 2) + 1] as number;
    return hasChecksum(bytes, at + size_bytes, high, low, partNumber, offset);
  }

  #begin(sources: number, keyBytes: number, dropTombstones: boolean): void {
    this.#keyBytes = keyBytes;
    this.#set(MERGE_SOURCES, sources);
    this.#set(MERGE_KEY_BYTES, keyBytes);
    this.#set(MERGE_DROPS, dropTombstones ? 1 : 0);
    this.#set(MERGE_HAS_LAST, 0);
    this.#beginPage();
    for (let source = 0; source < sources; source++) {
      this.#setHead(source, HEAD_LEFT, 0);
      this.#setHead(source, HEAD_STATE, STATE_ADVANCES);
      this.#setHead(source, HEAD_SKIPS, 0);
    }
  }

  #beginPage(): void {
    this.#set(MERGE_OUT, this.#page);
    for (const field of [MERGE_ENTRIES, MERGE_POINTS, MERGE_TOMBSTONES, MERGE_VALUES]) this.#set(field, 0);
  }

  #headAt(source: number): number {
    return this.#state + MERGE_HEADS + source * MERGE_HEAD_BYTES;
  }

  #get(field: number): number {
    return this.#scratch.words[(this.#state + field) >> 2] as number;
  }

  #set(field: number, value: number): void {
    this.#scratch.words[(this.#state + field) >> 2] = value;
  }

  #getHead(source: number, field: number): number {
    return this.#scratch.words[(this.#headAt(source) + field) >> 2] as number;
  }

  #setHead(source: number, field: number, value: number): void {
    this.#scratch.words[(this.#headAt(source) + field) >> 2] = value;
  }
}
