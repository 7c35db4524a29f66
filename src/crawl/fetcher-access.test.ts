/** Ways into sites: HTTP/2, cookies, passwords and proxies, each against a server that is one. */

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeCertificate, withoutCertificates } from '../../testing/certificates.ts';
import { type StaticServer, startStaticServer } from '../../testing/static-server.ts';
import { startTunnelProxy, type TunnelProxy } from '../../testing/tunnel-proxy.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { CookieShelf } from './cookie-shelf.ts';
import { type CrawlAccess, NO_ACCESS, readAccess } from './crawl-access.ts';
import type { Resolve } from './dns-cache.ts';
import { createFetcher, type Fetcher, type FetcherOptions, type FetchRequest } from './fetcher.ts';
import { ProxyRing } from './proxy-ring.ts';

const page = (url: string, more: Partial<FetchRequest> = {}): FetchRequest => ({
  url,
  allowPrivate: true,
  types: 'page',
  max_bytes: 1_000_000,
  overflow: 'refuse',
  ...more,
});

function fetcherOf(t: TestContext, options: Partial<FetcherOptions> = {}): Fetcher {
  const fetcher = createFetcher({ userAgent: 'PeregrineBot/9', ...options });
  t.after(() => fetcher.close());
  return fetcher;
}

async function site(t: TestContext, pages: Parameters<typeof startStaticServer>[0]): Promise<StaticServer> {
  const server = await startStaticServer(pages);
  t.after(() => server.close());
  return server;
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Names of this test, all on this machine. */
const resolveHere = ((_name: string, _options: unknown, tell: (...args: unknown[]) => void) =>
  tell(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as Resolve;

const written = (t: TestContext, content: unknown, mode = 0o600): string => {
  const file = join(temporaryDirectory(t), 'access.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(file, mode);
  return file;
};

async function proxy(t: TestContext, password = ''): Promise<TunnelProxy> {
  const opened = await startTunnelProxy(password);
  t.after(() => opened.close());
  return opened;
}

const through = (...origins: readonly string[]): CrawlAccess => ({
  ...NO_ACCESS,
  proxies: origins.map((origin) => ({
    origin,
    authorization: `Basic ${Buffer.from('p:word').toString('base64')}`,
  })),
});

describe('Over HTTP/2', { skip: withoutCertificates }, () => {
  it('fetches, follows its limits and names what fails, with the certificate checked', async (t) => {
    const { cert, key } = makeCertificate(temporaryDirectory(t), 'DNS:secure.test');
    const versions: string[] = [];
    const server = createSecureServer({ cert, key, allowHTTP1: true });
    server.on('request', ({ httpVersion }: IncomingMessage) => versions.push(httpVersion));
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => undefined);
      const path = headers[':path'] ?? '';
      const html = { 'content-type': 'text/html' };
      if (path === '/packed') {
        stream.respond({ ':status': 200, ...html, 'content-encoding': 'gzip' });
        stream.end(gzipSync('<p>falcon</p>'.repeat(1_000)));
      } else if (path === '/moved')
        stream.respond({ ':status': 301, location: '/packed' }, { endStream: true });
      else if (path === '/large') {
        stream.respond({ ':status': 200, ...html });
        stream.end(Buffer.alloc(2_000_000));
      } else if (path === '/reset') stream.close(2);
      else if (path === '/broken') {
        stream.respond({ ':status': 200, ...html });
        stream.write('half');
        setImmediate(() => stream.session?.destroy());
      } else if (path === '/short') {
        stream.respond({ ':status': 200, ...html, 'content-length': 100 });
        stream.end('half');
      }
    });
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    const port = await listening(t, server);
    t.after(() => sessions.forEach((session) => session.destroy()));
    const origin = `https://secure.test:${port}`;
    const timeouts = { connect_ms: 2_000, headers_ms: 200 };
    const access: CrawlAccess = { ...NO_ACCESS, certificates: [cert] };
    const fetcher = fetcherOf(t, { access, timeouts, resolve: resolveHere });
    const packed = await fetcher.fetch(page(`${origin}/packed`));
    assert.equal(packed.bytes.length, 13_000);
    assert.ok(packed.wire_bytes < 1_000);
    assert.equal(packed.ip, '127.0.0.1');
    assert.equal((await fetcher.fetch(page(`${origin}/moved`))).redirectTo, `${origin}/packed`);
    await assert.rejects(fetcher.fetch(page(`${origin}/large`)), { code: 'TOO_LARGE' });
    for (const path of ['/reset', '/broken', '/short'])
      await assert.rejects(fetcher.fetch(page(origin + path)), { code: 'FETCH_FAILED' }, path);
    await assert.rejects(fetcher.fetch(page(`${origin}/silent`)), { code: 'FETCH_TIMEOUT' });
    assert.equal((await fetcher.fetch(page(`${origin}/packed`))).status, 200, 'it goes on after all that');
    assert.deepEqual([...new Set(versions)], ['2.0']);
    assert.ok(sessions.size <= 6, 'one connection, and another only after one that broke');
    const guarded = page(`${origin}/packed`, { allowPrivate: false });
    await assert.rejects(fetcher.fetch(guarded), { code: 'ADDRESS_REFUSED' });
    const stranger = fetcherOf(t, { timeouts, resolve: resolveHere });
    await assert.rejects(stranger.fetch(page(`${origin}/packed`)), {
      code: 'FETCH_FAILED',
      message: /signed by nobody who is trusted here.*--crawl-access.*SELF_SIGNED/,
    });
  });
});

describe('Cookies', () => {
  it('come back to the site that set them, and to no other', async (t) => {
    const set = [
      'session=1; Path=/; HttpOnly',
      'deep=2; Path=/inner',
      'stolen=3; Domain=other.test',
      'all=4; Domain=test',
    ];
    const server = await site(t, {
      pages: { '/': { headers: { 'set-cookie': set as unknown as string } } },
      fallback: () => 'x',
    });
    const fetcher = fetcherOf(t, { resolve: resolveHere });
    const cookies = new CookieShelf();
    const ask = async (host: string, path: string): Promise<string> => {
      await fetcher.fetch(page(`http://${host}:${server.port}${path}`, { cookies }));
      return server.requests.at(-1)?.headers.cookie ?? '';
    };
    assert.equal(await ask('shop.test', '/'), '');
    assert.equal(await ask('shop.test', '/a'), 'session=1');
    assert.equal(await ask('shop.test', '/inner/b'), 'deep=2; session=1');
    assert.equal(await ask('other.test', '/a'), '');
    await fetcher.fetch(page(`http://shop.test:${server.port}/a`));
    assert.equal(server.requests.at(-1)?.headers.cookie, undefined, 'another crawl has none of them');
  });

  it('of a site that sets ever new ones are bounded', async () => {
    const shelf = new CookieShelf();
    for (let n = 0; n < 20; n++)
      await shelf.take(
        'http://many.test/',
        Array.from({ length: 200 }, (_, i) => `c${n}-${i}=x`),
      );
    assert.ok((await shelf.headerFor('http://many.test/')).split(';').length <= 100);
    await shelf.take('http://long.test/', [`long=${'x'.repeat(5_000)}`, 'short=1', 'nonsense', '']);
    assert.equal(await shelf.headerFor('http://long.test/'), 'short=1');
  });
});

describe('The file of accesses', () => {
  it('gives each site its own password, and no other', async (t) => {
    const server = await site(t, { fallback: () => 'x' });
    const { origin } = server;
    const file = written(t, {
      sites: [
        { url: `${origin}/team`, user: 'ada', password: 'a:b' },
        { url: `${origin}/team/api/`, bearer: 'token-1' },
        { url: 'https://elsewhere.example/', bearer: 'token-2' },
      ],
    });
    const fetcher = fetcherOf(t, { access: await readAccess(file) });
    const sent = async (path: string): Promise<string | undefined> => {
      await fetcher.fetch(page(origin + path));
      return server.requests.at(-1)?.headers.authorization;
    };
    assert.equal(await sent('/team/x'), `Basic ${Buffer.from('ada:a:b').toString('base64')}`);
    assert.equal(await sent('/team/api/x'), 'Bearer token-1');
    assert.equal(await sent('/teams/x'), undefined);
    assert.equal(await sent('/'), undefined);
  });

  it('is refused where others may read it, and what is wrong with it is told without what it says', async (t) => {
    const secret = 'hunter2';
    const wrong = [
      written(t, { sites: [{ url: 'https://a.example/', bearer: secret }] }, 0o644),
      written(t, `{"sites": [{"bearer": "${secret}"`),
      written(t, { sites: [{ url: 'ftp://a.example/', user: 'x', password: secret }] }),
      written(t, { proxies: [`socks://x:${secret}@proxy.example/`] }),
      written(t, { sites: [], passwords: { [secret]: secret } }),
      '/nowhere/access.json',
    ];
    for (const file of wrong)
      await assert.rejects(readAccess(file), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'BAD_ARGUMENT');
        assert.doesNotMatch(JSON.stringify(error) + error.message, /hunter2/);
        return true;
      });
  });
});

