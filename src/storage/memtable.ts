/**
 * Records of one database since the last flush: sorted buckets of fixed-width keys, values in an arena. Newest version
 * of each key only; a deletion is an entry without a value. Not shared; a frozen one is only read.
 */

import { Arena } from './arena.ts';
import { compareKeysAt, lowerBound } from './key-order.ts';

/** Keys in a bucket before it is split in two. */
const BUCKET_KEYS = 256;
const FIRST_BUCKET_KEYS = 16;
const TOMBSTONE = 0xffff_ffff;
/** Block, offset and length of a value. */
const WORDS = 3;

interface Bucket {
  count: number;
  keys: Uint8Array;
  values: Uint32Array;
}

/** An entry that stands still although the memtable goes on: the key is a copy, the value a view of the arena. */
export interface MemtableEntry {
  readonly key: Uint8Array;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

export interface MemtableOperation {
  /** With the tombstone bit set. */
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export class Memtable {
  readonly keyBytes: number;
  readonly #arena = new Arena();
  #buckets: Bucket[] = [];
  #bucket_bytes = 0;
  #count = 0;

  constructor(keyBytes: number) {
    this.keyBytes = keyBytes;
  }

  /** Entries, tombstones included. */
  get count(): number {
    return this.#count;
  }

  /** What it occupies, to the byte: values (replaced ones too), keys, and room kept for more. */
  get memory_bytes(): number {
    return this.#arena.size_bytes + this.#bucket_bytes;
  }

  /** Applies operations in order; a later one on the same key wins. */
  apply(operations: readonly MemtableOperation[]): void {
    const keyBytes = this.keyBytes;
    // In key order neighbours share a bucket; the sort is stable, so equal keys keep their order.
    const ordered =
      operations.length < 2
        ? operations
        : [...operations].sort((a, b) => compareKeysAt(a.key, 0, b.key, 0, keyBytes));
    let place = -1;
    for (const { key, value } of ordered) {
      if (place < 0 || !this.#isInBucket(place, key)) place = this.#bucketOf(key);
      this.#put(place, key, value);
    }
  }

  put(key: Uint8Array, value: Uint8Array | undefined): void {
    this.#put(this.#bucketOf(key), key, value);
  }

  /** The value, `null` for a deletion, undefined for a key that it says nothing about. */
  get(key: Uint8Array): Uint8Array | null | undefined {
    const bucket = this.#buckets[this.#bucketOf(key)];
    if (bucket === undefined) return undefined;
    const at = lowerBound(bucket.keys, 0, this.keyBytes, bucket.count, key, this.keyBytes);
    if (at === bucket.count || compareKeysAt(bucket.keys, at * this.keyBytes, key, 0, this.keyBytes) !== 0) {
      return undefined;
    }
    return this.#valueAt(bucket, at) ?? null;
  }

  /** Entries from `start` to `end`, both inclusive, in order. Stable only as long as nothing is put. */
  *entries(start: Uint8Array, end: Uint8Array): Generator<MemtableEntry> {
    const keyBytes = this.keyBytes;
    const first = this.#bucketOf(start);
    for (let place = first; place < this.#buckets.length; place++) {
      const bucket = this.#buckets[place] as Bucket;
      let at = place === first ? lowerBound(bucket.keys, 0, keyBytes, bucket.count, start, keyBytes) : 0;
      for (; at < bucket.count; at++) {
        if (compareKeysAt(bucket.keys, at * keyBytes, end, 0, keyBytes) > 0) return;
        const key = bucket.keys.slice(at * keyBytes, (at + 1) * keyBytes);
        yield { key, value: this.#valueAt(bucket, at) };
      }
    }
  }

  #put(place: number, key: Uint8Array, value: Uint8Array | undefined): void {
    const keyBytes = this.keyBytes;
    const bucket = this.#buckets[place] ?? this.#addBucket(place, FIRST_BUCKET_KEYS);
    const at = lowerBound(bucket.keys, 0, keyBytes, bucket.count, key, keyBytes);
    const isKnown = at < bucket.count && compareKeysAt(bucket.keys, at * keyBytes, key, 0, keyBytes) === 0;
    if (!isKnown) {
      if (bucket.count === BUCKET_KEYS) {
        // Not asked by the lower half's first key: a key below all others belongs before it, never into the upper half.
        const upper = this.#split(place);
        const isUpper = compareKeysAt(upper.keys, 0, key, 0, keyBytes) <= 0;
        this.#put(isUpper ? place + 1 : place, key, value);
        return;
      }
      this.#open(bucket, at);
      bucket.keys.set(key, at * keyBytes);
      bucket.count += 1;
      this.#count += 1;
    }
    this.#setValue(bucket, at, value);
  }

  #setValue(bucket: Bucket, at: number, value: Uint8Array | undefined): void {
    const word = at * WORDS;
    if (value === undefined) {
      bucket.values[word + 2] = TOMBSTONE;
      return;
    }
    const { block, offset } = this.#arena.put(value);
    bucket.values[word] = block;
    bucket.values[word + 1] = offset;
    bucket.values[word + 2] = value.length;
  }

  #valueAt(bucket: Bucket, at: number): Uint8Array | undefined {
    const word = at * WORDS;
    const length = bucket.values[word + 2] as number;
    if (length === TOMBSTONE) return undefined;
    return this.#arena.view(bucket.values[word] as number, bucket.values[word + 1] as number, length);
  }

