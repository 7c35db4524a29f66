import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  filterHashOf,
  randomDocument,
  randomQuery,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { NaiveIndex } from '../../testing/naive-shard-index.ts';
import { isPeregrineError, toCollectionId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { encodeIndexOperation } from './index-operation-codec.ts';
import { ALL_GROUPS } from './clause.ts';
import type { IndexQuery } from './index-query.ts';
import type { IndexView } from './index-contract.ts';
import type { KernelKind } from './kernel-host.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

/** Compares the index with the naive one on a query: hits, scores, features and, without pruning, the count. */
function compare(view: IndexView, naive: NaiveIndex, query: Omit<IndexQuery, 'statistics'>): void {
  const statistics = naive.statistics(query.scored);
  const expected = naive.search({ ...query, statistics });
  const pruned = view.search({ ...query, statistics });
  const exhaustive = view.search({ ...query, statistics, exhaustive: true });
  assert.deepEqual(exhaustive.hits, expected.hits);
  assert.deepEqual(pruned.hits, expected.hits);
  assert.equal(exhaustive.matches, expected.matches);
  assert.equal(exhaustive.countIsExact, true);
  if (pruned.countIsExact) assert.equal(pruned.matches, expected.matches);
  else assert.ok(pruned.matches <= expected.matches);
}

function ids(hits: readonly { docId: number }[]): number[] {
  return hits.map(({ docId }) => docId).sort((a, b) => a - b);
}

for (const kernels of KINDS) {
  test(`the ${kernels} index finds what the naive one finds, pruned or not`, async () => {
    const random = seededRandom(kernels === 'wasm' ? 11 : 12);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels });
    const naive = new NaiveIndex();
    for (let number = 0; number < 1200; number++) {
      const document = randomDocument(random, { words: 60 });
      store.put(number, document);
      naive.put(docIdOf(number), document);
    }
    const view = store.index.view(COLLECTION);
    for (let i = 0; i < 60; i++) compare(view, naive, randomQuery(random, 60));
    view.release();
    await store.index.close();
  });
}

test('the index equals the naive one through adds, replacements, deletions, flushes, merges and kills', async () => {
  for (const kernels of KINDS) {
    const random = seededRandom(kernels === 'wasm' ? 21 : 22);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels, memory_bytes: 2 ** 18 });
    const naive = new NaiveIndex();
    const change = (): void => {
      const number = random.below(160);
      if (random.below(4) === 0) {
        store.delete(number);
        naive.delete(docIdOf(number));
      } else {
        const document = randomDocument(random, { words: 40, maxZones: 3, maxZoneTokens: 12 });
        store.put(number, document);
        naive.put(docIdOf(number), document);
      }
    };
    for (let step = 0; step < 90; step++) {
      for (let i = random.below(14); i > 0; i--) change();
      const act = random.below(10);
      // Changes while files are written, seen by a view before the manifest names the files.
      if (act < 3) {
        await store.flush(() => {
          for (let i = random.below(12); i > 0; i--) change();
          store.index.view(COLLECTION).release();
        });
      }
      if (act === 3) await store.restart();
      else if (act === 4)
        await Promise.all([store.index.merge({ force: random.below(2) === 0 }), store.flush(change)]);
      else if (act === 5) {
        const merge = store.index.merge({ force: true });
        change();
        store.index.view(COLLECTION).release();
        await merge;
      }
      const view = store.index.view(COLLECTION);
      assert.equal(view.documentCount, naive.documents.size);
      for (let i = 0; i < 2; i++) compare(view, naive, randomQuery(random, 40));
      const asked = randomQuery(random, 40).scored;
      const { documentFrequencies, surfaceFrequencies, documentCount } = view.statistics(asked);
      const expected = naive.statistics(asked);
      assert.deepEqual(documentFrequencies, expected.documentFrequencies);
      assert.deepEqual(surfaceFrequencies, expected.surfaceFrequencies);
      assert.equal(documentCount, expected.documentCount);
      const number = random.below(160);
      assert.equal(view.has(docIdOf(number)), naive.documents.has(docIdOf(number)));
      view.release();
      assert.ok(store.index.status(COLLECTION).liveSegments <= 12);
    }
    // What the manifest names is there, and nothing else is; all of it is sound.
    await store.flush();
    for (const { problems } of await store.index.verify(COLLECTION)) assert.deepEqual(problems, []);
    const named = store.files.map(({ path }) => path.replace('derived-1/', '')).sort();
    assert.deepEqual(await store.disk.list('shard/derived-1'), named);
    await store.index.close();
  }
});

