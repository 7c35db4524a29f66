import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinearMemory } from './linear-memory.ts';
import { PageFrames } from './page-frames.ts';
import { PAGE_BYTES } from './segment-format.ts';

const PAGES = 2_000;

/** Frames for `count` pages, and a file of which each page holds its own number. */
function bench(count: number): {
  readonly frames: PageFrames;
  readonly number: number;
  readonly read: (page: number) => void;
  readonly loads: number[];
} {
  const memory = new LinearMemory();
  const frames = new PageFrames(memory, count * PAGE_BYTES);
  const table = memory.allocateZeroed(PAGES * 4);
  const loads: number[] = [];
  const number = frames.add(() => ({
    name: 'a file',
    table,
    readPage: (page, into) => {
      loads.push(page);
      into.fill(page % 251);
    },
  }));
  const read = (page: number): void => {
    const known = memory.words[(table >> 2) + page] as number;
    const address = known === 0 ? frames.load(number, page) : known;
    assert.equal(memory.bytes[address], page % 251);
  };
  return { frames, number, read, loads };
}

describe('Frames of pages', () => {
  it('are few where pages are read on the way through', () => {
    const { frames, read } = bench(1_000);
    for (let page = 0; page < PAGES; page++) frames.passing(() => read(page));
    assert.ok(frames.held_bytes <= 129 * PAGE_BYTES, `${frames.held_bytes / PAGE_BYTES} frames`);
    for (let page = 0; page < PAGES; page++) read(page);
    assert.equal(frames.held_bytes, 1_000 * PAGE_BYTES);
  });

  it('keep what is used again, of those who read on the way through too', () => {
    const { frames, read, loads } = bench(1_000);
    for (let page = 0; page < 400; page++) read(page);
    for (let page = 400; page < PAGES; page++) frames.passing(() => read(page));
    const before = loads.length;
    for (let page = 0; page < 400; page++) read(page);
    assert.equal(loads.length, before, 'nothing had to go for a merge');
  });

  it('forget a file whose pages were passed by', () => {
    const { frames, number, read } = bench(64);
    for (let page = 0; page < 100; page++) frames.passing(() => read(page));
    frames.remove(number);
    const held = frames.held_bytes;
    assert.throws(() => read(101));
    assert.equal(frames.held_bytes, held);
  });
});
