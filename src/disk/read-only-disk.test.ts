import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError } from '../base/index.ts';
import { MemoryDisk, ReadOnlyDisk } from './index.ts';

async function written(): Promise<{ disk: MemoryDisk; reading: ReadOnlyDisk }> {
  const disk = new MemoryDisk();
  const file = await disk.open('kept', 'create');
  await file.write(Uint8Array.of(1, 2, 3), 0);
  await file.close();
  return { disk, reading: new ReadOnlyDisk(disk) };
}

const isRefusal = (error: unknown): boolean => isPeregrineError(error, 'READ_ONLY');

describe('A disk that is only read', () => {
  it('gives what the disk behind it holds', async () => {
    const { reading } = await written();
    assert.deepEqual(await reading.list(''), ['kept']);
    assert.deepEqual(await reading.stat('kept'), { size_bytes: 3 });
    const into = new Uint8Array(3);
    const file = await reading.open('kept', 'read');
    assert.equal(await file.read(into, 0), 3);
    await assert.rejects(file.write(into, 0));
    await file.close();
    assert.deepEqual([...into], [1, 2, 3]);
  });

  it('refuses what would change it', async () => {
    const { reading } = await written();
    await assert.rejects(reading.open('kept', 'write'), isRefusal);
    await assert.rejects(reading.open('new', 'create'), isRefusal);
    await assert.rejects(reading.rename('kept'), isRefusal);
    await assert.rejects(reading.link('kept', 'again'), isRefusal);
  });

  it('leaves in its place what an opening would make or clear away', async () => {
    const { disk, reading } = await written();
    await reading.remove();
    await reading.makeDirectory();
    await reading.syncDirectory();
    assert.deepEqual(await disk.list(''), ['kept']);
  });
});