test('a view shows what it showed when it was taken', async () => {
  const random = seededRandom(31);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const before = new NaiveIndex();
  for (let number = 0; number < 60; number++) {
    const document = randomDocument(random, { words: 20 });
    store.put(number, document);
    before.put(docIdOf(number), document);
  }
  await store.flush();
  const view = store.index.view(COLLECTION);
  for (let number = 0; number < 60; number += 2) store.delete(number);
  for (let number = 1; number < 60; number += 2) store.put(number, randomDocument(random, { words: 20 }));
  await store.flush();
  await store.index.merge({ force: true });
  const after = store.index.view(COLLECTION);
  assert.ok(after.version > view.version);
  assert.equal(after.documentCount, 30);
  for (let i = 0; i < 20; i++) compare(view, before, randomQuery(random, 20));
  view.release();
  after.release();
  await store.index.close();
});

test('what waits to be seen is told of without being shown', async () => {
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const random = seededRandom(32);
  const filter = filterHashOf(1);
  const page = (hasFilter: boolean): Parameters<FakeStore['put']>[1] => ({
    ...randomDocument(random, { words: 20 }),
    filterHashes: BigUint64Array.from(hasFilter ? [filter] : []),
  });
  store.put(1, page(true));
  store.index.view(COLLECTION).release();
  store.put(1, page(false));
  store.put(2, page(true));
  const stale = store.index.view(COLLECTION, { isFresh: false });
  assert.deepEqual([stale.has(docIdOf(1)), stale.has(docIdOf(2))], [true, false]);
  const waiting = store.index.waiting(COLLECTION, filter);
  assert.deepEqual(waiting.found, [docIdOf(2)]);
  assert.deepEqual(
    [1, 2, 3].map((number) => waiting.isWaiting(docIdOf(number))),
    [true, true, false],
  );
  const fresh = store.index.view(COLLECTION);
  assert.equal(fresh.has(docIdOf(2)), true);
  assert.deepEqual(store.index.waiting(COLLECTION, filter).found, []);
  stale.release();
  fresh.release();
  await store.index.close();
});

test('a dropped collection is gone, from the view at once and from the disk with the next flush', async () => {
  const random = seededRandom(41);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let number = 0; number < 20; number++) store.put(number, randomDocument(random, { words: 20 }));
  await store.flush();
  const other = toCollectionId(8);
  store.put(1, randomDocument(random, { words: 20 }), other);
  // Dropped while its files are being written.
  await store.flush(() => store.append(encodeIndexOperation({ kind: 'drop', collection: other })));
  store.append(encodeIndexOperation({ kind: 'drop', collection: COLLECTION }));
  const view = store.index.view(COLLECTION);
  assert.equal(view.documentCount, 0);
  view.release();
  await store.flush();
  assert.deepEqual(await store.disk.list('shard/derived-1'), []);
  assert.deepEqual(store.index.collections(), []);
  await store.index.close();
});

