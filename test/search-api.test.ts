/** What searches can be asked over HTTP, through the real engine. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveSearch } from '../testing/served-search.ts';

const PAGES = {
  'https://birds.example/falcon': '<title>The falcon</title><p>A falcon hunts in the air.</p>',
  'https://birds.example/kestrel': '<title>The kestrel</title><p>A small falcon that hovers.</p>',
  'https://tales.example/falcon': '<title>The Maltese falcon</title><p>A tale of a statue.</p>',
};

test('a filter bounds what any query finds, and one that can not be kept is refused', async (t) => {
  const { ask } = await serveSearch(t, PAGES);
  const hits = async (filter: string): Promise<number> => {
    const reply = await ask(`/search?q=falcon+OR+x&format=json&filter=${encodeURIComponent(filter)}`);
    return reply.json<{ hits: number }>().hits;
  };
  assert.equal(await hits('site:birds.example'), 2);
  assert.equal(await hits('-site:birds.example'), 1);
  const refused = await ask('/search?q=falcon&format=json&filter=(falcon');
  assert.equal(refused.statusCode, 400);
  assert.match(refused.body, /can't be used/);
});

test('all matches come as a stream of lines, from any document on, and within a filter', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [
      `https://site${i % 3}.example/${i}`,
      `<title>Bird ${i}</title><p>A ${i % 4 === 0 ? 'falcon' : 'hawk'} in the air.</p>`,
    ]),
  );
  const { ask } = await serveSearch(t, many, 3);
  const lines = async (parameters: string): Promise<Record<string, unknown>[]> => {
    const reply = await ask(`/search?stream=1&${parameters}`);
    assert.match(String(reply.headers['content-type']), /x-ndjson/);
    return reply.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const all = await lines('q=hawk');
  assert.deepEqual(all.at(-1), { end: true, matches: 225 });
  const ids = all.slice(0, -1).map(({ docId }) => Number(docId));
  assert.equal(new Set(ids).size, 225);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  const rest = await lines(`q=hawk&after=${ids[99]}`);
  assert.deepEqual(
    rest.slice(0, -1).map(({ docId }) => docId),
    ids.slice(100),
  );
  assert.equal((await lines('q=falcon&filter=site:site0.example')).length, 26);
  assert.equal((await ask('/search?stream=1&q=hawk&after=x')).statusCode, 400);
  const refused = await ask('/search?stream=1&q=hawk&filter=(falcon');
  assert.equal(refused.statusCode, 400);
  assert.match(refused.body, /can't be used/);
});

test('results, and all matches, come as a table that no spreadsheet runs', async (t) => {
  const { ask } = await serveSearch(t, {
    ...PAGES,
    'https://evil.example/falcon': '<title>=HYPERLINK("x"), falcon</title><p>A falcon of ill will.</p>',
  });
  const rows = async (parameters: string): Promise<string[]> => {
    const { headers, body } = await ask(`/search?q=falcon&format=csv&${parameters}`);
    assert.match(String(headers['content-type']), /text\/csv/);
    return body.trimEnd().split('\r\n');
  };
  const [head, ...results] = await rows('n=3');
  assert.equal(head, 'docId,url,title,language,contentType,fetched,published,score,site,snippet');
  assert.equal(results.length, 3);
  assert.match(results.join('\n'), /^\d+,https:\/\/tales\.example\/falcon,The Maltese falcon,/m);
  const all = await rows('stream=1');
  assert.deepEqual([all.length, all[0]], [5, 'docId,url,title,language,contentType,fetched,published']);
  assert.match(all.join('\n'), /,"'=HYPERLINK\(""x""\), falcon",/);
});

test('a result says whose it was where a bundle brought it, and the page offers counts to narrow by', async (t) => {
  const { ask, engine } = await serveSearch(t, PAGES);
  await engine.put('main', {
    url: 'https://theirs.example/falcon',
    bytes: Buffer.from('<title>Their falcon</title><p>A falcon of others.</p>'),
    headers: { 'content-type': 'text/html' },
    status: 200,
    fetchedAt_ms: 1,
    depth: 0,
    meta: { 'bundle.from': 'the <b>aviary' },
  });
  const found = (await ask('/search?q=falcon&format=json')).json<{
    results: { url: string; broughtFrom?: string }[];
  }>();
  assert.deepEqual(
    found.results.flatMap(({ url, broughtFrom }) => (broughtFrom === undefined ? [] : [[url, broughtFrom]])),
    [['https://theirs.example/falcon', 'the <b>aviary']],
  );
  const { body } = await ask('/search?q=falcon&format=html');
  assert.match(body, /From the &lt;b&gt;aviary/);
  const copy = await ask('/get?url=https://theirs.example/falcon');
  assert.match(copy.body, /<b>From the &lt;b&gt;aviary<\/b>/);
  const [, narrowed = ''] = /href="([^"]+facet%3Asite)"/.exec(body) ?? [];
  const counted = await ask(narrowed.replaceAll('&amp;', '&'));
  assert.match(counted.body, /<aside class="facets">.*birds\.example.*<span>2<\/span>/s);
});

test('pages follow one another by the place that each answer names', async (t) => {
  const { ask } = await serveSearch(t, PAGES);
  const first = (await ask('/search?q=falcon&n=2&format=json')).json<{ next: string; results: object[] }>();
  assert.equal(first.results.length, 2);
  const second = await ask(`/search?q=falcon&n=2&format=json&after=${first.next}`);
  assert.equal(second.json<{ results: object[] }>().results.length, 1);
  assert.equal((await ask('/search?q=falcon&format=json&after=xyz')).statusCode, 400);
});

test('what somebody types is completed from titles, headings and words, within a filter', async (t) => {
  const { ask } = await serveSearch(t, {
    ...PAGES,
    'https://shut.example/': '<title>Falconry in secret</title><h2>Falcon hoods</h2><p>Hidden.</p>',
  });
  const complete = async (q: string, more = ''): Promise<string[]> => {
    const reply = await ask(`/complete?q=${encodeURIComponent(q)}${more}`);
    return reply.json<{ completions: { text: string }[] }>().completions.map(({ text }) => text);
  };
  assert.ok((await complete('maltese fa')).includes('The Maltese falcon'));
  const falc = await complete('falc');
  for (const text of ['falcon', 'The falcon', 'Falconry in secret', 'Falcon hoods']) {
    assert.ok(falc.includes(text), `${text} among ${falc.join(', ')}`);
  }
  assert.match(falc[0] ?? '', /^falcon/i);
  assert.ok(
    !(await complete('falc', '&filter=-site:shut.example')).some((text) => /secret|hoods/.test(text)),
  );
  assert.deepEqual(await complete('zzz'), []);
  assert.deepEqual(await complete(''), []);
  const suggestions = await ask('/complete?q=kes&format=opensearch');
  assert.match(String(suggestions.headers['content-type']), /x-suggestions\+json/);
  assert.deepEqual(suggestions.json(), ['kes', ['kestrel', 'The kestrel']]);
});

test('the page says what was searched for instead, counts fields, and offers order and time', async (t) => {
  const { ask, engine } = await serveSearch(t, PAGES);
  const corrected = (await ask('/search?q=kestral')).body;
  assert.match(corrected, /Showing results for/);
  assert.match(corrected, /href="\/search\?q=kestral&amp;spelling=off"/);
  assert.match((await ask('/search?q=kestral&spelling=suggest')).body, /Did you mean/);
  const page = (await ask('/search?q=falcon+facet:site')).body;
  assert.match(page, /site%3Abirds\.example/);
  assert.match(page, /sort%3A-date/);
  assert.match(page, /after%3A1w/);
  // Any field that many documents have gives an order; the parts of scores are told in words.
  assert.match(page, /href="[^"]*sort%3A-words"[^>]*>words, greatest first</);
  assert.doesNotMatch(page, /class="scores"/);
  assert.match((await ask('/search?q=falcon&scores=1')).body, /<dt>words in the title<\/dt>/);
  const counts = (await ask('/search?q=falcon+facet:site&format=json')).json<{ facets: object[] }>();
  assert.deepEqual(counts.facets, [
    {
      name: 'site',
      isExact: true,
      counts: [
        { value: 'birds.example', documents: 2 },
        { value: 'tales.example', documents: 1 },
      ],
      values: 2,
      missing: 0,
    },
  ]);
  // A value of any field may look like a month, and be none.
  const odd = '<title>Odd</title><meta name="edition" content="2024-13-01"><p>An odd falcon.';
  await engine.inject('main', { url: 'https://odd.example/', content: odd });
  const editions = await ask('/search?q=falcon+facet:edition');
  assert.equal(editions.statusCode, 200);
  assert.match(editions.body, />2024-13-01</);
});

test('what is counted is called by its name, and leads to as many results as it counts', async (t) => {
  const { ask } = await serveSearch(t, {
    ...PAGES,
    'https://tales.example/falke':
      '<html lang="de"><title>Der Falke</title><p>Ein Falke, englisch falcon, jagt in der Luft.',
  });
  for (const field of [
    'language',
    'lang',
    'site',
    'type',
    'charset',
    'contenttype',
    'words',
    'words,0-7,7-90',
  ]) {
    const { body } = await ask(`/search?q=falcon+facet:${field}`);
    const [facets = ''] = /<aside class="facets">[\s\S]*?<\/aside>/.exec(body) ?? [];
    const counted = [...facets.matchAll(/href="([^"]+)"[^>]*>([^<]+)<\/a>\s*<span>(\d+)</g)];
    assert.ok(counted.length > 0, field);
    for (const [, href = '', value, documents] of counted) {
      const narrowed = await ask(`${href.replaceAll('&amp;', '&')}&format=json&sc=0`);
      const { hits, warnings } = narrowed.json<{ hits: number; warnings: string[] }>();
      assert.deepEqual([hits, warnings], [Number(documents), []], `${field} ${value}: ${href}`);
    }
    if (field.startsWith('lang')) assert.match(facets, />English<[\s\S]*>German</);
  }
});

test('a kept answer tells its age, and an older one serves only who allows it', async (t) => {
  const { ask, engine } = await serveSearch(t, PAGES);
  const ageOf = async (more = ''): Promise<[number, number | undefined]> => {
    const reply = await ask(`/search?q=falcon&format=json${more}`);
    const { hits, ageInMs } = reply.json<{ hits: number; ageInMs?: number }>();
    return [hits, ageInMs];
  };
  assert.deepEqual(await ageOf(), [3, undefined]);
  const [, age] = await ageOf();
  assert.ok(age !== undefined && age >= 0);
  await engine.inject('main', {
    url: 'https://new.example/',
    content: '<title>Falcon</title><p>A falcon.</p>',
  });
  const [hits, older] = await ageOf('&maxAge=60');
  assert.ok(hits === 3 && older !== undefined && older > 0, 'of before, and it says so');
  assert.deepEqual(await ageOf(), [4, undefined]);
});

test('rules are tried on saved queries, put in force, measured, and outlive a restart', async (t) => {
  const { ask, command, engine } = await serveSearch(t, PAGES);
  const rules = {
    synonyms: 'raptor, falcon',
    pins: [{ query: 'falcon', urls: ['https://tales.example/falcon'] }],
    blocks: ['kestrel'],
    remembersMisses: true,
    queries: [{ query: 'falcon', judgements: { 'http://www.tales.example/falcon/': 1 } }],
  };
  const compared = await command({ method: 'POST', url: '/lab/compare', payload: rules });
  assert.equal(compared.json<{ changed: number }>().changed, 1);
  assert.equal(compared.json<{ candidateNdcg: number }>().candidateNdcg, 1);
  assert.deepEqual((await command({ url: '/lab/rules' })).json(), {}, 'nothing is in force yet');

  assert.equal((await command({ method: 'PUT', url: '/lab/rules', payload: rules })).statusCode, 200);
  const answer = async (q: string): Promise<string[]> =>
    (await ask(`/search?q=${q}&format=json`))
      .json<{ results: { url: string }[] }>()
      .results.map(({ url }) => url);
  assert.deepEqual(await answer('falcon'), ['https://tales.example/falcon', 'https://birds.example/falcon']);
  assert.equal((await answer('raptor')).length, 2);
  assert.deepEqual(await answer('zeppelin'), []);
  assert.deepEqual(await answer('zeppelin'), []);
  const quality = (await command({ url: '/lab/quality' })).json<{
    measured: { ndcg: number; after: string }[];
    missed: { query: string; times: number }[];
  }>();
  assert.deepEqual(
    quality.measured.map(({ ndcg, after }) => [ndcg, after]),
    [[1, 'rules']],
  );
  const measured = (await command({ method: 'POST', url: '/lab/quality' })).json<{
    measured: { queries: number; after: string };
  }>();
  assert.deepEqual([measured.measured.queries, measured.measured.after], [1, 'request']);
  assert.deepEqual(
    quality.missed.map(({ query, times }) => [query, times]),
    [['zeppelin', 2]],
  );
  assert.deepEqual(await engine.searchRules('main'), rules);

  for (const payload of [{ synonyms: 'alone' }, { boosts: [{ filter: '(x', factor: 1 }] }, { unknown: 1 }]) {
    assert.equal((await command({ method: 'PUT', url: '/lab/rules', payload })).statusCode, 400);
  }
  assert.equal((await ask('/lab/rules')).statusCode, 401);
  assert.match(
    (await command({ url: '/admin/lab', headers: { accept: 'text/html' } })).body,
    /Relevance lab/,
  );
});

test('an answer is kept while its view stands, and longer only for who says how old it may be', async (t) => {
  const { ask, engine } = await serveSearch(t, PAGES);
  const answer = async (more = ''): Promise<{ hits: number; ageInMs?: number }> =>
    (await ask(`/search?q=falcon&format=json${more}`)).json<{ hits: number; ageInMs?: number }>();
  const first = await answer();
  assert.equal(first.ageInMs, undefined);
  const again = await answer();
  assert.ok(again.ageInMs !== undefined && again.hits === first.hits);
  await engine.inject('main', { url: 'https://new.example/', content: '<p>Another falcon.</p>' });
  const old = await answer('&maxAge=60');
  assert.ok(old.ageInMs !== undefined && old.hits === first.hits);
  const fresh = await answer();
  assert.equal(fresh.ageInMs, undefined);
  assert.equal(fresh.hits, first.hits + 1);
});

const onFalcons = (more: string): string =>
  `<title>On falcons</title><p>A falcon dives at great speed. ${more}</p>`;

test('phrases that the first results share are told, but none of the query', async (t) => {
  const { ask } = await serveSearch(t, {
    'https://a.example/': onFalcons('The peregrine stoop is the fastest.'),
    'https://b.example/': onFalcons('Nobody sees the peregrine stoop twice.'),
    'https://c.example/': '<title>Ships</title><p>A boat of great speed for great lakes.</p>',
  });
  const reply = await ask('/search?q=falcon&related=1&format=json');
  const { related } = reply.json<{ related: string[] }>();
  assert.ok(related.includes('peregrine stoop'), related.join(', '));
  assert.ok(!related.some((phrase) => /\bfalcon\b/.test(phrase)), related.join(', '));
});

test('a search that names writes shows them, or says that it does not', async (t) => {
  const { ask, command } = await serveSearch(t, PAGES, 3);
  const payload = { url: 'https://new.example/', content: '<p>Another falcon.</p>' };
  const one = (await command({ method: 'POST', url: '/inject', payload })).json<{
    document: { seq: string };
  }>();
  const lines = [1, 2, 3, 4].map((n) =>
    JSON.stringify({ url: `https://new${n}.example/`, content: '<p>A falcon of many.</p>' }),
  );
  const many = await command({
    method: 'POST',
    url: '/inject',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: lines.join('\n'),
  });
  const { seq } = many.json<{ seq: string }>();
  assert.match(`${one.document.seq},${seq}`, /^\d+\.\d+(,\d+\.\d+)+$/);
  const answer = async (minSeq: string): Promise<Record<string, unknown>> =>
    (await ask(`/search?q=falcon&format=json&maxAge=60&minSeq=${minSeq}`)).json();
  const { hits, partial, numShardsBehind } = await answer(`${one.document.seq},${seq}`);
  assert.deepEqual([hits, partial, numShardsBehind], [8, false, undefined]);
  const later = await answer('0.999999,1.999999');
  assert.deepEqual([later['hits'], later['partial'], later['numShardsBehind']], [8, true, 2]);
  for (const wrong of ['x', '1', '999.1', '1.2.3']) {
    assert.equal((await ask(`/search?q=falcon&format=json&minSeq=${wrong}`)).statusCode, 400, wrong);
  }
});

test('pages like one are found by the words that tell most of it, without it, and the page says so', async (t) => {
  const { ask } = await serveSearch(t, {
    ...PAGES,
    'https://birds.example/hobby':
      '<title>The hobby</title><p>The hobby, a falcon, hovers and hovers. And it was the only one of the day.</p>',
  });
  const { results } = (await ask('/search?q=url:birds.example/hobby&format=json')).json<{
    results: { docId: number }[];
  }>();
  const led = await ask(`/similar?d=${results[0]?.docId}`);
  assert.equal(led.statusCode, 302);
  const place = String(led.headers.location);
  assert.match(place, /q=hovers/);
  const { body } = await ask({ url: place, headers: { accept: 'text/html' } });
  assert.match(body, /Pages that share the words that tell most of\s+<a[^>]*>The hobby<\/a>/);
  assert.match(body, /The kestrel/);
  assert.doesNotMatch(body, /href="https:\/\/birds\.example\/hobby"/);
});
