import assert from 'node:assert/strict';
import { existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import * as fc from 'fast-check';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import { FaultyDisk, MemoryDisk, openRealDisk, RealDisk } from './index.ts';
import type { Disk, DiskFile } from './index.ts';
import { RealFile } from './real-file.ts';

const makers: Readonly<Record<string, (test: Pick<TestContext, 'after'>) => Promise<Disk>>> = {
  RealDisk: (test) => openRealDisk(temporaryDirectory(test)),
  MemoryDisk: async () => new MemoryDisk(),
  FaultyDisk: async () => new FaultyDisk({ seed: 7 }),
};

const code = (expected: ErrorCode) => (error: unknown) => isPeregrineError(error, expected);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function put(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.open(path, 'create');
  await file.write(bytesOf(text), 0);
  await file.sync();
  await file.close();
}

async function all(file: DiskFile): Promise<Uint8Array> {
  const into = new Uint8Array(await file.size());
  assert.equal(await file.read(into, 0), into.length);
  return into;
}

async function text(disk: Disk, path: string): Promise<string> {
  const file = await disk.open(path, 'read');
  try {
    return new TextDecoder().decode(await all(file));
  } finally {
    await file.close();
  }
}

for (const [name, make] of Object.entries(makers)) {
  describe(`A ${name}, as every disk,`, () => {
    it('gives back what was written, in place and beyond the end', async (t) => {
      const disk = await make(t);
      const file = await disk.open('a', 'create');
      await file.write(bytesOf('hello'), 0);
      await file.write(bytesOf('J'), 0);
      await file.write(bytesOf('!'), 7);
      await file.write(new Uint8Array(0), 100);
      assert.deepEqual(await all(file), bytesOf('Jello\0\0!'));
      const part = new Uint8Array(3);
      assert.equal(file.readSync(part, 1), 3);
      assert.deepEqual(part, bytesOf('ell'));
      await file.close();
    });

    it('gives back what was written while the thread waited, durably or not', async (t) => {
      const disk = await make(t);
      const file = await disk.open('a', 'create');
      file.writeSync(bytesOf('hello'), 0);
      file.writeDurablySync(bytesOf('J'), 0);
      await file.writeDurably(bytesOf('!'), 5);
      assert.deepEqual(await all(file), bytesOf('Jello!'));
      await file.close();
      assert.throws(() => file.writeSync(bytesOf('x'), 0), code('CLOSED'));
      assert.throws(() => file.writeDurablySync(bytesOf('x'), 0), code('CLOSED'));
    });

    it('reads less only where the file ends', async (t) => {
      const disk = await make(t);
      await put(disk, 'a', 'hello');
      const file = await disk.open('a', 'read');
      const into = new Uint8Array(8).fill(7);
      assert.equal(await file.read(into, 3), 2);
      assert.deepEqual([...into], [108, 111, 7, 7, 7, 7, 7, 7]);
      assert.equal(file.readSync(into, 5), 0);
      assert.equal(await file.read(into, 500), 0);
      await file.close();
    });

    it('reads into shared memory', async (t) => {
      const disk = await make(t);
      await put(disk, 'a', 'hello');
      const file = await disk.open('a', 'read');
      const into = new Uint8Array(new SharedArrayBuffer(16), 4, 8);
      assert.equal(await file.read(into.subarray(0, 5), 0), 5);
      assert.equal(file.readSync(into.subarray(5), 0), 3);
      assert.equal(Buffer.from(into).toString(), 'hellohel');
      await file.close();
    });

    it('opens for reading and writing only what exists, and creates only what does not', async (t) => {
      const disk = await make(t);
      await assert.rejects(disk.open('a', 'read'), code('NOT_FOUND'));
      await assert.rejects(disk.open('a', 'write'), code('NOT_FOUND'));
      await assert.rejects(disk.open('no/a', 'create'), code('NOT_FOUND'));
      await put(disk, 'a', 'x');
      await assert.rejects(disk.open('a', 'create'), code('ALREADY_EXISTS'));
      await disk.makeDirectory('d');
      for (const mode of ['read', 'write'] as const) await assert.rejects(disk.open('d', mode), code('IO'));
      const file = await disk.open('a', 'read');
      await assert.rejects(file.write(bytesOf('y'), 0), code('IO'));
      await assert.rejects(file.truncate(0), code('IO'));
      await file.close();
      assert.equal(await text(disk, 'a'), 'x');
    });

    it('says what a file and its offset were in an error', async (t) => {
      const disk = await make(t);
      await put(disk, 'a', 'x');
      const file = await disk.open('a', 'read');
      await assert.rejects(file.write(bytesOf('y'), 12), (error: unknown) => {
        assert.ok(isPeregrineError(error, 'IO'));
        assert.deepEqual(
          { ...error.facts },
          { file: 'a', offset: 12, operation: 'write', system_code: 'EBADF' },
        );
        return true;
      });
      await file.close();
    });

    it('refuses a closed file, and closes twice without complaint', async (t) => {
      const disk = await make(t);
      const file = await disk.open('a', 'create');
      await file.close();
      await file.close();
      await assert.rejects(file.read(new Uint8Array(1), 0), code('CLOSED'));
      assert.throws(() => file.readSync(new Uint8Array(1), 0), code('CLOSED'));
      await assert.rejects(file.write(new Uint8Array(1), 0), code('CLOSED'));
      await assert.rejects(file.sync(), code('CLOSED'));
      await assert.rejects(file.size(), code('CLOSED'));
    });

    it('finishes what is under way before it closes a file', async (t) => {
      const disk = await make(t);
      const file = await disk.open('a', 'create');
      const block = new Uint8Array(2 ** 20).fill(9);
      const underWay = [file.write(block, 0), file.allocate(8 * block.length)];
      await file.close();
      await Promise.all(underWay);
      assert.equal((await disk.stat('a'))?.size_bytes, 8 * block.length);
    });

    it('grows with zeros and cuts', async (t) => {
      const disk = await make(t);
      const file = await disk.open('a', 'create');
      await file.write(bytesOf('hello'), 0);
      await file.allocate(3);
      assert.equal(await file.size(), 5);
      await file.allocate(2 ** 20 + 17);
      assert.equal(await file.size(), 2 ** 20 + 17);
      const tail = new Uint8Array(6).fill(1);
      assert.equal(await file.read(tail, 3), 6);
      assert.deepEqual(tail, bytesOf('lo\0\0\0\0'));
      await file.truncate(2);
      await file.truncate(4);
      assert.deepEqual(await all(file), bytesOf('he\0\0'));
      await file.sync();
      await file.close();
    });

    it('tells sizes, and undefined for what is not there', async (t) => {
      const disk = await make(t);
      await disk.makeDirectory('d');
      await put(disk, 'd/a', 'hello');
      assert.deepEqual(await disk.stat('d/a'), { size_bytes: 5 });
      assert.deepEqual(await disk.stat('d'), { size_bytes: 0 });
      assert.equal(await disk.stat('d/b'), undefined);
      assert.equal(await disk.stat('x/y'), undefined);
    });

    it('lists names sorted, and nothing where no directory is', async (t) => {
      const disk = await make(t);
      await disk.makeDirectory('d/e/f');
      await disk.makeDirectory('d/e');
      for (const name of ['b', 'a', 'C', '10', '9']) await put(disk, `d/e/${name}`, '');
      assert.deepEqual(await disk.list('d/e'), ['10', '9', 'C', 'a', 'b', 'f']);
      assert.deepEqual(await disk.list(''), ['d']);
      assert.deepEqual(await disk.list('nowhere'), []);
      await assert.rejects(disk.list('d/e/a'), code('IO'));
    });

    it('makes no directory where a file is', async (t) => {
      const disk = await make(t);
      await put(disk, 'a', '');
      await assert.rejects(disk.makeDirectory('a'), code('ALREADY_EXISTS'));
    });

    it('renames over what stood there, and open files keep what they opened', async (t) => {
      const disk = await make(t);
      await put(disk, 'a', 'new');
      await put(disk, 'b', 'old');
      const file = await disk.open('b', 'read');
      await disk.rename('a', 'b');
      assert.equal(await text(disk, 'b'), 'new');
      assert.deepEqual(await all(file), bytesOf('old'));
      assert.deepEqual(await disk.list(''), ['b']);
      await assert.rejects(disk.rename('a', 'c'), code('NOT_FOUND'));
      await disk.rename('b', 'b');
      assert.equal(await text(disk, 'b'), 'new');
      await file.close();
    });

    it('renames directories with all they hold, but not into themselves', async (t) => {
      const disk = await make(t);
      await disk.makeDirectory('d');
      await disk.makeDirectory('full');
      await put(disk, 'd/a', 'x');
      await put(disk, 'full/a', 'y');
      await disk.rename('d', 'e');
      assert.equal(await text(disk, 'e/a'), 'x');
      await assert.rejects(disk.rename('e', 'e/f'), code('IO'));
      await assert.rejects(disk.rename('e', 'full'), code('IO'));
      await assert.rejects(disk.rename('e/a', 'full'), code('IO'));
    });

    it('removes files and empty directories, and what is not there without complaint', async (t) => {
      const disk = await make(t);
      await disk.makeDirectory('d');
      await put(disk, 'd/a', 'x');
      const file = await disk.open('d/a', 'write');
      await assert.rejects(disk.remove('d'), code('IO'));
      await disk.remove('d/a');
      await disk.remove('d/a');
      await disk.remove('x/y/z');
      assert.deepEqual(await all(file), bytesOf('x'));
      await file.close();
      await disk.remove('d');
      assert.deepEqual(await disk.list(''), []);
    });

    it('links a second name to the same file', async (t) => {
      const disk = await make(t);
      await put(disk, 'a', 'x');
      await disk.link('a', 'b');
      await disk.remove('a');
      assert.equal(await text(disk, 'b'), 'x');
      await disk.link('b', 'same');
      // As POSIX has it: a rename between two names of one file does nothing.
      await disk.rename('b', 'same');
      assert.deepEqual(await disk.list(''), ['b', 'same']);
      await put(disk, 'c', '');
      await assert.rejects(disk.link('b', 'c'), code('ALREADY_EXISTS'));
      await assert.rejects(disk.link('nothing', 'd'), code('NOT_FOUND'));
    });

    it('syncs a directory that exists', async (t) => {
      const disk = await make(t);
      await disk.makeDirectory('d');
      await disk.syncDirectory('d');
      await disk.syncDirectory('');
      await assert.rejects(disk.syncDirectory('e'), code('NOT_FOUND'));
      assert.ok((await disk.free_bytes()) > 0);
    });

    it('never leaves its root', async (t) => {
      const disk = await make(t);
      for (const path of ['../a', '/etc/passwd', 'a/../../b', 'a//b', 'a\0b', './a']) {
        await assert.rejects(async () => disk.open(path, 'read'), code('BAD_ARGUMENT'), path);
        await assert.rejects(async () => disk.stat(path), code('BAD_ARGUMENT'), path);
      }
    });

    it('holds any sequence of writes, cuts and growths as an array would', async (t) => {
      const disk = await make(t);
      const change = fc.oneof(
        fc.record({ at: fc.nat(9000), length: fc.nat(5000), value: fc.nat(255) }),
        fc.record({ cut: fc.nat(12_000) }),
        fc.record({ grow: fc.nat(12_000) }),
      );
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
          round += 1;
          const file = await disk.open(`file-${round}`, 'create');
          let model = new Uint8Array(0);
          const resize = (size: number): void => {
            const next = new Uint8Array(size);
            next.set(model.subarray(0, size));
            model = next;
          };
          for (const step of changes) {
            if ('cut' in step) {
              await file.truncate(step.cut);
              resize(step.cut);
            } else if ('grow' in step) {
              await file.allocate(step.grow);
              resize(Math.max(step.grow, model.length));
            } else {
              await file.write(new Uint8Array(step.length).fill(step.value), step.at);
              if (step.length > 0) resize(Math.max(model.length, step.at + step.length));
              model.fill(step.value, step.at, step.at + step.length);
            }
          }
          assert.ok(Buffer.from(await all(file)).equals(model));
          await file.close();
        }),
        { numRuns: 40 },
      );
    });
  });
}

