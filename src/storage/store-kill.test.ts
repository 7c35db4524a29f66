import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { killAgainAndAgain } from '../../testing/store-kills.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { seededRandom } from '../base/index.ts';

describe('A store whose process is killed', () => {
  it('has every acknowledged write, twenty times over', async (test) => {
    const report = await killAgainAndAgain(temporaryDirectory(test), 20, seededRandom(1));
    assert.ok(report.acknowledged > 1_000, `${report.acknowledged} writes`);
  });
});
