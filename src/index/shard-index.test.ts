import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../disk/index.ts';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  randomDocument,
  randomQuery,
  seededRandom,
} from '../../testing/index-fixtures.ts';
import type { IndexView } from './index-contract.ts';
import type { IndexQuery } from './index-query.ts';
import type { KernelKind } from './kernel-host.ts';
import { NaiveIndex } from '../../testing/naive-shard-index.ts';

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
