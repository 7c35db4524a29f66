/** Ours. The 18 bytes of a key stand behind the head that every key of a store begins with: slot and collection. */

import { toShardId } from '../../src/base/index.ts';
import { openRealDisk } from '../../src/disk/index.ts';
import {
  BatchWriter,
  type DatabaseName,
  SievePageCache,
  openStore,
  type RecordBlock,
  type Store,
  type StoreOptions,
} from '../../src/storage/index.ts';
import type { Contestant, OpenContestant, OpenOptions } from './contestant.ts';
import { type Checksum, KEY_BYTES } from './dataset.ts';
import { touchValue } from './level-contestants.ts';

export const DATABASE: DatabaseName = 'frontier';
const HEAD_BYTES = 6;
const STORE_KEY_BYTES: number = HEAD_BYTES + KEY_BYTES;
const FIRST_KEY: Uint8Array = storeKey(new Uint8Array(KEY_BYTES));
const LAST_KEY: Uint8Array = storeKey(new Uint8Array(KEY_BYTES).fill(0xff));

export function storeKey(key: Uint8Array): Uint8Array {
  const whole = new Uint8Array(STORE_KEY_BYTES);
  writeStoreKey(key, whole);
  return whole;
}

/** Slot: the first twelve bits of the key, so that the order stays. Collection 1. */
function writeStoreKey(key: Uint8Array, into: Uint8Array): void {
  into[0] = (key[0] as number) >>> 4;
  into[1] = (((key[0] as number) << 4) | ((key[1] as number) >>> 4)) & 0xff;
  into[5] = 1;
  for (let i = 0; i < KEY_BYTES; i++) into[HEAD_BYTES + i] = key[i] as number;
}

export async function openBenchStore(
  { directory, write_bytes, cache_bytes, isDurable }: OpenOptions,
  more: Partial<StoreOptions> = {},
): Promise<Store> {
  return openStore({
    disk: await openRealDisk(directory),
    directory: 'store',
    shard: toShardId(0),
    // The others fill one buffer of this size while they write the last one out; here that is one bound for both.
    memory_bytes: 2 * write_bytes,
    logCap_bytes: Math.max(64 * 1024 * 1024, 2 * write_bytes),
    durability: isDurable ? 'disk' : 'system',
    pageCache: new SievePageCache(cache_bytes),
    ...more,
  });
}

export const peregrine: Contestant = {
  name: 'peregrine',
  open: async (options) => contestantOf(await openBenchStore(options)),
};

export function contestantOf(store: Store): OpenContestant {
  const key = new Uint8Array(STORE_KEY_BYTES);
  const find = (wanted: Buffer): Uint8Array | undefined | Promise<Uint8Array | undefined> => {
    writeStoreKey(wanted, key);
    const value = store.getNow(DATABASE, key);
    return value === 'unknown' ? store.get(DATABASE, key.slice()) : value;
  };
  return {
    insert({ keys, values }, from, to) {
      const batch = new BatchWriter((to - from) * (STORE_KEY_BYTES + 8 + (values[from]?.length ?? 0)));
      for (let i = from; i < to; i++) {
        writeStoreKey(keys[i] as Buffer, key);
        batch.put(DATABASE, key, values[i] as Buffer);
      }
      return store.append(batch);
    },
    put(wanted, value) {
      writeStoreKey(wanted, key);
      return store.append(new BatchWriter(STORE_KEY_BYTES + value.length + 16).put(DATABASE, key, value));
    },
    async scan(sum) {
      let records = 0;
      let bytes = 0;
      let start: Uint8Array | undefined = FIRST_KEY;
      while (start !== undefined) {
        const { blocks, resume } = await store.blocks({ database: DATABASE, start, end: LAST_KEY });
        for (const block of blocks) {
          records += block.count;
          bytes += touchAll(block, sum);
        }
        start = resume;
      }
      return { records, bytes };
    },
    async getAll(keys, sum) {
      let bytes = 0;
      for (const wanted of keys) {
        const found = find(wanted);
        const value = found instanceof Promise ? await found : found;
        if (value === undefined) continue;
        bytes += touchValue(value, sum);
      }
      return bytes;
    },
    async settle() {
      await store.flush();
      await store.merge({ force: true });
    },
    close: () => store.close(),
  };
}

/** What a reader does with records at least: looks at each. */
function touchAll({ count, keys, bytes, offsets, lengths }: RecordBlock, sum?: Checksum): number {
  let size_bytes = 0;
  for (let i = 0; i < count; i++) {
    const from = offsets[i] as number;
    const length = lengths[i] as number;
    if ((keys[i * STORE_KEY_BYTES] ?? 0) < 256) size_bytes += KEY_BYTES + length;
    sum?.add(keys, i * STORE_KEY_BYTES + HEAD_BYTES, (i + 1) * STORE_KEY_BYTES);
    sum?.add(bytes, from, from + length);
  }
  return size_bytes;
}
