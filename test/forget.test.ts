/** A page that is to be forgotten: no byte of it is left on disk, and it does not come back. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { openEngine } from '../src/collection/index.ts';
import { forgetPages, openObjectStore, takeSnapshot } from '../src/transfer/index.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

/** Words that compression keeps as they are: no other text shares their letters. */
const MARK = 'qzxjkvwqzjxkqvz';

function filesWith(directory: string, mark: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(mark));
}

for (const shards of [1, 3]) {
  test(`nothing of a forgotten page is left in any file, with ${shards} shard(s)`, async (t) => {
    const dataDirectory = join(temporaryDirectory(t), 'data');
    let engine = await openEngine({ dataDirectory, shards });
    t.after(() => engine.close());
    await engine.createCollection('main');
    const url = `https://forget.example.org/${MARK}`;
    // Bytes without any repetition, so that they are stored as they are.
    const bytes = Buffer.from(`${MARK} Nobody likes it; ${MARK}secret`);
    const put = async (address: string, content: Buffer): Promise<unknown> =>
      engine.put('main', {
        url: address,
        bytes: content,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        status: 200,
        fetchedAt_ms: 1_700_000_000_000,
        depth: 0,
      });
    for (let n = 0; n < 40; n++) {
      await put(`https://site${n % 5}.example.org/${n}`, Buffer.from(`Page ${n} about falcons.`));
      if (n === 5) await put(url, bytes);
      // An older version in a file of its own, and one in the log alone.
      if (n === 10 || n === 20) await engine.flush();
      if (n === 30) await put(url, Buffer.from(`${MARK} again`));
    }
    assert(filesWith(dataDirectory, MARK).length > 0, 'it was there');
    const report = await forgetPages(engine, 'main', { urls: [url] });
    assert.deepEqual([report.removed, report.banned], [1, 1]);
    assert.deepEqual(filesWith(dataDirectory, MARK), []);
    // It does not come back, not after a restart either.
    await assert.rejects(put(url, bytes), { code: 'FORBIDDEN' });
    await engine.close();
    engine = await openEngine({ dataDirectory });
    await assert.rejects(engine.inject('main', { url, content: 'x' }), { code: 'FORBIDDEN' });
    assert.equal((await engine.search('main', { query: MARK })).results.length, 0);
    assert.equal((await engine.search('main', { query: 'falcons', count: 50, perSite: 0 })).matches, 40);
    assert.deepEqual(filesWith(dataDirectory, MARK), []);
    await engine.remember('main', url);
    await put(url, bytes);
    assert((await engine.get('main', { url })) !== undefined);
  });
}

test('pages that a query finds are forgotten together', async (t) => {
  const engine = await openEngine({ dataDirectory: join(temporaryDirectory(t), 'data') });
  t.after(() => engine.close());
  await engine.createCollection('main');
  for (let n = 0; n < 12; n++) {
    await engine.inject('main', {
      url: `https://a.example.org/${n}`,
      content: `<p>${n % 3 === 0 ? 'kestrel' : 'falcon'} number ${n}`,
    });
  }
  const { removed } = await forgetPages(engine, 'main', { query: 'kestrel' });
  assert.equal(removed, 4);
  assert.equal((await engine.status()).documents, 8);
  await assert.rejects(forgetPages(engine, 'main', { query: 'kestrel' }), { code: 'NOT_FOUND' });
});

test('a crawl does not even ask for a forgotten page', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(request.url === '/robots.txt' ? 404 : 200, { 'content-type': 'text/html' });
    response.end('<title>Home</title><a href="/secret">secret</a> <a href="/open">open</a>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const engine = await openEngine({ dataDirectory: join(temporaryDirectory(t), 'data') });
  t.after(() => engine.close());
  await engine.createCollection('main');
  await engine.forget('main', [`${origin}/secret`]);
  await engine.startCrawl('main', { seeds: [`${origin}/`], delay_ms: 0, allowPrivate: true });
  await engine.crawlDone('main');
  assert(asked.includes('/open'));
  assert(!asked.includes('/secret'), asked.join(' '));
});

