/**
 * Records of one database since the last flush: sorted buckets of keys in the linear memory of their set, the newest
 * operation on each key. A deletion is an entry without a value.
 */

import { ABSENT, DELETED, FOUND, FoundValue, type PointOutcome } from './found-value.ts';
import { compareKeysAt } from './key-order.ts';
import { BUCKET_CAPACITY, BUCKET_COUNT, BUCKET_KEYS } from './kernels/layout.ts';
import type { MemtableMemory } from './memtable-memory.ts';
import { MemtablePages, valueAt } from './memtable-pages.ts';
import { type EntryBlock, NO_STORED, TOMBSTONE_LENGTH } from './record-block.ts';

/** For who wants a copy at once. */
const looked = new FoundValue();

export interface MemtableSlice {
  readonly blocks: readonly EntryBlock[];
  /** The last key of the slice, where the memtable holds more behind it. */
  readonly upTo: Uint8Array | undefined;
}

export class Memtable {
  readonly keyBytes: number;
  readonly #number: number;
  readonly #memory: () => MemtableMemory | undefined;

  /** `memory` is asked at each call: undefined as long as nothing was applied. */
  constructor(number: number, keyBytes: number, memory: () => MemtableMemory | undefined) {
    this.#number = number;
    this.keyBytes = keyBytes;
    this.#memory = memory;
  }

  /** Entries, tombstones included. */
  get count(): number {
    return this.#memory()?.countOf(this.#number) ?? 0;
  }

  /** Whether it says nothing at all; {@link count} takes longer to tell. */
  get isEmpty(): boolean {
    return this.#memory()?.isEmpty(this.#number) ?? true;
  }

  /** A copy of the value, `null` for a deletion, undefined for a key that it says nothing about. */
  get(key: Uint8Array): Uint8Array | null | undefined {
    const outcome = this.look(key, looked);
    return outcome === FOUND ? looked.copy() : outcome === DELETED ? null : undefined;
  }

  /** Looks for a key. What is found is good until something is applied. */
  look(key: Uint8Array, found: FoundValue): PointOutcome {
    const memory = this.#memory();
    if (memory === undefined || memory.isEmpty(this.#number)) return ABSENT;
    const operation = memory.find(this.#number, key);
    if (operation === 0) return ABSENT;
    const { bytes } = memory;
    if (bytes[operation] === 0) return DELETED;
    const { offset, length } = valueAt(bytes, operation + 1 + this.keyBytes);
    found.held = undefined;
    return found.set(bytes, offset, offset + length);
  }

  /** The whole of it as data pages; `compresses`: one by one. Undefined where there is nothing. Nothing is applied any more. */
  pages(dropTombstones: boolean, compresses: boolean): MemtablePages | undefined {
    const memory = this.#memory();
    if (memory === undefined || memory.isEmpty(this.#number)) return undefined;
    return new MemtablePages(memory, this.#number, this.keyBytes, dropTombstones, compresses);
  }

  /**
   * Entries from `start` to `end`, both inclusive, a block for each bucket. Views of the memory: good until something is
   * applied, or for as long as a frozen memtable lives.
   */
  *blocks(start?: Uint8Array, end?: Uint8Array): Generator<EntryBlock> {
    const memory = this.#memory();
    if (memory === undefined || memory.isEmpty(this.#number)) return;
    const keyBytes = this.keyBytes;
    let [place, at] = memory.seek(this.#number, start ?? new Uint8Array(keyBytes));
    for (; place < memory.bucketsOf(this.#number); place++, at = 0) {
      const { bytes, words } = memory;
      const bucket = memory.bucketAt(this.#number, place);
      let to = words[(bucket + BUCKET_COUNT) >> 2] as number;
      if (end !== undefined) while (to > at && isAbove(bytes, bucket, to - 1, end)) to -= 1;
      if (to > at) yield blockOf(bytes, words, bucket, at, to, keyBytes);
      if (end !== undefined && to < (words[(bucket + BUCKET_COUNT) >> 2] as number)) return;
    }
  }

  /** Copies of as many entries as reach `byteTarget` or hold `limit` records: they stand still, whatever is applied. */
  slice(start: Uint8Array, end: Uint8Array, byteTarget: number, limit: number): MemtableSlice {
    const blocks: EntryBlock[] = [];
    let size_bytes = 0;
    let records = 0;
    for (const block of this.blocks(start, end)) {
      const last = blocks.at(-1);
      if (size_bytes >= byteTarget || records >= limit) {
        return { blocks, upTo: last?.keys.slice((last.count - 1) * this.keyBytes) };
      }
      const copy = detached(block);
      blocks.push(copy);
      size_bytes += copy.keys.length + copy.bytes.length;
      for (const length of copy.lengths) if (length !== TOMBSTONE_LENGTH) records += 1;
    }
    return { blocks, upTo: undefined };
  }
}

function isAbove(bytes: Uint8Array, bucket: number, index: number, end: Uint8Array): boolean {
  return compareKeysAt(bytes, bucket + BUCKET_KEYS + index * end.length, end, 0, end.length) > 0;
}

function blockOf(
  bytes: Uint8Array,
  words: Int32Array,
  bucket: number,
  from: number,
  to: number,
  keyBytes: number,
): EntryBlock {
  const count = to - from;
  const keysAt = bucket + BUCKET_KEYS;
  const operationsAt = keysAt + (words[(bucket + BUCKET_CAPACITY) >> 2] as number) * keyBytes;
  const offsets = new Uint32Array(count);
  const lengths = new Uint32Array(count);
  let isPlain = true;
  for (let i = 0; i < count; i++) {
    const operation = words[(operationsAt >> 2) + from + i] as number;
    if (bytes[operation] === 0) {
      lengths[i] = TOMBSTONE_LENGTH;
      isPlain = false;
      continue;
    }
    // Most lengths take a byte or two.
    const at = operation + 1 + keyBytes;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    if (first < 0x80) {
      offsets[i] = at + 1;
      lengths[i] = first;
    } else if (second < 0x80) {
      offsets[i] = at + 2;
      lengths[i] = (first & 0x7f) | (second << 7);
    } else {
      const { offset, length } = valueAt(bytes, at);
      offsets[i] = offset;
      lengths[i] = length;
    }
  }
  const keys = bytes.subarray(keysAt + from * keyBytes, keysAt + to * keyBytes);
  return { keyBytes, count, keys, bytes, offsets, lengths, stored: NO_STORED, isPlain };
}

/** The same entries in arrays of their own. */
function detached(block: EntryBlock): EntryBlock {
  const { count, lengths } = block;
  let size_bytes = 0;
  for (const length of lengths) if (length !== TOMBSTONE_LENGTH) size_bytes += length;
  const bytes = new Uint8Array(size_bytes);
  const offsets = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i] as number;
    if (length === TOMBSTONE_LENGTH) continue;
    const from = block.offsets[i] as number;
    bytes.set(block.bytes.subarray(from, from + length), at);
    offsets[i] = at;
    at += length;
  }
  return { ...block, keys: block.keys.slice(), bytes, offsets };
}
