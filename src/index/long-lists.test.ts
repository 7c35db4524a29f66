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
} from '../../testing/index-fixtures.ts';
import { NaiveIndex } from '../../testing/naive-shard-index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { ALL_GROUPS, type Clause } from './clause.ts';
import type { IndexQuery } from './index-query.ts';
import type { KernelKind } from './kernel-host.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];
const DOCUMENTS = 3000;
const WORDS = 24;

/** Word `w` stands in a share of 1/(w+1)^1.5 of the documents: lists of twenty blocks and of a few postings. */
function skewedDocument(random: ReturnType<typeof seededRandom>) {
  const places = new Map<number, number[]>();
  let position = 0;
  for (let word = 0; word < WORDS; word++) {
    while (random.unit() < 0.8 / (word + 1) ** 1.5) {
      places.set(word, [...(places.get(word) ?? []), position]);
      position += 1 + random.below(3);
    }
  }
  if (places.size === 0) places.set(WORDS, [position++]);
  return placedDocument(places, position);
}

function placedDocument(places: ReadonlyMap<number, readonly number[]>, position: number) {
  const titleTokens = Math.min(3, position);
  return documentOf(places, {
    zoneStarts: Uint32Array.of(0, titleTokens),
    zoneGroups: Uint8Array.of(1, 0),
    fieldLengths: Uint32Array.from(
      { length: 9 },
      (_, group) => [position - titleTokens, titleTokens][group] ?? 0,
    ),
    filterHashes: new BigUint64Array(0),
    columns: { siteHash: 1, language: 1, date_min: 0, rank: 128, depth: 1, contentHash: 1 },
  });
}

for (const kernels of KINDS) {
  test(`${kernels}: lists of all lengths meet as the naive index says: all, any, phrases, counts`, async () => {
    const random = seededRandom(31);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels });
    const naive = new NaiveIndex();
    for (let number = 0; number < DOCUMENTS; number++) {
      const document = skewedDocument(random);
      store.put(number, document);
      naive.put(docIdOf(number), document);
    }
    await store.flush();
    for (let round = 0; round < 2; round++) {
      const view = store.index.view(COLLECTION);
      for (let i = 0; i < 90; i++) {
        const words = Array.from({ length: 1 + random.below(4) }, () => random.below(WORDS + 2));
        const scored = words.map((word, place) => ({
          stem: wordHash(word),
          surface: undefined,
          weight: 1,
          place,
        }));
        const terms = words.map((word): Clause => ({
          kind: 'term',
          hash: wordHash(word),
          groups: ALL_GROUPS,
        }));
        const phrase: Clause = {
          kind: 'phrase',
          hashes: words.map(wordHash),
          offsets: words.map((_, offset) => offset),
          groups: i % 2 === 0 ? ALL_GROUPS : 1,
        };
        const required: readonly Clause[] =
          [[], terms, [phrase], [{ kind: 'any', clauses: terms } as const]][i % 4] ?? [];
        const query: IndexQuery = {
          collection: COLLECTION,
          scored: i % 5 === 0 ? scored.slice(1) : scored,
          required,
          excluded:
            i % 7 === 0 ? [{ kind: 'term', hash: wordHash(random.below(WORDS)), groups: ALL_GROUPS }] : [],
          statistics: naive.statistics(i % 5 === 0 ? scored.slice(1) : scored),
          weights: { ...WEIGHTS, rerankDepth: 0 },
          limit: 1 + random.below(12),
        };
        if (query.scored.length === 0 && required.length === 0) continue;
        const expected = naive.search(query);
        const exhaustive = view.search({ ...query, exhaustive: true });
        assert.deepEqual(exhaustive.hits, expected.hits);
        assert.equal(exhaustive.matches, expected.matches);
        assert.deepEqual(view.search(query).hits, expected.hits);
        const counted = view.search({ ...query, limit: 0 });
        assert.deepEqual([counted.matches, counted.countIsExact, counted.hits], [expected.matches, true, []]);
      }
      view.release();
      // The second round meets deletions.
      for (let number = 0; number < DOCUMENTS; number += 1 + random.below(9)) {
        store.delete(number);
        naive.delete(docIdOf(number));
      }
    }
    await store.index.close();
  });
}

for (const kernels of KINDS) {
  test(`${kernels}: what a segment of few documents gave is not forgotten before one of many`, async () => {
    const random = seededRandom(32);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels });
    const naive = new NaiveIndex();
    const best = placedDocument(
      new Map([
        [0, [0, 2, 4]],
        [1, [1, 3, 5]],
      ]),
      6,
    );
    for (let number = 0; number < 1500; number++) {
      const document = number < 8 ? best : skewedDocument(random);
      store.put(number, document);
      naive.put(docIdOf(number), document);
      if (number === 7) await store.flush();
    }
    await store.flush();
    const view = store.index.view(COLLECTION);
    assert.equal(store.index.status(COLLECTION)?.segments, 2);
    for (const words of [[0], [0, 1], [1, 2]]) {
      const scored = words.map((own, place) => ({
        stem: wordHash(own),
        surface: undefined,
        weight: 1,
        place,
      }));
      const query: IndexQuery = {
        collection: COLLECTION,
        scored,
        required: [],
        excluded: [],
        statistics: naive.statistics(scored),
        weights: { ...WEIGHTS, rerankDepth: 0 },
        limit: 10,
      };
      assert.deepEqual(view.search(query).hits, naive.search(query).hits);
    }
    view.release();
    await store.index.close();
  });
}
