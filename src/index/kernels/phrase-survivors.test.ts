import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  documentOf,
  FakeStore,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../../testing/index-fixtures.ts';
import { NaiveIndex } from '../../../testing/naive-shard-index.ts';
import { MemoryDisk } from '../../disk/index.ts';
import { ALL_GROUPS, type Clause } from '../clause.ts';
import type { IndexQuery } from '../index-query.ts';
import { MOST_SUMS } from './layout.ts';

const DOCUMENTS = 700;
const WORDS = 6;
const REST = {
  zoneStarts: Uint32Array.of(0, 12),
  zoneGroups: Uint8Array.of(1, 0),
  fieldLengths: Uint32Array.of(9, 3, 0, 0, 0, 0, 0, 0, 0),
  filterHashes: new BigUint64Array(0),
  columns: { siteHash: 1, language: 1, date_min: 0, rank: 128, depth: 1, contentHash: 1 },
};

/** A word a place, or none, or two forms of one. A stretch has few of some words, many of others; now and then all are one document's. */
function placesOf(random: ReturnType<typeof seededRandom>, number: number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  const length = number % 97 === 5 ? MOST_SUMS * 6 : 1 + random.below(random.below(6) === 0 ? 400 : 24);
  for (let place = 0; place < length; place++) {
    const word = Math.floor(random.unit() ** 2 * (WORDS + 2));
    places.set(word, [...(places.get(word) ?? []), place]);
  }
  return places;
}

for (const kernels of ['wasm', 'typescript'] as const) {
  test(`${kernels}: phrases of stretches of documents are those of each document`, async () => {
    const random = seededRandom(59);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels });
    const naive = new NaiveIndex();
    for (let number = 0; number < DOCUMENTS; number++) {
      const document = documentOf(placesOf(random, number), REST);
      store.put(number, document);
      naive.put(docIdOf(number), document);
    }
    await store.flush();
    for (let number = 3; number < DOCUMENTS; number += 41) {
      store.delete(number);
      naive.delete(docIdOf(number));
    }
    const view = store.index.view(COLLECTION);
    let phrases = 0;
    for (let i = 0; i < 60; i++) {
      const words = Array.from({ length: 2 + random.below(3) }, () => random.below(WORDS + 2));
      const scored = words.map((word, place) => ({
        stem: wordHash(word),
        surface: undefined,
        weight: 1,
        place,
      }));
      let offset = -1;
      const phrase: Clause = {
        kind: 'phrase',
        hashes: words.map(wordHash),
        offsets: words.map(() => (offset += 1 + random.below(random.below(3) === 0 ? 3 : 1))),
        groups: i % 4 === 0 ? 1 : ALL_GROUPS,
      };
      const query: IndexQuery = {
        collection: COLLECTION,
        scored: i % 3 === 0 ? scored : [],
        required: i % 5 === 0 ? [phrase, { kind: 'term', hash: wordHash(1), groups: ALL_GROUPS }] : [phrase],
        excluded: i % 7 === 0 ? [{ kind: 'term', hash: wordHash(7), groups: ALL_GROUPS }] : [],
        statistics: naive.statistics(scored),
        weights: WEIGHTS,
        limit: i % 3 === 1 ? 0 : 10,
        exhaustive: i % 2 === 0,
      };
      const expected = naive.search(query);
      const found = view.search(query);
      assert.deepEqual(
        found.hits.map(({ docId, score }) => ({ docId, score })),
        expected.hits.map(({ docId, score }) => ({ docId, score })),
        `query ${i}`,
      );
      if (found.countIsExact) assert.equal(found.matches, expected.matches, `query ${i}`);
      phrases += expected.matches;
    }
    assert.ok(phrases > 2000);
    view.release();
    await store.index.close();
  });
}
