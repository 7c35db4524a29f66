import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { PendingBatches } from './pending-batches.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('The bytes of a batch that is applied are let go, though others are under way', async () => {
  const pending = new PendingBatches();
  const add = (seq: number): WeakRef<Uint8Array> => {
    const payload = new Uint8Array(1000);
    pending.add({ seq, payload, names: undefined });
    return new WeakRef(payload);
  };
  const first = add(1);
  const second = add(2);
  pending.remove(1);
  await setTimeout(1);
  collectGarbage();
  assert.equal(first.deref(), undefined);
  assert.equal(second.deref()?.length, 1000);
  assert.deepEqual([pending.count, pending.size_bytes], [1, 1000]);
});
