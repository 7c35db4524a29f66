import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAGES, withServer } from '../../../testing/served-engine.ts';

test('the page of crawl records shows what crawls met, and only what is asked for', async () => {
  await withServer(
    async ({ engine, command }) => {
      await engine.startCrawl('main', {
        seeds: ['https://birds.example.org/peregrine', 'https://birds.example.org/"><b>gone'],
      });
      await engine.crawlDone('main');
      const all = await command({ url: '/admin/records' });
      assert.equal(all.statusCode, 200);
      assert.match(all.body, /birds\.example\.org\/kestrel/);
      assert.match(all.body, /not found/);
      assert.match(all.body, /href="\/crawl\/records\?c=main&amp;format=csv"/);
      assert.doesNotMatch(all.body, /<b>gone/);
      assert.match(all.body, /birds\.example\.org<[^]*250 ms[^]*192\.0\.2\.1[^]*260 ms/);
      const unknown = await command({ url: '/admin/records?outcome=dancing' });
      assert.equal(unknown.statusCode, 400);
      assert.match(unknown.body, /ends as/);
    },
    { web: PAGES },
  );
});
