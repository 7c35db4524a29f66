import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { extractArchive } from './extract-archive.ts';
import { startStaticServer } from './static-server.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('The static server', () => {
  it('serves pages, responses and handlers, and records who asked', async (t) => {
    const server = await startStaticServer({
      headers: { 'x-all': '1' },
      pages: {
        '/': '<title>Home</title>',
        '/moved': { status: 301, headers: { location: '/' } },
        '/list?page=2': 'second',
        '/list': (request) => ({ headers: { 'content-type': 'text/plain' }, body: request.url ?? '' }),
      },
    });
    t.after(() => server.close());
    const get = (path: string): Promise<Response> => fetch(server.origin + path, { redirect: 'manual' });
    const home = await get('/');
    assert.equal(await home.text(), '<title>Home</title>');
    assert.equal(home.headers.get('x-all'), '1');
    assert.equal((await get('/moved')).headers.get('location'), '/');
    assert.equal(await (await get('/list?page=2')).text(), 'second');
    assert.equal(await (await get('/list?page=3')).text(), '/list?page=3');
    assert.equal((await get('/nothing')).status, 404);
    server.setPage('/nothing', 'something');
    assert.equal((await get('/nothing')).status, 200);
    server.removePage('/nothing');
    assert.equal((await get('/nothing')).status, 404);
    assert.deepEqual(
      server.requests.map(({ method, path, status }) => `${method} ${path} ${status}`),
      [
        'GET / 200',
        'GET /moved 301',
        'GET /list?page=2 200',
        'GET /list?page=3 200',
        'GET /nothing 404',
        'GET /nothing 200',
        'GET /nothing 404',
      ],
    );
    assert.equal(server.count('/nothing'), 3);
  });

  it('serves a directory, and nothing beside it', async (t) => {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'site'));
    writeFileSync(join(directory, 'site', 'index.html'), 'index');
    writeFileSync(join(directory, 'site', 'ä b.txt'), 'text');
    writeFileSync(join(directory, 'secret'), 'secret');
    const server = await startStaticServer({ directory: join(directory, 'site'), latency_ms: 20 });
    t.after(() => server.close());
    const begun_ms = performance.now();
    const index = await fetch(`${server.origin}/`);
    assert.ok(performance.now() - begun_ms >= 19);
    assert.equal(await index.text(), 'index');
    const text = await fetch(`${server.origin}/%C3%A4%20b.txt?x=1`);
    assert.equal(text.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal((await fetch(`${server.origin}/%2e%2e/secret`)).status, 404);
    assert.equal((await fetch(`${server.origin}/..%2fsecret`)).status, 404);
    assert.equal((await fetch(`${server.origin}/%ff`)).status, 404);
    assert.equal((await fetch(`${server.origin}/`, { method: 'HEAD' })).headers.get('content-length'), '5');
  });
});

describe('An archive', () => {
  it('is unpacked with its folders', async (t) => {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'in', 'deep'), { recursive: true });
    writeFileSync(join(directory, 'in', 'deep', 'a'), 'x');
    execFileSync('tar', ['-czf', join(directory, 'a.tar.gz'), '-C', directory, 'in']);
    await extractArchive(join(directory, 'a.tar.gz'), join(directory, 'out'));
    assert.equal(readFileSync(join(directory, 'out', 'in', 'deep', 'a'), 'utf8'), 'x');
  });
});
