import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { KEY, PAGES, type Served, withServer } from '../../../testing/served-engine.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import type { TaskState } from '../background-tasks.ts';

/** Begins a task and returns how it ended. */
async function done({ command }: Served, url: string, payload: object): Promise<TaskState> {
  const begun = await command({ method: 'POST', url, payload });
  assert.equal(begun.statusCode, 202, begun.body);
  const { task } = begun.json<{ task: string }>();
  for (;;) {
    const { tasks } = (await command({ url: '/tasks' })).json<{ tasks: readonly TaskState[] }>();
    const found = tasks.find(({ id }) => id === task);
    if (found !== undefined && found.state !== 'running') return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('one installation makes a bundle, another fetches it over HTTP, goes on where it broke off, and takes it in', async (t) => {
  const [north, south] = [temporaryDirectory(t), temporaryDirectory(t)];
  const [made, fetched] = [join(north, 'made'), join(south, 'fetched')];
  await withServer(
    async (served) => {
      const bundle = await done(served, '/bundles/make', { folder: made, name: 'birds' });
      assert.match(bundle.sentences[0] ?? '', /^2 documents in 1 chunk, "birds", signed by [\da-f]{64}\.$/);
      await served.server.listen({ host: '127.0.0.1', port: 0 });
      const { port } = served.server.server.address() as AddressInfo;
      const from = { server: `http://127.0.0.1:${port}/`, folder: made, key: KEY };
      await withServer(
        async (other) => {
          for (const url of Object.keys(PAGES)) await other.engine.remove('main', { url });
          const wrong = await done(other, '/bundles/fetch', {
            folder: fetched,
            from: { ...from, key: 'no' },
          });
          assert.match(wrong.sentences.join(), /does not take that key/);
          const nowhere = await done(other, '/bundles/fetch', {
            folder: fetched,
            from: { ...from, folder: '/no' },
          });
          assert.equal(nowhere.state, 'failed');
          const stranger = { folder: fetched, from, trusted: ['0'.repeat(64)] };
          assert.match(
            (await done(other, '/bundles/fetch', stranger)).sentences.join(),
            /whom you did not name/,
          );
          assert.equal((await done(other, '/bundles/fetch', { folder: fetched, from })).state, 'done');
          // As after a break: the chunk has come, the manifest, which is written last, has not.
          rmSync(join(fetched, 'manifest'));
          const [chunk = ''] = readdirSync(join(fetched, 'chunks'));
          rmSync(join(made, 'chunks', chunk));
          assert.equal((await done(other, '/bundles/fetch', { folder: fetched, from })).state, 'done');
          const taken = await done(other, '/bundles/take', { folder: fetched, conflicts: 'theirs' });
          assert.match(taken.sentences[0] ?? '', /^2 records read: 2 imported/);
          for (const url of Object.keys(PAGES))
            assert.ok((await other.engine.get('main', { url })) !== undefined);
          const { body } = await other.command({ url: '/tasks' });
          assert.ok(!body.includes(KEY), 'the key of the other installation is told to nobody');
        },
        { dataDirectory: south },
      );
    },
    { dataDirectory: north },
  );
});

test('what is no bundle is refused', async () => {
  await withServer(async ({ command }) => {
    for (const [url, payload] of [
      ['/bundles/make', { folder: 'relative' }],
      ['/bundles/take', { folder: '/srv/x', conflicts: 'best' }],
      ['/bundles/fetch', { folder: '/srv/x', from: { server: 'ftp://x/', folder: '/y', key: 'k' } }],
    ] as const) {
      assert.equal((await command({ method: 'POST', url, payload })).statusCode, 400, url);
    }
    assert.equal((await command({ url: '/bundles/manifest?folder=/nowhere' })).statusCode, 404);
    assert.equal((await command({ url: '/bundles/chunk?folder=/etc&hash=../passwd' })).statusCode, 400);
  });
});
