/** Ours. The 18 bytes of a key stand behind the head that every key of a store begins with: slot and collection. */

import { toShardId } from '../../src/base/index.ts';
import { openRealDisk } from '../../src/disk/index.ts';
import {
  type DatabaseName,
  LruPageCache,
  openStore,
  type RecordOperation,
  type Store,
  type StoreOptions,
} from '../../src/storage/index.ts';
import type { Contestant, OpenContestant, OpenOptions } from './contestant.ts';
import { KEY_BYTES } from './dataset.ts';

export const DATABASE: DatabaseName = 'frontier';
const HEAD_BYTES = 6;
const STORE_KEY_BYTES: number = HEAD_BYTES + KEY_BYTES;
const FIRST_KEY: Uint8Array = storeKey(new Uint8Array(KEY_BYTES));
const LAST_KEY: Uint8Array = storeKey(new Uint8Array(KEY_BYTES).fill(0xff));

/** Slot: the first twelve bits of the key, so that the order stays. Collection 1. */
export function storeKey(key: Uint8Array): Uint8Array {
  const whole = new Uint8Array(STORE_KEY_BYTES);
  whole[0] = (key[0] as number) >>> 4;
  whole[1] = (((key[0] as number) << 4) | ((key[1] as number) >>> 4)) & 0xff;
  whole[5] = 1;
  whole.set(key, HEAD_BYTES);
  return whole;
}

export async function openBenchStore(
  { directory, write_bytes, cache_bytes }: OpenOptions,
  more: Partial<StoreOptions> = {},
): Promise<Store> {
  return openStore({
    disk: await openRealDisk(directory),
    directory: 'store',
    shard: toShardId(0),
    memory_bytes: write_bytes,
    pageCache: new LruPageCache(cache_bytes),
    ...more,
  });
}

export const peregrine: Contestant = {
  name: 'peregrine',
  open: async (options) => contestantOf(await openBenchStore(options)),
};

export function contestantOf(store: Store): OpenContestant {
  return {
    insert({ keys, values }, from, to) {
      const records: RecordOperation[] = [];
      for (let i = from; i < to; i++) {
        records.push({ database: DATABASE, key: storeKey(keys[i] as Buffer), value: values[i] });
      }
      return store.append({ records });
    },
    put: (key, value) => store.append({ records: [{ database: DATABASE, key: storeKey(key), value }] }),
    async scan(sum) {
      let records = 0;
      let bytes = 0;
      for await (const { key, value } of store.scan({
        database: DATABASE,
        start: FIRST_KEY,
        end: LAST_KEY,
      })) {
        records += 1;
        bytes += KEY_BYTES + value.length;
        sum?.add(key, HEAD_BYTES);
        sum?.add(value);
      }
      return { records, bytes };
    },
    async getAll(keys, sum) {
      let bytes = 0;
      for (const key of keys) {
        const value = await store.get(DATABASE, storeKey(key));
        if (value === undefined) continue;
        bytes += value.length;
        sum?.add(value);
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
