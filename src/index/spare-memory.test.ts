import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { type DiskFile, MemoryDisk } from '../disk/index.ts';
import { PageStream } from './page-stream.ts';
import { HEAD_WORDS, PAGE_BYTES } from './segment-format.ts';
import { giveBlock, givePages, releaseSpareSegmentMemory, takeBlock, takePage } from './spare-memory.ts';
import { SpillList } from './spill-list.ts';

const WORDS = 300_000;

afterEach(releaseSpareSegmentMemory);

/** Somebody else who takes what is there, and writes into it. */
function scribble(): void {
  const block = takeBlock();
  new Uint8Array(block).fill(9);
  giveBlock(block);
}

function streamOf(words: Int32Array): PageStream {
  const stream = new PageStream();
  stream.append(words, 0, words.length);
  stream.finish(new Int32Array(HEAD_WORDS));
  return stream;
}

test('a page that is used again holds nothing of what was there', () => {
  givePages([new Uint8Array(PAGE_BYTES).fill(7)]);
  assert.ok(takePage().every((byte) => byte === 0));
});

test('a piece of a list is nobody else’s while it is looked at', async () => {
  const disk = new MemoryDisk();
  const list = new SpillList();
  for (let i = 0; i < WORDS; i++) list.push(i);
  await list.spill(disk, 'spill', 1000);
  const read: number[] = [];
  for await (const piece of list.all()) {
    scribble();
    for (const word of piece) read.push(word);
  }
  assert.ok(read.length === WORDS && read.every((word, i) => word === i));
  await list.discard(disk);
});

test('pages are nobody else’s while they are written', async () => {
  const words = Int32Array.from({ length: WORDS }, (_, i) => i);
  const expected = Buffer.concat(streamOf(words).pages);
  const disk = new MemoryDisk();
  const file = await disk.open('segment', 'create');
  const write: DiskFile['write'] = async (bytes, offset) => {
    await Promise.resolve();
    scribble();
    await file.write(bytes, offset);
  };
  await streamOf(words).finishFile(Object.assign(Object.create(file) as DiskFile, { write }));
  const found = new Uint8Array(expected.length);
  assert.equal(await file.read(found, 0), expected.length);
  assert.ok(expected.equals(found));
  await file.close();
});
