/** The stores of a data directory: a directory for each, and one small file that says how many there are. */

import {
  type Clock,
  hash64,
  isPeregrineError,
  type LogSink,
  PeregrineError,
  type ShardId,
  shardOfSlot,
  type Slot,
  slotsOfShard,
  toShardId,
} from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DerivedState } from './derived-state.ts';
import { FileHandles } from './file-handles.ts';
import { SievePageCache, type PageCache } from './page-cache.ts';
import { markShardsMade, readShardsMade, refuseLostShards, SHARDS_MADE_FILE } from './shards-made.ts';
import { openStore } from './store.ts';
import type { MaintainedStore, Shards, Store } from './store-contract.ts';
import { shardDirectory } from './store-names.ts';
import type { StoreOptions } from './store-options.ts';
import { readWholeFile, writeWholeFile } from './whole-file.ts';

export const SHARD_COUNT_FILE = 'shards';
export const SHARD_COUNT_BYTES = 16;
const SHARD_COUNT_VERSION = 1;
export const MAX_SHARDS = 64;
const MAGIC = 0x44485350; // 'PSHD'

export interface ShardsOptions {
  readonly disk: Disk;
  /** Shards of a new directory, 1 … 64; default 1. An existing one keeps its number: another is `BAD_ARGUMENT`. */
  readonly count?: number | undefined;
  /** For all shards together. Default 64 MiB; ignored where `pageCache` is given. */
  readonly pageCache_bytes?: number;
  /** Reads each held page again before it is given out, and logs where memory and disk differ. Default false. */
  readonly checksPageCache?: boolean;
  readonly pageCache?: PageCache;
  /** For each shard. Default 64 MiB. */
  readonly memory_bytes?: number;
  readonly clock?: Clock;
  readonly log?: LogSink;
  /** Makes the derived states of a shard, before it is opened. */
  readonly derived?: (shard: ShardId) => readonly DerivedState[];
  /** Anything else that stores take. */
  readonly store?: Partial<StoreOptions>;
}

/** Open shards, and their end. */
export interface OpenShards extends Shards {
  readonly all: readonly MaintainedStore[];
  /** What all of them read pages through. */
  readonly pageCache: PageCache;
  /** Flushes and closes all of them; the first error comes after the last close. */
  close(): Promise<void>;
}

/** Opens the shards of a data directory, over one page cache and one set of file handles. */
export interface ShardOpener {
  readonly count: number;
  readonly pageCache: PageCache;
  /** One of them, which is made where it is not there. `CORRUPT`, `UNSUPPORTED_VERSION`, `IO`, `DISK_FULL`. */
  open(shard: ShardId, derived?: readonly DerivedState[]): Promise<MaintainedStore>;
  /** All of them through `openOne`; none stays open where one fails. `CORRUPT` where one that was made is gone. */
  openAll(openOne: (shard: ShardId) => Promise<MaintainedStore>): Promise<OpenShards>;
}

/** `BAD_ARGUMENT`, `CORRUPT`, `UNSUPPORTED_VERSION`, `IO`, `DISK_FULL`. */
export async function openShards(options: ShardsOptions): Promise<OpenShards> {
  const { derived = () => [] } = options;
  const opener = await prepareShards(options);
  return opener.openAll((shard) => opener.open(shard, derived(shard)));
}

/** Settles how many shards there are, and opens none of them. `BAD_ARGUMENT`, `CORRUPT`, `UNSUPPORTED_VERSION`, `IO`. */
export async function prepareShards(options: Omit<ShardsOptions, 'derived'>): Promise<ShardOpener> {
  const { disk, clock, log, memory_bytes } = options;
  const count = await settleShardCount(disk, options.count);
  const pageCache = options.pageCache ?? cacheOf(options);
  const common = {
    handles: new FileHandles(),
    ...options.store,
    ...(clock === undefined ? {} : { clock }),
    ...(log === undefined ? {} : { log }),
    ...(memory_bytes === undefined ? {} : { memory_bytes }),
  };
  const open = (shard: ShardId, derived: readonly DerivedState[] = []): Promise<MaintainedStore> =>
    openStore({
      ...common,
      disk,
      directory: shardDirectory(shard),
      shard,
      pageCache,
      slots: slotsOfShard(shard, count),
      derived,
    });
  return { count, pageCache, open, openAll: (openOne) => openAll(options, count, pageCache, openOne) };
}

function cacheOf({ pageCache_bytes, checksPageCache = false, log }: ShardsOptions): PageCache {
  return new SievePageCache(pageCache_bytes, {
    validates: checksPageCache,
    onMismatch: (database, offset) => log?.write('error', 'storage.cache-mismatch', { database, offset }),
  });
}

