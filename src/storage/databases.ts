/** The record databases of a store, and the frame of every key: docs/formats/keys.md. */

import { assert, type CollectionId, type Slot, toCollectionId, toSlot } from '../base/index.ts';

/** How a database's pages are compressed: lz4 on a query's path, zstd for title records. */
export type PageCompression = 'none' | 'lz4' | 'zstd';

export type DatabaseName =
  | 'titles'
  | 'frontier'
  | 'due'
  | 'attempts'
  | 'links'
  | 'sites'
  | 'outbox'
  | 'stats'
  | 'meta';

export interface DatabaseSpec {
  /** Never changes; stands in the log, in part files and in the manifest. */
  readonly number: number;
  readonly keyBytes: number;
  readonly compression: PageCompression;
}

/**
 * Every key begins with the slot (u16 of which 12 bits are used) and the collection (u32), then its own fields; all
 * big-endian, so that byte order is key order. The lowest bit of the last byte is 1 in a record and 0 in a tombstone;
 * callers build keys with {@link KeyWriter}, which leaves it 1, and never set it themselves.
 */
export const DATABASES: Readonly<Record<DatabaseName, DatabaseSpec>> = {
  /** docId → title record. Own fields: 41 bits of docId hash in six bytes. */
  titles: { number: 1, keyBytes: 13, compression: 'zstd' },
  /** URL of a domain → crawl request or reply: docs/formats/crawl-records.md. */
  frontier: { number: 2, keyBytes: 24, compression: 'lz4' },
  /** What to crawl next, in order. Changed atomically with its frontier record. */
  due: { number: 3, keyBytes: 34, compression: 'lz4' },
  /** Host, URL, place in a ring of sixteen → crawl record: one for every fetch that was tried. */
  attempts: { number: 4, keyBytes: 24, compression: 'lz4' },
  /** Target host, target URL, source docId → anchor text and flags. */
  links: { number: 5, keyBytes: 32, compression: 'lz4' },
  /** Host → robots.txt, addresses, ranks, rules. */
  sites: { number: 6, keyBytes: 16, compression: 'lz4' },
  /** Source docId, version → effects on other shards that are not acknowledged yet. */
  outbox: { number: 7, keyBytes: 24, compression: 'lz4' },
  /** Time, metric → value. */
  stats: { number: 8, keyBytes: 24, compression: 'lz4' },
  /** Kind, id → settings, keys, jobs, bookmarks, versions applied. */
  meta: { number: 9, keyBytes: 24, compression: 'lz4' },
};

export const DATABASE_NAMES: readonly DatabaseName[] = Object.keys(DATABASES) as DatabaseName[];

/** The database with this number, if there is one. */
export function databaseOfNumber(number: number): DatabaseName | undefined {
  return BY_NUMBER[number];
}

const BY_NUMBER: readonly (DatabaseName | undefined)[] = DATABASE_NAMES.reduce<DatabaseName[]>(
  (byNumber, name) => {
    byNumber[DATABASES[name].number] = name;
    return byNumber;
  },
  [],
);

/** Bytes that slot and collection take at the head of every key. */
export const KEY_HEAD_BYTES = 6;

/** Builds a key of a database field by field, big-endian; the rest is zero and the lowest bit of the last byte 1. */
export class KeyWriter {
  readonly #key: Uint8Array;
  #at = KEY_HEAD_BYTES;

  constructor(database: DatabaseName, slot: Slot, collection: CollectionId) {
    this.#key = new Uint8Array(DATABASES[database].keyBytes);
    this.#begin(slot, collection);
  }

  /** Begins another key of the same fields in the same bytes: for who has copied the last one. */
  again(slot: Slot, collection: CollectionId): this {
    this.#at = KEY_HEAD_BYTES;
    this.#begin(slot, collection);
    return this;
  }

  u8(value: number): this {
    return this.#append(value, 1);
  }

  u16(value: number): this {
    return this.#append(value, 2);
  }

  u32(value: number): this {
    return this.#append(value, 4);
  }

  /** 48 bits. */
  u48(value: number): this {
    return this.#append(value, 6);
  }

  u64(value: bigint): this {
    this.#append(Number(value >> 32n), 4);
    return this.#append(Number(value & 0xffff_ffffn), 4);
  }

  finish(): Uint8Array {
    const last = this.#key.length - 1;
    assert(this.#at <= last, 'a key leaves its last byte to the tombstone bit');
    this.#key[last] = 1;
    return this.#key;
  }

  #begin(slot: Slot, collection: CollectionId): void {
    this.#set(0, slot, 2);
    this.#set(2, collection, 4);
  }

  #append(value: number, count: number): this {
    this.#set(this.#at, value, count);
    this.#at += count;
    return this;
  }

  #set(offset: number, value: number, count: number): void {
    // One message for all: one that is made of its numbers takes as long as the key.
    assert(
      Number.isSafeInteger(value) && value >= 0 && value < (FIELD_LIMITS[count] as number),
      'a key field fits its bytes',
    );
    const key = this.#key;
    let at = offset + count - 1;
    // Its lower 32 bits, then what is above: a remainder of larger numbers is a call of the engine's.
    const upperEnd = Math.max(offset, offset + count - 4);
    for (let rest = value | 0; at >= upperEnd; at--, rest >>>= 8) key[at] = rest & 255;
    for (let rest = Math.floor(value / 2 ** 32); at >= offset; at--, rest >>>= 8) key[at] = rest & 255;
  }
}

/** What a field of so many bytes is below. */
const FIELD_LIMITS: readonly number[] = [1, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 32, 2 ** 40, 2 ** 48];

/** Reads a key's own fields, in the order in which they were written. */
export class KeyReader {
  readonly #key: Uint8Array;
  #at = KEY_HEAD_BYTES;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  get slot(): Slot {
    return toSlot(this.#get(0, 2));
  }

  get collection(): CollectionId {
    return toCollectionId(this.#get(2, 4));
  }

  u8(): number {
    return this.#next(1);
  }

  u16(): number {
    return this.#next(2);
  }

  u32(): number {
    return this.#next(4);
  }

  u48(): number {
    return this.#next(6);
  }

  u64(): bigint {
    const high = BigInt(this.#next(4));
    return (high << 32n) | BigInt(this.#next(4));
  }

  #next(count: number): number {
    const value = this.#get(this.#at, count);
    this.#at += count;
    return value;
  }

  #get(offset: number, count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + (this.#key[offset + i] ?? 0);
    return value;
  }
}

/** The least and the greatest key of a database within one slot and collection. */
export function collectionRange(
  database: DatabaseName,
  slot: Slot,
  collection: CollectionId,
): { start: Uint8Array; end: Uint8Array } {
  const start = new KeyWriter(database, slot, collection).finish();
  start[start.length - 1] = 0;
  const end = start.slice();
  end.fill(0xff, KEY_HEAD_BYTES);
  return { start, end };
}
