/** The engine end to end on a real data directory, with one shard and with three. */

import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { isPeregrineError } from '../src/base/index.ts';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><head><title>${title}</title></head><body><main><h1>${title}</h1><p>${text}</p></main></body></html>`;

const urlsOf = async (engine: Engine, query: string): Promise<string[]> =>
  (await engine.search('web', { query, count: 50, perSite: 0 })).results.map(({ url }) => url);

interface Fresh {
  readonly engine: Engine;
  readonly directory: string;
}

/** An engine with an empty collection `web`, closed after the test. */
async function fresh(t: TestContext, shards: number): Promise<Fresh> {
  const directory = temporaryDirectory(t);
  const engine = await openEngine({ dataDirectory: directory, shards });
  t.after(() => engine.close());
  await engine.createCollection('web');
  return { engine, directory };
}

for (const shards of [1, 3]) {
  describe(`an engine of ${shards} shard${shards === 1 ? '' : 's'}`, () => {
    test('finds a document as soon as its injection is acknowledged', async (t) => {
      const { engine } = await fresh(t, shards);
      for (let i = 0; i < 20; i++) {
        const url = `https://site${i}.example/page`;
        await engine.inject('web', {
          url,
          content: page(`Page ${i}`, `It speaks of number${i} and of falcons.`),
        });
        assert.deepEqual(await urlsOf(engine, `number${i}`), [url]);
      }
      assert.equal((await engine.search('web', { query: 'falcons' })).matches, 20);
    });

    test('shows only the newest version of a document, and none after its removal', async (t) => {
      const { engine } = await fresh(t, shards);
      const url = 'https://example.org/changing';
      await engine.inject('web', { url, content: page('One', 'first wording about kestrels') });
      await engine.inject('web', { url, content: page('Two', 'second wording about ospreys') });
      assert.deepEqual(await urlsOf(engine, 'kestrels'), []);
      assert.deepEqual(await urlsOf(engine, 'ospreys'), [url]);
      assert.equal((await engine.get('web', { url }))?.document.title, 'Two');
      assert.equal(await engine.remove('web', { url }), true);
      assert.equal(await engine.remove('web', { url }), false);
      assert.deepEqual(await urlsOf(engine, 'ospreys'), []);
      assert.equal(await engine.get('web', { url }), undefined);
    });

    test('has everything after a close and after a flush, merge and close', async (t) => {
      const directory = temporaryDirectory(t);
      let engine = await openEngine({ dataDirectory: directory, shards });
      await engine.createCollection('web');
      for (let i = 0; i < 30; i++) {
        await engine.inject('web', {
          url: `https://s${i}.example/`,
          content: page(`T${i}`, `common word${i % 7}`),
        });
        if (i % 10 === 5) await engine.flush();
      }
      const before = await urlsOf(engine, 'common word3');
      await engine.close();
      engine = await openEngine({ dataDirectory: directory });
      t.after(() => engine.close());
      assert.deepEqual(await urlsOf(engine, 'common word3'), before);
      assert.equal((await engine.status()).documents, 30);
    });

    test('keeps collections apart and forgets one wholly when it is deleted', async (t) => {
      const { engine } = await fresh(t, shards);
      await engine.createCollection('notes');
      const url = 'https://example.org/';
      await engine.inject('web', { url, content: page('Web', 'public knowledge') });
      await engine.inject('notes', { url, content: page('Note', 'private knowledge') });
      assert.equal((await engine.search('notes', { query: 'public' })).results.length, 0);
      await engine.deleteCollection('notes');
      await engine.createCollection('notes');
      assert.equal((await engine.search('notes', { query: 'knowledge' })).results.length, 0);
      assert.equal(await engine.get('notes', { url }), undefined);
      assert.deepEqual(await urlsOf(engine, 'knowledge'), [url]);
    });

    test('answers a typed error for what is not there', async (t) => {
      const { engine } = await fresh(t, shards);
      await assert.rejects(engine.search('nosuch', { query: 'x' }), (error) =>
        isPeregrineError(error, 'NOT_FOUND'),
      );
      await assert.rejects(engine.createCollection('web'), (error) =>
        isPeregrineError(error, 'ALREADY_EXISTS'),
      );
      await assert.rejects(engine.createCollection('No Good'), (error) =>
        isPeregrineError(error, 'BAD_ARGUMENT'),
      );
      await assert.rejects(engine.inject('web', { url: 'no url', content: 'x' }), (error) =>
        isPeregrineError(error, 'BAD_ARGUMENT'),
      );
    });
  });
}

test('one shard, two and four give the same answers with the same scores, counts and facets', async (t) => {
  const engines = await Promise.all(
    [1, 2, 4].map(async (shards) => {
      const engine = await openEngine({ dataDirectory: temporaryDirectory(t), shards });
      t.after(() => engine.close());
      await engine.createCollection('web');
      for (let i = 0; i < 60; i++) {
        const text = `${'falcon '.repeat(1 + (i % 5))} ${'nest '.repeat(i % 4)} filler${i} ${'long '.repeat(i % 11)}`;
        const fields = `<meta name="price" content="${(i * 37) % 101}"><meta name="kind" content="k${i % 7}">`;
        const content = page(`Doc ${i}`, text).replace('<title>', `${fields}<title>`);
        await engine.inject('web', { url: `https://r${i}.example/`, content });
        if (i % 25 === 0) await engine.flush();
      }
      return engine;
    }),
  );
  const queries = [
    ['falcon', 'falcon nest', '"falcon nest"', 'nest -long', 'long filler7', 'falcon NEAR/2 nest'],
    ['price:20..60 falcon', '-price:<30', 'kind:k3 sort:-price', 'nest sort:price facet:kind'],
    ['facet:price,0-10,10-50,50-200 falcon', 'fil* ne*', 'falcon OR (nest AND NOT long)', 'the of long'],
  ].flat();
  for (const query of queries) {
    const [one, ...others] = await Promise.all(
      engines.map((engine) => engine.search('web', { query, count: 20 })),
    );
    const shape = (response: typeof one): unknown => [
      response?.matches,
      response?.countIsExact,
      response?.facets,
      response?.results.map(({ url, score }) => [url, score.toFixed(9)]),
    ];
    assert.ok((one?.matches ?? 0) > 0, query);
    for (const other of others) assert.deepEqual(shape(other), shape(one), query);
  }
});

test('a data directory is held by one engine at a time', async (t) => {
  const directory = temporaryDirectory(t);
  const engine = await openEngine({ dataDirectory: directory });
  await assert.rejects(openEngine({ dataDirectory: directory }), (error) =>
    isPeregrineError(error, 'LOCKED'),
  );
  await engine.close();
  const again = await openEngine({ dataDirectory: directory });
  await again.close();
});
