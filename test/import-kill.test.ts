/** `kill -9` at random moments of an import: it ends as if nobody had touched it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { seededRandom } from '../src/base/index.ts';
import { compareKilled } from '../testing/import-kills.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

test('an import that is killed ten times ends as one that was left alone, byte for byte', async (t) => {
  const { kills, documents } = await compareKilled(temporaryDirectory(t), 300, 10, seededRandom(8));
  assert(kills >= 8, `${kills} kills`);
  // 27 of 300 are deleted, five of these come back in a later file; of one that can't be read the version before is taken.
  assert.equal(documents, 278);
});
