import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAGES, withServer } from '../../../testing/served-engine.ts';

test('the page of a crawl that is done says why it ended, and of its hosts what was measured', async () => {
  await withServer(
    async ({ engine, command }) => {
      assert.match((await command({ url: '/admin/crawl' })).body, /Why it waits[^]*never begun/);
      await engine.startCrawl('main', { seeds: ['https://birds.example.org/peregrine'] });
      await engine.crawlDone('main');
      const { body } = await command({ url: '/admin/crawl' });
      assert.match(body, /Why it ended[^]*Everything in scope was fetched/);
      assert.doesNotMatch(body, /Why it waits/);
      // Attempts are noted when their pages are read: how far apart they were asked for, their times don't say.
      assert.match(body, /Median answer/);
      assert.doesNotMatch(body, /Closest together/);
    },
    { web: PAGES },
  );
});
