import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { PAGES, withServer } from '../../../testing/served-engine.ts';
import { sharedData } from '../../../testing/shared-data.ts';
import type { SearchRequest } from '../../query/index.ts';
import { SEARCH_DEADLINE_MS, SEARCHES_AT_ONCE } from '../limits.ts';

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;

interface SearchAnswer {
  readonly hits: number;
  readonly results: readonly Record<string, unknown>[];
  readonly queryInfo: Readonly<Record<string, unknown>>;
}

test('the results page shows title, address, marked snippet, date, language and links', async () => {
  await withServer(async ({ ask }) => {
    const { body, headers } = await ask('/search?q=falcon');
    assert.match(String(headers['content-type']), /text\/html; charset=utf-8/);
    assert.match(body, /<html lang="en" dir="ltr">/);
    assert.match(
      body,
      /<a href="https:\/\/birds\.example\.org\/peregrine">The peregrine <mark>falcon<\/mark><\/a>/,
    );
    assert.match(body, /<span class="host">birds\.example\.org<\/span\s*>/);
    assert.match(body, /2 results/);
    assert.match(body, /datetime="2026-03-04T14:00:00\.000Z"/);
    assert.match(body, /English/);
    assert.match(body, /href="https:\/\/birds\.example\.org\/peregrine#speed"/);
    assert.match(body, /href="\/get\?c=main&amp;d=\d+&amp;q=falcon"/);
    assert.match(body, /href="\/explain\?c=main&amp;q=falcon"/);
    assert.doesNotMatch(body, /style="|<style|onclick|javascript:/);
  });
});

test('markup in the query, the title, the text and the address is shown, not obeyed', async () => {
  await withServer(async ({ ask, engine }) => {
    const escaped = EVIL.replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
    await engine.inject('main', {
      url: `https://evil.example.org/"><script>alert(2)</script>`,
      content: `<title>${escaped} falcon</title><p id='"><script>x'>falcon ${escaped} falcon</p>`,
    });
    for (const url of [
      '/search?q=falcon',
      `/search?q=falcon&n=1`,
      `/search?q=${encodeURIComponent(`falcon ${EVIL}`)}`,
      `/search?q=${encodeURIComponent(EVIL)}`,
      `/search?q=falcon&qlang=${encodeURIComponent('"><b>')}`,
      `/search?q=x&c=${encodeURIComponent(EVIL)}`,
      `/get?view=text&url=${encodeURIComponent('https://evil.example.org/"><script>alert(2)</script>')}`,
      `/get?url=${encodeURIComponent('https://evil.example.org/"><script>alert(2)</script>')}`,
    ]) {
      const { body } = await ask(url);
      assert.doesNotMatch(body, /<script>|<script[^>]*>[^<]|<img|<b>/, url);
    }
  });
});

test('an address that is no web address is never a link', async () => {
  await withServer(async ({ ask, engine }) => {
    await engine.inject('main', {
      url: 'javascript:alert(document.domain)//falcon',
      content: '<title>falcon bait</title>',
    });
    const { body } = await ask('/search?q=bait');
    assert.match(body, /<mark>bait<\/mark>/);
    assert.doesNotMatch(body, /href="javascript:/);
  });
});

test('JSON has the fields of the old system, with the types that it gave them', async (t) => {
  const path = sharedData('gigablast-sample/api/search_c_sample_format_json.txt');
  if (path === undefined) {
    t.skip('the test data are not here');
    return;
  }
  const sample = readFileSync(path, 'utf8');
  const old = JSON.parse(sample.slice(sample.indexOf('\n{'), sample.lastIndexOf('}') + 1)) as SearchAnswer;
  await withServer(async ({ ask }) => {
    const reply = await ask('/search?q=falcon&format=json');
    assert.match(String(reply.headers['content-type']), /application\/json; charset=utf-8/);
    const ours = reply.json<SearchAnswer>();
    const shapes = [
      [old, ours],
      [old.queryInfo, ours.queryInfo],
    ] as const;
    for (const [theirs, own] of shapes) {
      for (const [name, value] of Object.entries(theirs)) {
        const ownValue = (own as Record<string, unknown>)[name];
        assert.equal(Array.isArray(ownValue), Array.isArray(value), name);
        assert.equal(typeof ownValue, typeof value, name);
      }
    }
  });
});

test('a JSON result says what the page says', async () => {
  await withServer(async ({ ask }) => {
    const answer = (await ask('/search?q=falcon&format=json&n=1&scores=1')).json<SearchAnswer>();
    assert.equal(answer.hits, 2);
    assert.equal(answer.results.length, 1);
    const { docId, docScore, size, features, ...rest } = answer.results[0] ?? {};
    assert.ok(Number.isSafeInteger(docId));
    assert.equal(typeof docScore, 'number');
    assert.match(String(size), /^\d+\.\d$/);
    assert.deepEqual(features, { count: 2 });
    assert.deepEqual(rest, {
      title: 'The peregrine falcon',
      titleMarks: [[14, 20]],
      contentType: 'html',
      mimeType: 'text/html',
      sum: 'Speed The falcon is the fastest animal on earth. Kestrel',
      sumMarks: [[10, 16]],
      url: 'https://birds.example.org/peregrine',
      anchor: 'speed',
      sizeInBytes: PAGES['https://birds.example.org/peregrine']?.length,
      site: 'birds.example.org',
      spidered: 1772632800,
      language: 'English',
      langAbbr: 'en',
    });
  });
});

test('JSON stays valid whatever stands in the pages', async () => {
  await withServer(async ({ ask, engine }) => {
    await engine.inject('main', {
      url: 'https://odd.example.org/',
      content: '<title>odd \u0000\u001F\u2028 "\\ </title>\uFFFE odd',
    });
    const answer = (await ask('/search?q=odd&format=json')).json<SearchAnswer>();
    assert.equal(answer.results.length, 1);
  });
});

test('errors are JSON with a code for programs and a page for people', async () => {
  await withServer(async ({ ask }) => {
    const json = await ask('/search?q=x&c=nosuch&format=json');
    assert.equal(json.statusCode, 404);
    const reply = json.json<{ response: { statusCode: number }; error: { code: string; message: string } }>();
    assert.equal(reply.response.statusCode, 404);
    assert.equal(reply.error.code, 'NOT_FOUND');
    assert.match(reply.error.message, /nosuch/);

    const page = await ask('/search?q=x&c=nosuch');
    assert.equal(page.statusCode, 404);
    assert.match(String(page.headers['content-type']), /text\/html/);
    assert.match(page.body, /There is no collection &quot;nosuch&quot;/);
  });
});

test('a search is answered as XML too, with the names of its JSON', async () => {
  const url = 'https://odd.example.org/?a=1&b=2';
  await withServer(async ({ ask, engine }) => {
    await engine.inject('main', { url, content: '<title>A &lt;b&gt; &amp; a falcon]]&gt;</title><p>falcon' });
    const { headers, body } = await ask('/search?q=falcon&format=xml&ns=1');
    assert.match(String(headers['content-type']), /^application\/xml/);
    const open: string[] = [];
    for (const [, slash, name = ''] of body.matchAll(/<(\/?)(\w+)>/g)) {
      if (slash === '') open.push(name);
      else assert.equal(open.pop(), name, 'elements end where they began');
    }
    assert.deepEqual(open, []);
    assert.match(body, /<statusCode>0<\/statusCode>/);
    assert.match(body, /<hits>3<\/hits>/);
    assert.match(body, /<queryInfo>\n<fullQuery>falcon<\/fullQuery>/);
    assert.equal(body.match(/<result>/g)?.length, 3);
    assert.match(body, /<title>A &lt;b&gt; &amp; a falcon\]\]&gt;<\/title>/);
    assert.match(body, /<url>https:\/\/odd\.example\.org\/\?a=1&amp;b=2<\/url>/);
  });
});

