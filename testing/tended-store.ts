/** A small store with records of several databases in several parts, and what to look at it with. */

import { type LogSink, toCollectionId, toShardId, toSlot } from '../src/base/index.ts';
import { type Disk } from '../src/disk/index.ts';
import {
  type DatabaseName,
  KeyWriter,
  type MaintainedStore,
  openStore,
  type StoreOptions,
} from '../src/storage/index.ts';

const SMALL = {
  directory: 'store',
  shard: toShardId(0),
  memory_bytes: 256 * 1024,
  logCap_bytes: 256 * 1024,
  segment_bytes: 32 * 1024,
  part_bytes: 24 * 1024,
  mergesItself: false,
} as const;

export function openSmall(disk: Disk, options: Partial<StoreOptions> = {}): Promise<MaintainedStore> {
  return openStore({ disk, ...SMALL, ...options });
}

export function smallKey(number: number, database: DatabaseName = 'links', slot = 3): Uint8Array {
  return new KeyWriter(database, toSlot(slot), toCollectionId(1)).u32(number).finish();
}

/** A value that says its number, of any size, hard to compress. */
export function smallValue(number: number, size_bytes = 60): Uint8Array {
  const value = new Uint8Array(Math.max(4, size_bytes));
  let state = Math.imul(number + 1, 0x9e37_79b1);
  for (let i = 4; i < value.length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d);
    value[i] = state >>> 24;
  }
  new DataView(value.buffer).setUint32(0, number, true);
  return value;
}

/** Puts `count` records from `first` on, every fiftieth with a value of several pages' size, and flushes. */
export async function fill(
  store: MaintainedStore,
  first: number,
  count: number,
  database: DatabaseName = 'links',
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  await store.append({
    records: numbers.map((number) => ({
      database,
      key: smallKey(number, database),
      value: smallValue(number, number % 50 === 7 ? 9_000 : 60),
    })),
  });
  await store.flush();
}

export interface LoggedEvent {
  readonly level: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A log that keeps what it is told. */
export function keepingLog(): { readonly log: LogSink; readonly events: LoggedEvent[] } {
  const events: LoggedEvent[] = [];
  return { events, log: { write: (level, event, facts = {}) => events.push({ level, event, facts }) } };
}

/** Paths of the parts in a store's directory, oldest first. */
export async function partPaths(disk: Disk, directory = 'store'): Promise<string[]> {
  return (await disk.list(`${directory}/parts`)).map((name) => `${directory}/parts/${name}`);
}
