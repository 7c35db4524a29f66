/** Tricks by which a page may try to send the crawler into the network behind it. None arrives. */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import type { Resolve } from './dns-cache.ts';
import { createFetcher, type Fetcher } from './fetcher.ts';
import { normaliseUrl } from './url-normaliser.ts';

/** Ways to write an address; `P` is the port of a server that nobody may reach. */
const LITERALS = [
  'http://127.0.0.1:P/',
  'http://127.1:P/',
  'http://127.0.1:P/',
  'http://0x7f000001:P/',
  'http://0x7f.0.0.1:P/',
  'http://0x7F.1:P/',
  'http://2130706433:P/',
  'http://017700000001:P/',
  'http://0177.0.0.1:P/',
  'http://0177.1:P/',
  'http://00000177.0.0.1:P/',
  'http://127.0.0.1.:P/',
  'http://127%2e0%2e0%2e1:P/',
  'http://%31%32%37.0.0.1:P/',
  'http://１２７.０.０.１:P/',
  'http://127。0。0。1:P/',
  'http://①②⑦.⓪.⓪.①:P/',
  'http://127.0.0.1\t:P/',
  'http://12\n7.0.0.1:P/',
  'http:\\\\127.0.0.1:P\\',
  'http:127.0.0.1:P/',
  'http:///127.0.0.1:P/',
  'HTTP://127.0.0.1:P/',
  'http://user:word@127.0.0.1:P/',
  'http://example.com@127.0.0.1:P/',
  'http://example.com%00@127.0.0.1:P/',
  'http://127.255.255.254:P/',
  'http://0:P/',
  'http://0.0.0.0:P/',
  'http://0x0:P/',
  'http://[::1]:P/',
  'http://[::]:P/',
  'http://[0:0:0:0:0:0:0:1]:P/',
  'http://[0000::1]:P/',
  'http://[::ffff:127.0.0.1]:P/',
  'http://[::ffff:7f00:1]:P/',
  'http://[::ffff:0:127.0.0.1]:P/',
  'http://[::127.0.0.1]:P/',
  'http://[64:ff9b::127.0.0.1]:P/',
  'http://[64:ff9b:1::7f00:1]:P/',
  'http://[2002:7f00:1::]:P/',
  'http://[2001:0:7f00:1::]:P/',
  'http://[fe80::1]:P/',
  'http://[fec0::1]:P/',
  'http://[fc00::1]:P/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/latest/meta-data/',
  'http://0xa9fea9fe/latest/meta-data/',
  'http://[::ffff:a9fe:a9fe]/latest/meta-data/',
  'http://100.100.100.200/latest/meta-data/',
  'http://192.0.0.192/opc/v1/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.0.1/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'https://127.0.0.1:P/',
];
/** Schemes that are no web. */
const SCHEMES = [
  'file:///etc/passwd',
  'ftp://127.0.0.1:P/',
  'gopher://127.0.0.1:P/_GET%20/',
  'dict://127.0.0.1:P/info',
  'ldap://127.0.0.1:P/',
  'ws://127.0.0.1:P/',
  'data:text/html,inside',
  'javascript:fetch("http://127.0.0.1:P/")',
  'blob:http://127.0.0.1:P/1',
  'view-source:http://127.0.0.1:P/',
  'jar:http://127.0.0.1:P/!/',
];
/** Names, and the addresses that they are given. */
const NAMES: readonly (readonly [string, readonly string[]])[] = [
  ['localhost', ['127.0.0.1']],
  ['localhost.', ['127.0.0.1']],
  ['LOCALHOST', ['::1']],
  ['any.localhost', ['127.0.0.1']],
  ['inside.example', ['127.0.0.1']],
  ['inside6.example', ['::1']],
  ['mapped.example', ['::ffff:127.0.0.1']],
  ['several.example', ['10.0.0.1', '192.168.1.1', '127.0.0.1']],
  ['metadata.google.internal', ['169.254.169.254']],
  ['zero.example', ['0.0.0.0']],
  ['127.0.0.1.nip.example', ['127.0.0.1']],
  ['zone.example', ['fe80::1%lo']],
  ['nothing.example', []],
];

describe('A request forged by a page', () => {
  let inside: Server;
  let port = 0;
  let connections = 0;
  let fetcher: Fetcher;
  const resolve = ((hostname: string, _options: unknown, answer: (error: null, found: unknown) => void) => {
    const [, found = []] = NAMES.find(([name]) => name.toLowerCase().replace(/\.$/, '') === hostname) ?? [];
    answer(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as Resolve;

  before(async () => {
    inside = createServer((socket) => {
      connections += 1;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret');
    });
    await new Promise<void>((listening) => inside.listen({ port: 0, host: '::' }, listening));
    port = (inside.address() as AddressInfo).port;
    fetcher = createFetcher({ userAgent: 'PeregrineBot/0', resolve });
  });
  after(async () => {
    await fetcher.close();
    inside.close();
  });

  /** What becomes of a URL that a page names. */
  async function fate(text: string): Promise<string> {
    const normal = normaliseUrl(text.replace('P/', `${port}/`).replace('P\\', `${port}\\`));
    if (!normal.ok) return normal.refusal;
    try {
      await fetcher.fetch({
        url: normal.url,
        allowPrivate: false,
        types: 'any',
        overflow: 'cut',
        max_bytes: 100,
      });
      return 'fetched';
    } catch (error) {
      return isPeregrineError(error) ? error.code : String(error);
    }
  }

  it('is refused however the address is written', async () => {
    for (const url of LITERALS) {
      const end = await fate(url);
      assert.ok(end === 'ADDRESS_REFUSED' || end === 'syntax', `${url}: ${end}`);
    }
    assert.equal(connections, 0);
  });

  it('is refused where the scheme is not the web', async () => {
    for (const url of SCHEMES) assert.equal(await fate(url), 'scheme', url);
    assert.equal(connections, 0);
  });

  it('is refused whatever the name resolves to', async () => {
    for (const [name] of NAMES) assert.equal(await fate(`http://${name}:P/`), 'ADDRESS_REFUSED', name);
    assert.equal(connections, 0);
  });

  it('is refused where a name changes its mind between look-up and connection', async () => {
    let asked = 0;
    const rebinding = ((_name: string, _options: unknown, answer: (error: null, found: unknown) => void) => {
      asked += 1;
      answer(null, [{ address: asked === 1 ? '192.88.98.1' : '127.0.0.1', family: 4 }]);
    }) as unknown as Resolve;
    const careless = createFetcher({ userAgent: 'x', resolve: rebinding, timeouts: { connect_ms: 50 } });
    const url = `http://rebind.example:${port}/`;
    assert.equal(await careless.addressOf(url, false), '192.88.98.1');
    const request = { url, allowPrivate: false, types: 'any', overflow: 'cut', max_bytes: 100 } as const;
    await assert.rejects(careless.fetch(request));
    await assert.rejects(careless.fetch(request));
    await careless.close();
    assert.equal(connections, 0);
  });

  it('counts as many tricks as it says', () => {
    assert.ok(LITERALS.length + SCHEMES.length + NAMES.length >= 80);
  });
});
