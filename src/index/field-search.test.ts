import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  FakeStore,
  filterHashOf,
  randomDocument,
  randomQuery,
} from '../../testing/index-fixtures.ts';
import { facet, sorted } from '../../testing/naive-fields.ts';
import { NaiveIndex } from '../../testing/naive-shard-index.ts';
import { randomFieldParts } from '../../testing/random-field-query.ts';
import { isPeregrineError, type Random, seededRandom } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { DocumentField } from '../text/index.ts';
import { mergeFacets, topValues } from './columns/facets.ts';
import type { IndexView } from './index-contract.ts';
import type { IndexQuery } from './index-query.ts';

/** A query of words, fields or both. */
function randomQuestion(random: Random): Omit<IndexQuery, 'statistics'> {
  const words = randomQuery(random, 30);
  const plain = random.below(3) === 0 ? { ...words, scored: [], required: [] } : words;
  return { ...plain, ...randomFieldParts(random) };
}

function compare(view: IndexView, naive: NaiveIndex, plain: Omit<IndexQuery, 'statistics'>): void {
  const query = { ...plain, statistics: naive.statistics(plain.scored) };
  const { hits, matches, countIsExact, facets, partial } = view.search(query);
  const expected = naive.search(query);
  assert.deepEqual(hits, expected.hits);
  assert.equal(partial, false);
  if (countIsExact) assert.equal(matches, expected.matches);
  if (query.facets !== undefined && query.facets.length > 0 && facets !== undefined) {
    assert.equal(countIsExact, true);
    const all = naive.matches(query);
    facets.forEach((result, i) => {
      assert.deepEqual(result, facet(all, query.facets![i]!));
    });
  }
  const streamed = [...view.stream(query, { batch: 7 })].flat();
  assert.deepEqual(
    streamed,
    naive
      .matches(query)
      .map(({ docId }) => docId)
      .sort((a, b) => a - b),
  );
}

test('fields answer as plain loops do, through replacements, deletions, flushes, merges and kills', async () => {
  const random = seededRandom(401);
  const store = await FakeStore.open({ disk: new MemoryDisk(), memory_bytes: 2 ** 18 });
  const naive = new NaiveIndex();
  for (let step = 0; step < 60; step++) {
    for (let i = random.below(16); i > 0; i--) {
      const number = random.below(140);
      if (random.below(5) === 0) {
        store.delete(number);
        naive.delete(docIdOf(number));
      } else {
        const document = randomDocument(random, { words: 30, maxZones: 2, maxZoneTokens: 8 });
        store.put(number, document);
        naive.put(docIdOf(number), document);
      }
    }
    const act = random.below(8);
    if (act < 3) await store.flush();
    else if (act === 3) await store.restart();
    else if (act === 4) await store.index.merge({ force: true });
    const view = store.index.view(COLLECTION);
    for (let i = 0; i < 8; i++) compare(view, naive, randomQuestion(random));
    view.release();
  }
  await store.index.close();
});

test('pages by place give every match once, in order', async () => {
  const random = seededRandom(402);
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  const naive = new NaiveIndex();
  for (let number = 0; number < 120; number++) {
    const document = randomDocument(random, { words: 20, maxZones: 1 });
    store.put(number, document);
    naive.put(docIdOf(number), document);
    if (number === 70) await store.flush();
  }
  const view = store.index.view(COLLECTION);
  for (let round = 0; round < 30; round++) {
    const { filters = [], sort = [] } = randomFieldParts(random);
    const words = { ...randomQuery(random, 20), scored: [], required: [], excluded: [] };
    const query = { ...words, statistics: naive.statistics([]), filters, sort, everything: true, limit: 7 };
    const found: number[] = [];
    for (let after: IndexQuery['after'] = undefined; ;) {
      const { hits } = view.search({ ...query, ...(after && { after }) });
      found.push(...hits.map(({ docId }) => docId));
      const last = hits.at(-1);
      if (last === undefined) break;
      after = { values: last.sortValues ?? [], docId: last.docId };
    }
    assert.deepEqual(
      found,
      sorted(naive.matches(query), sort).map(({ docId }) => docId),
    );
  }
  view.release();
  await store.index.close();
});

const EVERYTHING = {
  ...randomQuery(seededRandom(1), 1),
  scored: [],
  required: [],
  excluded: [],
  everything: true,
  statistics: {
    documentCount: 0,
    documentFrequencies: [],
    surfaceFrequencies: [],
    menuOnlyFrequencies: [],
    menuOnlySurfaceFrequencies: [],
    fieldLengthTotals: [],
  },
};

async function viewOf(documents: readonly (readonly DocumentField[])[]): Promise<{
  view: IndexView;
  close: () => Promise<void>;
}> {
  const store = await FakeStore.open({ disk: new MemoryDisk() });
  documents.forEach((fields, number) => {
    store.put(number, { ...randomDocument(seededRandom(number), { words: 5 }), fields });
  });
  const view = store.index.view(COLLECTION);
  return {
    view,
    close: async () => {
      view.release();
      await store.index.close();
    },
  };
}

