import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openEngine } from '../collection/index.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { keyCheck } from './admin-key.ts';
import { createServer } from './create-server.ts';
import { deriveKey } from './derived-key.ts';
import { KeyRing } from './key-ring.ts';

interface Found {
  readonly results: readonly { readonly url: string }[];
}

test('a key with a filter finds and reads what the filter lets through, whatever it asks', async (t) => {
  const engine = await openEngine({ dataDirectory: temporaryDirectory(t) });
  await engine.createCollection('main');
  const put = async (host: string): Promise<string> => {
    const url = `https://${host}.example.org/falcon`;
    await engine.inject('main', {
      url,
      content: `<title>Falcon of ${host}</title><p>A falcon on a cliff.</p>`,
    });
    return url;
  };
  const [own, other] = [await put('own'), await put('other')];
  const keys = KeyRing.inMemory();
  const grant = { actions: ['search'] as const, filters: ['site:own.example.org'] };
  const { key } = await keys.create(grant, { description: '', now_ms: 0 });
  const server = createServer({ engine, adminKey: keyCheck('admin'), keys });
  try {
    const ask = async (url: string, bearer: string): Promise<{ statusCode: number; json: () => Found }> =>
      server.inject({ url, headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' } });
    const found = async (query: string, bearer = key): Promise<readonly string[]> =>
      (await ask(`/search?format=json&q=${encodeURIComponent(query)}`, bearer))
        .json()
        .results.map(({ url }) => url);
    assert.deepEqual(await found('falcon'), [own]);
    assert.deepEqual(await found('falcon OR site:other.example.org'), [own]);
    assert.deepEqual(await found('site:other.example.org'), []);
    assert.equal((await found('falcon', 'admin')).length, 2);
    assert.equal((await ask(`/get?format=json&url=${own}`, key)).statusCode, 200);
    assert.equal((await ask(`/get?format=json&url=${other}`, key)).statusCode, 404);
    assert.equal((await ask('/explain?format=json&q=falcon', key)).statusCode, 403);
    const narrower = deriveKey(key, { filters: ['site:other.example.org'] });
    assert.deepEqual(await found('falcon', narrower), [], 'a derived key narrows, it does not replace');
    const clients = await server.inject({
      method: 'POST',
      url: '/1/indexes/main/query',
      headers: { 'x-algolia-api-key': key },
      payload: { query: 'falcon', filters: 'site:other.example.org' },
    });
    assert.equal(clients.json<{ nbHits: number }>().nbHits, 0);
  } finally {
    await server.close();
    await engine.close();
  }
});
