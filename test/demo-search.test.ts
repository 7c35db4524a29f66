/** The demo site through the whole program: crawled, stored, indexed and searched, with one shard and with three. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INDEXABLE, NEVER_FETCHED, NEVER_INDEXED, QUERIES, UNFINDABLE_WORDS } from '../demo/expected.ts';
import { DEMO_DEPTH, serveDemo } from '../demo/serve-demo.ts';
import { openEngine } from '../src/collection/index.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

for (const shards of [1, 3]) {
  test(`the demo site on ${shards} shard(s): whole, nothing forbidden, and found`, async (t) => {
    const demo = await serveDemo({ slow_ms: 50 });
    t.after(() => demo.close());
    const engine = await openEngine({
      dataDirectory: temporaryDirectory(t),
      shards,
      retryDelays_ms: [10, 20],
    });
    t.after(() => engine.close());
    await engine.createCollection('demo');
    await engine.startCrawl('demo', {
      seeds: [`${demo.origin}/`],
      delay_ms: 1,
      allowPrivate: true,
      maxDepth: DEMO_DEPTH,
    });
    await engine.crawlDone('demo');

    const isStored = async (path: string): Promise<boolean> =>
      (await engine.get('demo', { url: demo.origin + path })) !== undefined;
    for (const path of INDEXABLE) assert.ok(await isStored(path), `${path} is stored`);
    for (const path of NEVER_INDEXED) assert.ok(!(await isStored(path)), `${path} is not stored`);
    const fetched = new Set(demo.requests.map(({ path }) => path));
    for (const path of NEVER_FETCHED) assert.ok(!fetched.has(path), `${path} is not fetched`);

    for (const { query, path } of QUERIES) {
      const { results } = await engine.search('demo', { query, perSite: 0 });
      const first = results.slice(0, 3).map(({ url }) => url.slice(demo.origin.length));
      assert.ok(
        first.includes(path),
        `"${query}" finds ${path} among the first three; it found ${first.join(', ')}`,
      );
    }
    for (const word of UNFINDABLE_WORDS) {
      assert.equal((await engine.search('demo', { query: word })).matches, 0, word);
    }
    const withoutMuseum = await engine.search('demo', { query: 'pagerank -museum' });
    assert.ok(withoutMuseum.matches > 0, 'a word in the menu excludes nothing');
  });
}
