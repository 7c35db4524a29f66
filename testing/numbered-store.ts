/** A small store whose records are numbers, for tests of what a store does with them. */

import {
  ByteReader,
  isPeregrineError,
  type ErrorCode,
  toCollectionId,
  toShardId,
  toSlot,
} from '../src/base/index.ts';
import type { Disk } from '../src/disk/index.ts';
import {
  type DatabaseName,
  KeyWriter,
  openStore,
  type Store,
  type StoreOptions,
} from '../src/storage/index.ts';

const SMALL = {
  directory: 'store',
  shard: toShardId(0),
  memory_bytes: 64 * 1024,
  logCap_bytes: 64 * 1024,
  segment_bytes: 16 * 1024,
  part_bytes: 16 * 1024,
} as const;

/** It merges by itself, unlike one of `tended-store.ts`. */
export function openNumbered(disk: Disk, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({ disk, ...SMALL, ...options });
}

export function keyOf(number: number, database: DatabaseName = 'links'): Uint8Array {
  return new KeyWriter(database, toSlot(3), toCollectionId(1)).u32(number).finish();
}

export function valueOf(number: number, size = 4): Uint8Array {
  const value = new Uint8Array(Math.max(4, size));
  new DataView(value.buffer).setUint32(0, number, true);
  return value;
}

export const numberOf = (value: Uint8Array | undefined): number | undefined =>
  value && new ByteReader(value).u32();

/** Where they all are. */
export const ALL_NUMBERS: {
  readonly database: DatabaseName;
  readonly start: Uint8Array;
  readonly end: Uint8Array;
} = { database: 'links', start: keyOf(0), end: keyOf(0xffff_ffff) };

export async function putNumbers(store: Store, ...numbers: number[]): Promise<void> {
  await store.append({
    records: numbers.map((number) => ({ database: 'links', key: keyOf(number), value: valueOf(number) })),
  });
}

export async function numbersIn(store: Store): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { value } of store.scan(ALL_NUMBERS)) numbers.push(new ByteReader(value).u32());
  return numbers;
}

export const codeIs =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isPeregrineError(error, code);
