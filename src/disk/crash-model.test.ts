/** What a crash may leave of a disk: everything that the syncs so far allow, and nothing else. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { bytesOf, filled, putDurably, readWhole } from '../../testing/disk-files.ts';
import { isPeregrineError } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import { FaultyDisk } from './index.ts';
import type { Disk } from './index.ts';

const code = (expected: ErrorCode) => (error: unknown) => isPeregrineError(error, expected);

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
  Buffer.from(await readWhole(disk, path)).toString();

/** The names in the root with what they hold. */
async function contents(disk: Disk): Promise<string> {
  const all = [];
  for (const name of await disk.list('')) {
    all.push(`${name}=${await text(disk, name)}`);
  }
  return all.join(' ');
}

const size = async (disk: Disk): Promise<string> => String((await readWhole(disk, 'a')).length);

/** The file `a`, one character a sector, and a `?` where a sector is neither whole. */
async function sectors(disk: Disk): Promise<string> {
  const bytes = await readWhole(disk, 'a');
  let all = '';
  for (let at = 0; at < bytes.length; at += 512) {
    const sector = bytes.subarray(at, at + 512);
    all += sector.every((byte) => byte === sector[0]) ? String.fromCodePoint(sector[0]!) : '?';
  }
  return all;
}

/** The first and the last character of a sector. */
async function ends(disk: Disk): Promise<string> {
  const bytes = await readWhole(disk, 'a');
  return String.fromCodePoint(bytes[0]!, bytes[511]!);
}

async function bytesAfterCrash(seed: number): Promise<string> {
  const disk = new FaultyDisk({ seed });
  await putDurably(disk, 'a', new Uint8Array(0));
  const file = await disk.open('a', 'write');
  for (let n = 0; n < 16; n++) await file.write(filled(512, n + 1), n * 512);
  return Buffer.from(await readWhole(disk.crash(), 'a')).toString('hex');
}

async function makeDurably(disk: Disk): Promise<void> {
  const file = await disk.open('a', 'create');
  await file.write(bytesOf('x'), 0);
  await file.sync();
  await disk.syncDirectory('');
}

describe('A crash', () => {
  it('keeps what was synced, bytes and names', async () => {
    const disk = new FaultyDisk({ seed: 3 });
    await disk.makeDirectory('d');
    await disk.syncDirectory('');
    await putDurably(disk, 'd/a', bytesOf('hello'));
    await putDurably(disk, 'd/b', filled(3000, 4));
    for (let n = 0; n < 20; n++) {
      const survivor = disk.crash();
      assert.deepEqual(await readWhole(survivor, 'd/a'), bytesOf('hello'));
      assert.deepEqual(await readWhole(survivor, 'd/b'), filled(3000, 4));
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
    assert.deepEqual(await readWhole(survivor, 'b'), bytesOf('y'));
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
