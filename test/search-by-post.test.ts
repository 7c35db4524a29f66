/** Searches whose query no address has room for: asked in a body, through the real engine. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUERY_LENGTH, SEARCH_BODY_BYTES } from '../src/server/limits.ts';
import { serveSearch } from '../testing/served-search.ts';

const PAGES = {
  'https://birds.example/falcon': '<title>The falcon</title><p>A falcon hunts in the air.</p>',
  'https://birds.example/hawk': '<title>The hawk</title><p>A hawk hunts in the wood.</p>',
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Without numbers, and without the age of an answer that was found a moment before. */
function plain(text: string): string {
  return text.replaceAll(/"ageInMs":\d+,|<ageInMs>\d+<\/ageInMs>/g, '').replaceAll(/\d+(?:\.\d+)?/g, '0');
}

interface Answer {
  readonly hits: number;
  readonly results: readonly { readonly url: string }[];
}

test('a query of 9,000 words is answered, as JSON and as a form, and one more is refused', async (t) => {
  const { ask } = await serveSearch(t, PAGES);
  const words = Array.from({ length: 8_998 }, (_, i) => `word${i}`).join(' ');
  const q = `${words} falcon wood`;
  const post = async (payload: object | string, headers = {}): Promise<Answer> => {
    const reply = await ask({ method: 'POST', url: '/search', payload, headers });
    assert.equal(reply.statusCode, 200, reply.body.slice(0, 300));
    return reply.json<Answer>();
  };
  const found = await post({ q, sc: 0 });
  assert.deepEqual(found.results.map(({ url }) => url).toSorted(), Object.keys(PAGES).toSorted());
  const asForm = await post(new URLSearchParams({ q, sc: '0' }).toString(), FORM);
  assert.deepEqual(asForm.results, found.results);
  const refused = await ask({ method: 'POST', url: '/search', payload: { q: `${q} more` } });
  assert.equal(refused.statusCode, 413);
  assert.match(refused.body, /more than 9,000 words/);
});

test('what is asked in a body is answered as in an address, also as a page whose links lead on', async (t) => {
  const { ask } = await serveSearch(t, PAGES);
  for (const format of ['json', 'xml', 'csv', 'rss']) {
    const parameters = { q: 'hunts', format, n: '1' };
    const [posted, got] = await Promise.all([
      ask({ method: 'POST', url: '/search', payload: parameters }),
      ask({
        url: `/search?${new URLSearchParams(parameters).toString()}`,
        headers: { accept: 'application/json' },
      }),
    ]);
    assert.equal(posted.headers['content-type'], got.headers['content-type']);
    assert.equal(plain(posted.body), plain(got.body));
  }
  const page = await ask({
    method: 'POST',
    url: '/search',
    payload: new URLSearchParams({ q: 'hunts', n: '1', hl: 'de' }).toString(),
    headers: { ...FORM, accept: 'text/html' },
  });
  assert.match(page.body, /<html lang="de"/);
  assert.match(page.body, /rel="next" href="\/search\?q=hunts&amp;n=1&amp;hl=de&amp;s=1"/);
  const lines = await ask({ method: 'POST', url: '/search', payload: { q: 'hunts', stream: true } });
  assert.match(lines.body, /"matches":2/);
});

test('a body is bounded, and a page only of what an address has room for', async (t) => {
  const { ask } = await serveSearch(t, PAGES);
  const status = async (payload: object, accept = 'application/json'): Promise<number> =>
    (await ask({ method: 'POST', url: '/search', payload, headers: { accept } })).statusCode;
  const long = 'falcon '.repeat(QUERY_LENGTH / 5);
  assert.equal(await status({ q: long }), 200);
  assert.equal(await status({ q: long }, 'text/html'), 413);
  assert.equal(await status({ q: long, format: 'rss' }), 413);
  assert.equal(await status({ q: 'x'.repeat(250_001) }), 400);
  assert.equal(await status({ q: 'x', other: 'x'.repeat(SEARCH_BODY_BYTES) }), 413);
  assert.equal(await status({ q: 'x', n: 'many' }), 400);
  assert.equal(await status(['falcon']), 400);
});
