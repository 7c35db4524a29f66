import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compareBytes, toCollectionId } from '../base/index.ts';
import { DATABASES } from '../storage/index.ts';
import {
  attemptKey,
  dueKey,
  dueRange,
  frontierKey,
  jobKey,
  placeOf,
  readDueKey,
  siteKey,
  tallyKey,
} from './crawl-keys.ts';
import { NO_HISTORY } from './change-history.ts';
import * as records from './crawl-records.ts';
import { decodeQuotas, encodeQuotas } from './row-quotas.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const MAIN = toCollectionId(7);
const place = placeOf(MAIN, 'http://docs.example.com/a');

describe('Crawl records', () => {
  const golden: [string, unknown, (value: never) => Uint8Array, (bytes: Uint8Array) => unknown, string][] = [
    [
      'request',
      {
        url: 'http://a/',
        depth: 3,
        redirects: 1,
        tries: 2,
        round: 4,
        addedAt_ms: 1_700_000_000_000,
        isSitemap: true,
      },
      records.encodeRequest,
      records.decodeRequest,
      '01010301020480d095ffbc3109687474703a2f2f612f',
    ],
    [
      'reply',
      {
        outcome: 'redirect',
        round: 1,
        at_ms: 300,
        status: 301,
        attempts: 2,
        bodyHash: 0x0102n,
        target: 't',
        detail: 'd',
        etag: 'e',
        lastModified: 'm',
        history: { visits: 1, changes: 2, observed_ms: 3, seenAt_ms: 4, failingSince_ms: 5 },
      },
      records.encodeReply,
      records.decodeReply,
      '020601ac02ad02020201000000000000017401640165016d0102030405',
    ],
    [
      'attempt',
      { outcome: 'indexed', at_ms: 5, took_ms: 6, status: 200, size_bytes: 7, ip: '::1', detail: '' },
      records.encodeAttempt,
      records.decodeAttempt,
      '01010506c80107033a3a3100',
    ],
    [
      'robots',
      { fetchedAt_ms: 1, expiresAt_ms: 2, status: 200, body: Uint8Array.of(9, 8) },
      records.encodeRobots,
      records.decodeRobots,
      '010102c801020908',
    ],
    [
      'politeness',
      { requests: 1, lastRequest_ms: 2, smallestGap_ms: 250, restUntil_ms: 9 },
      records.encodePoliteness,
      records.decodePoliteness,
      '020102fa0109',
    ],
    [
      'tally',
      { round: 1, queued: 2, fetched: 3, bytes: 300, outcomes: { indexed: 4, trap: 200 } },
      records.encodeTally,
      records.decodeTally,
      '02010203ac0202010411c801',
    ],
  ];

  it('stand as bytes as docs/formats/crawl-records.md says', () => {
    for (const [name, value, encode, decode, bytes] of golden) {
      assert.equal(hex(encode(value as never)), bytes, name);
      assert.deepEqual(decode(new Uint8Array(Buffer.from(bytes, 'hex'))), value, name);
    }
  });

  it('of earlier versions are read', () => {
    const politeness = records.decodePoliteness(new Uint8Array(Buffer.from('010102fa01', 'hex')));
    const reply = records.decodeReply(
      new Uint8Array(Buffer.from('010601ac02ad0202020100000000000001740164', 'hex')),
    );
    assert.deepEqual([reply.detail, reply.etag, reply.history], ['d', '', NO_HISTORY]);
    assert.deepEqual(politeness, { requests: 1, lastRequest_ms: 2, smallestGap_ms: 250, restUntil_ms: 0 });
    const tally = records.decodeTally(new Uint8Array(Buffer.from('0101020302010411c801', 'hex')));
    assert.deepEqual([tally.fetched, tally.bytes, tally.outcomes.trap], [3, 0, 200]);
  });

  it('of quotas stand as they are told; a newer one is taken for none', () => {
    const bytes = encodeQuotas(7, new Map([[0x1122334455667788n, 300]]));
    assert.equal(hex(bytes), '0107018877665544332211ac02');
    assert.deepEqual(decodeQuotas(bytes), { round: 7, byRow: new Map([[0x1122334455667788n, 300]]) });
    bytes[0] = 2;
    assert.equal(decodeQuotas(bytes), undefined);
  });

  it('say so when they are damaged or too new', () => {
    for (const [name, value, encode, decode] of golden) {
      const bytes = encode(value as never);
      assert.throws(() => decode(bytes.subarray(0, bytes.length - 1)), { code: 'CORRUPT' }, name);
      assert.throws(
        () => decode(Uint8Array.of(9, ...bytes.subarray(1))),
        { code: 'UNSUPPORTED_VERSION' },
        name,
      );
    }
    assert.throws(() => records.decodeReply(Uint8Array.of(1, 99)), { code: 'CORRUPT' });
  });

  it('have keys of the width of their database', () => {
    const order = { due_ms: 5, priority: 255, addedAt_ms: 6, ordinal: 65_535 };
    assert.equal(frontierKey(place, 1).length, DATABASES.frontier.keyBytes);
    assert.equal(attemptKey(place, 17).length, DATABASES.attempts.keyBytes);
    assert.deepEqual(attemptKey(place, 17), attemptKey(place, 1));
    assert.equal(siteKey(place.host, 3).length, DATABASES.sites.keyBytes);
    assert.equal(jobKey(MAIN).length, DATABASES.meta.keyBytes);
    assert.equal(tallyKey(MAIN, place.host.slot).length, DATABASES.meta.keyBytes);
    const key = dueKey(place, order);
    assert.equal(key.length, DATABASES.due.keyBytes);
    assert.deepEqual(readDueKey(key), { ...order, hostHash: place.host.hash });
    assert.equal(
      hex(dueKey({ ...place, urlHash: 0x1122334455667788n }, order)).slice(12),
      `${place.host.hash.toString(16).padStart(16, '0')}000000000005ff000000000006ffff1122334401`,
    );
  });

  it("of a host's queue stand between the ends of their range, in order", () => {
    for (const [part, due_ms] of [
      ['now', 0],
      ['later', 1],
      ['later', 2 ** 48 - 1],
    ] as const) {
      const { start, end } = dueRange(MAIN, place.host, part);
      for (const priority of [0, 255]) {
        const key = dueKey(place, { due_ms, priority, addedAt_ms: 9, ordinal: 9 });
        assert.ok(compareBytes(start, key) <= 0 && compareBytes(key, end) <= 0, `${part} ${due_ms}`);
      }
    }
    assert.ok(
      compareBytes(dueRange(MAIN, place.host, 'now').end, dueRange(MAIN, place.host, 'later').start) < 0,
    );
  });

  it('are numbered in the documents as in the code', () => {
    const document = readFileSync(new URL('../../docs/formats/crawl-records.md', import.meta.url), 'utf8');
    for (const [, number, outcome] of document.matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)) {
      assert.equal(
        records.decodeReply(Uint8Array.of(1, Number(number), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
          .outcome,
        outcome,
      );
    }
    assert.equal([...document.matchAll(/^\| \d+ \| `[a-z-]+` \|/gm)].length, 19);
  });
});
