import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { type StaticServer, startStaticServer } from '../../testing/static-server.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import type { Engine } from './engine-contract.ts';
import { openEngine } from './open-engine.ts';

const page = (title: string, text: string, links: readonly (readonly [string, string])[] = []): string =>
  `<html lang="en"><title>${title}</title><body><main><p>${text}</p>` +
  links.map(([url, said]) => `<p>Somebody wrote about <a href="${url}">${said}</a> at length.</p>`).join('') +
  '</main></body></html>';

/** Three hosts on addresses of their own: two speak of a page of the first by words that it never says. */
async function threeHosts(context: TestContext): Promise<StaticServer[]> {
  const open = async (address: string, pages: Record<string, string>): Promise<StaticServer> => {
    const server = await startStaticServer({ address, pages });
    context.after(() => server.close());
    return server;
  };
  const first = await open('127.0.0.11', {
    '/': page('Clocks', 'A front page about clocks and their makers.', [['/pendulum', 'read more']]),
    '/pendulum': page('Pendulum', 'A weight that swings in equal times.'),
    '/spring': page('Spring', 'A coil that drives a watch.'),
  });
  const said = [
    [`${first.origin}/pendulum`, 'isochronous regulator'],
    [`${first.origin}/spring`, 'mainspring'],
  ] as const;
  const second = await open('127.0.0.12', {
    '/': page('Workshop', 'Tools for people who repair.', [
      ...said,
      [`${first.origin}/`, 'https://clocks.example/'],
    ]),
  });
  const third = await open('127.0.0.13', {
    '/': page('Museum', 'Old things behind glass.', [[`${first.origin}/pendulum`, 'isochronous regulator']]),
  });
  return [first, second, third];
}

async function crawl(engine: Engine, servers: readonly StaticServer[]): Promise<void> {
  const seeds = servers.map(({ origin }) => `${origin}/`);
  await engine.startCrawl('main', { seeds, allowPrivate: true, delay_ms: 1 });
  await engine.crawlDone('main');
}

const found = async (engine: Engine, query: string): Promise<string[]> =>
  (await engine.search('main', { query })).results.map(({ url }) => new URL(url).pathname);

for (const shards of [1, 3]) {
  describe(`what other pages say of a page, over ${shards} shards`, () => {
    test('finds it within the round of the crawl, and again after the index was made anew', async (context) => {
      const servers = await threeHosts(context);
      const engine = await openEngine({ dataDirectory: temporaryDirectory(context), shards });
      context.after(() => engine.close());
      await engine.createCollection('main');
      await crawl(engine, servers);
      const url = `${servers[0]?.origin ?? ''}/pendulum`;
      const report = await engine.refreshLinks('main');
      assert.equal(report.documents, 5);
      assert.deepEqual(await found(engine, 'inanchor:isochronous'), ['/pendulum']);
      assert.deepEqual(await found(engine, 'mainspring'), ['/spring', '/']);
      const known = await engine.linksTo('main', url);
      assert.deepEqual(known?.anchors, [
        { text: 'isochronous regulator', isOwnSite: false, sites: 2 },
        { text: 'read more', isOwnSite: true, sites: 1 },
      ]);
      assert.equal(known?.links, 3);
      assert.equal((await engine.refreshLinks('main')).reindexed, 0, 'nothing is new');
      await engine.indexCare.rebuild('main');
      assert.deepEqual(await found(engine, 'inanchor:isochronous'), ['/pendulum']);
      // A new version of the page keeps what others say of it.
      await engine.inject('main', { url, content: page('Pendulum', 'A weight on a rod.') });
      assert.deepEqual(await found(engine, 'inanchor:isochronous rod'), ['/pendulum']);
    });
  });
}

test('What nobody says any more is forgotten with the next look at the links', async (context) => {
  const servers = await threeHosts(context);
  const engine = await openEngine({ dataDirectory: temporaryDirectory(context) });
  context.after(() => engine.close());
  await engine.createCollection('main');
  await crawl(engine, servers);
  await engine.refreshLinks('main');
  for (const server of servers.slice(1)) await engine.remove('main', { url: `${server.origin}/` });
  await engine.refreshLinks('main');
  assert.deepEqual(await found(engine, 'isochronous'), []);
  assert.deepEqual(await found(engine, 'mainspring'), []);
  assert.deepEqual((await engine.linksTo('main', `${servers[0]?.origin ?? ''}/spring`))?.anchors, []);
});
