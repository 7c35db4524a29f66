import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KEY, withServer } from '../../../testing/served-engine.ts';
import { listen } from '../create-server.ts';

test('progress comes as events while a crawl runs, and ends with it', async () => {
  await withServer(
    async ({ server, engine, command }) => {
      const idle = await command({ url: '/progress' });
      assert.match(String(idle.headers['content-type']), /^text\/event-stream/);
      assert.match(idle.body, /^event: end\ndata: \{"collection":"main","crawl":\{.*"state":"idle"/);

      await engine.startCrawl('main', { seeds: ['https://birds.example.org/peregrine'] });
      const origin = await listen(server, { port: 0 });
      const headers = { authorization: `Bearer ${KEY}` };
      const events = (await (await fetch(`${origin}/progress`, { headers })).text()).split('\n\n');
      assert.match(events[0] ?? '', /^event: progress\ndata: .*"state":"running"/s);
      const [name, data = ''] = (events.at(-2) ?? '').split('\ndata: ');
      assert.equal(name, 'event: end');
      const { crawl } = JSON.parse(data) as { crawl: { state: string; fetched: number } };
      assert.deepEqual([crawl.state, crawl.fetched], ['done', 2]);
      assert.doesNotMatch(data, /recent/);
    },
    { liveInterval_ms: 5 },
  );
});
