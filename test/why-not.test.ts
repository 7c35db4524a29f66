/** "Why is this page not found?" over the demo site and its traps: one test for each kind of answer. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_DEPTH, type DemoServer, serveDemo } from '../demo/serve-demo.ts';
import { type Engine, openEngine, type WhyNotAnswer } from '../src/collection/index.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

describe('why a page of the demo site is not found', () => {
  let demo: DemoServer;
  let engine: Engine;
  const directory = temporaryDirectory({ after: (cleanUp) => after(cleanUp) });

  before(async () => {
    demo = await serveDemo({ slow_ms: 20 });
    engine = await openEngine({ dataDirectory: directory, retryDelays_ms: [10, 20] });
    await engine.createCollection('demo');
    await engine.startCrawl('demo', {
      seeds: [`${demo.origin}/`],
      delay_ms: 1,
      allowPrivate: true,
      maxDepth: DEMO_DEPTH,
    });
    await engine.crawlDone('demo');
  });
  after(async () => {
    await engine.close();
    await demo.close();
  });

  const ask = (path: string, query = 'ranking'): Promise<WhyNotAnswer> =>
    engine.whyNot('demo', { url: demo.origin + path, query });

  const cases: readonly (readonly [path: string, query: string, kind: string, sentence: RegExp])[] = [
    ['/private/diary', 'diary', 'robots-forbidden', /robots\.txt .*line \d+: Disallow/],
    ['/museum/noindex-meta', 'museum', 'noindex', /asks not to be indexed/],
    ['/museum/missing', 'museum', 'not-found', /not there \(404\).*1 attempt/],
    ['/museum/broken', 'museum', 'http-error', /answers 5\d\d.*attempts/],
    ['/museum/moved-permanently', 'catalogue', 'redirect', /leads on to http.*(?:found|index)/],
    [
      '/print/ranking/bm25',
      'bm25',
      'canonical-elsewhere',
      /names http\S+\/ranking\/bm25 .*It is found, in place 1/,
    ],
    ['/museum/only-by-nofollow', 'museum', 'not-seen', /never (?:seen|asked for)/],
    ['/never/linked', 'museum', 'not-seen', /never seen: no page/],
    ['/ranking/bm25', 'bm25', 'found', /in place 1/],
    ['/ranking/bm25', 'zeppelin', 'words-missing', /lacks "zeppelin"/],
    ['/ranking/bm25', '"bm25 zeppelin"', 'condition-not-met', /requires/],
    ['/ranking/bm25', 'ranking -bm25', 'excluded', /keeps away/],
    ['/ranking/bm25', '-bm25', 'query-empty', /asks for nothing/],
    ['/glossary', 'the', 'ranked-lower', /in place \d\d.*the tenth has/],
  ];
  for (const [path, query, kind, sentence] of cases) {
    test(`${kind}: ${path} for ${query}`, async () => {
      const answer = await ask(path, query);
      assert.equal(answer.kind, kind, JSON.stringify(answer));
      assert.match(answer.sentence, sentence);
    });
  }

  test('names the copy that stands in for a duplicate', async () => {
    const answers = await Promise.all([ask('/museum/original'), ask('/museum/original-copy')]);
    const copy = answers.find(({ kind }) => kind === 'duplicate');
    assert.match(copy?.sentence ?? '', /same text as http\S+\/museum\/original/);
  });

  test('gives the nearest word that the page has', async () => {
    const { absence } = await ask('/ranking/bm25', 'saturatoin');
    assert.ok(absence?.kind === 'words-missing');
    assert.deepEqual(absence.missing, [{ word: 'saturatoin', nearest: 'saturation' }]);
  });

  test('says who links to a page that was not fetched', async () => {
    const { linkedFrom } = await ask('/private/diary');
    assert.ok(
      linkedFrom.some(({ url }) => url.startsWith(demo.origin)),
      JSON.stringify(linkedFrom),
    );
  });

  test('tells what is folded away', async () => {
    await engine.createCollection('folds');
    const inject = (url: string, text: string): Promise<unknown> =>
      engine.inject('folds', {
        url,
        content: `<title>Herons</title><p>${text}</p>`,
        contentType: 'text/html',
      });
    const same = 'Herons stand in shallow water and wait for fish, often for hours.';
    await inject('https://a.example/1', same);
    await inject('https://b.example/1', same);
    for (const n of [2, 3, 4])
      await inject(`https://a.example/${n}`, `Herons nest in trees, page ${n} of the colony.`);
    const kinds = await Promise.all(
      ['https://a.example/1', 'https://b.example/1'].map((url) =>
        engine.whyNot('folds', { url, query: 'herons' }),
      ),
    );
    assert.equal(kinds.filter(({ kind }) => kind === 'folded-copy').length, 1);
    const sites = await Promise.all(
      [2, 3, 4].map((n) => engine.whyNot('folds', { url: `https://a.example/${n}`, query: 'herons' })),
    );
    assert.ok(
      sites.some(({ kind, sentence }) => kind === 'folded-site' && /more of one site/.test(sentence)),
    );
  });

  test('tells what still waits, and what a crawl may not enter', async () => {
    await engine.createCollection('slow');
    await engine.startCrawl('slow', { seeds: [`${demo.origin}/`], delay_ms: 2_000, allowPrivate: true });
    while ((await engine.get('slow', { url: `${demo.origin}/` })) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    let answer = await engine.whyNot('slow', { url: `${demo.origin}/ar/`, query: '' });
    while (answer.kind === 'not-seen') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer = await engine.whyNot('slow', { url: `${demo.origin}/ar/`, query: '' });
    }
    assert.equal(answer.kind, 'queued');
    assert.match(answer.sentence, /1 link from the start, and not fetched yet/);
    await engine.pauseCrawl('slow');
  });

  test('refuses what is no address, and asks for one', async () => {
    const { kind } = await engine.whyNot('demo', { url: 'ftp://example.org/x', query: 'x' });
    assert.equal(kind, 'no-address');
    await assert.rejects(engine.whyNot('demo', { query: 'x' }), { code: 'BAD_ARGUMENT' });
  });
});
