import assert from 'node:assert/strict';
import { test } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { decodeEntry, encodeEntry } from './audit-trail.ts';
import { openEngine } from './open-engine.ts';
import { decodeSample, encodeSample, STATISTICS_KEPT_MS, STATISTICS_STEP_MS } from './statistics.ts';

const NOON_MS = 1_772_625_600_000;

test('statistics and the audit trail outlive the process, and the old leave', async (t) => {
  const dataDirectory = temporaryDirectory(t);
  const first = await openEngine({ dataDirectory });
  const long_ago = NOON_MS - STATISTICS_KEPT_MS - 10 * STATISTICS_STEP_MS;
  await first.statistics.append({ at_ms: long_ago, values: { documents: 1 } });
  await first.statistics.append({ at_ms: NOON_MS + 999, values: { documents: 2 } });
  await first.statistics.append({ at_ms: NOON_MS + 1_000, values: { documents: 3, 'search.p99_ms': 4.5 } });
  for (let n = 0; n < 3; n++) {
    const entry = {
      at_ms: NOON_MS + n,
      who: 'admin',
      from: '',
      what: 'POST /crawl',
      status: 200,
      about: `${n}`,
    };
    await first.audit.append(entry);
  }
  await first.close();

  const second = await openEngine({ dataDirectory });
  await second.statistics.append({ at_ms: NOON_MS + STATISTICS_STEP_MS, values: { documents: 4 } });
  assert.deepEqual(await second.statistics.read(0, NOON_MS + 2 * STATISTICS_STEP_MS), [
    { at_ms: NOON_MS, values: { documents: 3, 'search.p99_ms': 4.5 } },
    { at_ms: NOON_MS + STATISTICS_STEP_MS, values: { documents: 4 } },
  ]);
  const entries = await second.audit.recent(2);
  assert.deepEqual(
    entries.map(({ about }) => about),
    ['2', '1'],
  );
  await second.close();
});

test('the bytes of a sample and of an audit entry stay what they are', () => {
  const sample = encodeSample({ documents: 3 });
  assert.equal(Buffer.from(sample).toString('hex'), '010109646f63756d656e74730000000000000840');
  assert.deepEqual(decodeSample(sample), { documents: 3 });
  const entry = { at_ms: 1, who: 'admin', from: '::1', what: 'POST /crawl', status: 200, about: 'main' };
  const bytes = encodeEntry(entry);
  assert.equal(
    Buffer.from(bytes).toString('hex'),
    '01000000000000f03fc8000561646d696e033a3a310b504f5354202f637261776c046d61696e',
  );
  assert.deepEqual(decodeEntry(bytes), entry);
});
