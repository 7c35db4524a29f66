/**
 * Stores over sorted arrays, for tests of what stands upon stores: they keep the contract of reads and batches, make
 * every append wait a turn as a disk would, and can be killed and opened again with what was acknowledged.
 */

import {
  compareBytes,
  PeregrineError,
  shardOfSlot,
  toSeq,
  toShardId,
  type Seq,
  type ShardId,
} from '../src/base/index.ts';
import {
  DATABASES,
  type Batch,
  type BatchBuild,
  BatchWriter,
  type BlocksResult,
  type DatabaseName,
  type RangeRequest,
  type RangeResult,
  type Shards,
  type Store,
  type StoredRecord,
  type StoreStatus,
} from '../src/storage/index.ts';

type Database = StoredRecord[];

export interface SortedShards extends Shards {
  /** From now on every call fails; nothing that was under way is kept. */
  kill(): void;
  /** Fresh stores with what the killed ones had acknowledged. */
  reopen(): SortedShards;
  /** Every record of a database over all shards. */
  records(database: DatabaseName): readonly StoredRecord[];
}

/** Stores in memory, `count` of them (default 1). */
export function sortedShards(count = 1): SortedShards {
  return open(Array.from({ length: count }, () => new Map<DatabaseName, Database>()));
}

function open(contents: Map<DatabaseName, Database>[]): SortedShards {
  const all = contents.map((databases, shard) => new SortedStore(toShardId(shard), databases));
  return {
    count: all.length,
    all,
    of: (slot) => all[shardOfSlot(slot, all.length)]!,
    kill: () => all.forEach((store) => store.kill()),
    reopen: () => open(contents),
    records: (database) => contents.flatMap((databases) => databases.get(database) ?? []),
  };
}

class SortedStore implements Store {
  readonly shard: ShardId;
  readonly #databases: Map<DatabaseName, Database>;
  #tail: Promise<unknown> = Promise.resolve();
  #seq = 0;
  #isKilled = false;

  constructor(shard: ShardId, databases: Map<DatabaseName, Database>) {
    this.shard = shard;
    this.#databases = databases;
  }

  kill(): void {
    this.#isKilled = true;
  }

  async append(batch: Batch | BatchWriter): Promise<Seq> {
    return (await this.sequence(async () => batch))!;
  }

  sequence(build: BatchBuild): Promise<Seq | null> {
    const done = this.#tail.then(async () => {
      this.#check();
      const built = await build({
        seq: toSeq(this.#seq + 1),
        get: (database, key) => this.get(database, key),
      });
      await new Promise((resolve) => setImmediate(resolve));
      this.#check();
      if (built === null) return null;
      const batch = built instanceof BatchWriter ? built.decoded() : built;
      for (const { database, key, value } of batch.records) this.#put(database, key, value);
      this.#seq += 1;
      return toSeq(this.#seq);
    });
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getNow(database, key);
  }

  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined {
    this.#check();
    const records = this.#databases.get(database) ?? [];
    const found = records[place(records, key)];
    return found !== undefined && compareBytes(found.key, key) === 0 ? found.value : undefined;
  }

  async blocks(request: RangeRequest): Promise<BlocksResult> {
    const { records, ...rest } = await this.range(request);
    const blocks = records.map(({ key, value }) => ({
      keyBytes: key.length,
      count: 1,
      keys: key,
      bytes: value,
      offsets: new Uint32Array(1),
      lengths: new Uint32Array([value.length]),
    }));
    return { blocks, ...rest };
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    this.#check();
    const records = this.#databases.get(request.database) ?? [];
    const taken: StoredRecord[] = [];
    let at = place(records, request.start);
    for (; at < records.length && taken.length < (request.limit ?? Number.POSITIVE_INFINITY); at++) {
      if (compareBytes(records[at]!.key, request.end) > 0) break;
      taken.push(records[at]!);
    }
    const next = records[at];
    const hasMore = next !== undefined && compareBytes(next.key, request.end) <= 0;
    return { records: taken, resume: hasMore ? next.key : undefined };
  }

  async *scan(request: RangeRequest): AsyncIterable<StoredRecord> {
    yield* (await this.range(request)).records;
  }

  async flush(): Promise<void> {}

  async merge(): Promise<number> {
    return 0;
  }

  status(): StoreStatus {
    throw new PeregrineError('INTERNAL', 'These stores keep no books.');
  }

  async close(): Promise<void> {}

  #put(database: DatabaseName, key: Uint8Array, value: Uint8Array | undefined): void {
    if (key.length !== DATABASES[database].keyBytes)
      throw new Error(`A key of ${database} is ${key.length} bytes long.`);
    let records = this.#databases.get(database);
    if (records === undefined) this.#databases.set(database, (records = []));
    const at = place(records, key);
    const isThere = records[at] !== undefined && compareBytes(records[at].key, key) === 0;
    if (value === undefined) records.splice(at, isThere ? 1 : 0);
    else records.splice(at, isThere ? 1 : 0, { key: key.slice(), value: value.slice() });
  }

  #check(): void {
    if (this.#isKilled) throw new PeregrineError('CLOSED', 'The store is closed.');
  }
}

/** Index of the first record at or behind `key`. */
function place(records: Database, key: Uint8Array): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(records[middle]!.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
