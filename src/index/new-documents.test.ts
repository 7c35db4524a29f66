import assert from 'node:assert/strict';
import { test } from 'node:test';
import { docIdOf, randomDocument, seededRandom, segmentOf } from '../../testing/index-fixtures.ts';
import { type DocId, toCollectionId } from '../base/index.ts';
import { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { areNew } from './new-documents.ts';
import { Segment } from './segment.ts';
import { atOnce } from './steps.ts';

test('documents are new where no segment has one of them that lives', () => {
  const random = seededRandom(61);
  const memory = new IndexMemory(2 ** 20, 'wasm');
  const sources = [0, 1000, 2000].map((from, i) => {
    const documents = Array.from({ length: 500 }, (_, number) => ({
      docId: docIdOf(from + number),
      document: randomDocument(random, { words: 3, maxZones: 1, maxZoneTokens: 2 }),
    }));
    const segment = Segment.inMemory(
      memory,
      { id: i + 1, collection: toCollectionId(1) },
      segmentOf(documents),
    );
    return { segment, live: LiveBits.all(memory.linear, 500).without(7) };
  });
  const others = Array.from({ length: 600 }, (_, number) => docIdOf(5000 + number));
  // A filter looked at as a whole, and a few words at a time.
  for (const words of [undefined, 50]) {
    const isNew = (...docIds: DocId[]): boolean => {
      const all = Float64Array.from(docIds);
      const coming = { docIds: all, has: (docId: DocId): boolean => all.includes(docId) };
      return atOnce(areNew(memory, coming, sources, words));
    };
    assert.ok(isNew(...others));
    for (let number = 0; number < 3000; number += 3) {
      const isKnown = number % 1000 < 500 && number % 1000 !== 7;
      // Alone it is looked for in the filters, among as many others as a segment has all documents of that are gone through.
      assert.equal(isNew(docIdOf(number)), !isKnown, String(number));
      if (number % 100 === 0) assert.equal(isNew(...others, docIdOf(number)), !isKnown, String(number));
    }
    assert.ok(isNew(...others, docIdOf(7)));
  }
});
