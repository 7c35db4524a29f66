import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../disk/index.ts';
import { SpillList } from './spill-list.ts';

async function filled(disk: MemoryDisk, count: number): Promise<SpillList> {
  const list = new SpillList();
  for (let i = 0; i < count; i++) {
    list.push(i);
    if (i % 1000 === 0) await list.spill(disk, 'spill', 2000);
  }
  list.append(Int32Array.of(-1, -2, -3), 1, 3);
  return list;
}

test('a list gives back what it was given, from file and memory', async () => {
  const disk = new MemoryDisk();
  const list = await filled(disk, 10_000);
  assert.equal(list.length, 10_002);
  assert.ok(((await disk.stat('spill'))?.size_bytes ?? 0) > 16_000, 'most of it is in the file');
  const words: number[] = [];
  for await (const piece of list.all()) words.push(...piece);
  assert.deepEqual(words, [...Array.from({ length: 10_000 }, (_, i) => i), -2, -3]);
  await list.discard(disk);
  assert.equal(await disk.stat('spill'), undefined);
});

test('a file that changed is CORRUPT', async () => {
  const disk = new MemoryDisk();
  const list = await filled(disk, 10_000);
  const file = await disk.open('spill', 'write');
  await file.write(Uint8Array.of(9), 4001);
  await assert.rejects(
    async () => {
      for await (const _ of list.all());
    },
    { code: 'CORRUPT' },
  );
  await file.close();
});
