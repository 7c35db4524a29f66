import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';

test('a crawl begins at web addresses only, and the answer says so', async () => {
  await withServer(async ({ command }) => {
    for (const seeds of ['not an address', 'ftp://files.example.org/', 'https://', 'birds']) {
      const refused = await command({ method: 'POST', url: '/crawl', payload: { seeds } });
      assert.equal(refused.statusCode, 400, seeds);
      assert.match(refused.body, /web addresses only/);
    }
    for (const seeds of [
      'https://birds.example.org/peregrine\nbirds.example.org',
      'http://intranet/',
      'localhost:80',
    ]) {
      const taken = await command({ method: 'POST', url: '/crawl', payload: { seeds } });
      assert.equal(taken.statusCode, 200, seeds);
    }
  });
});

test('a finished crawl is refreshed by name or by likelihood, and one that never ran is not', async () => {
  await withServer(async ({ command, engine }) => {
    const refresh = async (payload: Record<string, unknown>): Promise<unknown> =>
      (await command({ method: 'POST', url: '/crawl/refresh', payload })).json();
    assert.deepEqual(await refresh({}), { collection: 'main', asked: 0 });
    await engine.startCrawl('main', { seeds: ['https://birds.example.org/peregrine'] });
    await engine.crawlDone('main');
    const urls = ['https://birds.example.org/peregrine', 'https://birds.example.org/kestrel'];
    assert.deepEqual(await refresh({ urls }), { collection: 'main', asked: 2 });
    assert.deepEqual(await refresh({ pages: 7 }), { collection: 'main', asked: 7 });
    const refused = await command({ method: 'POST', url: '/crawl/refresh', payload: { pages: 0 } });
    assert.equal(refused.statusCode, 400);
  });
});