test('64 bits of a number and of an integer are kept', async () => {
  const serial = { name: 'serial', type: 'integer' } as const;
  const ratio = { name: 'ratio', type: 'number' } as const;
  const { view, close } = await viewOf([
    [
      { ...serial, values: [2n ** 63n - 1n] },
      { ...ratio, values: [0.1 + 0.2] },
    ],
    [
      { ...serial, values: [2n ** 63n - 2n] },
      { ...ratio, values: [0.3] },
    ],
    [{ ...serial, values: [-(2n ** 63n)] }],
  ]);
  const greatest = view.search({
    ...EVERYTHING,
    sort: [{ column: serial, order: 'descending' }],
    facets: [{ kind: 'statistics', column: serial }],
  });
  assert.deepEqual(
    greatest.hits.map(({ sortValues }) => sortValues),
    [[2n ** 63n - 1n], [2n ** 63n - 2n], [-(2n ** 63n)]],
  );
  const [statistics] = greatest.facets ?? [];
  assert.equal(statistics?.kind === 'statistics' && statistics.max, 2n ** 63n - 1n);
  const above = view.search({
    ...EVERYTHING,
    filters: [{ kind: 'range', column: ratio, from: 0.3, excludesFrom: true }],
  });
  assert.equal(above.matches, 1);
  await close();
});

test('facets of shards add up, and the most frequent values come first', async () => {
  const tag = { name: 'tag', type: 'keyword' } as const;
  const one = await viewOf([[{ ...tag, values: ['a', 'b'] }], [{ ...tag, values: ['b'] }], []]);
  const two = await viewOf([[{ ...tag, values: ['c', 'b', 'c'] }]]);
  const facet = { kind: 'values', column: tag } as const;
  const parts = [one, two].map(({ view }) => view.search({ ...EVERYTHING, facets: [facet] }).facets![0]!);
  // Of shards that the deadline left no time.
  assert.deepEqual(mergeFacets(facet, []), { kind: 'values', counts: new Map(), missing: 0 });
  const sum = mergeFacets(facet, parts);
  assert.equal(sum.missing, 1);
  assert.ok(sum.kind === 'values');
  assert.deepEqual(topValues(sum.counts, 2), [
    { value: 'b', count: 3 },
    { value: 'a', count: 1 },
  ]);
  assert.deepEqual(one.view.fields(), [{ ...tag, documents: 2 }]);
  await one.close();
  await two.close();
});

/** So many that the kernels look at the time before they are done. */
const LOOKED_AT = 1000;

test('what is excluded or filtered out is in no answer that time cuts short', async () => {
  const tag = { name: 'tag', type: 'keyword' } as const;
  const { view, close } = await viewOf(Array.from({ length: LOOKED_AT }, () => [{ ...tag, values: ['a'] }]));
  const clause = { kind: 'filter', hash: filterHashOf(1) } as const;
  const without: Partial<IndexQuery>[] = [
    { excluded: [clause] },
    { excluded: [clause], facets: [{ kind: 'values', column: tag }] },
    { filters: [{ kind: 'not', filter: { kind: 'words', clause } }] },
    { filters: [{ kind: 'not', filter: { kind: 'all', filters: [{ kind: 'words', clause }] } }] },
  ];
  for (const parts of without) {
    const whole = view.search({ ...EVERYTHING, ...parts, limit: LOOKED_AT });
    assert.ok(whole.hits.length > 100 && whole.hits.length < LOOKED_AT);
    const allowed = new Set(whole.hits.map(({ docId }) => docId));
    const cut = view.search({ ...EVERYTHING, ...parts, limit: LOOKED_AT, deadline_ms: -1 });
    assert.deepEqual([cut.partial, cut.countIsExact], [true, false]);
    assert.ok(cut.hits.every(({ docId }) => allowed.has(docId)));
  }
  await close();
});

test('what is no value of a field is refused', async () => {
  const { view, close } = await viewOf([[]]);
  const price = { name: 'price', type: 'number' } as const;
  const wrong: Partial<IndexQuery>[] = [
    { filters: [{ kind: 'range', column: price, from: 'dear' }] },
    { filters: [{ kind: 'not', filter: { kind: 'values', column: price, values: [1n] } }] },
    { sort: [{ column: price, order: 'ascending' }], after: { values: [], docId: docIdOf(1) } },
    { facets: [{ kind: 'histogram', column: { name: 'tag', type: 'keyword' }, step: 'day' }] },
    { facets: [{ kind: 'histogram', column: price, step: 0 }] },
    { group: { by: 'site', perGroup: 0 } },
  ];
  for (const parts of wrong) {
    assert.throws(
      () => view.search({ ...EVERYTHING, ...parts }),
      (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
    );
  }
  await close();
});
