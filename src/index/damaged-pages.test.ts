import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { MemoryDisk } from '../disk/index.ts';

test('a damaged page takes its segment out of the answer, which says so, and the log names it once', async () => {
  const random = seededRandom(111);
  const disk = new MemoryDisk();
  const events: unknown[] = [];
  const log = {
    write: (level: string, event: string, facts?: Readonly<Record<string, unknown>>) =>
      events.push([level, event, facts?.['file'], facts?.['page']]),
  };
  const store = await FakeStore.open({ disk, log });
  for (let number = 0; number < 1100; number++) {
    store.put(number, randomDocument(random, { words: 5 }));
    if (number === 999) await store.flush();
  }
  await store.flush();
  const path = `shard/${store.files[0]!.path}`;
  const file = await disk.open(path, 'write');
  const size_bytes = await file.size();
  assert.ok(size_bytes > 16_384, 'there is a page beside the head');
  // Every page but the head's and the last, which opening reads.
  const garbage = new Uint8Array(16).fill(1);
  for (let offset = 16_384; offset < size_bytes - 16_384; offset += 16_384) await file.write(garbage, offset);
  await file.close();
  await store.restart();
  assert.equal(store.index.status(COLLECTION).damaged, 0, 'nobody has met it');
  const scored = [{ stem: wordHash(0), surface: undefined, weight: 1, place: 0 }];
  const view = store.index.view(COLLECTION);
  const second = new Set(Array.from({ length: 100 }, (_, i) => docIdOf(1000 + i)));
  for (let i = 0; i < 3; i++) {
    const statistics = view.statistics(scored);
    const found = view.search({
      collection: COLLECTION,
      scored,
      required: [],
      excluded: [],
      weights: WEIGHTS,
      limit: 1100,
      statistics,
    });
    assert.ok(found.hits.length > 50);
    assert.ok(found.hits.every(({ docId }) => second.has(docId)));
    assert.deepEqual([found.partial, found.countIsExact], [true, false]);
  }
  view.release();
  assert.equal(store.index.status(COLLECTION).damaged, 1);
  assert.deepEqual(
    store.index.segments(COLLECTION).map(({ state }) => state),
    ['damaged', 'sound'],
  );
  const distinct = new Set(events.map((event) => JSON.stringify(event)));
  assert.ok(events.length > 0);
  assert.equal(distinct.size, events.length);
  for (const [level, event, named] of events as string[][]) {
    assert.deepEqual([level, event, named], ['error', 'index.page-damaged', path]);
  }
  await store.index.close();
});
