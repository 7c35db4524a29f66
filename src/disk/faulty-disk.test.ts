import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { bytesOf, filled, putDurably, readWhole } from '../../testing/disk-files.ts';
import { isPeregrineError, ManualClock, seededRandom } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import { FaultyDisk } from './index.ts';
import type { Disk } from './index.ts';

const code = (expected: ErrorCode) => (error: unknown) => isPeregrineError(error, expected);

const onesIn = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

describe('A sync that fails', () => {
  it('forgets the bytes: the next one succeeds, and they are gone after a crash', async () => {
    const disk = new FaultyDisk({
      plan: { faults: [{ effect: 'lost-sync', operation: 'sync', atCall: 6 }] },
    });
    await putDurably(disk, 'a', bytesOf('old'));
    const file = await disk.open('a', 'write');
    await file.write(bytesOf('new'), 0);
    disk.addFault({ effect: 'lost-sync', path: 'a', times: 1 });
    await assert.rejects(file.sync(), code('IO'));
    await file.sync();
    assert.deepEqual(await readWhole(disk, 'a'), bytesOf('new'));
    assert.deepEqual(await readWhole(disk.crash(), 'a'), bytesOf('old'));
  });

  it('of a directory forgets the names', async () => {
    const disk = new FaultyDisk({
      plan: { faults: [{ effect: 'lost-sync', operation: 'syncDirectory', times: 1 }] },
    });
    await disk.open('a', 'create');
    await assert.rejects(disk.syncDirectory(''), code('IO'));
    await disk.syncDirectory('');
    for (let n = 0; n < 100; n++) assert.deepEqual(await disk.crash().list(''), []);
  });
});

describe('A durable write that makes its file grow', () => {
  it('is there after a crash, all of it', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'a', bytesOf('old'));
    const file = await disk.open('a', 'write');
    await file.writeDurably(bytesOf(' and new'), 3);
    file.writeSync(bytesOf(' and lost, or not'), 11);
    for (let n = 0; n < 20; n++) {
      const found = await readWhole(disk.crash(), 'a');
      assert.deepEqual(found.subarray(0, 11), bytesOf('old and new'));
    }
  });
});

