import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import zlib from 'node:zlib';
import { startStaticServer, type StaticServer } from '../../testing/static-server.ts';
import { isForeignPath, isWorthFetching } from './content-types.ts';
import { createFetcher, type Fetcher, type FetchRequest, type FetchResponse } from './fetcher.ts';

const TEXT = '<p>falcon</p>'.repeat(2_000);
const encoded = (
  encoding: string,
  body: Uint8Array,
): { headers: Record<string, string>; body: Uint8Array } => ({
  headers: { 'content-encoding': encoding },
  body,
});

describe('The fetcher', () => {
  let server: StaticServer;
  let fetcher: Fetcher;
  /** Waits for nobody. */
  let hasty: Fetcher;
  const get = (
    path: string,
    options: Partial<FetchRequest> = {},
    by: Fetcher = fetcher,
  ): Promise<FetchResponse> =>
    by.fetch({
      url: server.origin + path,
      allowPrivate: true,
      types: 'page',
      max_bytes: 1_000_000,
      overflow: 'refuse',
      ...options,
    });

  before(async () => {
    const userAgent = 'PeregrineBot/9 (+test)';
    fetcher = createFetcher({ userAgent });
    hasty = createFetcher({ userAgent, timeouts: { headers_ms: 100, connect_ms: 100, body_ms: 200 } });
    server = await startStaticServer({
      pages: {
        '/plain': TEXT,
        '/gzip': encoded('gzip', zlib.gzipSync(TEXT)),
        '/deflate': encoded('deflate', zlib.deflateSync(TEXT)),
        '/raw-deflate': encoded('deflate', zlib.deflateRawSync(TEXT)),
        '/br': encoded('br', zlib.brotliCompressSync(TEXT)),
        '/zstd': encoded('zstd', zlib.zstdCompressSync(Buffer.from(TEXT))),
        '/twice': encoded('gzip, br', zlib.brotliCompressSync(zlib.gzipSync(TEXT))),
        '/thrice': encoded('gzip, gzip, gzip', zlib.gzipSync(TEXT)),
        '/unknown': encoded('lzma', Buffer.from('x')),
        '/bomb-br': encoded('br', zlib.brotliCompressSync(Buffer.alloc(5_000_000))),
        '/bomb-zstd': encoded('zstd', zlib.zstdCompressSync(Buffer.alloc(5_000_000))),
        '/announced': { body: Buffer.alloc(1_000_001) },
        '/moved': { status: 301, headers: { location: Buffer.from('/ü?x=1#y').toString('latin1') } },
        '/moved-nowhere': { status: 302, headers: { location: 'http://[' } },
        '/gone': { status: 410, body: 'x'.repeat(200_000) },
        '/drip': (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/html' });
          const timer = setInterval(() => response.write('x'), 20);
          response.on('close', () => clearInterval(timer));
          return undefined;
        },
        '/never': () => new Promise(() => undefined),
        '/headers': { headers: { 'X-Thing': 'A', 'set-cookie': 'a=1' }, body: 'x' },
      },
    });
  });
  after(async () => {
    await fetcher.close();
    await hasty.close();
    await server.close();
  });

  it('undoes every compression that it asks for', async () => {
    for (const path of ['/plain', '/gzip', '/deflate', '/raw-deflate', '/br', '/zstd', '/twice']) {
      const { bytes, wire_bytes: wire } = await get(path);
      assert.equal(Buffer.from(bytes).toString(), TEXT, path);
      assert.ok(path === '/plain' ? wire === TEXT.length : wire < TEXT.length / 10, `${path}: ${wire}`);
    }
    assert.equal(server.requests.at(-1)?.headers['accept-encoding'], 'gzip, br, zstd, deflate');
    await assert.rejects(get('/thrice'), { code: 'FETCH_FAILED' });
    await assert.rejects(get('/unknown'), { code: 'FETCH_FAILED' });
  });

  it('refuses what is too large, packed or announced, or cuts it where that will do', async () => {
    for (const path of ['/bomb-br', '/bomb-zstd', '/announced'])
      await assert.rejects(get(path), { code: 'TOO_LARGE' }, path);
    let came = 0;
    const onBytes = (count: number): void => void (came += count);
    await assert.rejects(get('/bomb-br', { onBytes }), { code: 'TOO_LARGE' });
    assert.ok(came > 0 && came < 100_000, `${came} bytes came of what was refused`);
    came = 0;
    assert.equal((await get('/gone', { onBytes })).wire_bytes, came);
    assert.ok(came > 0, 'errors have bodies too');
    const cut = await get('/bomb-br', { overflow: 'cut', max_bytes: 70_000 });
    assert.deepEqual([cut.bytes.length, cut.truncated], [70_000, true]);
  });

  it('hands redirects back, resolved', async () => {
    const { status, redirectTo, bytes } = await get('/moved');
    assert.deepEqual([status, redirectTo, bytes.length], [301, `${server.origin}/%C3%BC?x=1#y`, 0]);
    assert.equal((await get('/moved-nowhere')).redirectTo, undefined);
  });

  it('keeps headers in lower case and the status of what failed', async () => {
    assert.equal((await get('/headers')).headers['x-thing'], 'A');
    assert.equal((await get('/gone')).status, 410);
  });

  it('gives up on a server that never answers, or never ends', async () => {
    await assert.rejects(get('/never', {}, hasty), {
      code: 'FETCH_TIMEOUT',
      message: /headers took longer than 200 ms/,
    });
    await assert.rejects(get('/drip', {}, hasty), {
      code: 'FETCH_TIMEOUT',
      message: /body took longer than 200 ms/,
    });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await assert.rejects(get('/never', { signal: stop.signal }), { code: 'CANCELLED' });
    await assert.rejects(get('/plain', { signal: AbortSignal.abort() }), { code: 'CANCELLED' });
  });

  it('says plainly that nobody is there', async () => {
    await assert.rejects(
      fetcher.fetch({
        url: 'http://127.0.0.1:1/',
        allowPrivate: true,
        types: 'any',
        overflow: 'cut',
        max_bytes: 1,
      }),
      { code: 'FETCH_FAILED', message: /nothing listens at its address and port \(ECONNREFUSED\)/ },
    );
  });
});

describe('A content type', () => {
  it('is worth fetching when a document can be made of it', () => {
    const url = 'http://x.example/a';
    for (const type of [
      'text/html; charset=utf-8',
      'TEXT/PLAIN',
      'application/xhtml+xml',
      'application/rss+xml',
      'application/ld+json',
      'application/pdf',
      '',
      'garbage',
    ]) {
      assert.equal(isWorthFetching(type, url), true, type);
    }
    for (const type of [
      'image/png',
      'image/svg+xml',
      'text/css',
      'text/javascript',
      'application/zip',
      'video/mp4',
      'application/octet-stream',
    ]) {
      assert.equal(isWorthFetching(type, url), false, type);
    }
    assert.equal(isWorthFetching('application/octet-stream', 'http://x.example/a.PDF?x'), true);
  });

  it('shows in the name of files that are no documents', () => {
    for (const path of ['/a.png', '/b/c.ZIP?x=1', '/style.css'])
      assert.equal(isForeignPath(`http://x.example${path}`), true, path);
    for (const path of ['/', '/a', '/a.html', '/png', '/.png', '/File:Falcon.jpg', '/a.png/b']) {
      assert.equal(isForeignPath(`http://x.example${path}`), false, path);
    }
  });
});
