/**
 * Records whose slot is another shard's, handed to it: each goes to its owner as any write does, unless the owner knows
 * something of that key, which is newer then; only when that is acknowledged does it leave this shard. A kill in between
 * leaves it in both, and the next time sees that the owner has it. Titles are indexed there and leave the index here.
 */

import {
  type CollectionId,
  DOC_HASH_BITS,
  type DocId,
  isPeregrineError,
  type LogSink,
  must,
  SLOT_COUNT,
  slotsOfShard,
  toCollectionId,
  toDocId,
  toSlot,
} from '../base/index.ts';
import { CrawlMetaKind } from '../crawl/index.ts';
import { analyseRecord } from '../document/index.ts';
import { encodeIndexOperation, INDEX_STATE } from '../index/index.ts';
import {
  collectionRange,
  DATABASE_NAMES,
  type DatabaseName,
  type DerivedOperation,
  KEY_HEAD_BYTES,
  KeyReader,
  type MaintainedStore,
  type RecordOperation,
  type Shards,
  type Store,
  type StoredRecord,
} from '../storage/index.ts';
import { decodeInbound, inboundKey } from './inbound-record.ts';
import { MetaKind } from './meta-kinds.ts';
import { stopWhere } from './shard-titles.ts';

/** Read, handed over and deleted at once. */
const STEP_BYTES = 262_144;
const STEP_RECORDS = 256;
/** `meta` records that speak of the shard they lie in: elsewhere they mean nothing. */
const OF_THE_SHARD_ITSELF: ReadonlySet<number> = new Set([
  CrawlMetaKind.lease,
  MetaKind.mirrorPosition,
  // An owner that took it for its own would pass over documents when its index is made anew.
  MetaKind.rebuild,
]);

export interface HandOver {
  /** Records that their owner has now, and did not have before. */
  readonly handed: number;
  /** Records that left as their owner knew something newer, or as they mean nothing elsewhere. */
  readonly dropped: number;
}

/** Of one shard. `CANCELLED`, `UNAVAILABLE` and what else a write can meet: what was done until then stays done. */
export async function handOverForeign(
  shards: Shards,
  store: MaintainedStore,
  log: LogSink,
  signal?: AbortSignal,
): Promise<HandOver> {
  const { first, last } = slotsOfShard(store.shard, shards.count);
  let [handed, dropped] = [0, 0];
  for (const database of DATABASE_NAMES) {
    // What waits there is delivered from wherever it lies, and leaves then.
    if (database === 'outbox') continue;
    for (const [from, to] of [
      [0, first - 1],
      [last + 1, SLOT_COUNT - 1],
    ] as const) {
      if (from > to) continue;
      for await (const records of foreignRecords(store, database, from, to, signal)) {
        const taken = await handOver(shards, database, records);
        await forget(store, database, records);
        handed += taken;
        dropped += records.length - taken;
      }
    }
  }
  if (handed + dropped > 0) {
    log.write('warn', 'storage.foreign-handed-over', { shard: store.shard, handed, dropped });
    // Until a merge has met the deletions, files hold what they delete, and every verification counts it.
    await store.flush();
    await store.merge({ force: true });
  }
  return { handed, dropped };
}

async function* foreignRecords(
  store: Store,
  database: DatabaseName,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly StoredRecord[]> {
  let start: Uint8Array | undefined = collectionRange(database, toSlot(from), toCollectionId(0)).start;
  const { end } = collectionRange(database, toSlot(to), toCollectionId(0xffff_ffff));
  while (start !== undefined) {
    stopWhere(signal);
    const page: Awaited<ReturnType<Store['range']>> = await store.range({
      database,
      start,
      end,
      byteTarget: STEP_BYTES,
      limit: STEP_RECORDS,
      priority: 'background',
      skipLost: true,
    });
    // Views of pages: they are kept over writes.
    const records = page.records.map(({ key, value }) => ({ key: key.slice(), value: value.slice() }));
    if (records.length > 0) yield records;
    start = page.resume;
  }
}

/** Resolves, when owners have acknowledged all, with how many they did not have. */
async function handOver(
  shards: Shards,
  database: DatabaseName,
  records: readonly StoredRecord[],
): Promise<number> {
  const byOwner = Map.groupBy(
    records.filter(({ key }) => !isOfTheShardItself(database, key)),
    ({ key }) => shards.of(new KeyReader(key).slot),
  );
  let handed = 0;
  for (const [owner, own] of byOwner) {
    let taken = 0;
    await owner.sequence(async (reads) => {
      const wanted: RecordOperation[] = [];
      const derived: DerivedOperation[] = [];
      for (const { key, value } of own) {
        if ((await reads.get(database, key)) !== undefined) continue;
        wanted.push({ database, key, value });
        if (database !== 'titles') continue;
        const { collection, docId } = placeOfTitle(key);
        const inbound = await reads.get('meta', inboundKey(collection, docId));
        const document = formOf(value, inbound);
        if (document !== undefined) {
          const payload = encodeIndexOperation({ kind: 'put', collection, docId, document });
          derived.push({ state: INDEX_STATE, payload });
        }
      }
      taken = wanted.length;
      return taken === 0 ? null : { records: wanted, derived };
    });
    handed += taken;
  }
  return handed;
}

/** Deletes what is still as it was handed over. */
async function forget(store: Store, database: DatabaseName, records: readonly StoredRecord[]): Promise<void> {
  await store.sequence(async (reads) => {
    const deletions: RecordOperation[] = [];
    const derived: DerivedOperation[] = [];
    for (const { key, value } of records) {
      const now = await reads.get(database, key);
      if (now === undefined || Buffer.compare(now, value) !== 0) continue;
      deletions.push({ database, key, value: undefined });
      if (database !== 'titles') continue;
      const payload = encodeIndexOperation({ kind: 'delete', ...placeOfTitle(key) });
      derived.push({ state: INDEX_STATE, payload });
    }
    return deletions.length === 0 ? null : { records: deletions, derived };
  });
}

function isOfTheShardItself(database: DatabaseName, key: Uint8Array): boolean {
  return database === 'meta' && OF_THE_SHARD_ITSELF.has(must(key[KEY_HEAD_BYTES], 'the kind of a record'));
}

function placeOfTitle(key: Uint8Array): { readonly collection: CollectionId; readonly docId: DocId } {
  const reader = new KeyReader(key);
  const docId = toDocId(reader.slot * 2 ** DOC_HASH_BITS + reader.u48());
  return { collection: reader.collection, docId };
}

/** What the index gets; a record that can't be read is handed over all the same, and found by a repair of the index. */
function formOf(record: Uint8Array, inbound: Uint8Array | undefined): Uint8Array | undefined {
  // An empty value marks a deletion on a chain of colliding ids.
  if (record.length === 0) return undefined;
  try {
    return analyseRecord(record, inbound === undefined ? undefined : decodeInbound(inbound));
  } catch (error) {
    if (isPeregrineError(error) && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}
