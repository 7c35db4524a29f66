import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { codeIs, keyOf, numberOf, openNumbered, putNumbers, valueOf } from '../../testing/numbered-store.ts';
import { ByteWriter } from '../base/index.ts';
import { FaultyDisk, MemoryDisk } from '../disk/index.ts';

describe('Batches of a store', () => {
  it('builds batches in order, each reading what all before it wrote, and shares their syncs', async () => {
    const slow = { effect: 'stall', operation: 'sync', stall_ms: 1 } as const;
    const store = await openNumbered(new FaultyDisk({ plan: { faults: [slow] } }));
    await putNumbers(store, 0);
    const before = store.status().counters['logSyncs'] ?? 0;
    const increment = (): Promise<number | null> =>
      store.sequence(async (reads) => {
        const count = numberOf(await reads.get('links', keyOf(7))) ?? 0;
        assert.equal(reads.seq, count + 2);
        return { records: [{ database: 'links', key: keyOf(7), value: valueOf(count + 1) }] };
      });
    const seqs = await Promise.all(Array.from({ length: 200 }, increment));
    assert.deepEqual(
      seqs,
      Array.from({ length: 200 }, (_, i) => i + 2),
    );
    assert.equal(numberOf(await store.get('links', keyOf(7))), 200);
    const syncs = (store.status().counters['logSyncs'] ?? 0) - before;
    assert.ok(syncs < 100, `${syncs} syncs for 200 batches`);
    await store.close();
  });

  it('shows a deletion that is on its way to the builds behind it', async () => {
    const store = await openNumbered(new MemoryDisk());
    await putNumbers(store, 1);
    const removal = store.append({ records: [{ database: 'links', key: keyOf(1), value: undefined }] });
    let seen: unknown = 'nothing';
    const reading = store.sequence(async (reads) => {
      seen = await reads.get('links', keyOf(1));
      return null;
    });
    assert.equal(await reading, null);
    assert.equal(seen, undefined);
    await removal;
    await store.close();
  });

  it('tells nobody what it read of a batch that was taken back', async () => {
    const disk = new FaultyDisk();
    const store = await openNumbered(disk);
    await putNumbers(store, 1);
    disk.addFault({ effect: 'lost-sync', operation: 'sync', path: /\.log$/, times: 1 });
    const lost = putNumbers(store, 2);
    let seen: number | undefined;
    const reading = store.sequence(async (reads) => {
      seen = numberOf(await reads.get('links', keyOf(2)));
      return null;
    });
    await assert.rejects(lost, codeIs('IO'));
    await assert.rejects(reading);
    assert.equal(seen, 2);
    await store.close();
  });

  it('takes batches of many megabytes', async () => {
    const disk = new MemoryDisk();
    const store = await openNumbered(disk);
    const value = new ByteWriter(20_000_000).raw(new Uint8Array(20_000_000).fill(7)).finish();
    await store.append({ records: [{ database: 'titles', key: keyOf(1, 'titles'), value }] });
    const after = await openNumbered(disk);
    assert.equal((await after.get('titles', keyOf(1, 'titles')))?.length, value.length);
    await after.flush();
    assert.equal((await after.get('titles', keyOf(1, 'titles')))?.length, value.length);
    await after.close();
  });
});