test('lists of many blocks are searched exactly, with weights and averages changed after they were written', async () => {
  const random = seededRandom(51);
  const store = await FakeStore.open({ disk: new MemoryDisk(), memory_bytes: 2 ** 18 });
  const naive = new NaiveIndex();
  for (let number = 0; number < 9000; number++) {
    const document = randomDocument(random, { words: 6, filters: 2, maxZones: 2, maxZoneTokens: 16 });
    store.put(number, document);
    naive.put(docIdOf(number), document);
  }
  await store.flush();
  const [report] = await store.index.verify(COLLECTION);
  assert.deepEqual(report?.problems, []);
  const view = store.index.view(COLLECTION);
  let pruned = 0;
  for (let i = 0; i < 8; i++) {
    const query = randomQuery(random, 6);
    const statistics = naive.statistics(query.scored);
    const changed = {
      ...query,
      limit: 10,
      statistics: {
        ...statistics,
        documentCount: statistics.documentCount + random.below(2000),
        fieldLengthTotals: statistics.fieldLengthTotals.map((total) => total * (0.2 + 3 * random.unit())),
      },
      weights: {
        ...query.weights,
        k1: 0.3 + 3 * random.unit(),
        fieldWeights: query.weights.fieldWeights.map(() => random.unit() * 4),
        fieldLengthNorms: query.weights.fieldLengthNorms.map(() => random.unit()),
        presence: random.unit() / 2,
      },
    };
    const expected = naive.search(changed).hits;
    const found = view.search(changed);
    assert.deepEqual(found.hits, expected);
    const exhaustive = view.search({ ...changed, exhaustive: true });
    assert.deepEqual(exhaustive.hits, expected);
    assert.equal(exhaustive.matches, naive.search(changed).matches);
    if (!found.countIsExact) pruned += 1;
  }
  assert.ok(pruned > 0, 'some searches are pruned');
  // Its list has more than one table of blocks, and a window of documents stands across two of them.
  const scored = [{ stem: wordHash(0), surface: undefined, weight: 1, place: 0 }];
  const statistics = naive.statistics(scored);
  assert.ok((statistics.documentFrequencies[0] ?? 0) > 8192);
  const every = { collection: COLLECTION, scored, required: [], excluded: [], weights: WEIGHTS, limit: 9000 };
  const all = view.search({ ...every, statistics });
  assert.deepEqual(ids(all.hits), ids(naive.search({ ...every, statistics }).hits));
  view.release();
  await store.index.close();
});

test('a flipped bit in any page is told with file and page, at opening or by a search, or changes nothing that is asked', async () => {
  const random = seededRandom(61);
  const disk = new MemoryDisk();
  let told: Readonly<Record<string, unknown>> | undefined;
  const log = {
    write: (_level: string, event: string, facts?: Readonly<Record<string, unknown>>) => {
      if (event === 'index.segment-damaged') told = facts;
    },
  };
  const store = await FakeStore.open({ disk, memory_bytes: 2 ** 17, log });
  const naive = new NaiveIndex();
  for (let number = 0; number < 400; number++) {
    const document = randomDocument(random, { words: 300 });
    store.put(number, document);
    naive.put(docIdOf(number), document);
  }
  await store.flush();
  const queries = Array.from({ length: 12 }, () => randomQuery(random, 300));
  const { size_bytes, path } = store.files[0]!;
  let refused = 0;
  for (let round = 0; round < 40; round++) {
    const offset = random.below(size_bytes);
    const file = await disk.open(`shard/${path}`, 'write');
    const byte = new Uint8Array(1);
    await file.read(byte, offset);
    await file.write(Uint8Array.of(byte[0]! ^ (1 << random.below(8))), offset);
    told = undefined;
    await store.restart();
    const view = store.index.view(COLLECTION);
    try {
      if (store.index.status(COLLECTION).damaged === 0) {
        for (const query of queries) compare(view, naive, query);
      }
    } catch (error) {
      assert.ok(isPeregrineError(error, 'CORRUPT'), String(error));
      told = error.facts;
    } finally {
      view.release();
    }
    if (told !== undefined) {
      assert.equal(told['file'], `shard/${path}`);
      assert.equal(told['page'], Math.floor(offset / 16384));
      refused += 1;
    }
    await file.write(byte, offset);
    await file.close();
  }
  assert.ok(refused > 10, `${refused} of 40 flips were noticed`);
  await store.index.close();
});

test('a collection that is dropped while a flush is under way does not come back', async () => {
  const random = seededRandom(81);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let number = 0; number < 20; number++) store.put(number, randomDocument(random, { words: 20 }));
  await store.flush();
  for (let number = 0; number < 10; number++) store.delete(number);
  await store.flush(() => store.append(encodeIndexOperation({ kind: 'drop', collection: COLLECTION })));
  await store.flush();
  await store.restart();
  assert.equal(store.index.status(COLLECTION).documents, 0);
  assert.deepEqual(store.files, []);
  assert.deepEqual(await store.disk.list('shard/derived-1'), []);
  await store.index.close();
});

