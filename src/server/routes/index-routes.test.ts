import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';

test('the index is checked, repaired and rebuilt by administrators, who hear at once that it began', async () => {
  await withServer(async ({ command, server }) => {
    for (const work of ['verify', 'repair', 'rebuild']) {
      const taken = await command({ method: 'POST', url: `/index/${work}`, payload: { c: 'main' } });
      assert.equal(taken.statusCode, 202);
      assert.deepEqual(taken.json(), { ok: true, collection: 'main', work });
      const stranger = await server.inject({ method: 'POST', url: `/index/${work}`, payload: {} });
      assert.equal(stranger.statusCode, 401);
    }
    const state = await command({ method: 'GET', url: '/index?c=main' });
    assert.deepEqual(state.json().underWay, []);
    const unknown = await command({ method: 'POST', url: '/index/rebuild', payload: { c: 'nowhere' } });
    assert.equal(unknown.statusCode, 404);
  });
});
