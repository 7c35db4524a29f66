import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';

test('a setting that nobody set is shown with its default', async () => {
  await withServer(async ({ command }) => {
    const { body } = await command({ url: '/admin/settings' });
    assert.match(body, /PEREGRINE_PORT<[^]*?data-name="Value">8080</);
    assert.match(body, /PEREGRINE_LOG_LEVEL<[^]*?data-name="Value">info</);
  });
});

test('of a change far behind in the rules the page shows the place where they differ', async () => {
  await withServer(async ({ command }) => {
    const long = Array.from({ length: 40 }, (_, n) => `word${n}, other${n}`).join('\n');
    for (const word of ['hawk', 'kite']) {
      const payload = { synonyms: `${long}\nfalcon, ${word}` };
      const { statusCode } = await command({ method: 'PUT', url: '/lab/rules', payload });
      assert.equal(statusCode, 200);
    }
    const { body } = await command({ url: '/admin/settings' });
    const [, newest = ''] = body.split('search-rules');
    assert.match(newest, /…[^<]*falcon, hawk/);
    assert.match(newest, /…[^<]*falcon, kite/);
  });
});
