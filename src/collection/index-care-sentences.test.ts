import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toDocId, toShardId } from '../base/index.ts';
import type { ShardIndexVerification } from './index-care-contract.ts';
import { isSoundShard, problemLines, rebuildSentence, verificationSentence } from './index-care-sentences.ts';

const SOUND: ShardIndexVerification = {
  shard: toShardId(0),
  segments: [],
  documents: 3,
  titles: 3,
  titlesWithoutText: 0,
  unreadableTitles: 0,
  unreadable: [],
  missingCount: 0,
  missing: [],
  orphanCount: 0,
  orphans: [],
};
const SEGMENT = {
  segment: 1,
  name: 'a.segment',
  documents: 3,
  live: 3,
  own: 3,
  size_bytes: 9,
  terms: 2,
  postings: 5,
  occurrences: 6,
};

test('the command that mends an index names its collection', () => {
  const missing = { ...SOUND, missingCount: 1, missing: [toDocId(7)] };
  const sentence = verificationSentence('docs', [missing]);
  assert.ok(
    sentence.endsWith(
      '1 stored document not indexed. Mend it with: peregrine rebuild --repair --collection docs',
    ),
  );
});

test('what no repair of the index mends is told with what does', () => {
  const unreadable = { ...SOUND, unreadableTitles: 1, unreadable: [toDocId(7)] };
  assert.equal(isSoundShard(unreadable), false);
  assert.ok(verificationSentence('docs', [unreadable]).endsWith('1 stored document not readable.'));
  assert.deepEqual(problemLines([unreadable]), [
    "  document 7 is stored and can't be read: get its page anew",
  ]);
});

test('where there is more than is named, how much is said', () => {
  const segments = [{ ...SEGMENT, problems: ['one', 'two'], problemCount: 5 }];
  const found = { ...SOUND, segments, missingCount: 21, missing: [toDocId(7)] };
  assert.deepEqual(problemLines([found]), [
    '  a.segment: one',
    '  a.segment: two',
    '  a.segment: and 3 more',
    '  document 7 is stored and not indexed',
    '  and 20 more',
  ]);
});

test('a rebuild that went on says that the rest was there before', () => {
  const mended = { reindexed: 12, removed: 0, unreadable: 0 };
  assert.equal(
    rebuildSentence('docs', 0, mended, true),
    'Index of docs: 12 documents indexed anew from what is stored, the rest before the rebuild was stopped.',
  );
});
