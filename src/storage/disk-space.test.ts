import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { keepingLog, openSmall, smallKey, smallValue } from '../../testing/tended-store.ts';
import { isPeregrineError } from '../base/index.ts';
import { type Disk, FaultyDisk } from '../disk/index.ts';
import type { MaintainedStore } from './index.ts';

const CAPACITY_BYTES = 3 * 1024 * 1024;
const RESERVE_BYTES = 512 * 1024;

async function occupy(disk: Disk, size_bytes: number): Promise<void> {
  const file = await disk.open('ballast', 'create');
  await file.allocate(size_bytes);
  await file.close();
}

/** Writes until it is refused; how many went in. */
async function writeOn(store: MaintainedStore, first: number): Promise<{ count: number; error: unknown }> {
  for (let count = 0; ; count++) {
    const number = first + count;
    try {
      await store.append({
        records: [{ database: 'links', key: smallKey(number), value: smallValue(number, 2_000) }],
      });
    } catch (error) {
      return { count, error };
    }
    assert.ok(count < 10_000, 'the disk has an end');
  }
}

describe('A disk that is nearly full', () => {
  it('stops writes with DISK_FULL before anything breaks; reads and flushes go on, and it resumes by itself', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ capacity_bytes: CAPACITY_BYTES, clock });
    const { log, events } = keepingLog();
    const store = await openSmall(disk, { clock, log, reserve_bytes: RESERVE_BYTES });
    await occupy(disk, 1024 * 1024);

    const { count, error } = await writeOn(store, 0);
    assert.ok(isPeregrineError(error, 'DISK_FULL'), String(error));
    assert.match(error.message, /nearly full/);
    assert.ok(count > 50);
    assert.ok((await disk.free_bytes()) > RESERVE_BYTES / 2, 'nothing has hit the end of the disk');
    assert.match(store.status().readOnly ?? '', /nearly full/);
    for (const number of [0, count - 1])
      assert.ok((await store.get('links', smallKey(number))) !== undefined);
    await store.flush();
    await assert.rejects(
      writeOn(store, count).then(({ error: again }) => Promise.reject(again as Error)),
      { code: 'DISK_FULL' },
    );

    await disk.remove('ballast');
    await clock.advance(2_000);
    const more = await writeOn(store, count);
    assert.ok(more.count > 50, 'it goes on without a restart');
    assert.equal(events.filter(({ event }) => event === 'storage.space-back').length >= 1, true);
    assert.ok(!events.some(({ event }) => event === 'storage.flush-failed'));
    await store.close();

    const again = await openSmall(disk, { clock, reserve_bytes: RESERVE_BYTES });
    for (let number = 0; number < count + more.count; number++) {
      assert.ok((await again.get('links', smallKey(number))) !== undefined, `record ${number}`);
    }
    await again.close();
  });

  it('is no matter while what is in memory, once it is in files, leaves room enough', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ capacity_bytes: CAPACITY_BYTES, clock });
    const { log, events } = keepingLog();
    const store = await openSmall(disk, { clock, log, reserve_bytes: RESERVE_BYTES, memory_bytes: 1 << 20 });
    for (let number = 0; number < 60; number++) {
      await store.append({
        records: [{ database: 'links', key: smallKey(number), value: smallValue(number, 2_000) }],
      });
    }
    // Room for the reserve, but not for the reserve and what is in memory.
    await occupy(disk, (await disk.free_bytes()) - RESERVE_BYTES - 150_000);
    await clock.advance(2_000);
    await store.append({ records: [{ database: 'links', key: smallKey(60), value: smallValue(60) }] });
    assert.ok(!events.some(({ event }) => event === 'storage.space-short'));
    assert.equal(store.status().memtable_bytes < 10_000, true);
    await store.close();
  });

  it('is over for who asks, as soon as there is room, without a write', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ capacity_bytes: CAPACITY_BYTES, clock });
    const store = await openSmall(disk, { clock, reserve_bytes: RESERVE_BYTES });
    await store.append({ records: [{ database: 'links', key: smallKey(0), value: smallValue(0) }] });
    await occupy(disk, (await disk.free_bytes()) - 1_000);
    await clock.advance(2_000);
    const refused = store.append({
      records: [{ database: 'links', key: smallKey(1), value: smallValue(1) }],
    });
    await assert.rejects(refused, { code: 'DISK_FULL', message: /Make room on it/ });
    await disk.remove('ballast');
    await clock.advance(2_000);
    // Whoever asks has it looked at.
    void store.status();
    await turnOfTheLoop();
    assert.equal(store.status().readOnly, undefined);
    await store.close();
  });

  it('lets a store be read and closed that is full to the last byte, and the next opening finds everything', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ capacity_bytes: CAPACITY_BYTES, clock });
    const { log, events } = keepingLog();
    const store = await openSmall(disk, { clock, log, reserve_bytes: RESERVE_BYTES });
    await store.append({ records: [{ database: 'links', key: smallKey(1), value: smallValue(1) }] });
    await occupy(disk, await disk.free_bytes());
    assert.ok((await store.get('links', smallKey(1))) !== undefined);
    await store.close();
    assert.ok(events.some(({ event }) => event === 'storage.closed-unflushed'));
    const again = await openSmall(disk, { clock, reserve_bytes: RESERVE_BYTES });
    assert.ok((await again.get('links', smallKey(1))) !== undefined);
    await again.close();
  });

  it('makes a store that had the word of the system durable as it closes, though nothing fits into files any more', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ capacity_bytes: CAPACITY_BYTES, clock });
    const settings = { clock, reserve_bytes: RESERVE_BYTES, durability: 'system' } as const;
    // So many that the log has segments behind it.
    const store = await openSmall(disk, { ...settings, segment_bytes: 16 * 1024 });
    for (let number = 0; number < 60; number++) {
      await store.append({
        records: [{ database: 'links', key: smallKey(number), value: smallValue(number, 1_000) }],
      });
    }
    await occupy(disk, await disk.free_bytes());
    await store.close();
    const after = disk.crash();
    await after.remove('ballast');
    const again = await openSmall(after, settings);
    for (let number = 0; number < 60; number++) {
      assert.ok((await again.get('links', smallKey(number))) !== undefined, `record ${number}`);
    }
    await again.close();
  });

  it('lets a store open that has something to replay, and keeps it from taking more', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ capacity_bytes: CAPACITY_BYTES, clock });
    const killed = await openSmall(disk, { clock, reserve_bytes: RESERVE_BYTES });
    await killed.append({ records: [{ database: 'links', key: smallKey(1), value: smallValue(1) }] });
    await occupy(disk, (await disk.free_bytes()) - 300 * 1024);
    const store = await openSmall(disk, { clock, reserve_bytes: RESERVE_BYTES });
    assert.ok((await store.get('links', smallKey(1))) !== undefined);
    const refused = store.append({
      records: [{ database: 'links', key: smallKey(2), value: smallValue(2) }],
    });
    await assert.rejects(refused, { code: 'DISK_FULL' });
    await store.close();
  });

  it('is no matter to a disk that does not say how full it is', async () => {
    const clock = new HastyClock();
    const disk = new FaultyDisk({ clock });
    disk.addFault({ effect: 'io-error', operation: 'free_bytes' });
    const store = await openSmall(disk, { clock });
    await store.append({ records: [{ database: 'links', key: smallKey(2), value: smallValue(2) }] });
    await store.close();
  });
});
