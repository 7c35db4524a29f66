/**
 * Entries side by side in key order: keys of one width, values anywhere in one array of bytes. What memtables and pages
 * hand over, and what walks, flushes and merges pass on without an object for each record.
 */

/**
 * Records side by side, without an object for each: for who reads many. Not to be changed; it may be a view of what
 * others read too.
 */
export interface RecordBlock {
  readonly keyBytes: number;
  readonly count: number;
  /** Key after key, `keyBytes` each. */
  readonly keys: Uint8Array;
  /** Holds the values, and other things. */
  readonly bytes: Uint8Array;
  /** Where in `bytes` each value begins. */
  readonly offsets: Uint32Array;
  /** How long each value is. */
  readonly lengths: Uint32Array;
}

/** In place of a length: the key is deleted. */
export const TOMBSTONE_LENGTH = 0xffff_ffff;
/** In place of a length: the value has a page of its own; the offset is its index in `stored`. */
export const STORED_LENGTH = 0xffff_fffe;

/** A value that stands in a page of its own. */
export interface StoredValue {
  readonly offset: number;
  readonly size_bytes: number;
  readonly value_bytes: number;
}

export interface EntryBlock extends RecordBlock {
  readonly stored: readonly StoredValue[];
  /** No entry but values that stand in `bytes`. */
  readonly isPlain: boolean;
}

export const NO_STORED: readonly StoredValue[] = [];

/** Entries `from` to `to`, exclusive, as a block of their own. Views. */
export function sliceBlock<T extends RecordBlock>(block: T, from: number, to: number): T {
  const { keyBytes } = block;
  return {
    ...block,
    count: to - from,
    keys: block.keys.subarray(from * keyBytes, to * keyBytes),
    offsets: block.offsets.subarray(from, to),
    lengths: block.lengths.subarray(from, to),
  };
}

/** Gathers entries from several blocks into one, copying them. */
export class BlockBuilder {
  readonly #keyBytes: number;
  #keys: Uint8Array;
  #bytes = new Uint8Array(1024);
  #offsets = new Uint32Array(32);
  #lengths = new Uint32Array(32);
  #count = 0;
  #used = 0;

  constructor(keyBytes: number) {
    this.#keyBytes = keyBytes;
    this.#keys = new Uint8Array(32 * keyBytes);
  }

  get count(): number {
    return this.#count;
  }

  /** Keys and values gathered so far. */
  get size_bytes(): number {
    return this.#count * this.#keyBytes + this.#used;
  }

  /** A copy of the entry at `index`; its value must stand in the block. */
  addFrom(block: RecordBlock, index: number): void {
    const from = block.offsets[index] as number;
    this.#add(block.keys, index * this.#keyBytes, block.bytes, from, block.lengths[index] as number);
  }

  /** The entry's key with a value that was read elsewhere. */
  addWith(block: RecordBlock, index: number, value: Uint8Array): void {
    this.#add(block.keys, index * this.#keyBytes, value, 0, value.length);
  }

  finish(): EntryBlock {
    const count = this.#count;
    return {
      keyBytes: this.#keyBytes,
      count,
      keys: this.#keys.subarray(0, count * this.#keyBytes),
      bytes: this.#bytes.subarray(0, this.#used),
      offsets: this.#offsets.subarray(0, count),
      lengths: this.#lengths.subarray(0, count),
      stored: NO_STORED,
      isPlain: true,
    };
  }

  #add(keys: Uint8Array, keyAt: number, bytes: Uint8Array, from: number, length: number): void {
    const count = this.#count;
    const keyBytes = this.#keyBytes;
    if (count === this.#offsets.length) this.#growEntries();
    if (this.#used + length > this.#bytes.length) this.#growBytes(this.#used + length);
    copyInto(this.#keys, count * keyBytes, keys, keyAt, keyBytes);
    copyInto(this.#bytes, this.#used, bytes, from, length);
    this.#offsets[count] = this.#used;
    this.#lengths[count] = length;
    this.#used += length;
    this.#count = count + 1;
  }

  #growEntries(): void {
    const keys = new Uint8Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const offsets = new Uint32Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    this.#offsets = offsets;
    const lengths = new Uint32Array(this.#lengths.length * 2);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }

  #growBytes(least_bytes: number): void {
    const bytes = new Uint8Array(Math.max(least_bytes, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
  }
}

/** From here on a copy by the engine is faster than a loop. */
const LONG_COPY_BYTES = 48;

export function copyInto(to: Uint8Array, at: number, from: Uint8Array, offset: number, length: number): void {
  if (length > LONG_COPY_BYTES) {
    to.set(length === from.length ? from : from.subarray(offset, offset + length), at);
    return;
  }
  for (let i = 0; i < length; i++) to[at + i] = from[offset + i] as number;
}

/** Small copies share slabs of this size: an array of its own costs more than its bytes do. */
const SLAB_BYTES: number = 16 * 1024;
const MAX_POOLED_BYTES: number = 2 * 1024;
let slab = new Uint8Array(0);
let slabBuffer: ArrayBufferLike = slab.buffer;
let slabUsed = 0;

/** A copy of the bytes from `from` to `to`, its caller's own. */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const length = to - from;
  if (length > MAX_POOLED_BYTES) return bytes.slice(from, to);
  if (slabUsed + length > slab.length) {
    // Every byte that is given out is written: zeros would be written for nothing.
    slabBuffer = Buffer.allocUnsafeSlow(SLAB_BYTES).buffer;
    slab = new Uint8Array(slabBuffer);
    slabUsed = 0;
  }
  const at = slabUsed;
  slabUsed += length;
  copyInto(slab, at, bytes, from, length);
  return new Uint8Array(slabBuffer, at, length);
}
