/** The program itself before hosts as the web has them: TLS and HTTP/2, packed pages, cookies, passwords, a proxy, and faults. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { makeCertificate, withoutCertificates } from '../testing/certificates.ts';
import { page } from '../testing/crawl-bench.ts';
import { type StaticPage, startStaticServer } from '../testing/static-server.ts';
import { PROXY_USER, startTunnelProxy } from '../testing/tunnel-proxy.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../bin/peregrine.js', import.meta.url));
const PLAIN: readonly string[] = ['packed', 'member', 'basic', 'bearer', 'listed', 'faulty'];

async function peregrine(...words: string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (bytes) => {
    printed += String(bytes);
  });
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0, words.join(' '));
  return printed;
}

const packed = (encoding: string, pack: (html: string) => Uint8Array, html: string): StaticPage => ({
  headers: { 'content-type': 'text/html', 'content-encoding': encoding },
  body: Buffer.from(pack(html)),
});

/** Pages for those alone of whose request `isLetIn` says yes; the others get `otherwise`. */
const guarded =
  (isLetIn: (headers: IncomingMessage['headers']) => boolean, otherwise: object, html: string) =>
  ({ headers }: IncomingMessage) =>
    isLetIn(headers) ? html : otherwise;

const SITES: Readonly<Record<string, Readonly<Record<string, StaticPage>>>> = {
  packed: {
    '/': packed('br', (html) => brotliCompressSync(html), page('brotli', '/z', '/g')),
    '/z': packed('zstd', (html) => zstdCompressSync(html), page('zstandard')),
    '/g': packed('gzip', (html) => gzipSync(html), page('gnuzip')),
  },
  member: {
    '/': {
      headers: { 'set-cookie': 'in=1; Path=/', 'content-type': 'text/html' },
      body: page('door', '/inside'),
    },
    '/inside': guarded(({ cookie }) => cookie === 'in=1', { status: 403 }, page('sanctum')),
  },
  basic: {
    '/': guarded(
      ({ authorization }) => authorization === `Basic ${Buffer.from('crawler:secret').toString('base64')}`,
      { status: 401 },
      page('vault'),
    ),
  },
  bearer: {
    '/': guarded(({ authorization }) => authorization === 'Bearer token', { status: 401 }, page('oracle')),
  },
  listed: {
    '/robots.txt': 'User-agent: *\nDisallow: /private\nSitemap: /map.xml.gz\n',
    '/map.xml.gz': { body: gzipSync('<urlset><url><loc>/hidden</loc></url></urlset>') },
    '/': page('listing', '/private'),
    '/private': page('secret'),
    '/hidden': `<link rel="alternate" hreflang="de" href="/verborgen">${page('hidden')}`,
    '/verborgen': page('verborgen'),
  },
  faulty: {
    '/': page('faults', '/gone', '/loop', '/short', '/away'),
    '/loop': { status: 302, headers: { location: '/loop' } },
    '/short': { headers: { 'content-type': 'text/html', 'content-length': '1000' }, body: 'half' },
    '/away': { status: 301, headers: { location: 'http://192.0.2.1/' } },
  },
};

/** Hosts with addresses of their own, and what lets a crawler in. */
async function openSites(t: TestContext, certificate: { cert: string; key: string }) {
  const origins: Record<string, string> = {};
  for (const [n, name] of PLAIN.entries()) {
    const server = await startStaticServer({ address: `127.0.4.${n + 1}`, pages: SITES[name] ?? {} });
    t.after(() => server.close());
    origins[name] = server.origin;
  }
  const versions = new Set<string>();
  const secure = createSecureServer(
    { ...certificate, allowHTTP1: true },
    ({ url, httpVersion }, response) => {
      versions.add(httpVersion);
      if (url === '/robots.txt' || url === '/sitemap.xml') {
        response.writeHead(404).end();
        return;
      }
      const body = gzipSync(url === '/' ? page('tower', '/room') : page('chamber'));
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(body);
    },
  );
  const sessions = new Set<{ destroy(): void }>();
  secure.on('session', (session) => sessions.add(session));
  await once(secure.listen(0, '127.0.4.9'), 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    secure.close();
  });
  origins['secure'] = `https://127.0.4.9:${(secure.address() as AddressInfo).port}`;
  return { origins, versions };
}

interface Told {
  readonly url: string;
  readonly outcome: string;
  readonly detail: string;
}

test(
  'hosts of all kinds are crawled in one go, also by way of a proxy',
  { skip: withoutCertificates },
  async (t) => {
    const folder = temporaryDirectory(t);
    const certificate = makeCertificate(folder, 'IP:127.0.4.9');
    const { origins, versions } = await openSites(t, certificate);
    const proxy = await startTunnelProxy('word');
    t.after(() => proxy.close());
    const access = {
      sites: [
        { url: `${origins['basic']}/`, user: 'crawler', password: 'secret' },
        { url: `${origins['bearer']}/`, bearer: 'token' },
      ],
      certificates: [certificate.cert],
    };
    const crawled = async (name: string, proxies: readonly string[]): Promise<void> => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify({ ...access, proxies }));
      chmodSync(file, 0o600);
      const place = ['--data-dir', join(folder, name)];
      const seeds = Object.values(origins).map((origin) => `${origin}/`);
      const manners = ['--allow-private', '--delay', '1', '--cookies', '--crawl-access', file, '--quiet'];
      await peregrine('crawl', ...seeds, ...manners, ...place);
      const records = (await peregrine('records', '--json', ...place))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Told);
      const ends = (outcome: string): string[] =>
        records
          .filter((record) => record.outcome === outcome)
          .map(({ url }) => {
            const { origin, pathname } = new URL(url);
            return `${Object.keys(origins).find((known) => origins[known] === origin)}${pathname}`;
          })
          .sort();
      assert.deepEqual(ends('indexed'), [
        'basic/',
        'bearer/',
        'faulty/',
        'listed/',
        'listed/hidden',
        'listed/verborgen',
        'member/',
        'member/inside',
        'packed/',
        'packed/g',
        'packed/z',
        'secure/',
        'secure/room',
      ]);
      assert.deepEqual(ends('robots-forbidden'), ['listed/private']);
      assert.deepEqual(ends('not-found'), ['faulty/gone']);
      assert.deepEqual(ends('out-of-scope'), ['faulty/away']);
      assert.deepEqual(ends('http-error'), ['faulty/loop']);
      assert.deepEqual(ends('network-error'), ['faulty/short']);
      for (const { outcome, detail } of records)
        assert.ok(outcome === 'indexed' || outcome === 'sitemap' || detail !== '', `${outcome} says why`);
      if (name === 'straight') assert.match(await peregrine('search', 'chamber', ...place), /127\.0\.4\.9/);
    };
    // Beside each other: most of it is waiting to try again what broke.
    await Promise.all([
      crawled('straight', []),
      crawled('proxied', [proxy.origin.replace('//', `//${PROXY_USER}:word@`)]),
    ]);
    assert.ok(proxy.asked.length > 0);
    assert.deepEqual([...versions], ['2.0']);
  },
);
