/** "Why is this page not found?" over the demo site and its traps: one test for each kind of answer. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_DEPTH, type DemoServer, serveDemo } from '../demo/serve-demo.ts';
import { type Engine, openEngine, type WhyNotAnswer } from '../src/collection/index.ts';
import { createServer, keyCheck } from '../src/server/index.ts';
import { CaptiveTerminal } from '../testing/captive-terminal.ts';
import { startStaticServer } from '../testing/static-server.ts';
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
      maxPage_bytes: 1024 * 1024,
      rules: [
        { when: 'isSeed', priority: 0 },
        { when: 'path ^= "/downloads/"', action: 'skip' },
      ],
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
    ['/museum/noindex-meta', 'museum', 'noindex', /not to be indexed: the page says so in a meta/],
    ['/museum/noindex-header', 'museum', 'noindex', /its server says so in the header X-Robots-Tag/],
    [
      '/downloads/field-guide.pdf',
      'guide',
      'out-of-scope',
      /rules of the crawl .*rule 2: path \^= "\/downloads/,
    ],
    ['/museum/endless-log.txt', 'boiler', 'too-large', /larger than pages may be/],
    ['/sitemap.xml', 'museum', 'sitemap', /it is no page itself/],
    ['/museum/loop', 'museum', 'redirect', /leads on to/],
    ['/museum/missing', 'museum', 'not-found', /not there \(404\).*1 attempt/],
    ['/museum/broken', 'museum', 'http-error', /answers 5\d\d.*attempts/],
    ['/museum/moved-permanently', 'catalogue', 'redirect', /leads on to http.*(?:found|index)/],
    [
      '/print/ranking/bm25',
      'bm25',
      'canonical-elsewhere',
      /names http\S+\/ranking\/bm25 .*It is found, in place 1/,
    ],
    [
      '/museum/only-by-nofollow',
      'museum',
      'not-seen',
      /\/museum\/ links to it: page or link asks not to be followed/,
    ],
    ['/never/linked', 'museum', 'not-seen', /never seen: no page/],
    ['/ranking/bm25', 'bm25', 'found', /in place 1/],
    ['/ranking/bm25', 'zeppelin', 'words-missing', /lacks "zeppelin"/],
    [
      '/ranking/bm25',
      '"bm25 zeppelin"',
      'condition-not-met',
      /requires: "bm25 zeppelin"\..*lacks "zeppelin"/,
    ],
    ['/ranking/bm25', 'ranking -bm25', 'excluded', /keeps away: bm25\./],
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

  test('says the same of each on the page, to programs and by command', async () => {
    const server = createServer({ engine, adminKey: keyCheck('key') });
    const headers = { authorization: 'Bearer key' };
    try {
      for (const [path, query] of cases) {
        const { url, kind, sentence, ...answer } = await ask(path, query);
        const address = `/whynot?${new URLSearchParams({ c: 'demo', q: query, url }).toString()}`;
        const json = await server.inject({ url: `${address}&format=json`, headers });
        assert.deepEqual(json.json(), JSON.parse(JSON.stringify({ url, kind, sentence, ...answer })));
        const { body } = await server.inject({ url: `${address}&format=html`, headers });
        assert.match(body, new RegExp(`data-kind="${kind}"`));
        const command = new CaptiveTerminal(unclosable(engine));
        const words = ['why-not', url, '--query', query, '--collection', 'demo', '--data-dir', directory];
        assert.equal(await command.run(...words), 0, command.told);
        assert.ok(command.printed.startsWith(`${sentence}\n`), command.printed);
      }
    } finally {
      await server.close();
    }
  });

  test('tells of ends that come to pages of any web', async () => {
    const web = await startStaticServer({
      pages: {
        '/': '<a href="/loop/x">a</a><a href="/picture">b</a><a href="/broken.json">c</a><a href="/deep">d</a>Home.',
        '/picture': { body: 'GIF89a', headers: { 'content-type': 'image/gif' } },
        '/loop/x': `<a href="/${'loop/'.repeat(9)}">on</a> A loop.`,
        '/deep': '<a href="/deeper">on</a> Deep.',
        '/deeper': '<a href="/deepest">on</a> Deeper.',
      },
    });
    try {
      await engine.createCollection('web');
      const crawl = { delay_ms: 1, maxDepth: 2 };
      await engine.startCrawl('web', { ...crawl, seeds: [`${web.origin}/`], allowPrivate: true });
      await engine.crawlDone('web');
      await engine.createCollection('shut');
      await engine.startCrawl('shut', { ...crawl, seeds: [`${web.origin}/`] });
      await engine.crawlDone('shut');
      const kindIn = async (collection: string, path: string, origin = web.origin): Promise<string> => {
        const { kind, sentence } = await engine.whyNot(collection, { url: origin + path, query: '' });
        return `${kind}: ${sentence}`;
      };
      assert.match(await kindIn('web', '/picture'), /^unsupported-type: .*no text to index/);
      assert.match(await kindIn('web', `/${'loop/'.repeat(9)}`), /^trap: .*repeats "loop"/);
      assert.match(
        await kindIn('web', '/deepest'),
        /^not-seen: It was never asked for, though .*\/deeper links to it/,
      );
      assert.match(await kindIn('shut', '/'), /^address-refused: .*may not be visited/);
    } finally {
      await web.close();
    }
  });

  test('tells which rule of the lab keeps a page away or puts it first', async () => {
    const url = `${demo.origin}/ranking/bm25`;
    await engine.setSearchRules('demo', {
      blocks: ['site:nowhere.example', `url:${url}`],
      pins: [{ query: 'ranking', urls: [`${demo.origin}/glossary`] }],
    });
    try {
      const { kind, sentence } = await ask('/ranking/bm25', 'bm25');
      assert.equal(kind, 'blocked');
      assert.match(sentence, /block rule 2 of the collection/);
      assert.match((await ask('/glossary', 'ranking')).sentence, /in place 1, where a rule .* pins it/);
    } finally {
      await engine.setSearchRules('demo', {});
    }
  });

  test('names the copy that stands in for a duplicate', async () => {
    const answers = await Promise.all([ask('/museum/original'), ask('/museum/original-copy')]);
    const copy = answers.find(({ kind }) => kind === 'duplicate');
    assert.match(copy?.sentence ?? '', /same text as http\S+\/museum\/original/);
  });

  test('gives the nearest word that the page has', async () => {
    const { absence } = await ask('/ranking/bm25', '+saturatoin');
    assert.ok(absence?.kind === 'condition-not-met');
    assert.deepEqual(absence.missing, [{ word: 'saturatoin', nearest: 'saturation' }]);
  });

  test('says what is searched for instead of what was typed', async () => {
    const { kind, sentence } = await ask('/ranking/bm25', 'saturatoin');
    assert.equal(kind, 'found');
    assert.match(sentence, /^saturation is searched for instead\. It is found, in place 1/);
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
    assert.match(answer.sentence, /1 link from the start, and not fetched yet: .* waits for its turn/);
    const { queuePlace = 0, crawl } = answer.crawl ?? {};
    assert.ok(queuePlace > 1 && crawl === 'running', answer.sentence);
    await engine.pauseCrawl('slow');
    answer = await engine.whyNot('slow', { url: `${demo.origin}/ar/`, query: '' });
    assert.match(
      answer.sentence,
      /\d+ of its host stand before it, and waits for the crawl, which is paused/,
    );
  });

  test('refuses what is no address, and asks for one', async () => {
    const { kind } = await engine.whyNot('demo', { url: 'ftp://example.org/x', query: 'x' });
    assert.equal(kind, 'no-address');
    await assert.rejects(engine.whyNot('demo', { query: 'x' }), { code: 'BAD_ARGUMENT' });
  });
});

/** Commands close the engine that they open. */
function unclosable(engine: Engine): Engine {
  return new Proxy(engine, {
    get(target, name) {
      if (name === 'close') return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
