import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  documentOf,
  segmentOf,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import { IndexMemory } from './index-memory.ts';
import type { KernelKind } from './kernel-host.ts';
import { LiveBits } from './live-bits.ts';
import { Segment } from './segment.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];
const SEGMENTS = 80;
/** Of each segment; all have one of the words that are asked for. */
const DOCUMENTS = 3;

/** Time is over when it is looked at for the last time that it has patience for. */
class Impatient extends IndexMemory {
  looks = 0;
  patience = Infinity;

  override isExpired(): boolean {
    this.looks += 1;
    return this.looks > this.patience;
  }
}

/** Two words, one in each document: the one or the other. */
function documentWith(number: number): ReturnType<typeof documentOf> {
  return documentOf(new Map([[number % 2, [0]]]), {
    zoneStarts: Uint32Array.of(0),
    zoneGroups: Uint8Array.of(0),
    fieldLengths: Uint32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0),
    filterHashes: new BigUint64Array(0),
    columns: { siteHash: 1, language: 1, date_min: 0, rank: 128, depth: 1, contentHash: number },
  });
}

for (const kind of KINDS) {
  test(`${kind}: any of some words in many small segments: time is looked at between them, and ends the search`, () => {
    const memory = new Impatient(2 ** 20, kind);
    const segments = Array.from({ length: SEGMENTS }, (_, id) => {
      const numbers = Array.from({ length: DOCUMENTS }, (_own, i) => id * DOCUMENTS + i);
      const documents = numbers.map((n) => ({ docId: docIdOf(n), document: documentWith(n) }));
      const segment = Segment.inMemory(memory, { id: id + 1, collection: COLLECTION }, segmentOf(documents));
      return { segment, live: LiveBits.all(memory.linear, DOCUMENTS) };
    });
    const view = new PinnedView(memory, COLLECTION, new SegmentSet(segments, 1));
    const scored = [0, 1].map((word, place) => ({
      stem: wordHash(word),
      surface: undefined,
      weight: 1,
      place,
    }));
    const query = {
      collection: COLLECTION,
      scored,
      required: [],
      excluded: [],
      weights: { ...WEIGHTS, rerankDepth: 0 },
      statistics: view.statistics(scored),
      limit: 10,
      exhaustive: true,
    };
    const whole = view.search(query);
    assert.deepEqual([whole.partial, whole.matches], [false, SEGMENTS * DOCUMENTS]);
    assert.ok(memory.looks >= 4 && memory.looks <= SEGMENTS, `${memory.looks} looks at the time`);
    const looks = memory.looks;
    memory.looks = 0;
    memory.patience = 2;
    const cut = view.search(query);
    assert.deepEqual([cut.partial, cut.countIsExact, memory.looks], [true, false, 3]);
    // What was found before is answered.
    assert.ok(cut.matches > 0 && cut.matches < whole.matches);
    assert.equal(cut.hits.length, 10);
    memory.looks = 0;
    memory.patience = Infinity;
    assert.deepEqual(view.search(query).hits, whole.hits);
    assert.ok(Math.abs(memory.looks - looks) <= 1);
    view.release();
  });
}
