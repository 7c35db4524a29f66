import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { isPeregrineError } from '../base/index.ts';
import { KEY, withServer } from '../../testing/served-engine.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { deriveKey } from './derived-key.ts';
import type { Action, Grant } from './grants.ts';
import { KEYS_FILE, KeyRing } from './key-ring.ts';

const MADE = { description: 'test', now_ms: 1_000 };

test('keys outlive the process, as hashes that only the owner can read', async (t) => {
  const directory = temporaryDirectory(t);
  const ring = await KeyRing.open(directory);
  const { key, entry } = await ring.create({ actions: ['search'], collections: ['docs'] }, MADE);
  const path = join(directory, KEYS_FILE);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.doesNotMatch(await readFile(path, 'utf8'), new RegExp(key.split('.')[2] ?? 'x'));
  const again = await KeyRing.open(directory);
  assert.deepEqual(again.list(), [entry]);
  assert.equal(again.holderOf(key)?.keyId, entry.id);
  assert.equal(await again.revoke(entry.id), true);
  assert.equal(again.holderOf(key), undefined);
  assert.equal((await KeyRing.open(directory)).holderOf(key), undefined);
});

test('a file of keys that can not be read is refused, not overlooked', async (t) => {
  const directory = temporaryDirectory(t);
  await writeFile(join(directory, KEYS_FILE), '{"version":1,"keys":[{"id":"x"}]}');
  await assert.rejects(KeyRing.open(directory), (error) => isPeregrineError(error, 'CORRUPT'));
});

test('a derived key may do less than its parent, never more', async () => {
  const ring = KeyRing.inMemory();
  const parent: Grant = {
    actions: ['search', 'crawl'],
    collections: ['a', 'b'],
    expires_ms: 50,
    rate_per_min: 60,
    filters: ['lang:en'],
  };
  const { key } = await ring.create(parent, MADE);
  const wide: Grant = {
    actions: ['search', 'documents'],
    collections: ['b', 'c'],
    expires_ms: 99,
    rate_per_min: 1_000,
    filters: ['type:pdf'],
  };
  assert.deepEqual(ring.holderOf(deriveKey(key, wide))?.grant, {
    actions: ['search'],
    collections: ['b'],
    expires_ms: 50,
    rate_per_min: 60,
    filters: ['lang:en', 'type:pdf'],
  });
  assert.deepEqual(ring.holderOf(deriveKey(key, {}))?.grant, parent);
});

test('the form of a derived key is what docs/formats says', () => {
  const key = 'pk.AAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB';
  assert.equal(
    deriveKey(key, { actions: ['search'], expires_ms: 5 }),
    'pd.AAAAAAAAAAAA.eyJhY3Rpb25zIjpbInNlYXJjaCJdLCJleHBpcmVzX21zIjo1fQ.uac8CQIpUmyKjywqk3IuRuPAl0h5AHi3V1MhV4nlfBw',
  );
});

test('a derived key that was changed anywhere opens nothing', async () => {
  const ring = KeyRing.inMemory();
  const { key } = await ring.create({ actions: ['search'] }, MADE);
  const derived = deriveKey(key, { collections: ['docs'] });
  for (let i = 0; i < derived.length; i++) {
    const changed = derived.slice(0, i) + (derived[i] === 'A' ? 'B' : 'A') + derived.slice(i + 1);
    const holder = ring.holderOf(changed);
    // The last character of base64 may hold bits that stand for nothing.
    if (holder !== undefined) assert.deepEqual(holder.grant.collections, ['docs']);
  }
  assert.equal(ring.holderOf(`${derived}.more`), undefined);
  assert.throws(
    () => deriveKey('not-a-stored-key', {}),
    (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
  );
});

test('a key reads its collections alone, until it expires or is revoked', async () => {
  const keys = KeyRing.inMemory();
  let now_ms = 0;
  const clock = { now: () => now_ms, monotonic: () => now_ms, sleep: async () => undefined };
  await withServer(
    async ({ ask, command, engine }) => {
      await engine.createCollection('docs');
      const make = async (grant: object): Promise<{ key: string; id: string }> => {
        const reply = await command({ method: 'POST', url: '/keys', payload: grant });
        assert.equal(reply.statusCode, 201);
        const { key, entry } = reply.json<{ key: string; entry: { id: string } }>();
        return { key, id: entry.id };
      };
      const status = async (url: string, key: string): Promise<number> =>
        (await ask({ url, headers: { authorization: `Bearer ${key}` } })).statusCode;

      const { key, id } = await make({ actions: ['search'], collections: ['docs'], expires_ms: 10_000 });
      assert.equal(await status('/search?q=x&c=docs&format=json', key), 200);
      assert.equal(await status('/search?q=x&c=main&format=json', key), 404);
      const writer = await make({ actions: ['documents' satisfies Action], collections: ['docs'] });
      assert.equal(await status('/search?q=x&c=docs&format=json', writer.key), 404, 'writing is not reading');
      now_ms = 10_000;
      assert.equal(await status('/search?q=x&c=docs&format=json', key), 401);
      const { keys: listed } = (await command({ url: '/keys' })).json<{ keys: object[] }>();
      assert.equal(listed.length, 2);
      assert.doesNotMatch(JSON.stringify(listed), /hash|secret/);
      assert.equal((await command({ method: 'DELETE', url: `/keys/${id}` })).statusCode, 200);
      assert.equal((await command({ method: 'DELETE', url: `/keys/${id}` })).statusCode, 404);
    },
    { keys, clock, publicCollections: ['main'] },
  );
});

test('a key has its rate, a stranger that of his address, and the administrator none', async () => {
  const keys = KeyRing.inMemory();
  const { key } = await keys.create({ actions: ['search'], rate_per_min: 12 }, MADE);
  let now_ms = 0;
  const clock = { now: () => now_ms, monotonic: () => now_ms, sleep: async () => undefined };
  await withServer(
    async ({ ask }) => {
      const statuses = async (authorization: string | undefined, times: number): Promise<number[]> => {
        const headers = authorization === undefined ? {} : { authorization };
        const replies = [];
        for (let i = 0; i < times; i++) replies.push(await ask({ url: '/health/live', headers }));
        for (const { statusCode, headers: sent } of replies) {
          if (statusCode === 429) assert.ok(Number(sent['retry-after']) > 0);
        }
        return replies.map(({ statusCode }) => statusCode);
      };
      assert.deepEqual(await statuses(`Bearer ${key}`, 3), [200, 200, 429]);
      assert.deepEqual(await statuses(undefined, 2), [200, 429]);
      assert.deepEqual(await statuses(`Bearer ${KEY}`, 3), [200, 200, 200]);
      now_ms += 5_000;
      assert.deepEqual(await statuses(`Bearer ${key}`, 2), [200, 429]);
    },
    { keys, clock, rate_per_min: 6 },
  );
});