test('the records of a crawl hold nothing of a forgotten page, whether it was fetched, is due, or is asked for just now', async (t) => {
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const origin = `http://${request.headers.host ?? ''}`;
    const names = ['fetched', 'slow', ...Array.from({ length: 30 }, (_, n) => `due${n}`)];
    const list = names.map((name) => `<url><loc>${origin}/${name}-${MARK}</loc></url>`).join('');
    const bodies: Readonly<Record<string, string>> = {
      '/robots.txt': `Sitemap: ${origin}/map.xml`,
      '/map.xml': `<?xml version="1.0"?><urlset>${list}</urlset>`,
    };
    const body = bodies[path] ?? `<title>A page</title><p>Words of ${path.length}`;
    const answer = (): unknown => response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    if (path.startsWith('/slow')) held.push(answer);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const answer of held.splice(0)) answer();
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dataDirectory = join(temporaryDirectory(t), 'data');
  const engine = await openEngine({ dataDirectory });
  t.after(() => engine.close());
  await engine.createCollection('main');
  await engine.startCrawl('main', { seeds: [`${origin}/`], delay_ms: 0, allowPrivate: true });
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const urls = ['fetched', 'slow', ...Array.from({ length: 30 }, (_, n) => `due${n}`)];
  const forgetting = forgetPages(engine, 'main', { urls: urls.map((name) => `${origin}/${name}-${MARK}`) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const answer of held.splice(0)) answer();
  await forgetting;
  await engine.crawlDone('main');
  await engine.erase();
  assert.deepEqual(filesWith(dataDirectory, MARK), []);
  assert.equal(engine.crawlProgress('main').queued, 0);
});

test('snapshots that still hold a forgotten page are named, and those that do not are not', async (t) => {
  const place = (name: string): string => join(temporaryDirectory(t), name);
  const dataDirectory = place('data');
  const engine = await openEngine({ dataDirectory });
  t.after(() => engine.close());
  await engine.createCollection('main');
  await engine.createCollection('other');
  const url = `https://a.example.org/${MARK}`;
  const bundles = place('bundles');
  const all = place('all');
  const [before, copy, away] = [place('before'), place('copy'), place('away')];
  const take = async (where: string, now_ms: number, collection?: string): Promise<string> => {
    const request = { now_ms, isVerified: false, ...(collection === undefined ? {} : { collection }) };
    return (await takeSnapshot(engine, await openObjectStore(where, {}), request)).id;
  };
  await engine.inject('main', { url: 'https://a.example.org/', content: 'falcon' });
  await engine.inject('other', { url, content: 'not this collection' });
  await take(before, 1_000);
  await engine.inject('main', { url, content: MARK });
  const whole = await take(all, 2_000);
  const one = await take(bundles, 3_000, 'main');
  await take(bundles, 4_000, 'other');
  for (const directory of [copy, away]) await engine.store({ task: 'snapshot', directory, copies: true });
  rmSync(away, { recursive: true });
  const report = await forgetPages(engine, 'main', { urls: [url] });
  assert.deepEqual(report.snapshots, [
    { place: all, id: whole, pages: 1 },
    { place: bundles, id: one, pages: 1 },
    { place: copy, id: '', pages: 1 },
    // Its parent is empty too: a disk that is not mounted looks like that.
    { place: away, id: '', pages: 0, why: 'it is not there now' },
  ]);
  assert.match(report.sentence, new RegExp(`${whole} in ${all}`));
  // What was opened for it is gone again; the other collection's page was not asked for.
  assert(!readdirSync(dataDirectory).some((name) => name.startsWith('snapshot-aside-')));
  assert((await engine.get('other', { url })) !== undefined);
});

test('what a kill left of opened snapshots is removed with the next start', async (t) => {
  const dataDirectory = join(temporaryDirectory(t), 'data');
  const folder = join(dataDirectory, 'snapshot-aside-killed');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'part'), MARK);
  await (await openEngine({ dataDirectory })).close();
  assert.deepEqual(filesWith(dataDirectory, MARK), []);
});
