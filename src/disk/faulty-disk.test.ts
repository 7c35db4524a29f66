import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, ManualClock, seededRandom } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import { FaultyDisk } from './index.ts';
import type { Disk } from './index.ts';

const code = (expected: ErrorCode) => (error: unknown) => isPeregrineError(error, expected);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

async function read(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  const into = new Uint8Array(await file.size());
  await file.read(into, 0);
  return into;
}

/** Makes a file whose bytes and name are durable. */
async function putDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, 'create');
  await file.write(bytes, 0);
  await file.sync();
  await file.close();
  await disk.syncDirectory(path.split('/').slice(0, -1).join('/'));
}

/** What `describe` says of the survivors of `count` crashes of the same disk. */
async function outcomes(
  disk: FaultyDisk,
  describe: (survivor: FaultyDisk) => Promise<string>,
  count = 100,
): Promise<string[]> {
  const seen = new Set<string>();
  for (let n = 0; n < count; n++) seen.add(await describe(disk.crash()));
  return [...seen].sort();
}

/** The names in each of some directories. */
async function listing(disk: Disk, ...directories: string[]): Promise<string> {
  const lists = await Promise.all(directories.map((directory) => disk.list(directory)));
  return lists.map((names) => names.join(' ')).join('|');
}

const names = (disk: Disk): Promise<string> => listing(disk, '');

const text = async (disk: Disk, path: string): Promise<string> =>
  Buffer.from(await read(disk, path)).toString();

/** The names in the root with what they hold. */
async function contents(disk: Disk): Promise<string> {
  const all = [];
  for (const name of await disk.list('')) {
    all.push(`${name}=${await text(disk, name)}`);
  }
  return all.join(' ');
}

const size = async (disk: Disk): Promise<string> => String((await read(disk, 'a')).length);

/** The file `a`, one character a sector, and a `?` where a sector is neither whole. */
async function sectors(disk: Disk): Promise<string> {
  const bytes = await read(disk, 'a');
  let all = '';
  for (let at = 0; at < bytes.length; at += 512) {
    const sector = bytes.subarray(at, at + 512);
    all += sector.every((byte) => byte === sector[0]) ? String.fromCodePoint(sector[0]!) : '?';
  }
  return all;
}

/** The first and the last character of a sector. */
async function ends(disk: Disk): Promise<string> {
  const bytes = await read(disk, 'a');
  return String.fromCodePoint(bytes[0]!, bytes[511]!);
}

async function bytesAfterCrash(seed: number): Promise<string> {
  const disk = new FaultyDisk({ seed });
  await putDurably(disk, 'a', new Uint8Array(0));
  const file = await disk.open('a', 'write');
  for (let n = 0; n < 16; n++) await file.write(filled(512, n + 1), n * 512);
  return Buffer.from(await read(disk.crash(), 'a')).toString('hex');
}

async function makeDurably(disk: Disk): Promise<void> {
  const file = await disk.open('a', 'create');
  await file.write(bytesOf('x'), 0);
  await file.sync();
  await disk.syncDirectory('');
}

const onesIn = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

