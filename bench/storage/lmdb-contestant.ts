/** LMDB through its binding. It maps its file: what it reads stands in the system's cache, beyond any limit of ours. */

import { importPeer } from '../peers.ts';
import type { Contestant } from './contestant.ts';
import { touch, touchValue } from './level-contestants.ts';

interface LmdbDatabase {
  get(key: Buffer): Buffer | undefined;
  put(key: Buffer, value: Buffer): Promise<boolean>;
  putSync(key: Buffer, value: Buffer): void;
  transactionSync(run: () => void): void;
  getRange(options: object): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  close(): Promise<void>;
  readonly flushed: Promise<unknown>;
}

interface LmdbModule {
  open(options: Readonly<Record<string, unknown>>): LmdbDatabase;
}

export const lmdb: Contestant = {
  name: 'lmdb',
  async open({ directory, isDurable }) {
    const peer = await importPeer<LmdbModule>('lmdb');
    const database = peer.open({
      path: directory,
      keyEncoding: 'binary',
      encoding: 'binary',
      compression: false,
      noSync: !isDurable,
      // A put that waits for the disk says so itself.
      overlappingSync: false,
    });
    return {
      insert({ keys, values }, from, to) {
        database.transactionSync(() => {
          for (let i = from; i < to; i++) database.putSync(keys[i] as Buffer, values[i] as Buffer);
        });
      },
      put: (key, value) => database.put(key, value),
      async scan(sum) {
        let records = 0;
        let bytes = 0;
        for (const { key, value } of database.getRange({})) {
          records += 1;
          bytes += touch(key, value, sum);
        }
        return { records, bytes };
      },
      async getAll(keys, sum) {
        let bytes = 0;
        for (const key of keys) {
          const value = database.get(key);
          if (value === undefined) continue;
          bytes += touchValue(value, sum);
        }
        return bytes;
      },
      settle: async () => undefined,
      close: () => database.close(),
    };
  },
};