test('what a killed flush left behind is removed, and its names can be used again', async () => {
  const random = seededRandom(91);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const naive = new NaiveIndex();
  for (let number = 0; number < 30; number++) {
    const document = randomDocument(random, { words: 20 });
    store.put(number, document);
    naive.put(docIdOf(number), document);
  }
  for (let kill = 0; kill < 3; kill++) {
    await assert.rejects(
      store.flush(() => {
        throw new Error('killed');
      }),
    );
    await store.restart();
    assert.deepEqual(await store.disk.list('shard/derived-1'), []);
  }
  await store.flush();
  store.delete(3);
  naive.delete(docIdOf(3));
  // A flush that fails and is tried again in the same life.
  await assert.rejects(
    store.flush(() => {
      throw new Error('not adopted');
    }),
  );
  await store.flush();
  await store.restart();
  const view = store.index.view(COLLECTION);
  assert.equal(view.documentCount, 29);
  for (let i = 0; i < 10; i++) compare(view, naive, randomQuery(random, 20));
  view.release();
  await store.index.close();
});

test('memory comes back: nothing is held after segments and views went', async () => {
  const random = seededRandom(95);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let round = 0; round < 12; round++) {
    for (let number = 0; number < 40; number++) store.put(number, randomDocument(random, { words: 20 }));
    const view = store.index.view(COLLECTION);
    if (round % 3 === 0) await store.flush();
    if (round % 4 === 0) await store.index.merge({ force: true });
    view.release();
  }
  await store.flush();
  await store.index.merge({ force: true });
  const status = store.index.status(COLLECTION);
  assert.deepEqual([status.documents, status.deleted, status.segments, status.memory_bytes], [40, 0, 1, 0]);
  await store.index.close();
});

test('a document deleted in the last moment of a merge stays deleted', async () => {
  const random = seededRandom(85);
  /** Runs something once, when the names of files are made durable. */
  class HookedDisk extends MemoryDisk {
    hook: (() => void) | undefined;
    override async syncDirectory(path: string): Promise<void> {
      await super.syncDirectory(path);
      const { hook } = this;
      this.hook = undefined;
      hook?.();
    }
  }
  const disk = new HookedDisk();
  const store = await FakeStore.open({ disk });
  for (let number = 0; number < 40; number++) {
    store.put(number, randomDocument(random, { words: 20 }));
    if (number === 20) await store.flush();
  }
  await store.flush();
  const deleteAndLook = (number: number): void => {
    store.delete(number);
    store.index.view(COLLECTION).release();
  };
  disk.hook = () => deleteAndLook(7);
  assert.equal(await store.index.merge({ force: true }), 1);
  for (const when of ['at once', 'after a flush and a kill']) {
    const view = store.index.view(COLLECTION);
    assert.equal(view.has(docIdOf(7)), false, when);
    assert.equal(view.documentCount, 39, when);
    view.release();
    await store.flush();
    await store.restart();
  }
  await store.index.close();
});

test('a deadline cuts the work and says so', async () => {
  const random = seededRandom(71);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  for (let number = 0; number < 600; number++) {
    store.put(number, randomDocument(random, { words: 5, maxZones: 1, maxZoneTokens: 6 }));
  }
  const view = store.index.view(COLLECTION);
  const scored = [{ stem: wordHash(0), surface: undefined, weight: 1, place: 0 }];
  const required = [{ kind: 'term', hash: wordHash(0), groups: ALL_GROUPS } as const];
  const query = { collection: COLLECTION, scored, required, excluded: [], weights: WEIGHTS, limit: 5 };
  const statistics = view.statistics(scored);
  assert.equal(view.search({ ...query, statistics, exhaustive: true, deadline_ms: -1 }).partial, true);
  assert.equal(view.search({ ...query, statistics }).partial, false);
  view.release();
  assert.throws(() => view.has(docIdOf(1)), { code: 'CLOSED' });
  await store.index.close();
});
