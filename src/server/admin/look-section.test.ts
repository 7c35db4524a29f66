import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';
import { THEME_COLOURS } from '../theme.ts';

test('the page of looks shows which colour each is where nothing is set, by day and by night', async () => {
  await withServer(async ({ command }) => {
    const { body } = await command({ url: '/admin/look' });
    for (const time of ['light', 'dark']) {
      const shown = Object.keys(THEME_COLOURS).map(
        (name) => new RegExp(`name="${time}-${name}"[^>]*placeholder="(#[0-9a-f]{6})"`).exec(body)?.[1],
      );
      assert.ok(
        shown.every((colour) => colour !== undefined),
        `${time}: ${shown.join(' ')}`,
      );
      assert.equal(shown[0], time === 'light' ? '#fbfaf7' : '#11161c');
    }
  });
});