async function openAll(
  { disk, log }: Pick<ShardsOptions, 'disk' | 'log'>,
  count: number,
  pageCache: PageCache,
  openOne: (shard: ShardId) => Promise<MaintainedStore>,
): Promise<OpenShards> {
  await refuseLostShards(disk);
  const ids = Array.from({ length: count }, (_, i) => toShardId(i));
  const outcomes = await Promise.allSettled(ids.map(openOne));
  const stores = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) {
    await closeAll(stores).catch(() => undefined);
    throw failure.reason;
  }
  try {
    await markShardsMade(disk, count);
  } catch (error) {
    if (!isPeregrineError(error, 'DISK_FULL') && !isPeregrineError(error, 'READ_ONLY')) {
      await closeAll(stores).catch(() => undefined);
      throw error;
    }
    // Whoever only reads must not fail for it: the next opening marks them.
    log?.write('warn', 'storage.shards-not-marked', { message: error.message });
  }
  return {
    count,
    all: stores,
    pageCache,
    of: (slot: Slot) => storeOf(stores, slot),
    close: () => closeAll(stores),
  };
}

function storeOf(stores: readonly Store[], slot: Slot): Store {
  const store = stores[shardOfSlot(slot, stores.length)];
  if (store === undefined) throw new PeregrineError('BAD_ARGUMENT', `${slot} is no slot.`);
  return store;
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  const outcomes = await Promise.allSettled(stores.map((store) => store.close()));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** The number of shards on record, put there first where the directory is new. `BAD_ARGUMENT` where `wanted` is another. */
export async function settleShardCount(disk: Disk, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= MAX_SHARDS)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `A data directory has 1 to ${MAX_SHARDS} shards, not ${wanted}.`,
    );
  }
  const recorded = await readCount(disk);
  if (recorded === undefined) {
    await refuseShardsWithoutCount(disk);
    await writeCount(disk, wanted ?? 1);
    return wanted ?? 1;
  }
  if (wanted === undefined || wanted === recorded) return recorded;
  throw new PeregrineError(
    'BAD_ARGUMENT',
    `This data directory was made with ${recorded} shard${recorded === 1 ? '' : 's'}; it can't be opened with ${wanted}.`,
    { recorded, wanted },
  );
}

export function encodeShardCount(count: number): Uint8Array {
  const bytes = new Uint8Array(SHARD_COUNT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, SHARD_COUNT_VERSION, true);
  view.setUint16(6, count, true);
  view.setBigUint64(8, hash64(bytes.subarray(0, 8)), true);
  return bytes;
}

async function readCount(disk: Disk): Promise<number | undefined> {
  const bytes = await readWholeFile(disk, SHARD_COUNT_FILE, SHARD_COUNT_BYTES);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  const facts = { file: SHARD_COUNT_FILE, offset: 0 };
  if (view.getUint32(0, true) !== MAGIC || view.getBigUint64(8, true) !== hash64(bytes.subarray(0, 8))) {
    throw new PeregrineError('CORRUPT', `${COUNT_WORDS} is damaged. ${COUNT_MENDING}`, facts);
  }
  const version = view.getUint16(4, true);
  if (version !== SHARD_COUNT_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The data directory is of version ${version}; this program knows ${SHARD_COUNT_VERSION}.`,
      { ...facts, version },
    );
  }
  return view.getUint16(6, true);
}

function writeCount(disk: Disk, count: number): Promise<void> {
  return writeWholeFile(disk, SHARD_COUNT_FILE, encodeShardCount(count));
}

async function refuseShardsWithoutCount(disk: Disk): Promise<void> {
  const names = await disk.list('');
  if (!names.some((name) => name === SHARDS_MADE_FILE || /^shard-\d+$/.test(name))) return;
  throw new PeregrineError('CORRUPT', `${COUNT_WORDS} is missing. ${COUNT_MENDING}`, {
    file: SHARD_COUNT_FILE,
    offset: 0,
  });
}

const COUNT_WORDS = `The file "${SHARD_COUNT_FILE}", which says how many shards there are,`;
const COUNT_MENDING = '"peregrine store repair" makes it again from the shards that are there.';

/**
 * Makes the file that says how many shards there are again, where it is damaged or missing; returns the number then. To be
 * called while nobody has the directory open. `CORRUPT` where one of the shards before the last is missing, and no mark says how many there were.
 */
export async function renewShardCount(disk: Disk): Promise<number | undefined> {
  try {
    await settleShardCount(disk, undefined);
    return undefined;
  } catch (error) {
    if (!isPeregrineError(error, 'CORRUPT')) throw error;
  }
  const recorded = await readShardsMade(disk).catch(() => undefined);
  if (recorded !== undefined) {
    // Those of them that are gone are missed by the next opening.
    await writeCount(disk, recorded.count);
    return recorded.count;
  }
  const there = (await disk.list('')).filter((name) => /^shard-\d+$/.test(name));
  const count = there.length;
  const missing = Array.from({ length: count }, (_, i) => shardDirectory(toShardId(i))).find(
    (name) => !there.includes(name),
  );
  if (missing !== undefined || count === 0 || count > MAX_SHARDS) {
    throw new PeregrineError(
      'CORRUPT',
      `${COUNT_WORDS} can't be made again: ${missing ?? shardDirectory(toShardId(0))} is missing too. Bring it back from a copy, or restore a snapshot.`,
      { file: SHARD_COUNT_FILE, offset: 0 },
    );
  }
  await writeCount(disk, count);
  return count;
}
