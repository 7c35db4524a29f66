import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TinyEngine } from '../../testing/tiny-engine.ts';
import { diskUse, outcomeWords } from './wording.ts';

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
});
