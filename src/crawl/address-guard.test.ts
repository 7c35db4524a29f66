import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startStaticServer } from '../../testing/static-server.ts';
import { guardedLookup, isPublicAddress } from './address-guard.ts';
import { DnsCache, type Resolve } from './dns-cache.ts';
import { createFetcher } from './fetcher.ts';

const INNER = [
  '0.0.0.0',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '::7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001:db8::1',
  '2001::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '',
  'localhost',
  '1.2.3',
];
const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '172.32.0.1',
  '192.169.0.1',
  '2606:4700:4700::1111',
  '2a00:1450:4001::8a',
  '::ffff:8.8.8.8',
];

const resolving = (...addresses: string[]): Resolve =>
  ((_name: string, _options: unknown, callback: (error: null, found: object[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as Resolve;

const look = (...addresses: string[]): Promise<unknown> =>
  new Promise((resolve) => {
    guardedLookup(new DnsCache(resolving(...addresses)))('x.example', { all: true }, (error, found) =>
      resolve(error ?? found),
    );
  });

describe('The address guard', () => {
  it('tells public addresses from all others', () => {
    for (const address of INNER) assert.equal(isPublicAddress(address), false, address);
    for (const address of PUBLIC) assert.equal(isPublicAddress(address), true, address);
  });

  it('answers a lookup with public addresses only', async () => {
    assert.deepEqual(await look('10.0.0.1', '8.8.8.8'), [{ address: '8.8.8.8', family: 4 }]);
    assert.equal(((await look('10.0.0.1', '::1')) as { code: string }).code, 'ADDRESS_REFUSED');
    assert.equal(((await look()) as { code: string }).code, 'ADDRESS_REFUSED');
  });

  it('lets no spelling of an inner address through to a socket', async (test) => {
    const server = await startStaticServer({ pages: { '/': 'secret' } });
    const fetcher = createFetcher({
      userAgent: 'x',
      resolve: resolving('127.0.0.1'),
      timeouts: { connect_ms: 500 },
    });
    test.after(async () => {
      await fetcher.close();
      await server.close();
    });
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0x7f.1',
      '2130706433',
      '0',
      '127.1',
      '017700000001',
      'rebinding.example',
    ];
    for (const host of hosts) {
      const request = {
        url: new URL(`http://${host}:${server.port}/`).href,
        types: 'any',
        overflow: 'cut',
        max_bytes: 100,
      } as const;
      await assert.rejects(
        fetcher.fetch({ ...request, allowPrivate: false }),
        { code: 'ADDRESS_REFUSED' },
        host,
      );
    }
    assert.equal(server.requests.length, 0);
    const open = await fetcher.fetch({
      url: `http://rebinding.example:${server.port}/`,
      types: 'any',
      overflow: 'cut',
      max_bytes: 100,
      allowPrivate: true,
    });
    assert.equal(Buffer.from(open.bytes).toString(), 'secret');
    assert.equal(open.ip, '127.0.0.1');
  });
});
