import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damageIndexOnce } from '../../testing/index-life.ts';

/** A prime, so that bytes of every place in a word and a page are met; all of them: `npm run sweep:index:damage`. */
const STEP = 1709;

test('whichever byte of its files is flipped, an index answers right or says that it is partial, and a check tells', async () => {
  const { flips, partial, bytes } = await damageIndexOnce(5, 3, STEP);
  assert.ok(flips > bytes / STEP - 3);
  assert.ok(partial > 0);
});
