import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fuzzTransfer } from '../../testing/transfer-mutants.ts';

test('two thousand mutated title files, archives and bundles: reading ends, errors are typed, no document is invented', async () => {
  const report = await fuzzTransfer(2_000, 4711);
  assert.equal(report.mutants, 2_000);
  assert(report.documents > 2_000 && report.failures > 100 && report.lost_bytes > 0);
});