describe('A crash', () => {
  it('keeps what was synced, bytes and names', async () => {
    const disk = new FaultyDisk({ seed: 3 });
    await disk.makeDirectory('d');
    await disk.syncDirectory('');
    await putDurably(disk, 'd/a', bytesOf('hello'));
    await putDurably(disk, 'd/b', filled(3000, 4));
    for (let n = 0; n < 20; n++) {
      const survivor = disk.crash();
      assert.deepEqual(await read(survivor, 'd/a'), bytesOf('hello'));
      assert.deepEqual(await read(survivor, 'd/b'), filled(3000, 4));
    }
  });

  it('may lose a name whose directory was not synced, though the bytes were', async () => {
    const disk = new FaultyDisk();
    const file = await disk.open('a', 'create');
    await file.write(bytesOf('x'), 0);
    await file.sync();
    assert.deepEqual(await outcomes(disk, names), ['', 'a']);
  });

  it('may lose a directory with all that was synced in it', async () => {
    const disk = new FaultyDisk();
    await disk.makeDirectory('d');
    await putDurably(disk, 'd/a', bytesOf('x'));
    assert.deepEqual(await outcomes(disk, (survivor) => listing(survivor, '', 'd')), ['d|a', '|']);
  });

  it('keeps, loses or tears each unsynced write by itself', async () => {
    const disk = new FaultyDisk({ seed: 5 });
    await putDurably(disk, 'a', filled(1536, 0x30));
    const file = await disk.open('a', 'write');
    await file.write(filled(1024, 0x31), 0);
    await file.write(filled(512, 0x32), 1024);
    assert.deepEqual(await outcomes(disk, sectors), ['000', '002', '010', '012', '100', '102', '110', '112']);
  });

  it('gives a sector that was written twice any of its three contents, and no mixture', async () => {
    const disk = new FaultyDisk({ seed: 6 });
    await putDurably(disk, 'a', filled(512, 0x30));
    const file = await disk.open('a', 'write');
    await file.write(filled(256, 0x31), 0);
    await file.write(filled(256, 0x32), 256);
    assert.deepEqual(await outcomes(disk, ends), ['00', '10', '12']);
  });

  it('may leave a grown file without its bytes, or without its size', async () => {
    const disk = new FaultyDisk({ seed: 8 });
    await putDurably(disk, 'a', new Uint8Array(0));
    const file = await disk.open('a', 'write');
    await file.write(filled(1024, 0x31), 0);
    assert.deepEqual(await outcomes(disk, sectors), ['', '\0\0', '\x001', '1\0', '11']);
  });

  it('may undo an unsynced cut, and never undoes a synced one', async () => {
    const disk = new FaultyDisk({ seed: 9 });
    await putDurably(disk, 'a', filled(10, 1));
    const file = await disk.open('a', 'write');
    await file.truncate(4);
    assert.deepEqual(await outcomes(disk, size), ['10', '4']);
  });

  it('shows a rename done or not done, never the old target lost', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'current', bytesOf('old'));
    await putDurably(disk, 'next', bytesOf('new'));
    await disk.rename('next', 'current');
    assert.deepEqual(await outcomes(disk, contents), ['current=new', 'current=old next=new']);
  });

  it('may bring back the old name of a file that moved to another directory', async () => {
    const disk = new FaultyDisk();
    await disk.makeDirectory('d');
    await disk.makeDirectory('e');
    await disk.syncDirectory('');
    await putDurably(disk, 'd/a', bytesOf('x'));
    await disk.rename('d/a', 'e/b');
    assert.deepEqual(await outcomes(disk, (survivor) => listing(survivor, 'd', 'e')), ['a|', '|b']);

    const half = new FaultyDisk();
    await half.makeDirectory('d');
    await half.makeDirectory('e');
    await half.syncDirectory('');
    await putDurably(half, 'd/a', bytesOf('x'));
    await half.rename('d/a', 'e/b');
    await half.syncDirectory('e');
    assert.deepEqual(await outcomes(half, (survivor) => listing(survivor, 'd', 'e')), ['a|b', '|b']);
    await assert.rejects(half.syncDirectory('d'), code('IO'));
  });

  it('never forgets a file that moved, whatever took its old name or had its new one', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'a', bytesOf('x'));
    await disk.rename('a', 'b');
    const file = await disk.open('a', 'create');
    await file.write(bytesOf('y'), 0);
    await file.sync();
    assert.deepEqual(await outcomes(disk, contents), ['a=x', 'a=y b=x', 'b=x']);

    const moved = new FaultyDisk();
    await moved.makeDirectory('d');
    await moved.syncDirectory('');
    await putDurably(moved, 'd/a', bytesOf('x'));
    await moved.open('b', 'create');
    await moved.rename('d/a', 'b');
    await moved.syncDirectory('d');
    assert.deepEqual(await outcomes(moved, async (survivor) => text(survivor, 'b')), ['x']);
  });

  it('may bring back a removed file, whole', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'a', bytesOf('x'));
    await disk.remove('a');
    assert.deepEqual(await outcomes(disk, contents), ['', 'a=x']);
  });

  it('keeps both names of a linked file one file', async () => {
    const disk = new FaultyDisk();
    await putDurably(disk, 'a', bytesOf('x'));
    await disk.link('a', 'b');
    await disk.syncDirectory('');
    const survivor = disk.crash();
    const file = await survivor.open('a', 'write');
    await file.write(bytesOf('y'), 0);
    assert.deepEqual(await read(survivor, 'b'), bytesOf('y'));
  });

  it('leaves the same for the same seed', async () => {
    assert.equal(await bytesAfterCrash(11), await bytesAfterCrash(11));
    assert.notEqual(await bytesAfterCrash(11), await bytesAfterCrash(12));
  });

  it('in the n-th call ends that call and all later ones, and the disk that comes back works', async () => {
    const rehearsal = new FaultyDisk();
    await makeDurably(rehearsal);
    assert.equal(rehearsal.calls, 4);
    for (let crashAtCall = 1; crashAtCall <= 4; crashAtCall++) {
      const disk = new FaultyDisk({ seed: crashAtCall, plan: { crashAtCall } });
      await assert.rejects(
        makeDurably(disk),
        (error: unknown) => isPeregrineError(error, 'IO') && error.facts['crashed'] === true,
      );
      assert.equal(disk.calls, crashAtCall);
      await assert.rejects(disk.list(''), code('IO'));
      const survivor = disk.crash();
      if ((await survivor.list('')).length === 0) await makeDurably(survivor);
      await survivor.remove('a');
    }
  });
});

describe('The call in which the machine stops', () => {
  it('may or may not have done its work', async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new FaultyDisk({ seed, plan: { crashAtCall: 4 } });
      await assert.rejects(makeDurably(disk), code('IO'));
      // The synced name is there in every survivor, the unsynced one in some.
      seen.add((await outcomes(disk, names, 30)).join('|'));
    }
    assert.deepEqual([...seen].sort(), ['a', '|a']);
  });
});

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
    assert.deepEqual(await read(disk, 'a'), bytesOf('new'));
    assert.deepEqual(await read(disk.crash(), 'a'), bytesOf('old'));
  });

  it('of a directory forgets the names', async () => {
    const disk = new FaultyDisk({
      plan: { faults: [{ effect: 'lost-sync', operation: 'syncDirectory', times: 1 }] },
    });
    await disk.open('a', 'create');
    await assert.rejects(disk.syncDirectory(''), code('IO'));
    await disk.syncDirectory('');
    assert.deepEqual(await outcomes(disk, names), ['']);
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
    assert.equal(onesIn(await read(disk, 'a')), 1);
    assert.equal(onesIn(await read(disk, 'a')), 0);
    assert.equal(disk.flipBit('a', 17), 17);
    assert.equal(onesIn((await read(disk, 'a')).subarray(17, 18)), 1);
    assert.equal(onesIn(await read(disk.crash(), 'a')), 1);
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
      const bytes = await read(survivor, 'current');
      const value = bytes[0] ?? -1;
      if (bytes.length !== 1500 || bytes.some((byte) => byte !== value)) wrong.push(`torn at ${crashAtCall}`);
      else if (value < acknowledged || value > acknowledged + 1) wrong.push(`${value} for ${acknowledged}`);
    }
  }
  return wrong;
}
