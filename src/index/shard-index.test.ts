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
import { compareAnswers, NaiveIndex } from '../../testing/naive-shard-index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { encodeAnalysedDocument } from '../text/index.ts';
import { ALL_GROUPS } from './clause.ts';
import { IndexMemory } from './index-memory.ts';
import type { KernelKind } from './kernel-host.ts';
import { PendingDocuments } from './pending-documents.ts';
import { segmentSteps } from './segment-builder.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Steps in which so many documents become a segment. */
function stepsOf(count: number): number {
  const memory = new IndexMemory(2 ** 18, 'wasm');
  const pending = new PendingDocuments(memory);
  const random = seededRandom(34);
  for (let number = 0; number < count; number++) {
    const document = randomDocument(random, { words: 5_000, maxZones: 40, maxZoneTokens: 200 });
    pending.put(docIdOf(number), encodeAnalysedDocument(document));
  }
  return [...segmentSteps(memory, pending.documents)].length;
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
    for (let i = 0; i < 60; i++) compareAnswers(view, naive, randomQuery(random, 60));
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
      for (let i = 0; i < 2; i++) compareAnswers(view, naive, randomQuery(random, 40));
      const asked = randomQuery(random, 40).scored;
      const { fieldLengthTotals: _, ...counts } = view.statistics(asked);
      const { fieldLengthTotals: __, ...expected } = naive.statistics(asked);
      assert.deepEqual(counts, expected);
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

test('live segments are twelve at most, those included that a flush is writing', async () => {
  const random = seededRandom(29);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const document = randomDocument(random, { words: 60, maxZones: 6, maxZoneTokens: 9000 });
  let number = 0;
  let most = 0;
  const addAndLook = (count: number): void => {
    for (const past = number + count; number < past; number++) {
      store.put(number, document);
      store.index.view(COLLECTION).release();
      most = Math.max(most, store.index.status(COLLECTION).liveSegments);
    }
  };
  addAndLook(500);
  assert.ok(most > 8, `so many that there is little room: ${most}`);
  await store.flush(() => addAndLook(200));
  assert.ok(most <= 12, `${most} at once`);
  await store.index.close();
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
  for (let i = 0; i < 20; i++) compareAnswers(view, before, randomQuery(random, 20));
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

test('who asks for the status again and again lets nothing be made visible, and is told of every document', async () => {
  const random = seededRandom(36);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const put = (number: number): void => store.put(number, randomDocument(random, { words: 40 }));
  const shown = (): readonly number[] => {
    const view = store.index.view(COLLECTION, { isFresh: false });
    const told = [view.version, view.documentCount];
    view.release();
    return told;
  };
  const told = (): readonly number[] => {
    const { documents, waiting, segments } = store.index.status(COLLECTION);
    assert.equal(store.index.segments(COLLECTION).length, segments);
    return [documents, waiting, segments];
  };
  put(0);
  const before = shown();
  for (let number = 1; number < 300; number++) {
    put(number);
    assert.deepEqual(told(), [number + 1, number + 1, 0]);
  }
  assert.deepEqual(shown(), before);
  // Nobody has searched: they go from where they wait to one file, and were never in a live segment.
  await store.flush(() => {
    put(300);
    put(7);
    store.delete(8);
    assert.deepEqual(told(), [300, 303, 0]);
  });
  assert.deepEqual(told(), [300, 3, 1]);
  const [report] = await store.index.verify(COLLECTION);
  assert.equal(report?.documents, 300);
  assert.deepEqual(told(), [300, 0, 2]);
  // Those that were there, that were not, and that come back.
  put(9);
  put(301);
  store.delete(301);
  store.delete(302);
  store.delete(10);
  put(10);
  assert.deepEqual(told(), [300, 4, 2]);
  store.index.view(COLLECTION).release();
  assert.equal(told()[0], 300);
  await store.index.close();
});

test('who can wait a moment sees what little came at once, and much of it soon', async () => {
  const random = seededRandom(34);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const isShown = (number: number, isFresh: false | 'soon'): boolean => {
    const view = store.index.view(COLLECTION, { isFresh });
    const isThere = view.has(docIdOf(number));
    view.release();
    return isThere;
  };
  const put = (number: number): void =>
    store.put(number, randomDocument(random, { words: 200, maxZoneTokens: 200 }));
  put(1);
  assert.deepEqual([isShown(1, false), isShown(1, 'soon')], [false, true]);
  for (let number = 2; number < 100; number++) put(number);
  assert.equal(isShown(99, 'soon'), false);
  while (!isShown(99, false)) await turn();
  await store.index.close();
});

test('documents on their way into a segment are found, replaced and deleted as any others', async () => {
  const random = seededRandom(33);
  const filter = filterHashOf(1);
  const page = (): Parameters<FakeStore['put']>[1] => ({
    ...randomDocument(random, { words: 40 }),
    filterHashes: BigUint64Array.from([filter]),
  });
  const store = await FakeStore.open({ disk: new MemoryDisk(), waiting_bytes: 2 ** 14 });
  const naive = new NaiveIndex();
  const put = (number: number): void => {
    const document = page();
    store.put(number, document);
    naive.put(docIdOf(number), document);
  };
  const isShown = (number: number): boolean => {
    const view = store.index.view(COLLECTION, { isFresh: false });
    const isThere = view.has(docIdOf(number));
    view.release();
    return isThere;
  };
  put(0);
  // Where somebody searches, no more may wait.
  store.index.view(COLLECTION).release();
  for (let number = 0; number < 200; number++) put(number);
  assert.equal(isShown(199), false);
  // Nobody asks for them.
  while (!isShown(0)) await turn();
  for (let number = 200; number < 400; number++) put(number);
  await turn();
  put(200);
  store.delete(201);
  naive.delete(docIdOf(201));
  const { found, isWaiting } = store.index.waiting(COLLECTION, filter);
  assert.equal(new Set(found).size, found.length);
  for (const number of [200, 399]) assert.ok(isShown(number) || found.includes(docIdOf(number)));
  assert.deepEqual([found.includes(docIdOf(201)), isWaiting(docIdOf(201))], [false, true]);
  const view = store.index.view(COLLECTION);
  assert.equal(view.documentCount, naive.documents.size);
  for (let i = 0; i < 20; i++) compareAnswers(view, naive, randomQuery(random, 40));
  view.release();
  // A kill on the way: the log has all of them.
  for (let number = 400; number < 500; number++) put(number);
  await turn();
  await store.restart();
  assert.equal(store.index.status(COLLECTION).documents, naive.documents.size);
  await store.index.close();
});

test('new documents that nobody asks for go to a file as they are, and are found on their way there', async () => {
  const random = seededRandom(35);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const put = (number: number): void => store.put(number, randomDocument(random, { words: 40 }));
  const shown = (isFresh: boolean): number => {
    const view = store.index.view(COLLECTION, { isFresh });
    const { documentCount } = view;
    view.release();
    return documentCount;
  };
  for (let number = 0; number < 300; number++) put(number);
  await store.flush(() => {
    put(300);
    store.delete(7);
    assert.equal(shown(false), 0);
  });
  assert.equal(shown(false), 300);
  assert.equal(shown(true), 300);
  await store.flush();
  for (let number = 301; number < 400; number++) put(number);
  await store.flush(() => {
    store.delete(350);
    assert.equal(shown(true), 398);
  });
  assert.equal(shown(true), 398);
  await store.restart();
  assert.equal(shown(true), 398);
  for (const { problems } of await store.index.verify(COLLECTION)) assert.deepEqual(problems, []);
  await store.index.close();
});

test('documents become a segment in steps, the more the more there are', async () => {
  const [few, many] = [stepsOf(100), stepsOf(800)];
  assert.ok(few > 2 && many > few * 3, `${few} and ${many} steps`);
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
