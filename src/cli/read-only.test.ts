import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { contentsOf } from '../../testing/directory-contents.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { silentLog } from '../base/index.ts';
import { type Engine, type EngineOptions, openEngine } from '../collection/index.ts';
import { startServing } from './serving.ts';

/** Opens real engines. */
class RealTerminal extends CaptiveTerminal {
  constructor() {
    super(new TinyEngine());
  }

  override openEngine(options: EngineOptions): Promise<Engine> {
    return openEngine(options);
  }
}

async function filled(t: TestContext): Promise<string> {
  const dataDirectory = join(temporaryDirectory(t), 'data');
  const engine = await openEngine({ dataDirectory });
  await engine.createCollection('main');
  await engine.inject('main', { url: 'https://birds.example.org/', content: '<title>The falcon</title>' });
  await engine.close();
  return dataDirectory;
}

test('an export of a directory that is only read needs no bookmark, and leaves no half of a file', async (t) => {
  const data = await filled(t);
  const earlier = contentsOf(data);
  const file = join(dirname(data), 'all.ndjson');
  const terminal = new RealTerminal();
  assert.equal(await terminal.run('export', file, '--read-only', 'on', '--data-dir', data), 0);
  assert.match(terminal.told, /1 document written/);
  const refused = new RealTerminal();
  const other = join(dirname(data), 'other.ndjson');
  const words = ['export', other, '--collection', 'nowhere', '--read-only', 'on', '--data-dir', data];
  assert.equal(await refused.run(...words), 1);
  assert.ok(!existsSync(other));
  assert.deepEqual(contentsOf(data), earlier);
});

test('a collection of a directory that is only read is copied into another one, and not moved', async (t) => {
  const data = await filled(t);
  const earlier = contentsOf(data);
  const target = join(dirname(data), 'copy');
  const words = ['move', target, '--read-only', 'on', '--data-dir', data];
  const refused = new RealTerminal();
  assert.equal(await refused.run(...words), 1);
  assert.match(refused.told, /add --keep/);
  const terminal = new RealTerminal();
  assert.equal(await terminal.run(...words, '--keep'), 0, terminal.told);
  const copy = await openEngine({ dataDirectory: target });
  assert.equal((await copy.search('main', { query: 'falcon' })).matches, 1);
  await copy.close();
  assert.deepEqual(contentsOf(data), earlier);
});

test('commands that change something say that the directory is open for reading only', async (t) => {
  const data = await filled(t);
  const copies = join(dirname(data), 'earlier-copies');
  assert.equal(await new RealTerminal().run('snapshot', 'take', copies, '--data-dir', data), 0);
  assert.equal(await new RealTerminal().run('snapshot', 'schedule', copies, '--data-dir', data), 0);
  const earlier = contentsOf(data);
  const bundle = join(dirname(data), 'bundle');
  for (const words of [
    ['crawl', 'https://birds.example.org/'],
    ['forget', 'https://birds.example.org/'],
    ['remove', 'falcon', '--yes'],
    ['store', 'merge'],
    ['store', 'repair'],
    ['snapshot', 'take', join(dirname(data), 'copy')],
    ['snapshot', 'schedule', join(dirname(data), 'copies')],
    ['snapshot', 'schedule', '--off'],
    ['snapshot', 'restore', copies, '--replace'],
    ['bundle', 'make', bundle, '--name', 'birds'],
  ]) {
    const terminal = new RealTerminal();
    assert.notEqual(
      await terminal.run(...words, '--read-only', 'on', '--data-dir', data),
      0,
      words.join(' '),
    );
    assert.match(terminal.told, /open for reading only/, words.join(' '));
  }
  const looking = new RealTerminal();
  assert.equal(await looking.run('snapshot', 'schedule', '--read-only', 'on', '--data-dir', data), 0);
  assert.match(looking.told, /takes a snapshot to .*earlier-copies every 1d/);
  assert.deepEqual(contentsOf(data), earlier);
});

