/**
 * Pages that a query thread finds missing: read into frames of its own, from which the main thread, which alone moves
 * shared frames, takes them over when the thread has answered.
 */

import { must, PeregrineError } from '../../base/index.ts';
import { readDescriptor } from '../../disk/index.ts';
import type { PageLoader } from '../query-memory.ts';
import { PAGE_BYTES } from '../segment-format.ts';
import { readFilePage } from '../segment-page.ts';
import type { ThreadMemory } from './thread-memory.ts';
import type { LentSegment, MemoryRange, ReadPage } from './thread-messages.ts';

/** Pages of a segment: more than any has. */
const MOST_PAGES = 2 ** 22;

export class ThreadPages implements PageLoader {
  readonly #linear: ThreadMemory;
  readonly #frames: MemoryRange;
  readonly #segments = new Map<number, LentSegment>();
  /** Address of each page that is here, the oldest first. */
  readonly #held = new Map<number, number>();
  #taken = 0;
  pagesRead = 0;

  constructor(linear: ThreadMemory, frames: MemoryRange) {
    this.#linear = linear;
    this.#frames = frames;
  }

  lend(segment: LentSegment): void {
    this.#segments.set(segment.number, segment);
  }

  returned(number: number): void {
    this.#segments.delete(number);
  }

  nameOf(number: number): string | undefined {
    return this.#segments.get(number)?.name;
  }

  load(number: number, page: number): number {
    const key = number * MOST_PAGES + page;
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const { name, head, descriptorOfFile } = must(this.#segments.get(number), 'the segment of a page');
    if (descriptorOfFile === undefined) {
      throw new PeregrineError('INTERNAL', 'A page of a segment in memory is missing.', { name, page });
    }
    const address = this.#frame();
    const into = this.#linear.bytes.subarray(address, address + PAGE_BYTES);
    const file = { readSync: (to: Uint8Array, at: number) => readDescriptor(descriptorOfFile, name, to, at) };
    readFilePage(file, name, head.pages, page, into);
    this.#held.set(key, address);
    this.pagesRead += 1;
    return address;
  }

  /** The pages that are here; they stay until {@link forget}. */
  held(memory: number): ReadPage[] {
    return Array.from(this.#held, ([key, address]) => ({
      memory,
      segment: Math.floor(key / MOST_PAGES),
      page: key % MOST_PAGES,
      address,
    }));
  }

  /** The main thread has what it wanted. */
  forget(): void {
    this.#held.clear();
    this.#taken = 0;
  }

  /** A frame that is free, or that of the page which came first. */
  #frame(): number {
    const count = Math.floor(this.#frames.size_bytes / PAGE_BYTES);
    if (this.#taken < count) {
      this.#taken += 1;
      return this.#frames.address + (this.#taken - 1) * PAGE_BYTES;
    }
    const [key, address] = must(this.#held.entries().next().value, 'a page in a frame');
    this.#held.delete(key);
    return address;
  }
}
