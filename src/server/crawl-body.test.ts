import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crawlRequestOf } from './crawl-body.ts';
import { crawlBody } from './crawl-schemas.ts';

test('a request to crawl gives rules as lines and quiet hours by commas; what is left empty is not said', () => {
  const body = {
    c: 'main',
    seeds: 'https://a.example/\nhttps://b.example/',
    maxPages: '',
    quietHours: '22:00-06:00, 12:00-13:00',
    rules: '# far away\nskip depth > 3\ncrawl maxAtOnce:2 always',
  };
  assert.deepEqual(crawlRequestOf(crawlBody.parse(body)), {
    seeds: ['https://a.example/', 'https://b.example/'],
    quietHours: [
      { from: '22:00', to: '06:00' },
      { from: '12:00', to: '13:00' },
    ],
    rules: [
      { when: 'depth > 3', action: 'skip', note: 'far away' },
      { when: 'always', action: 'crawl', maxAtOnce: 2 },
    ],
  });
  for (const wrong of [{ rules: 'jump always' }, { quietHours: 'at night' }])
    assert.throws(() => crawlRequestOf(crawlBody.parse({ seeds: 'a.example', ...wrong })), {
      code: 'BAD_ARGUMENT',
    });
});
