/** LevelDB and RocksDB through their bindings, which share an interface. */

import { importPeer } from '../peers.ts';
import type { Contestant, OpenContestant, OpenOptions } from './contestant.ts';
import type { Checksum, Dataset } from './dataset.ts';

interface LevelIterator {
  nextv(count: number): Promise<readonly (readonly [Buffer, Buffer])[]>;
  close(): Promise<void>;
}

interface LevelBatch {
  put(key: Buffer, value: Buffer): LevelBatch;
  write(options?: { sync: boolean }): Promise<void>;
}

interface Level {
  open(): Promise<void>;
  close(): Promise<void>;
  batch(): LevelBatch;
  put(key: Buffer, value: Buffer, options?: { sync: boolean }): Promise<void>;
  get(key: Buffer): Promise<Buffer | undefined>;
  getSync?(key: Buffer): Buffer | undefined;
  iterator(options: { highWaterMarkBytes: number }): LevelIterator;
  compactRange?(start: Buffer, end: Buffer): Promise<void>;
}

type LevelClass = new (directory: string, options: Readonly<Record<string, unknown>>) => Level;

/** Records asked for in one call of an iterator. */
const SCAN_RECORDS = 1000;

export const classicLevel: Contestant = {
  name: 'classic-level',
  async open(options) {
    const { ClassicLevel } = await importPeer<{ ClassicLevel: LevelClass }>('classic-level');
    const level = new ClassicLevel(options.directory, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      writeBufferSize: options.write_bytes,
      cacheSize: options.cache_bytes,
    });
    await level.open();
    return contestantOf(level, options);
  },
};

export const rocksDb: Contestant = {
  name: 'rocksdb',
  async open(options) {
    const { RocksLevel } = await importPeer<{ RocksLevel: LevelClass }>('@nxtedition/rocksdb');
    const level = new RocksLevel(options.directory, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      cacheSize: options.cache_bytes,
      memtableMemoryBudget: options.write_bytes,
      // Its own choice, zstd, would cost it more time than the others spend.
      compression: false,
    });
    await level.open();
    return contestantOf(level, options);
  },
};

function contestantOf(level: Level, { isDurable }: OpenOptions): OpenContestant {
  return {
    insert({ keys, values }: Dataset, from, to) {
      const batch = level.batch();
      for (let i = from; i < to; i++) batch.put(keys[i] as Buffer, values[i] as Buffer);
      return batch.write({ sync: isDurable });
    },
    put: (key, value) => level.put(key, value, { sync: isDurable }),
    async scan(sum) {
      const iterator = level.iterator({ highWaterMarkBytes: 1024 * 1024 });
      let records = 0;
      let bytes = 0;
      for (;;) {
        const entries = await iterator.nextv(SCAN_RECORDS);
        if (entries.length === 0) break;
        records += entries.length;
        for (const [key, value] of entries) bytes += touch(key, value, sum);
      }
      await iterator.close();
      return { records, bytes };
    },
    async getAll(keys, sum) {
      let bytes = 0;
      for (const key of keys) {
        const value = level.getSync === undefined ? await level.get(key) : level.getSync(key);
        if (value === undefined) continue;
        bytes += touchValue(value, sum);
      }
      return bytes;
    },
    settle: () => level.compactRange?.(Buffer.alloc(1), Buffer.alloc(32, 0xff)) ?? Promise.resolve(),
    close: () => level.close(),
  };
}

/** What a reader does with a record at least: looks at it. */
export function touchValue(value: Uint8Array, sum?: Checksum): number {
  sum?.add(value);
  return (value[0] ?? 0) < 256 ? value.length : 0;
}

export function touch(key: Buffer, value: Buffer, sum?: Checksum): number {
  if (sum !== undefined) {
    sum.add(key);
    sum.add(value);
  }
  return (key[0] ?? 0) < 256 ? key.length + value.length : 0;
}
