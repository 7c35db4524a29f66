/**
 * The linear memory of a merge: for each source room for two stretches of its file and for a page taken apart, and the
 * pages that are being made. They are read into it, checked there, merged there, and leave it as they stand in a file.
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
  MERGE_DROPS,
  MERGE_ENTRIES,
  MERGE_HAS_LAST,
  MERGE_HEAD_BYTES,
  MERGE_HEADS,
  MERGE_KEY_BYTES,
  MERGE_RESTARTS,
  MERGE_SINK,
  MERGE_SOURCE,
  MERGE_SOURCES,
  MERGE_TARGET,
  PAGE_RESTART_INTERVAL,
  STATE_ADVANCES,
  STATE_ENDED,
} from './kernels/layout.ts';
import { type KernelKind, KernelScratch } from './memtable-memory.ts';
import { hasChecksum, u32At } from './page.ts';
import {
  type FramedPages,
  MAX_AREA_BYTES,
  PageSink,
  RESTARTS_BYTES,
  type SinkAim,
  sinkBytes,
} from './page-sink.ts';
import { MAX_CONTENT_BYTES, MAX_PAGE_TARGET_BYTES } from './part-format.ts';

const STRETCH_BYTES: number = 256 * 1024;
/** Where sources are many. */
const SHORT_STRETCH_BYTES: number = 64 * 1024;
const FEW_SOURCES = 16;
/** Copies write a few bytes more than they should; and numbers of a value that has moved stand in as many. */
const SLACK_BYTES = 64;
/** Room for so many, as most merges want, is kept for the next one. */
const SPARE_SOURCES = 4;

/** Addresses of what a source has. */
export interface MergeSlot {
  readonly stretches: readonly [number, number];
  readonly stretch_bytes: number;
  /** For a page that was compressed, or read alone. */
  readonly page: number;
}

export interface MergeManner {
  readonly keyBytes: number;
  readonly dropTombstones: boolean;
  /** Pages are not written as they are made, but one by one, each compressed. */
  readonly compresses: boolean;
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
  /** Where pages are put: that of the merge under way, and its address. */
  #sink: PageSink;
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
      sinkBytes(MAX_AREA_BYTES),
      RESTARTS_BYTES,
      SLACK_BYTES * (sources + 1),
    ];
    const slots_bytes = Array.from({ length: sources }, () => slot_bytes);
    this.#scratch = new KernelScratch([...areas_bytes, ...slots_bytes], kind);
    this.bytes = this.#scratch.bytes;
    assert(!this.#scratch.areas.includes(0), 'there is memory for a merge');
    const [state = 0, sink = 0, restarts = 0, moved = 0, ...slots] = this.#scratch.areas;
    this.#state = state;
    this.#sink = new PageSink(this.#scratch, sink, MAX_AREA_BYTES, 0, false);
    this.#moved = moved;
    this.slots = slots.map((at) => {
      return { stretches: [at, at + stretch_bytes], stretch_bytes, page: at + 2 * stretch_bytes } as const;
    });
    this.#set(MERGE_SINK, sink);
    this.#set(MERGE_RESTARTS, restarts);
  }

  /** For a merge of so many sources of a database with such keys. */
  static take(sources: number, how: MergeManner, kind: KernelKind = 'wasm'): MergeMemory {
    const isUsual = kind === 'wasm' && sources <= SPARE_SOURCES;
    const memory =
      (isUsual ? spares.pop() : undefined) ?? new MergeMemory(isUsual ? SPARE_SOURCES : sources, kind);
    memory.#begin(sources, how);
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
    return this.#scratch.kernels.mergePages(this.#state);
  }

  /** The source that the last answer is about. */
  get source(): number {
    return this.#get(MERGE_SOURCE);
  }

  /** Says where the next page, or the one under way, will stand. */
  aim(aim: SinkAim): void {
    this.#sink.aim(aim);
    if (!this.#isUnderWay) return;
    this.#set(MERGE_TARGET, Math.max(0, Math.min(aim.page_bytes, aim.left_bytes, MAX_PAGE_TARGET_BYTES)));
  }

  /** The pages made since they were last taken, if any; the one under way goes on. */
  takePages(): FramedPages | undefined {
    return this.#sink.take(this.#isUnderWay);
  }

  get #isUnderWay(): boolean {
    return this.#get(MERGE_ENTRIES) > 0;
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

  #begin(sources: number, { keyBytes, dropTombstones, compresses }: MergeManner): void {
    this.#keyBytes = keyBytes;
    this.#sink = new PageSink(this.#scratch, this.#sink.address, MAX_AREA_BYTES, keyBytes, compresses);
    this.#set(MERGE_SOURCES, sources);
    this.#set(MERGE_KEY_BYTES, keyBytes);
    this.#set(MERGE_DROPS, dropTombstones ? 1 : 0);
    this.#set(MERGE_HAS_LAST, 0);
    this.#set(MERGE_ENTRIES, 0);
    for (let source = 0; source < sources; source++) {
      this.#setHead(source, HEAD_LEFT, 0);
      this.#setHead(source, HEAD_STATE, STATE_ADVANCES);
      this.#setHead(source, HEAD_SKIPS, 0);
    }
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
