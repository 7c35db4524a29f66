import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  codeIs,
  keyOf,
  numberOf,
  numbersIn,
  openNumbered,
  putNumbers,
  valueOf,
} from '../../testing/numbered-store.ts';
import { isPeregrineError, ManualClock, PeregrineError, seededRandom } from '../base/index.ts';
import { FaultyDisk, MemoryDisk } from '../disk/index.ts';
import type { DerivedState } from './index.ts';

describe('A store whose disk fails', () => {
  it('never brings back a refused batch that an opening did not hold', async () => {
    // What became of the bytes of a write that failed is up to chance.
    for (let seed = 1; seed <= 40; seed++) {
      let disk = new FaultyDisk({ seed });
      const first = await openNumbered(disk);
      await putNumbers(first, 1);
      disk.addFault({ effect: 'io-error', operation: 'sync', times: 1 });
      await assert.rejects(
        putNumbers(first, 2),
        (error) => isPeregrineError(error, 'READ_ONLY') || isPeregrineError(error, 'IO'),
      );
      await first.close();
      disk = disk.crash();
      const second = await openNumbered(disk);
      assert.deepEqual(await numbersIn(second), [1]);
      // The power goes while the first write after that opening is under way.
      disk.crashAt(disk.calls + 1 + (seed % 12));
      await assert.rejects(putNumbers(second, 3));
      const third = await openNumbered(disk.crash());
      const found = await numbersIn(third);
      assert.ok(!found.includes(2), `seed ${seed}: ${found.join()}`);
    }
  });

  it('leaves no part behind when a flush fails after parts were written', async () => {
    const disk = new MemoryDisk();
    const refusing: DerivedState = {
      number: 1,
      memory_bytes: 1,
      open: async () => undefined,
      apply: () => undefined,
      flush: async () => {
        throw new PeregrineError('DISK_FULL', 'There is no room for what is derived.');
      },
      flushed: () => undefined,
      close: async () => undefined,
    };
    const store = await openNumbered(disk, { derived: [refusing] });
    await putNumbers(store, 1, 2, 3);
    const before = await disk.list('store/parts');
    await assert.rejects(store.flush(), codeIs('DISK_FULL'));
    assert.deepEqual(await disk.list('store/parts'), before);
    assert.deepEqual(await numbersIn(store), [1, 2, 3]);
    await store.close().catch(() => undefined);
  });

  it('says that the disk is full, still reads, and takes up again when there is room', async () => {
    const clock = new ManualClock();
    const disk = new FaultyDisk();
    const store = await openNumbered(disk, { clock });
    await putNumbers(store, 1);
    disk.addFault({ effect: 'disk-full', times: 400 });
    const big = valueOf(2, 60_000);
    const append = (): Promise<unknown> =>
      store.append({ records: [{ database: 'links', key: keyOf(2), value: big }] });
    await assert.rejects(append(), codeIs('DISK_FULL'));
    await assert.rejects(append(), codeIs('DISK_FULL'));
    assert.deepEqual(await numbersIn(store), [1]);
    assert.match(store.status().readOnly ?? '', /disk is full/);
    for (let tries = 0; tries < 500 && store.status().readOnly !== undefined; tries++) {
      await clock.advance(2_000);
      await append().catch(() => undefined);
    }
    assert.deepEqual(await numbersIn(store), [1, 2]);
    await store.close();
  });

  it('goes on in a fresh log file after a failed sync, and loses nothing that was acknowledged', async () => {
    const clock = new ManualClock();
    let disk = new FaultyDisk();
    const store = await openNumbered(disk, { clock });
    await putNumbers(store, 1);
    disk.addFault({ effect: 'lost-sync', operation: 'sync', path: /\.log$/, times: 1 });
    await assert.rejects(putNumbers(store, 2), codeIs('IO'));
    await putNumbers(store, 3);
    disk = disk.crash();
    const after = await openNumbered(disk);
    assert.deepEqual(await numbersIn(after), [1, 3]);
    await after.close();
  });

  it('stays read-only while nothing can be written, and says why', async () => {
    const clock = new ManualClock();
    const disk = new FaultyDisk();
    const store = await openNumbered(disk, { clock });
    await putNumbers(store, 1);
    disk.addFault({ effect: 'io-error', operation: 'write' });
    await assert.rejects(putNumbers(store, 2), codeIs('IO'));
    for (let i = 0; i < 3; i++) {
      await clock.advance(2_000);
      await assert.rejects(putNumbers(store, 2), codeIs('READ_ONLY'));
    }
    assert.equal(numberOf(await store.get('links', keyOf(1))), 1);
  });

  it('says which keys a damaged page takes away, and reads the others', async () => {
    const disk = new FaultyDisk();
    const store = await openNumbered(disk, {
      mergesItself: false,
      part_bytes: 2 ** 20,
      memory_bytes: 2 ** 20,
      logCap_bytes: 2 ** 20,
    });
    const random = seededRandom(1);
    for (let i = 0; i < 40; i++) {
      const value = valueOf(i, 3_000).map(() => random.below(256));
      await store.append({ records: [{ database: 'links', key: keyOf(i), value }] });
    }
    await store.flush();
    disk.flipBit('store/parts/0000000001.part', 50_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => store.get('links', keyOf(i))),
    );
    const lost = outcomes.filter(({ status }) => status === 'rejected');
    assert.ok(lost.length > 0 && lost.length < 15, `${lost.length} of 40 lost`);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert(codeIs('CORRUPT')(outcome.reason));
    await assert.rejects(numbersIn(store), codeIs('CORRUPT'));
    await store.close();
  });
});
