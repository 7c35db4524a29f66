/**
 * Pages and larger blocks that writers of segments use again, one after the other. Kept small: V8 collects all of its heap for
 * every ten megabytes of new arrays, so that arrays used again save more than their bytes.
 */

import { PAGE_BYTES } from './segment-format.ts';

export const BLOCK_BYTES: number = 2 ** 20;
const MOST_PAGES = 256;
/** As many as a writer holds back, of positions and of records, with one on its way to the file and one back from another. */
const MOST_BLOCKS = 12;

const pages: Uint8Array[] = [];
const blocks: ArrayBuffer[] = [];

/** A page of zeros. */
export function takePage(): Uint8Array {
  const page = pages.pop();
  return page?.fill(0) ?? new Uint8Array(PAGE_BYTES);
}

/** Nobody looks at them any more. */
export function givePages(given: readonly Uint8Array[]): void {
  for (const page of given) if (pages.length < MOST_PAGES) pages.push(page);
}

/** {@link BLOCK_BYTES} with whatever was there before. */
export function takeBlock(): ArrayBuffer {
  return blocks.pop() ?? new ArrayBuffer(BLOCK_BYTES);
}

/** Nobody looks at it any more. */
export function giveBlock(block: ArrayBuffer): void {
  if (blocks.length < MOST_BLOCKS) blocks.push(block);
}

/** Gives all of it back to the system: nothing is written any more. */
export function releaseSpareSegmentMemory(): void {
  pages.length = 0;
  blocks.length = 0;
}