describe('A fault', () => {
  it('strikes the call that it names, once where it says so', async () => {
    const disk = new FaultyDisk({ plan: { faults: [{ effect: 'io-error', atCall: 2 }] } });
    const file = await disk.open('a', 'create');
    await assert.rejects(file.write(bytesOf('x'), 0), code('IO'));
    await file.write(bytesOf('x'), 0);
    disk.addFault({ effect: 'io-error', operation: 'read', times: 2 });
    assert.throws(() => file.readSync(new Uint8Array(1), 0), code('IO'));
    await assert.rejects(file.read(new Uint8Array(1), 0), code('IO'));
    assert.equal(file.readSync(new Uint8Array(1), 0), 1);
  });

  it('strikes a path, a pattern of paths or a range of bytes', async () => {
    const disk = new FaultyDisk({
      plan: {
        faults: [
          { effect: 'io-error', path: 'a', range: [100, 200] },
          { effect: 'io-error', path: /^b/, operation: 'write' },
        ],
      },
    });
    const a = await disk.open('a', 'create');
    await a.write(filled(100, 1), 0);
    await assert.rejects(a.write(filled(2, 1), 99), code('IO'));
    await a.write(filled(2, 1), 200);
    assert.equal(await a.read(new Uint8Array(100), 0), 100);
    await assert.rejects(a.read(new Uint8Array(1), 199), code('IO'));
    const b = await disk.open('b1', 'create');
    await assert.rejects(b.write(filled(1, 1), 0), code('IO'));
  });

  it('of a full disk may leave the front of a write', async () => {
    const sizes = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new FaultyDisk({ seed, plan: { faults: [{ effect: 'disk-full', operation: 'write' }] } });
      const file = await disk.open('a', 'create');
      await assert.rejects(file.write(filled(4, 1), 0), code('DISK_FULL'));
      sizes.add(await file.size());
    }
    assert.ok(sizes.size > 2 && Math.max(...sizes) <= 4);
    const small = new FaultyDisk({ capacity_bytes: 10 });
    const file = await small.open('a', 'create');
    await assert.rejects(file.allocate(11), code('DISK_FULL'));
    assert.equal(await small.crash().free_bytes(), 10);
  });

  it('turns one bit in what a read returns, or in what lies there for good', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'a', filled(64, 0));
    disk.addFault({ effect: 'bit-flip', times: 1 });
    assert.equal(onesIn(await readWhole(disk, 'a')), 1);
    assert.equal(onesIn(await readWhole(disk, 'a')), 0);
    assert.equal(disk.flipBit('a', 17), 17);
    assert.equal(onesIn((await readWhole(disk, 'a')).subarray(17, 18)), 1);
    assert.equal(onesIn(await readWhole(disk.crash(), 'a')), 1);
  });

  it('shortens a read', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'a', filled(64, 1));
    const file = await disk.open('a', 'read');
    disk.addFault({ effect: 'short-read', times: 1 });
    assert.ok((await file.read(new Uint8Array(64), 0)) < 64);
    assert.equal(await file.read(new Uint8Array(64), 0), 64);
  });

  it('stalls a call for no longer than it says', async () => {
    const clock = new ManualClock();
    const disk = new FaultyDisk({ clock, plan: { faults: [{ effect: 'stall', stall_ms: 50, times: 2 }] } });
    let isDone = false;
    const opened = disk.open('a', 'create').then(() => (isDone = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isDone, false);
    await clock.advance(50);
    await opened;
    const listed = disk.list('');
    disk.crash();
    const refused = assert.rejects(listed, code('IO'));
    await clock.advance(50);
    await refused;
  });
});

describe('A protocol on a faulty disk', () => {
  it('that writes aside, syncs, renames and syncs the directory survives a crash in every call', async () => {
    assert.deepEqual(await tortured((disk, value) => replace(disk, value, { syncsBytes: true })), []);
  });

  it('that forgets to sync is caught', async () => {
    const wrong = await tortured((disk, value) => replace(disk, value, { syncsBytes: false }));
    assert.ok(wrong.length > 0);
  });
});

async function replace(disk: Disk, value: number, { syncsBytes }: { syncsBytes: boolean }): Promise<void> {
  await disk.remove('next');
  const file = await disk.open('next', 'create');
  await file.write(filled(1500, value), 0);
  if (syncsBytes) await file.sync();
  await file.close();
  await disk.rename('next', 'current');
  await disk.syncDirectory('');
}

/** Crashes `replace` in every call under several seeds; returns what was wrong with what came back. */
async function tortured(replace: (disk: Disk, value: number) => Promise<void>): Promise<string[]> {
  const wrong: string[] = [];
  const random = seededRandom(1);
  for (let crashAtCall = 4; crashAtCall < 20; crashAtCall++) {
    for (let round = 0; round < 12; round++) {
      const disk = new FaultyDisk({ seed: random.below(2 ** 31) });
      await putDurably(disk, 'current', filled(1500, 0));
      disk.crashAt(crashAtCall + 1);
      let acknowledged = 0;
      try {
        for (let value = 1; value <= 3; value++) {
          await replace(disk, value);
          acknowledged = value;
        }
      } catch (error) {
        assert.ok(isPeregrineError(error, 'IO'));
      }
      const survivor = disk.crash();
      const bytes = await readWhole(survivor, 'current');
      const value = bytes[0] ?? -1;
      if (bytes.length !== 1500 || bytes.some((byte) => byte !== value)) wrong.push(`torn at ${crashAtCall}`);
      else if (value < acknowledged || value > acknowledged + 1) wrong.push(`${value} for ${acknowledged}`);
    }
  }
  return wrong;
}
