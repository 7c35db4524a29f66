import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startStaticServer, type StaticServer } from '../../testing/static-server.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { readAccess } from './crawl-access.ts';
import type { Resolve } from './dns-cache.ts';
import { createFetcher, type FetchRequest } from './fetcher.ts';

interface Socks {
  readonly place: string;
  /** What it was asked for. */
  readonly asked: string[];
}

/** A SOCKS 5 proxy on loopback, as RFC 1928 has it; byte by byte, so that nothing comes in one piece. */
async function socks(t: TestContext, login?: { user: string; password: string }): Promise<Socks> {
  const asked: string[] = [];
  const serve = async (socket: Socket): Promise<void> => {
    const next = async (): Promise<number> => {
      for (;;) {
        const byte = socket.read(1) as Buffer | null;
        if (byte !== null) return byte[0] ?? 0;
        await new Promise((resolve) => socket.once('readable', resolve));
      }
    };
    const take = async (count: number): Promise<number[]> => {
      const bytes: number[] = [];
      while (bytes.length < count) bytes.push(await next());
      return bytes;
    };
    const tell = (...bytes: number[]): void => bytes.forEach((byte) => socket.write(Uint8Array.of(byte)));
    const [, methods = 0] = await take(2);
    const offered = await take(methods);
    const method = login === undefined ? 0 : 2;
    if (!offered.includes(method)) return tell(5, 255);
    tell(5, method);
    if (login !== undefined) {
      const [, userLength = 0] = await take(2);
      const user = Buffer.from(await take(userLength)).toString();
      const password = Buffer.from(await take(await next())).toString();
      const isRight = user === login.user && password === login.password;
      tell(1, isRight ? 0 : 1);
      if (!isRight) return void socket.end();
    }
    const [, , , kind] = await take(4);
    assert.equal(kind, 1, 'an address, no name');
    const address = (await take(4)).join('.');
    const [high = 0, low = 0] = await take(2);
    const port = high * 256 + low;
    asked.push(`${address}:${port}`);
    const there = connect(port, address);
    there.once('connect', () => {
      tell(5, 0, 0, 3, 4, 1, 2, 3, 4, 0, 9);
      there.pipe(socket).pipe(there);
    });
    there.once('error', () => tell(5, 5, 0, 1, 0, 0, 0, 0, 0, 0));
    t.after(() => there.destroy());
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    void serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { place: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Fetches through proxies that a file names. */
async function fetching(t: TestContext, proxies: readonly string[]) {
  const file = join(temporaryDirectory(t), 'access.json');
  writeFileSync(file, JSON.stringify({ proxies }));
  chmodSync(file, 0o600);
  const resolve = ((_name: string, _options: unknown, tell: (...args: unknown[]) => void) =>
    tell(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as Resolve;
  const fetcher = createFetcher({ userAgent: 'PeregrineBot/9', access: await readAccess(file), resolve });
  t.after(() => fetcher.close());
  return (url: string, more: Partial<FetchRequest> = {}) =>
    fetcher.fetch({
      url,
      allowPrivate: true,
      types: 'page',
      max_bytes: 1_000_000,
      overflow: 'refuse',
      ...more,
    });
}

async function site(t: TestContext): Promise<StaticServer> {
  const server = await startStaticServer({ fallback: () => '<p>behind</p>' });
  t.after(() => server.close());
  return server;
}

describe('Through a SOCKS proxy', () => {
  it('asks for addresses that the guard has let pass, with and without a password', async (t) => {
    const server = await site(t);
    for (const login of [undefined, { user: 'crow', password: 'wörd/@' }]) {
      const way = await socks(t, login);
      const who = login === undefined ? '' : `${login.user}:${encodeURIComponent(login.password)}@`;
      const fetch = await fetching(t, [`socks5://${who}${way.place}`]);
      const url = `http://behind.test:${server.port}/`;
      const { bytes, ip } = await fetch(url);
      assert.equal(Buffer.from(bytes).toString(), '<p>behind</p>');
      assert.equal(ip, '127.0.0.1');
      assert.deepEqual(way.asked, [`127.0.0.1:${server.port}`]);
      await assert.rejects(fetch(url, { allowPrivate: false }), { code: 'ADDRESS_REFUSED' });
      assert.equal(way.asked.length, 1);
    }
  });

  it('tells a proxy that refuses, is gone or is none from a site that is gone', async (t) => {
    const server = await site(t);
    const url = `http://127.0.0.1:${server.port}/`;
    const strict = await socks(t, { user: 'crow', password: 'word' });
    const open = await socks(t);
    for (const place of [
      `crow:wrong@${strict.place}`,
      strict.place,
      '127.0.0.1:1',
      `127.0.0.1:${server.port}`,
    ]) {
      const alone = await fetching(t, [`socks5://${place}`]);
      await assert.rejects(alone(url), (error: Error) => {
        assert.match(error.message, /proxy socks5:/);
        assert.doesNotMatch(error.message, /wrong/);
        return true;
      });
      const together = await fetching(t, [`socks5://${place}`, `socks5://${open.place}`]);
      assert.equal((await together(url)).status, 200);
    }
    const fetch = await fetching(t, [`socks5://${open.place}`]);
    await assert.rejects(fetch('http://127.0.0.1:1/'), /the proxy can't reach 127\.0\.0\.1 and answers 5/);
  });
});
