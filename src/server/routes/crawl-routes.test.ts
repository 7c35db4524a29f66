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
