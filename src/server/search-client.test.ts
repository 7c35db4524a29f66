import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { withServer } from '../../testing/served-engine.ts';
import { KeyRing } from './key-ring.ts';
import { clientParameters, searchRequestOf } from './search-client.ts';

interface Answer {
  readonly results: readonly {
    readonly nbHits: number;
    readonly hits: readonly {
      readonly url: string;
      readonly ['_highlightResult']: { readonly title: { readonly value: string } };
    }[];
  }[];
}

test('a DocSearch client is answered in its shapes, whatever type it gives its JSON', async () => {
  await withServer(async ({ ask }) => {
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const reply = await ask({
        method: 'POST',
        url: '/1/indexes/*/queries?x-algolia-agent=test&x-algolia-api-key=public',
        headers: { 'content-type': type, 'sec-fetch-site': 'cross-site' },
        payload: JSON.stringify({
          requests: [
            {
              indexName: 'main',
              params: 'query=falcon&hitsPerPage=1&highlightPreTag=%3Cmark%3E&highlightPostTag=%3C%2Fmark%3E',
            },
            { indexName: 'main', query: 'hovers' },
          ],
        }),
      });
      assert.equal(reply.statusCode, 200, reply.body);
      const { results } = reply.json<Answer>();
      assert.equal(results[0]?.nbHits, 2);
      assert.equal(results[0].hits.length, 1);
      assert.match(results[0].hits[0]?.['_highlightResult'].title.value ?? '', /<mark>falcon<\/mark>/i);
      assert.equal(results[1]?.hits[0]?.url, 'https://birds.example.org/kestrel');
    }
  });
});

test('what a page says is never markup in a highlight', async () => {
  await withServer(async ({ ask, engine }) => {
    await engine.inject('main', {
      url: 'https://evil.example.org/',
      content: '<title>eyas &lt;img src=x onerror=alert(1)&gt;</title><p>eyas</p>',
    });
    const reply = await ask({ method: 'POST', url: '/1/indexes/main/query', payload: { query: 'eyas' } });
    const { hits } = reply.json<Answer['results'][number]>();
    assert.equal(
      hits[0]?.['_highlightResult'].title.value,
      '<em>eyas</em> &lt;img src=x onerror=alert(1)&gt;',
    );
  });
});

test('a wrong key is refused, and a list of facets becomes conditions', async () => {
  await withServer(
    async ({ ask }) => {
      const headers = { 'x-algolia-api-key': 'guessed' };
      const reply = await ask({
        method: 'POST',
        url: '/1/indexes/main/query',
        headers,
        payload: { query: 'x' },
      });
      assert.equal(reply.statusCode, 401);
    },
    { keys: KeyRing.inMemory() },
  );
  const parameters = clientParameters({ query: 'a', facetFilters: ['lang:en', ['v:1', 'v:2'], '-x"y:z"'] });
  assert.deepEqual(searchRequestOf(parameters, ['site:a.example.org']).filter, [
    'site:a.example.org',
    'lang:"en"',
    'v:"1" OR v:"2"',
    '-xy:"z "',
  ]);
});

test('the widget is one small file that any page may load', async () => {
  await withServer(async ({ ask }) => {
    const reply = await ask('/widget.js');
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.headers['cross-origin-resource-policy'], 'cross-origin');
    assert.ok(gzipSync(reply.rawPayload).length <= 15_360);
    assert.doesNotMatch(reply.body, /innerHTML|document\.write|eval\(/);
  });
});
