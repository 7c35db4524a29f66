import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLLECTION, docIdOf, randomDocument, seededRandom } from '../../testing/index-fixtures.ts';
import { ManualClock, silentLog, toShardId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { createShardIndex, encodeIndexOperation, INDEX_STATE } from '../index/index.ts';
import { openStore } from '../storage/index.ts';
import { encodeAnalysedDocument } from '../text/index.ts';
import { startMaintenance } from './maintenance.ts';

test('what nobody adds to any more is in no segment in memory after five minutes, and one file is made of it', async () => {
  const disk = new MemoryDisk();
  const clock = new ManualClock();
  const index = createShardIndex({ disk, log: silentLog });
  const store = await openStore({ disk, directory: 'shard', shard: toShardId(0), derived: [index] });
  const maintenance = startMaintenance({
    held: () => [{ store, index }],
    collectGarbage: () => undefined,
    scrub_bytesPerSecond: 0,
    clock,
    log: silentLog,
  });
  const random = seededRandom(17);
  const put = async (number: number): Promise<void> => {
    const document = encodeAnalysedDocument(randomDocument(random, { words: 30 }));
    const operation = { kind: 'put', collection: COLLECTION, docId: docIdOf(number), document } as const;
    const derived = [{ state: INDEX_STATE, payload: encodeIndexOperation(operation) }];
    await store.append({ records: [], derived });
    index.view(COLLECTION).release();
  };
  const looks = async (count: number): Promise<void> => {
    for (let look = 0; look < count; look++) {
      await clock.advance(2_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const told = (): readonly number[] => {
    const { documents, segments, liveSegments } = index.status(COLLECTION);
    return [documents, segments, liveSegments];
  };
  for (let number = 0; number < 5; number++) await put(number);
  // Somebody adds a little now and then: no file is made for each.
  await looks(100);
  await put(5);
  await looks(100);
  assert.ok((told()[2] ?? 0) > 0);
  await looks(100);
  while ((told()[2] ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told(), [6, 1, 0]);
  const { checkpointSeq } = store.status();
  await looks(400);
  assert.equal(store.status().checkpointSeq, checkpointSeq);
  await maintenance.stop();
  await store.close();
});