describe('Through proxies', () => {
  it('asks for addresses, so that the guard holds behind a proxy too', async (t) => {
    const server = await site(t, { fallback: () => '<p>behind</p>' });
    const way = await proxy(t, 'word');
    const fetcher = fetcherOf(t, { access: through(way.origin), resolve: resolveHere });
    const url = `http://behind.test:${server.port}/`;
    const { bytes, ip } = await fetcher.fetch(page(url));
    assert.equal(Buffer.from(bytes).toString(), '<p>behind</p>');
    assert.equal(ip, '127.0.0.1');
    assert.deepEqual(way.asked, [`127.0.0.1:${server.port}`]);
    assert.equal(
      server.requests.at(-1)?.headers['proxy-authorization'],
      undefined,
      'its password is for the proxy alone',
    );
    for (const target of [url, 'http://127.0.0.1/', 'http://[::1]/', 'http://169.254.169.254/'])
      await assert.rejects(fetcher.fetch(page(target, { allowPrivate: false })), { code: 'ADDRESS_REFUSED' });
    assert.equal(way.asked.length, 1);
  });

  it('goes on by another where one is gone or refuses, and tells a silent site from a silent proxy', async (t) => {
    const server = await site(t, { fallback: () => 'x' });
    const [refusing, working] = [await proxy(t, 'another word'), await proxy(t)];
    const fetcher = fetcherOf(t, {
      access: through('http://127.0.0.1:1', refusing.origin, working.origin),
      resolve: resolveHere,
    });
    for (let n = 0; n < 4; n++) await fetcher.fetch(page(`http://h${n}.test:${server.port}/`));
    assert.equal(working.asked.length, 4);
    await assert.rejects(fetcher.fetch(page('http://h.test:1/')), {
      code: 'FETCH_FAILED',
      message: /can't reach 127.0.0.1:1/,
    });
    const alone = fetcherOf(t, { access: through(refusing.origin), resolve: resolveHere });
    await assert.rejects(alone.fetch(page(`http://h.test:${server.port}/`)), (error: Error) => {
      assert.match(error.message, /refuses to open a way and answers 407/);
      return true;
    });
  });

  it('speaks TLS with the site itself', { skip: withoutCertificates }, async (t) => {
    const { cert, key } = makeCertificate(temporaryDirectory(t), 'DNS:secure.test');
    const server = createSecureServer({ cert, key, allowHTTP1: true }, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('sealed');
    });
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    t.after(() => sessions.forEach((session) => session.destroy()));
    const port = await listening(t, server);
    const way = await proxy(t);
    const access = { ...through(way.origin), certificates: [cert] };
    const fetcher = fetcherOf(t, { access, resolve: resolveHere });
    const { bytes } = await fetcher.fetch(page(`https://secure.test:${port}/`));
    assert.equal(Buffer.from(bytes).toString(), 'sealed');
    assert.deepEqual(way.asked, [`127.0.0.1:${port}`]);
    await assert.rejects(fetcher.fetch(page(`https://other.test:${port}/`)), { code: 'FETCH_FAILED' });
  });

  it('takes turns among those that work', () => {
    let now_ms = 0;
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({
      origin: `http://${name}.example`,
      authorization: undefined,
    }));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    const byHost = new ProxyRing([a, b, c], 'host', () => now_ms);
    const first = byHost.pick('x.example');
    assert.equal(byHost.pick('x.example'), first);
    assert.equal(new Set(Array.from({ length: 50 }, (_, n) => byHost.pick(`h${n}.example`))).size, 3);
    assert.ok(first !== undefined);
    byHost.failed(first);
    const second = byHost.pick('x.example');
    assert.notEqual(second, first);
    now_ms = 5_000;
    assert.equal(byHost.pick('x.example'), first, 'it has rested');
    const inTurn = new ProxyRing([a, b, c], 'request', () => now_ms);
    assert.deepEqual(
      Array.from({ length: 4 }, () => inTurn.pick('x.example')),
      [a, b, c, a],
    );
    for (const each of [a, b, c]) inTurn.failed(each);
    inTurn.failed(a);
    assert.notEqual(inTurn.pick('x.example'), a, 'all rest: the one that is back first');
  });
});
