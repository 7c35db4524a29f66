import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  documentOf,
  FakeStore,
  wordHash,
  WEIGHTS,
} from '../../../testing/index-fixtures.ts';
import { seededRandom } from '../../base/index.ts';
import { MemoryDisk } from '../../disk/index.ts';
import { ALL_GROUPS, type Clause } from '../clause.ts';
import type { IndexQuery, TermStatistics } from '../index-query.ts';
import { IndexMemory } from '../index-memory.ts';
import type { KernelKind } from '../kernel-host.ts';
import { MENU_GROUP } from './layout.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

test('both kinds of kernels find the numbers of bits, dense and thin', () => {
  const random = seededRandom(6);
  for (const kind of KINDS) {
    const { linear, kernels } = new IndexMemory(2 ** 20, kind);
    const from = linear.allocate(8192);
    const to = linear.allocate(8192);
    const scratch = linear.allocate(8192);
    for (let round = 0; round < 400; round++) {
      const words = 1 + random.below(round % 10 === 0 ? 2048 : 40);
      const share = random.unit() ** 3;
      const kept = -1 << random.below(32);
      const first = random.below(1000) * 32;
      const enough = 1 + random.below(128);
      const expected: number[] = [];
      linear.words.fill(0, from >> 2, (from >> 2) + words);
      for (let bit = 0; bit < words * 32; bit++) {
        if (random.unit() >= share) continue;
        const word = (from >> 2) + (bit >> 5);
        linear.words[word] = (linear.words[word] ?? 0) | (1 << (bit & 31));
        if (bit >= 32 || ((kept >>> bit) & 1) === 1) expected.push(first + bit);
      }
      const count = kernels.numbersOf(from, words, kept, first, to, enough, scratch);
      assert.ok(count >= Math.min(enough, expected.length) && count < enough + 40);
      const found = linear.words.slice(to >> 2, (to >> 2) + count);
      assert.deepEqual(found, Int32Array.from(expected.slice(0, count)));
    }
  }
});

test('both kinds of kernels intersect and unite bits', () => {
  const random = seededRandom(7);
  for (const kind of KINDS) {
    const { linear, kernels } = new IndexMemory(2 ** 18, kind);
    const at = linear.allocate(1024);
    for (let words = 0; words < 40; words++) {
      const [one, other] = [0, 1].map(() => Int32Array.from({ length: 41 }, () => random.below(2 ** 32)));
      for (const [kernel, expected] of [
        [kernels.intersectBits, one?.map((word, i) => (i < words ? word & (other?.[i] ?? 0) : word))],
        [kernels.uniteBits, one?.map((word, i) => (i < words ? word | (other?.[i] ?? 0) : word))],
      ] as const) {
        linear.words.set(one ?? [], at >> 2);
        linear.words.set(other ?? [], (at >> 2) + 64);
        kernel(at, at + 256, words);
        assert.deepEqual(linear.words.slice(at >> 2, (at >> 2) + 41), expected);
      }
    }
  }
});

/** Bits of a list of so many documents take more than a page. */
const DOCUMENTS = 140_000;
/** Words of every second document, of every third, of all from the middle on, of one in a hundred. */
const HAS: readonly ((number: number) => boolean)[] = [
  (number) => number % 2 === 0,
  (number) => number % 3 === 0,
  (number) => number >= DOCUMENTS / 2,
  (number) => number % 100 === 0,
];

test('lists of bits that go from page to page are counted, met and ordered as their documents say', async () => {
  const store = await FakeStore.open({ disk: new MemoryDisk(), kernels: 'wasm', memory_bytes: 2 ** 25 });
  for (let number = 0; number < DOCUMENTS; number++) {
    store.put(number, tinyDocument(HAS.flatMap((has, word) => (has(number) ? [word] : []))));
  }
  await store.flush();
  await store.index.merge({ force: true });
  const dead = new Set<number>();
  for (const round of [0, 1]) {
    const view = store.index.view(COLLECTION);
    const query = queryOf(view.statistics([]));
    for (const words of [[0], [2], [0, 1], [0, 1, 2], [3, 0], [3, 0, 1, 2], [1, 2]]) {
      const isIn = (number: number): boolean =>
        !dead.has(number) && words.every((word) => HAS[word]?.(number) === true);
      const numbers = Array.from({ length: DOCUMENTS }, (_, number) => number).filter(isIn);
      const required = words.map((word): Clause => ({
        kind: 'term',
        hash: wordHash(word),
        groups: ALL_GROUPS,
      }));
      const counted = view.search({ ...query, required });
      assert.deepEqual(
        [counted.matches, counted.countIsExact],
        [numbers.length, true],
        `${words.join(' ')}, round ${round}`,
      );
      const any: Clause = { kind: 'any', clauses: required };
      const anyCount = Array.from({ length: DOCUMENTS }, (_, number) => number).filter(
        (number) => !dead.has(number) && words.some((word) => HAS[word]?.(number) === true),
      ).length;
      assert.equal(view.search({ ...query, required: [any] }).matches, anyCount);
      // Without scores the least docIds come first.
      const ids = numbers.map(docIdOf).sort((a, b) => a - b);
      const { hits } = view.search({ ...query, required, limit: 5 });
      assert.deepEqual(
        hits.map(({ docId }) => docId),
        ids.slice(0, 5),
      );
      const not: Clause = { kind: 'term', hash: wordHash(1), groups: ALL_GROUPS };
      const without = view.search({ ...query, required, excluded: [not] });
      assert.equal(without.matches, numbers.filter((number) => number % 3 !== 0).length);
    }
    view.release();
    if (round > 0) break;
    for (let number = 0; number < DOCUMENTS; number += 997) {
      dead.add(number);
      store.delete(number);
    }
  }
  await store.index.close();
});

function tinyDocument(words: readonly number[]): ReturnType<typeof documentOf> {
  return documentOf(new Map(words.map((word, position) => [word, [position]])), {
    zoneStarts: Uint32Array.of(0),
    zoneGroups: Uint8Array.of(0),
    fieldLengths: Uint32Array.from({ length: MENU_GROUP + 1 }, (_, group) =>
      group === 0 ? words.length : 0,
    ),
    filterHashes: new BigUint64Array(0),
    columns: { siteHash: 1, language: 1, date_min: 0, rank: 128, depth: 1, contentHash: 1 },
  });
}

function queryOf(statistics: TermStatistics): IndexQuery {
  return {
    collection: COLLECTION,
    scored: [],
    required: [],
    excluded: [],
    statistics,
    weights: { ...WEIGHTS, rerankDepth: 0 },
    limit: 0,
  };
}