  /** Makes room at `at`, growing the bucket's arrays where they are full. */
  #open(bucket: Bucket, at: number): void {
    const keyBytes = this.keyBytes;
    if (bucket.count * keyBytes === bucket.keys.length) {
      const grown = newBucket(Math.min(BUCKET_KEYS, bucket.count * 2), keyBytes);
      grown.keys.set(bucket.keys);
      grown.values.set(bucket.values);
      this.#bucket_bytes += sizeOf(grown) - sizeOf(bucket);
      bucket.keys = grown.keys;
      bucket.values = grown.values;
    }
    bucket.keys.copyWithin((at + 1) * keyBytes, at * keyBytes, bucket.count * keyBytes);
    bucket.values.copyWithin((at + 1) * WORDS, at * WORDS, bucket.count * WORDS);
  }

  /** Moves the upper half of a bucket into one of its own, which stands next and is returned. */
  #split(place: number): Bucket {
    const keyBytes = this.keyBytes;
    const lower = this.#buckets[place] as Bucket;
    const upper = this.#addBucket(place + 1, BUCKET_KEYS);
    const half = lower.count >>> 1;
    upper.keys.set(lower.keys.subarray(half * keyBytes, lower.count * keyBytes));
    upper.values.set(lower.values.subarray(half * WORDS, lower.count * WORDS));
    upper.count = lower.count - half;
    lower.count = half;
    return upper;
  }

  #addBucket(place: number, capacity: number): Bucket {
    const bucket = newBucket(capacity, this.keyBytes);
    this.#buckets.splice(place, 0, bucket);
    this.#bucket_bytes += sizeOf(bucket);
    return bucket;
  }

  /** Place of the last bucket whose first key is not above `key`; the first bucket for keys before all. */
  #bucketOf(key: Uint8Array): number {
    let low = 0;
    let high = this.#buckets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeysAt((this.#buckets[middle] as Bucket).keys, 0, key, 0, this.keyBytes) <= 0)
        low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** True where {@link #bucketOf} would find `place`, told without a search. */
  #isInBucket(place: number, key: Uint8Array): boolean {
    const bucket = this.#buckets[place];
    if (bucket === undefined || compareKeysAt(bucket.keys, 0, key, 0, this.keyBytes) > 0) return false;
    const next = this.#buckets[place + 1];
    return next === undefined || compareKeysAt(next.keys, 0, key, 0, this.keyBytes) > 0;
  }
}

function newBucket(capacity: number, keyBytes: number): Bucket {
  return { count: 0, keys: new Uint8Array(capacity * keyBytes), values: new Uint32Array(capacity * WORDS) };
}

function sizeOf({ keys, values }: Bucket): number {
  return keys.byteLength + values.byteLength;
}
