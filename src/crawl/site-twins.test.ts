import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crawlBench, MAIN, page } from '../../testing/crawl-bench.ts';
import { silentLog, systemClock } from '../base/index.ts';
import { createCrawler } from './create-crawler.ts';
import { ruleBetween, SiteTwins } from './site-twins.ts';

describe('Spellings of one page', () => {
  it('differ by one rule', () => {
    const cases: readonly (readonly [string, string, string | undefined])[] = [
      ['http://a.example/x/index.html', 'http://a.example/x/', 'index index.html'],
      ['http://a.example/Default.aspx', 'http://a.example/', 'index Default.aspx'],
      ['http://a.example/x', 'https://a.example/x', 'secure'],
      ['https://www.a.example/x?y', 'https://a.example/x?y', 'bare'],
      ['https://a.example/x', 'https://www.a.example/x', 'www'],
      ['https://a.example/x', 'https://a.example/y', undefined],
      ['http://a.example:8080/x', 'https://a.example:8080/x', undefined],
      ['http://a.example/index.html?q=1', 'http://a.example/?q=1', undefined],
      ['http://www.a.example/', 'https://a.example/', undefined],
      ['http://127.0.0.1/', 'http://www.127.0.0.1/', undefined],
      ['http://intranet/', 'http://www.intranet/', undefined],
    ];
    for (const [url, target, rule] of cases)
      assert.equal(ruleBetween(url, target), rule, `${url} → ${target}`);
  });

  it('are believed when three pages have shown them, and after a restart', () => {
    const twins = new SiteTwins();
    for (const n of [1, 2, 3]) {
      assert.equal(twins.chosen('http://www.a.example/x/index.html'), 'http://www.a.example/x/index.html');
      twins.confirm(`http://www.a.example/${n}`, `http://a.example/${n}`, true);
      twins.confirm(`http://a.example/${n}/`, `http://a.example/${n}/index.html`, false);
      twins.confirm(`http://a.example/${n}`, `https://a.example/${n}`, true);
    }
    assert.equal(twins.chosen('http://www.a.example/x/index.html'), 'https://a.example/x/');
    assert.equal(twins.chosen('http://www.b.example/x/index.html'), 'http://www.b.example/x/index.html');
    const kept = twins.takeChanged('https://a.example/');
    assert.ok(kept !== undefined);
    assert.equal(twins.takeChanged('https://a.example/'), undefined, 'once');
    const next = new SiteTwins();
    next.recall('http://a.example/', kept);
    assert.equal(next.chosen('http://www.a.example/x/index.html'), 'https://a.example/x/');
  });

  it('stand as bytes as docs/formats/crawl-records.md says', () => {
    const bytes = '010206736563757265030010696e64657820696e6465782e68746d6c0001';
    const twins = new SiteTwins();
    for (const n of [1, 2, 3]) twins.confirm(`http://a.example/${n}`, `https://a.example/${n}`, true);
    twins.confirm('http://a.example/', 'http://a.example/index.html', true);
    assert.equal(Buffer.from(twins.takeChanged('http://a.example/') ?? []).toString('hex'), bytes);
    const read = new SiteTwins();
    read.recall('http://a.example/', Buffer.from(bytes, 'hex'));
    assert.equal(read.chosen('http://a.example/x'), 'https://a.example/x');
    read.recall('http://b.example/', Uint8Array.of(2, 1));
    assert.equal(read.chosen('http://b.example/x'), 'http://b.example/x', 'a newer form is learned anew');
  });

  it('are not believed against a redirect that goes the other way', () => {
    const twins = new SiteTwins();
    for (const n of [1, 2, 3]) {
      twins.confirm(`http://a.example/${n}/index.html`, `http://a.example/${n}/`, false);
      twins.confirm(`https://a.example/${n}`, `http://a.example/${n}`, true);
      twins.confirm(`http://a.example/${n}`, `https://a.example/${n}`, true);
      twins.confirm(`http://www.a.example/${n}`, `http://a.example/${n}`, false);
      twins.confirm(`http://a.example/${n}`, `http://www.a.example/${n}`, false);
    }
    twins.confirm('http://a.example/', 'http://a.example/index.html', true);
    for (const url of ['http://a.example/x/index.html', 'http://a.example/x', 'http://www.a.example/x'])
      assert.equal(twins.chosen(url), url);
  });
});

describe('A crawl of a site with twins', () => {
  const folders = Array.from({ length: 12 }, (_, n) => `/f${n}`);
  const site = Object.fromEntries(
    folders.flatMap((folder, n) => {
      const content = page(`folder ${n}`, `${folders[n + 1] ?? ''}/`, `${folders[n + 1] ?? ''}/index.html`);
      return [
        [`${folder}/`, content],
        [`${folder}/index.html`, content],
      ];
    }),
  );

  it('fetches each page by one name once it knows, also when another program goes on', async (test) => {
    const { crawl, server, sink, shards, crawler } = await crawlBench(test, {
      '/': page('home', '/f0/'),
      ...site,
    });
    await crawl();
    const doubled = folders.filter((folder) => server.count(`${folder}/index.html`) > 0);
    assert.ok(doubled.length >= 3 && doubled.length <= 5, doubled.join(' '));
    assert.equal(sink.paths().length, 13);
    await crawler.close();
    const next = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
    test.after(() => next.close());
    await next.resumeAll();
    const before = server.requests.length;
    await next.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 0, allowPrivate: true });
    await next.done(MAIN);
    const asked = server.requests.slice(before).filter(({ path }) => path.endsWith('index.html'));
    assert.deepEqual(asked, []);
  });

  it('finds the pages that the rule would have lost', async (test) => {
    const odd = {
      // Past the folders where the rule holds: one that has no page of its own, and one that has another.
      '/odd1/index.html': page('odd one'),
      '/odd2/index.html': page('odd two'),
    };
    const last = folders.at(-1) ?? '';
    const { crawl, sink } = await crawlBench(test, {
      '/': page('home', '/f0/'),
      ...site,
      ...odd,
      [`${last}/`]: page('last', '/odd1/index.html', '/odd2/index.html'),
    });
    await crawl();
    assert.ok(sink.paths().includes('/odd1/index.html') && sink.paths().includes('/odd2/index.html'));
  });

  it('takes no page for the twin of one that says something else', async (test) => {
    const pages = Object.fromEntries(
      folders.flatMap((folder, n) => [
        [`${folder}/`, page(`folder ${n}`, `${folders[n + 1] ?? ''}/`, `${folder}/index.html`)],
        // The first two are twins, the others are not.
        [`${folder}/index.html`, n < 2 ? page(`folder ${n}`) : page(`list ${n}`)],
      ]),
    );
    const { crawl, sink } = await crawlBench(test, { '/': page('home', '/f0/'), ...pages });
    await crawl();
    assert.equal(sink.paths().length, 13 + 10);
  });
});
