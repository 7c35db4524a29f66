import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withServer } from '../../testing/served-engine.ts';
import { documentationPage } from './documentation.ts';
import { searchDocumentation } from './documentation-search.ts';

test('the documentation finds its own sections, in any form of the words', () => {
  for (const [query, target] of [
    ['migrate gigablast', /^migrating-from-gigablast#/],
    ['url rule', /^crawling#url-rules$|^crawl-your-site#/],
    ['footer of a part', /^formats\/part#/],
    ['verify deep damaged', /^store#/],
    ['synonyms pins boost', /^(relevance#the-lab|ranking#change-it)$/],
  ] as const) {
    const [first] = searchDocumentation(query);
    assert.match(first?.target ?? 'nothing', target, query);
  }
  assert.deepEqual(searchDocumentation('qqzzxx'), []);
  assert.deepEqual(searchDocumentation(''), []);
});

test('what is found can be gone to', () => {
  for (const query of ['memory', 'query', 'crawl', 'page', 'key', 'index']) {
    for (const { target } of searchDocumentation(query)) {
      const [path = '', anchor = ''] = target.split('#');
      const body = documentationPage(path)?.body.toString();
      // Pages that are made and not written have no file to be searched.
      assert.ok(body?.includes(`id="${anchor}"`), target);
    }
  }
});

test('/docs/search answers with sections, escaped, and says what to do where nothing is found', async () => {
  await withServer(async ({ ask }) => {
    const found = await ask('/docs/search?q=politeness+delay');
    assert.equal(found.statusCode, 200);
    assert.match(found.body, /href="\/docs\/crawling#/);
    const hostile = await ask(`/docs/search?q=${encodeURIComponent('"><script>x')}`);
    assert.doesNotMatch(hostile.body, /<script>x/);
    assert.match((await ask('/docs/search')).body, /Type some words/);
    assert.equal((await ask(`/docs/search?q=${'a'.repeat(300)}`)).statusCode, 400);
  });
});