describe('A RealDisk', () => {
  it('says DISK_FULL where the system has no space', { skip: !existsSync('/dev/full') }, async () => {
    const file = await new RealDisk('/dev').open('full', 'write');
    await assert.rejects(file.write(new Uint8Array(5000), 0), code('DISK_FULL'));
    // Of several disks a person must know which: the words name the whole path, the facts the disk's own.
    const refused = file.write(new Uint8Array(1), 0);
    await assert.rejects(refused, { message: /^write of "\/dev\/full" failed\. / });
    await file.close();
  });

  it('makes its root, and knows where the system finds a path', async (t) => {
    const root = join(temporaryDirectory(t), 'deep', 'root');
    const disk = await openRealDisk(root);
    await put(disk, 'a', 'x');
    assert.equal(readFileSync(disk.systemPath('a'), 'utf8'), 'x');
    await assert.rejects(openRealDisk(join(root, 'a')), code('ALREADY_EXISTS'));
  });

  it('writes durably in two steps where the system knows no opening for one', async (t) => {
    const path = join(temporaryDirectory(t), 'a');
    const file = RealFile.adopt('a', path, openSync(path, 'wx+'), 'create', false);
    await file.writeDurably(bytesOf('hello'), 0);
    file.writeDurablySync(bytesOf('J'), 0);
    assert.deepEqual(await all(file), bytesOf('Jello'));
    await file.close();
    assert.throws(() => file.writeDurablySync(bytesOf('x'), 0), code('CLOSED'));
  });

  it('occupies the space that it allocates', async (t) => {
    const disk = await openRealDisk(temporaryDirectory(t));
    const file = await disk.open('a', 'create');
    await file.allocate(3 * 2 ** 20 + 5);
    await file.sync();
    await file.close();
    assert.ok(statSync(disk.systemPath('a')).blocks * 512 >= 3 * 2 ** 20);
  });
});

describe('A MemoryDisk', () => {
  it('is full at its capacity, and has room again after a removal', async () => {
    const disk = new MemoryDisk({ capacity_bytes: 100 });
    await put(disk, 'a', 'x'.repeat(60));
    const file = await disk.open('b', 'create');
    await assert.rejects(file.write(new Uint8Array(41), 0), code('DISK_FULL'));
    await assert.rejects(file.allocate(41), code('DISK_FULL'));
    assert.equal(await file.size(), 0);
    await file.write(new Uint8Array(40), 0);
    assert.equal(await disk.free_bytes(), 0);
    await disk.link('a', 'c');
    await disk.remove('a');
    assert.equal(await disk.free_bytes(), 0);
    await disk.remove('c');
    await file.allocate(100);
    assert.equal(await disk.free_bytes(), 0);
    await file.truncate(1);
    assert.equal(await disk.free_bytes(), 99);
    await put(disk, 'd', 'x'.repeat(50));
    await disk.rename('d', 'b');
    assert.equal(await disk.free_bytes(), 50);
    await file.allocate(1000);
    assert.equal(await disk.free_bytes(), 50);
  });
});
