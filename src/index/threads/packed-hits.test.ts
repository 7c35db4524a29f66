import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocId } from '../../base/index.ts';
import type { IndexHits } from '../index-query.ts';
import { HitsPacker, HitsUnpacker, isPackable } from './packed-hits.ts';

test('answers come out of a message as they went in: features of several kinds, none at all, the largest docId', () => {
  const hit = { siteHash: 2 ** 32 - 1, contentHash: 7, language: 3 };
  const answers: readonly IndexHits[] = [
    {
      hits: [
        { ...hit, docId: (2 ** 53 - 1) as DocId, score: 1.5, features: { text: 1.25, phrase: 0.25 } },
        { ...hit, docId: 1 as DocId, score: 1, features: { text: 1 } },
      ],
      matches: 12,
      countIsExact: false,
      partial: true,
      counters: { segments: 1, blocksRead: 3 },
    },
    { hits: [], matches: 0, countIsExact: true, partial: false, counters: {} },
    {
      hits: [{ ...hit, docId: 9 as DocId, score: 2, features: { text: 2, phrase: 0 } }],
      matches: 1,
      countIsExact: true,
      partial: false,
      counters: { segments: 2, blocksRead: 1 },
    },
  ];
  const packer = new HitsPacker();
  for (const answer of answers) {
    assert.ok(isPackable(answer));
    packer.add(answer);
  }
  const unpacker = new HitsUnpacker(structuredClone(packer.finish()));
  for (const answer of answers) assert.deepEqual(unpacker.next(), answer);
});

test('answers with facets or values that they were sorted by are no numbers', () => {
  const answer: IndexHits = { hits: [], matches: 0, countIsExact: true, partial: false, counters: {} };
  assert.ok(!isPackable({ ...answer, facets: [] }));
  const hit = { docId: 1 as DocId, score: 0, features: {}, siteHash: 0, contentHash: 0, language: 0 };
  assert.ok(!isPackable({ ...answer, hits: [{ ...hit, sortValues: ['a'] }] }));
});
