import assert from 'node:assert/strict';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { Agent, request } from 'undici';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { CONTROL_KEY_FILE, openAdminKey } from './admin-key.ts';
import { connectToEngine, type ControlClient } from './control-client.ts';
import { CONTROL_SOCKET, openControlSocket } from './control-socket.ts';

const WEB = { 'https://a.example.org/': '<title>First falcon</title><p>falcon</p>' };

async function withSocket(
  dataDirectory: string,
  use: (client: ControlClient, engine: TinyEngine) => Promise<void>,
): Promise<void> {
  const engine = new TinyEngine({ web: WEB, dataDirectory });
  const socket = await openControlSocket({ engine, dataDirectory });
  const client = await connectToEngine(dataDirectory);
  try {
    await use(client, engine);
  } finally {
    await client.close();
    await socket.close();
    await engine.close();
  }
}

test('calls through the socket answer as the engine itself does', async (t: TestContext) => {
  await withSocket(temporaryDirectory(t), async (client, engine) => {
    await client.createCollection('news');
    assert.deepEqual(await client.collections(), ['main', 'news']);

    const content = new Uint8Array(Buffer.from('{"words": "falcon bytes \u00e9"}'));
    const injected = await client.inject('news', {
      url: 'https://b.example.org/',
      content,
      contentType: 'application/json',
    });
    assert.equal(injected.indexed, true);
    const stored = await engine.get('news', { url: 'https://b.example.org/' });
    assert.deepEqual(Buffer.from(stored?.document.raw ?? []), Buffer.from(content));
    assert.equal(stored?.document.contentType, 'application/json');

    assert.deepEqual(
      await client.search('news', { query: 'bytes' }),
      await engine.search('news', { query: 'bytes' }),
    );
    await client.startCrawl('main', { seeds: ['https://a.example.org/'], maxPages: 3 });
    await engine.crawlDone('main');
    assert.deepEqual(await client.crawlProgress('main'), engine.crawlProgress('main'));
    await client.pauseCrawl('main');
    assert.equal(engine.crawlProgress('main').state, 'paused');
    assert.deepEqual(await client.status(), await engine.status());
    assert.equal(await client.measureSearchQuality('news'), undefined);
    assert.equal(await client.remove('news', { url: 'https://b.example.org/' }), true);
    assert.equal(await client.remove('news', { docId: injected.docId }), false);
  });
});

test('errors arrive with their codes', async (t: TestContext) => {
  await withSocket(temporaryDirectory(t), async (client, engine) => {
    await assert.rejects(client.search('nosuch', { query: 'x' }), {
      name: 'PeregrineError',
      code: 'NOT_FOUND',
    });
    await assert.rejects(client.createCollection('main'), { code: 'ALREADY_EXISTS' });
    await assert.rejects(client.renewAdminKey(), { code: 'NOT_FOUND' });
    await engine.close();
    await assert.rejects(client.search('main', { query: 'x' }), { code: 'CLOSED' });
  });
});

test('socket and key are for the owner of the directory, and are gone when the process is', async (t: TestContext) => {
  const dataDirectory = temporaryDirectory(t);
  await withSocket(dataDirectory, async () => {
    for (const name of [CONTROL_SOCKET, CONTROL_KEY_FILE]) {
      assert.equal((await stat(join(dataDirectory, name))).mode & 0o777, 0o600, name);
    }
    const dispatcher = new Agent({ connect: { socketPath: join(dataDirectory, CONTROL_SOCKET) } });
    for (const headers of [{}, { authorization: 'Bearer guess' }]) {
      const reply = await request('http://x/search?q=falcon', { dispatcher, headers });
      assert.equal(reply.statusCode, 401);
      await reply.body.dump();
    }
    await dispatcher.close();
  });
  await assert.rejects(stat(join(dataDirectory, CONTROL_SOCKET)), { code: 'ENOENT' });
  await assert.rejects(connectToEngine(dataDirectory), { code: 'LOCKED' });
});

test('a dead socket left by a killed process does not hinder the next one', async (t: TestContext) => {
  const dataDirectory = temporaryDirectory(t);
  await writeFile(join(dataDirectory, CONTROL_SOCKET), '');
  await writeFile(join(dataDirectory, CONTROL_KEY_FILE), 'old key');
  await assert.rejects(connectToEngine(dataDirectory), { code: 'LOCKED' });
  await withSocket(dataDirectory, async (client) => {
    assert.deepEqual(await client.collections(), ['main']);
  });
});

test('a data directory may lie deeper than the address of a socket is long', async (t: TestContext) => {
  if (process.platform !== 'linux') {
    t.skip('only Linux reaches a directory through its handle');
    return;
  }
  const deep = join(temporaryDirectory(t), 'deep'.repeat(20), 'deeper'.repeat(20));
  await mkdir(deep, { recursive: true });
  await withSocket(deep, async (client) => assert.deepEqual(await client.collections(), ['main']));
});

test('the running server makes the new admin key', async (t: TestContext) => {
  const dataDirectory = temporaryDirectory(t);
  const { key } = await openAdminKey(dataDirectory);
  const engine = new TinyEngine({ dataDirectory });
  const socket = await openControlSocket({ engine, dataDirectory, renewAdminKey: async () => key.renew() });
  const client = await connectToEngine(dataDirectory);
  assert.ok(key.matches(await client.renewAdminKey()));
  await client.close();
  await socket.close();
});