test('parameters out of their bounds are named', async () => {
  await withServer(async ({ ask }) => {
    for (const [query, name] of [
      ['q=x&n=101', 'n'],
      ['q=x&s=-1', 's'],
      ['q=x&s=10001', 's'],
      ['q=x&n=ten', 'n'],
      ['q=x&n=1.5', 'n'],
      ['q=x&format=pdf', 'format'],
      ['q=x&c=UPPER', 'c'],
      ['q=x&dr=maybe', 'dr'],
      [`q=${'x'.repeat(3000)}`, 'q'],
    ] as const) {
      const { statusCode, body } = await ask({
        url: `/search?${query}`,
        headers: { accept: 'application/json' },
      });
      assert.equal(statusCode, 400, query);
      assert.match(body, new RegExp(`Parameter \\\\"${name}\\\\"`), query);
    }
    // Empty and repeated parameters come from browsers; they are no reason to refuse.
    for (const query of ['', 'q=', 'q=falcon&s=&n=&c=&sc=', 'q=falcon&q=kestrel', 'q=falcon&unknown=1']) {
      assert.equal((await ask(`/search?${query}`)).statusCode, 200, query);
    }
  });
});

test('pages of results link to one another', async () => {
  await withServer(async ({ ask, engine }) => {
    for (let i = 0; i < 35; i++) {
      await engine.inject('main', {
        url: `https://many.example.org/${i}`,
        content: '<title>many pages</title>',
      });
    }
    const second = (await ask('/search?q=many&n=10&s=10')).body;
    assert.match(second, /rel="prev" href="\/search\?q=many&amp;n=10"/);
    assert.match(second, /rel="next" href="\/search\?q=many&amp;n=10&amp;s=20"/);
    assert.match(second, /aria-current="page"[^>]*>2</);
    const last = (await ask('/search?q=many&n=10&s=30')).body;
    assert.doesNotMatch(last, /rel="next"/);
  });
});

