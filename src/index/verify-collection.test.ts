import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  seededRandom,
  segmentOf,
} from '../../testing/index-fixtures.ts';
import { isPeregrineError } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { CollectionSegments } from './collection-segments.ts';
import type { IndexVerifyProgress } from './index-contract.ts';
import { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { clearIn } from './owned-segment.ts';
import { Segment } from './segment.ts';
import { verifyCollection } from './verify-collection.ts';

/** Two segments in files, one in memory. */
async function filled(): Promise<FakeStore> {
  const random = seededRandom(91);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let number = 0; number < 40; number++) {
    store.put(number, randomDocument(random, { words: 30 }));
    if (number === 9 || number === 29) await store.flush();
  }
  return store;
}

test('documents of slots that are not the shard’s are counted in each segment, and told', async () => {
  const store = await filled();
  const foreign = new Set([0, 1, 2, 10].map(docIdOf));
  const reports = await store.index.verify(COLLECTION, { owns: (docId) => !foreign.has(docId) });
  assert.deepEqual(
    reports.map(({ documents, own, problems }) => [documents, own, problems.join('; ')]),
    [
      [10, 7, 'of 10 documents only 7 belong to this shard'],
      [20, 19, 'of 20 documents only 19 belong to this shard'],
      [10, 10, ''],
    ],
  );
  await store.index.close();
});

const twice = (number: number): string => `document ${docIdOf(number)} lives in another segment too`;

test('a document that lives in two segments is told of both, and none that lives in one', async () => {
  const memory = new IndexMemory(2 ** 20, 'wasm');
  let number = 0;
  const collection = new CollectionSegments(memory, COLLECTION, () => (number += 1), 2 ** 20);
  const random = seededRandom(92);
  const segmentWith = (numbers: readonly number[]): void => {
    const documents = numbers.map((one) => ({
      docId: docIdOf(one),
      document: randomDocument(random, { words: 30 }),
    }));
    number += 1;
    const segment = Segment.inMemory(memory, { id: number, collection: COLLECTION }, segmentOf(documents));
    collection.own(segment, LiveBits.all(memory.linear, documents.length));
  };
  segmentWith([1, 2, 3, 4, 5, 6]);
  segmentWith([7, 4]);
  segmentWith([8, 9, 5, 2]);
  // The second version of 5 is deleted, so that it lives once.
  const [, , third] = collection.owned;
  clearIn(third!, docIdOf(5));
  const reports = await verifyCollection(memory, collection, {});
  assert.deepEqual(
    reports.map(({ problems }) => [...problems].sort()),
    [[twice(2), twice(4)].sort(), [twice(4)], [twice(2)]],
  );
  collection.close();
});

test('a check tells how far it is, lets documents come and go meanwhile, and ends when it is told to', async () => {
  const store = await filled();
  const seen: IndexVerifyProgress[] = [];
  const onProgress = (progress: IndexVerifyProgress): void => {
    seen.push(progress);
    store.delete(seen.length);
  };
  const reports = await store.index.verify(COLLECTION, { onProgress });
  assert.deepEqual(
    reports.map(({ live, problems }) => [live, problems.length]),
    [
      [10, 0],
      [20, 0],
      [10, 0],
    ],
  );
  const done = seen.map(({ segmentsDone }) => segmentsDone);
  assert.deepEqual([done[0], ...new Set(done)], [0, 0, 1, 2, 3], 'inside a segment too');
  const bytes = seen.map(({ done_bytes }) => done_bytes);
  assert.deepEqual(
    bytes,
    bytes.toSorted((a, b) => a - b),
    'it never goes back',
  );
  assert.equal(seen.at(-1)?.done_bytes, seen.at(-1)?.total_bytes);
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(store.index.verify(COLLECTION, { signal: stop.signal }), (error) =>
    isPeregrineError(error, 'CANCELLED'),
  );
  await store.index.close();
});
