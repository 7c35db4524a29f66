import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  documentOf,
  FakeStore,
  segmentOf,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { compareAnswers, NaiveIndex } from '../../testing/naive-shard-index.ts';
import type { Random } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { fieldGroup } from '../text/index.ts';
import { ALL_GROUPS, type Clause } from './clause.ts';
import { IndexMemory } from './index-memory.ts';
import type { IndexQuery, RankingWeights } from './index-query.ts';
import type { KernelKind } from './kernel-host.ts';
import { MOST_POSITIONS, TITLE_GROUP } from './kernels/rescoring-layout.ts';
import { LiveBits } from './live-bits.ts';
import { Segment } from './segment.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];
const DOCUMENTS = 900;
const WORDS = 16;
const MENU = fieldGroup('menu');

/** Words in a title, a text, a menu and a text behind it; the first ones are frequent. */
function wordyDocument(random: Random, most: number) {
  const places = new Map<number, number[]>();
  const starts: number[] = [];
  const groups = [TITLE_GROUP, 0, MENU, 0];
  const lengths = new Uint32Array(9);
  let position = 0;
  for (const group of groups) {
    starts.push(position);
    const tokens = 1 + random.below(group === TITLE_GROUP ? 5 : most);
    lengths[group] = (lengths[group] ?? 0) + tokens;
    for (let token = 0; token < tokens; token++) {
      const word = Math.floor(random.unit() ** 2 * WORDS);
      places.set(word, [...(places.get(word) ?? []), position]);
      position += 1 + (random.below(9) === 0 ? random.below(80) : 0);
    }
  }
  return documentOf(places, {
    zoneStarts: Uint32Array.from(starts),
    zoneGroups: Uint8Array.from(groups),
    fieldLengths: lengths,
    filterHashes: new BigUint64Array(0),
    columns: {
      siteHash: 1,
      language: 1,
      date_min: 0,
      rank: random.below(256),
      depth: 1,
      contentHash: random.below(99),
    },
  });
}

/** Each word at its place; now and then another name of the word before, at the same. */
function scoredTerms(random: Random, count: number) {
  let place = 0;
  return Array.from({ length: count }, () => ({
    stem: wordHash(random.below(WORDS)),
    surface: undefined,
    weight: [1, 1, 0.3][random.below(3)] ?? 1,
    place: random.below(8) === 0 ? place : place++,
  }));
}

function anyWeights(random: Random): RankingWeights {
  const weight = (): number => [0, 0.5, 1, 3][random.below(4)] ?? 1;
  return {
    ...WEIGHTS,
    phrase: weight(),
    pairs: weight(),
    closeness: weight(),
    titleMatch: weight(),
    earlyMatch: weight(),
    windowMatch: weight(),
    rank: weight() / 4,
    rerankDepth: 5,
  };
}

test('titles are the field group that texts have them in', () => {
  assert.equal(TITLE_GROUP, fieldGroup('title'));
});

for (const kernels of KINDS) {
  test(`${kernels}: the best of all matches by both stages are found, whatever the weights, and most need no positions`, async () => {
    const random = seededRandom(71);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels });
    const naive = new NaiveIndex();
    for (let number = 0; number < DOCUMENTS; number++) {
      const document = wordyDocument(random, 12);
      store.put(number, document);
      naive.put(docIdOf(number), document);
      if (number === 500) await store.flush();
    }
    for (let number = 0; number < DOCUMENTS; number += 1 + random.below(20)) {
      store.delete(number);
      naive.delete(docIdOf(number));
    }
    const view = store.index.view(COLLECTION);
    let [bounded, rescored] = [0, 0];
    for (let i = 0; i < 40; i++) {
      const scored = scoredTerms(random, 1 + random.below(4));
      const terms = scored.map(({ stem }): Clause => ({ kind: 'term', hash: stem, groups: ALL_GROUPS }));
      const query = {
        collection: COLLECTION,
        scored,
        required: i % 2 === 0 ? terms : [],
        excluded: i % 7 === 0 ? terms.slice(1, 2) : [],
        weights: i % 4 === 0 ? WEIGHTS : anyWeights(random),
        limit: 1 + random.below(5),
        rescore: 'all' as const,
      };
      compareAnswers(view, naive, query);
      const { counters } = view.search({ ...query, statistics: naive.statistics(scored) });
      bounded += counters['bounded'] ?? 0;
      rescored += counters['rescored'] ?? 0;
    }
    assert.ok(rescored > 0 && rescored < bounded / 2, `${rescored} of ${bounded}`);
    view.release();
    await store.index.close();
  });

  test(`${kernels}: features of many words and of very long documents are those of the model`, async () => {
    const random = seededRandom(72);
    const store = await FakeStore.open({ disk: new MemoryDisk(), kernels });
    const naive = new NaiveIndex();
    for (const [number, most] of [40, 400, 4000, MOST_POSITIONS * 6].entries()) {
      const document = wordyDocument(random, most);
      store.put(number, document);
      naive.put(docIdOf(number), document);
    }
    const view = store.index.view(COLLECTION);
    for (const count of [2, 5, 12, 15]) {
      for (const weights of [WEIGHTS, anyWeights(random)]) {
        const scored = scoredTerms(random, count);
        compareAnswers(view, naive, {
          collection: COLLECTION,
          scored,
          required: [],
          excluded: [],
          weights,
          limit: 4,
        });
      }
    }
    view.release();
    await store.index.close();
  });
}

/** Time is over after so many looks at it. */
class Impatient extends IndexMemory {
  patience = Infinity;

  override isExpired(): boolean {
    this.patience -= 1;
    return this.patience < 0;
  }
}

test('where time is over amid all matches, the best known so far are answered with all their features, and it says so', () => {
  const random = seededRandom(73);
  const memory = new Impatient(2 ** 20, 'wasm');
  const documents = Array.from({ length: 2000 }, (_, i) => ({
    docId: docIdOf(i),
    document: wordyDocument(random, 12),
  }));
  const segment = Segment.inMemory(memory, { id: 1, collection: COLLECTION }, segmentOf(documents));
  const live = LiveBits.all(memory.linear, documents.length);
  const view = new PinnedView(memory, COLLECTION, new SegmentSet([{ segment, live }], 1));
  const scored = [0, 1].map((word, place) => ({
    stem: wordHash(word),
    surface: undefined,
    weight: 1,
    place,
  }));
  const query: IndexQuery = {
    collection: COLLECTION,
    scored,
    required: [],
    excluded: [],
    weights: WEIGHTS,
    statistics: view.statistics(scored),
    limit: 10,
    rescore: 'all',
  };
  const whole = view.search({ ...query, limit: 2000 });
  const scores = new Map(whole.hits.map(({ docId, score }) => [docId, score]));
  memory.patience = WEIGHTS.rerankDepth + 3;
  const cut = view.search({ ...query, exhaustive: true });
  assert.deepEqual([whole.partial, cut.partial, cut.countIsExact], [false, true, false]);
  assert.equal(cut.hits.length, 10);
  for (const { docId, score, features } of cut.hits) {
    assert.equal(score, scores.get(docId));
    assert.ok('pairs' in features);
  }
  view.release();
});