test('a server over a directory that is only read searches, shows, and refuses what would change it', async (t) => {
  const data = await filled(t);
  const earlier = contentsOf(data);
  const engine = await openEngine({ dataDirectory: data, readsOnly: true });
  const serving = await startServing({
    engine,
    dataDir: data,
    collection: 'main',
    port: 0,
    host: '127.0.0.1',
    log: silentLog,
  });
  const { origin, newAdminKey = '' } = serving;
  const ask = (path: string, body?: object): Promise<Response> =>
    fetch(`${origin}${path}`, {
      headers: { authorization: `Bearer ${newAdminKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  try {
    const found = (await (await ask('/search?q=falcon&format=json')).json()) as { results: unknown[] };
    assert.equal(found.results.length, 1);
    assert.match(await (await ask('/admin')).text(), /Read-only/);
    assert.doesNotMatch(await (await ask('/admin/store')).text(), /takes writes/);
    assert.equal((await ask('/health/ready')).status, 200);
    for (const [path, body] of [
      ['/inject', { url: 'https://a.example.org/', content: 'x' }],
      ['/crawl', { seeds: ['https://a.example.org/'] }],
      ['/keys', { actions: ['search'] }],
      ['/theme', { name: 'Birds' }],
      ['/forget', { urls: ['https://birds.example.org/'] }],
      ['/snapshots/schedule', { place: join(dirname(data), 'copies') }],
    ] as const) {
      const refused = await ask(path, body);
      const answer = (await refused.json()) as { code: string; detail: string };
      assert.deepEqual([path, refused.status, answer.code], [path, 403, 'READ_ONLY']);
      assert.match(answer.detail, /open for reading only/);
    }
  } finally {
    await serving.close();
    await engine.close();
  }
  assert.deepEqual(contentsOf(data), earlier);
});

test('a server over a directory that is only read answers from a collection that is there', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const engine = await openEngine({ dataDirectory: data });
  await engine.createCollection('birds');
  await engine.close();
  const options = ['serve', '--read-only', 'on', '--port', '0', '--data-dir', data];
  const missing = new RealTerminal();
  assert.equal(await missing.run(...options, '--collection', 'fish'), 1);
  assert.match(missing.told, /no collection "fish". There is: birds/);
  const terminal = new RealTerminal();
  const running = terminal.run(...options);
  await terminal.waitFor(/It opens/);
  terminal.send('SIGINT');
  assert.equal(await running, 0);
  assert.match(terminal.told, /requests that name none are answered from "birds"/);
});

/** Somebody who may read everything below `root`, and write nothing. */
function readerOf(root: string): { uid?: number } {
  for (const name of ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })]) {
    const path = join(root, name);
    chmodSync(path, lstatSync(path).isDirectory() ? 0o555 : 0o444);
  }
  chmodSync(dirname(root), 0o755);
  return process.getuid?.() === 0 ? { uid: 65_534 } : {};
}

const MAIN = new URL('./main.ts', import.meta.url).pathname;

test(
  'who may only read a directory is told how, and finds what is there',
  { skip: process.platform === 'win32' && 'permissions are others there' },
  async (t) => {
    const data = await filled(t);
    const options = { ...readerOf(data), cwd: '/', encoding: 'utf8' } as const;
    t.after(() => chmodSync(data, 0o755));
    const ran = (...words: string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [MAIN, 'search', 'falcon', ...words, '--data-dir', data], options);
    const refused = ran();
    if (String(refused.stderr).includes('MODULE_NOT_FOUND')) return t.skip('the program is not to be read');
    assert.equal(refused.status, 1);
    assert.match(String(refused.stderr), /can't be written: this user may not .*--read-only on/);
    const found = ran('--read-only', 'on');
    assert.equal(found.status, 0, String(found.stderr));
    assert.match(String(found.stdout), /The falcon/);
  },
);
