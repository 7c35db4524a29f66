import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TinyEngine } from '../../testing/tiny-engine.ts';
import { addressTrail, diskUse, outcomesCounted, outcomeWords, period } from './wording.ts';

test('what is on disk is the databases and the logs of all shards', async () => {
  const engine = new TinyEngine();
  const { disk_bytes } = await engine.status();
  const shards = [{ log_bytes: 9_624 }, { log_bytes: 376 }];
  assert.deepEqual(diskUse({ disk_bytes: 0, shards }), {
    all_bytes: 10_000,
    data_bytes: 0,
    log_bytes: 10_000,
  });
  assert.equal(diskUse({ disk_bytes, shards: [] }).all_bytes, disk_bytes);
  await engine.close();
});

test('outcomes of a crawl are told in words', () => {
  assert.equal(outcomeWords('robots-forbidden'), 'forbidden by robots.txt');
  assert.equal(outcomeWords('indexed'), 'indexed');
  assert.equal(outcomesCounted('address-refused', 1), '1 private address refused');
  assert.equal(outcomesCounted('address-refused', 3), '3 private addresses refused');
  assert.equal(outcomesCounted('not-found', 1_200), '1,200 not found');
});

test('addresses that differ in nothing but what is asked of a page do not look the same', () => {
  for (const [url, folders] of [
    ['https://a.example/', []],
    ['https://a.example/?p=4', ['?p=4']],
    ['https://a.example/events/calendar?month=2024-03', ['events', 'calendar?month=2024-03']],
    ['https://a.example/a/b/c/d?x=%D1%8F', ['a', '…', 'd?x=я']],
  ] as const) {
    assert.deepEqual(addressTrail(url), { host: 'a.example', folders });
  }
});

test('a time between two is told in whole hours, or in what fits', () => {
  assert.deepEqual([86_400_000, 3_600_000, 60_000, 5_400_000].map(period), [
    '24 hours',
    '1 hour',
    '1 min',
    '1 h 30 min',
  ]);
});

test('an address without a host is told by what it is', () => {
  assert.deepEqual(addressTrail('file:///srv/notes/a.html'), {
    host: 'file:',
    folders: ['srv', 'notes', 'a.html'],
  });
});
