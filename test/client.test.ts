import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { clientSource } from '../testing/client-source.ts';
import { KEY, withServer } from '../testing/served-engine.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { tinySeat } from '../testing/tiny-seat.ts';
import { PeregrineClient, PeregrineRequestError } from '../src/client.ts';
import { listen } from '../src/server/index.ts';
import { operationId } from '../src/server/api-description.ts';

/** Without what a formatter may change. */
const bare = (source: string): string => source.replaceAll(/[\s(),;'"`|]+/g, '');

test('the client is what the routes make of it: run scripts/build-client.ts where this fails', async () => {
  await withServer(async ({ server }) => {
    await server.ready();
    const kept = readFileSync(new URL('../src/client.ts', import.meta.url), 'utf8');
    assert.ok(
      bare(kept) === bare(clientSource(server.describedRoutes)),
      'src/client.ts is not of these routes',
    );
  });
});

test('every call of the client is answered by the server', async (t) => {
  await withServer(
    async ({ server }) => {
      const origin = await listen(server, { port: 0 });
      const client = new PeregrineClient(origin, { key: KEY });
      const { hits, results } = await client.getSearch({ q: 'falcon', n: 1 });
      assert.equal(hits, 2);
      assert.equal(results.length, 1);
      assert.ok(results[0]?.titleMarks.every(([start, end]) => end > start));
      for (const { method, url, example } of server.describedRoutes) {
        if (url.startsWith('/1/') || url.includes(':')) continue;
        const name = operationId(method, url) as 'getStatus';
        const query = Object.fromEntries(new URL(example.url, origin).searchParams);
        await client[name]({ ...query, ...example.body } as Record<string, never>);
      }
      const made = (await client.postKeys({ actions: ['search'] })) as {
        readonly entry: { readonly id: string };
      };
      assert.deepEqual(await client.deleteKeysById({ id: made.entry.id }), { revoked: made.entry.id });
    },
    { cluster: tinySeat(), dataDirectory: temporaryDirectory(t) },
  );
});

test('a refusal arrives with its code', async () => {
  await withServer(async ({ server }) => {
    const client = new PeregrineClient(await listen(server, { port: 0 }));
    await assert.rejects(client.getKeys(), (error: unknown) => {
      assert.ok(error instanceof PeregrineRequestError);
      assert.deepEqual([error.status, error.code], [401, 'UNAUTHORISED']);
      return true;
    });
    await assert.rejects(client.getSearch({ q: 'x', c: 'nowhere' }), /no collection "nowhere"/);
  });
});