test('a search without results says which word is on no page', async () => {
  await withServer(async ({ ask }) => {
    const { body } = await ask('/search?q=falcon+zeppelin');
    assert.match(body, /No page matches/);
    assert.match(body, /“zeppelin”/);
    assert.doesNotMatch(body, /<strong>falcon<\/strong>/);
  });
});

test('an answer without a part of the index says that this is damaged, not that time was over or that a word is nowhere', async () => {
  await withServer(async ({ ask, engine }) => {
    const whole = await engine.search('main', { query: 'zeppelin' });
    engine.search = async () => ({ ...whole, partial: true, isDamaged: true });
    const { body } = await ask('/search?q=zeppelin');
    assert.match(body, /Part of the index can’t be read; some results may be missing/);
    assert.doesNotMatch(body, /took too long|holds “zeppelin”/);
    const json = JSON.parse((await ask('/search?q=zeppelin&format=json')).body) as Record<string, unknown>;
    assert.deepEqual([json['partial'], json['indexIsDamaged']], [true, true]);
    engine.search = async () => ({ ...whole, partial: true });
    assert.match((await ask('/search?q=zeppelin')).body, /took too long/);
  });
});

test('results come as a feed, and browsers are told how to search', async () => {
  await withServer(async ({ ask }) => {
    const feed = await ask({ url: '/search?q=falcon&format=rss', headers: { host: 'localhost:1' } });
    assert.match(String(feed.headers['content-type']), /application\/rss\+xml/);
    assert.ok(feed.body.startsWith('<?xml version="1.0"'));
    assert.match(feed.body, /<opensearch:totalResults>2</);
    assert.match(feed.body, /<link>https:\/\/birds\.example\.org\/peregrine<\/link>/);
    const description = await ask({ url: '/opensearch.xml', headers: { host: 'localhost:1' } });
    assert.match(
      description.body,
      /template="http:\/\/localhost:1\/search\?q=\{searchTerms\}&amp;s=\{startIndex\?\}"/,
    );
    assert.match(description.body, /<Image type/);
  });
});

test('searches beyond the bound are refused at once, not queued', async () => {
  await withServer(async ({ ask, engine }) => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    engine.searchHold = promise;
    const held = Array.from({ length: SEARCHES_AT_ONCE }, async () => ask('/search?q=falcon&format=json'));
    while (engine.searchesHeld < SEARCHES_AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
    const refused = await ask('/search?q=falcon&format=json');
    assert.equal(refused.statusCode, 503);
    assert.ok(refused.headers['retry-after'] !== undefined);
    release();
    for (const reply of await Promise.all(held)) assert.equal(reply.statusCode, 200);
    assert.equal((await ask('/search?q=falcon')).statusCode, 200);
  });
});

test('everything that a page loads is small and comes from here', async () => {
  await withServer(async ({ ask }) => {
    const page = await ask('/search?q=falcon');
    const files = [...page.body.matchAll(/(?:src|href)="(\/(?:assets\/|favicon)[^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    assert.equal(files.length, 3);
    let size_bytes = page.body.length;
    for (const path of files) {
      const file = await ask(path);
      assert.equal(file.statusCode, 200, path);
      assert.match(String(file.headers['cache-control']), /public/);
      size_bytes += file.rawPayload.length;
    }
    assert.ok(size_bytes < 50_000, `${size_bytes} bytes`);
  });
});

test('a search takes no longer than its timeout, and no timeout may be longer than the bound', async () => {
  await withServer(async ({ ask, engine }) => {
    const search = engine.search.bind(engine);
    const deadlines: unknown[] = [];
    engine.search = (collection: string, request: SearchRequest) => {
      deadlines.push(request.deadline_ms);
      return search(collection, request);
    };
    await ask('/search?q=falcon&format=json');
    await ask('/search?q=falcon&format=json&timeout=250');
    assert.deepEqual(deadlines, [SEARCH_DEADLINE_MS, 250]);
    for (const wrong of ['0', '-1', '5001', '1e9', 'soon']) {
      const { statusCode } = await ask(`/search?q=falcon&format=json&timeout=${wrong}`);
      assert.equal(statusCode, 400, wrong);
    }
    assert.equal(deadlines.length, 2);
  });
});

test('a page of what could not be asked in time says that, once, and nothing of what it does not know', async () => {
  await withServer(async ({ engine, ask }) => {
    const search = engine.search.bind(engine);
    engine.search = async (name, request) => ({
      ...(await search(name, { ...request, query: 'nothing-like-this' })),
      documents: 0,
      partial: true,
      shardsAsked: 1,
      shardsMissing: 1,
      warnings: ['1 of the shards did not answer.'],
    });
    const page = (await ask('/search?q=falcon')).body;
    assert.match(page, /cut short/);
    assert.match(page, /Nothing was found for “falcon”/);
    assert.doesNotMatch(page, /did not answer|No page matches|0 pages/);
  });
});
