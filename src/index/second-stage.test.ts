import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  randomDocument,
  segmentOf,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { Segment } from './segment.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';

/** Time is over after so many looks at it. */
class Impatient extends IndexMemory {
  patience = Infinity;

  override isExpired(): boolean {
    this.patience -= 1;
    return this.patience < 0;
  }
}

test('where time is over amid the second stage, what was not looked at keeps its score, and the answer says so', () => {
  const random = seededRandom(61);
  const memory = new Impatient(2 ** 18, 'wasm');
  const documents = Array.from({ length: 60 }, (_, i) => ({
    docId: docIdOf(i),
    document: randomDocument(random, { words: 6 }),
  }));
  const segment = Segment.inMemory(memory, { id: 1, collection: COLLECTION }, segmentOf(documents));
  const view = new PinnedView(
    memory,
    COLLECTION,
    new SegmentSet([{ segment, live: LiveBits.all(memory.linear, 60) }], 1),
  );
  const scored = [0, 1].map((word, place) => ({
    stem: wordHash(word),
    surface: undefined,
    weight: 1,
    place,
  }));
  const statistics = view.statistics(scored);
  const query = {
    collection: COLLECTION,
    scored,
    required: [],
    excluded: [],
    weights: WEIGHTS,
    statistics,
    limit: 40,
  };
  const whole = view.search(query);
  memory.patience = 8;
  const cut = view.search(query);
  assert.deepEqual([whole.partial, cut.partial, cut.countIsExact], [false, true, false]);
  const lookedAt = (hits: typeof whole.hits): number =>
    hits.filter(({ features }) => 'pairs' in features).length;
  assert.equal(lookedAt(whole.hits), WEIGHTS.rerankDepth);
  assert.ok(lookedAt(cut.hits) > 0 && lookedAt(cut.hits) <= 8);
  assert.equal(cut.hits.length, whole.hits.length);
  view.release();
});
