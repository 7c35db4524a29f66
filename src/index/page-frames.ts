/**
 * Pages of segment files in frames of the linear memory, at most so many bytes of them; the hand of a clock finds who
 * goes. Frames need no pins: a kernel uses an address only until it asks for another page.
 */

import { must } from '../base/index.ts';
import { PAGE_SHIFT, REFERENCED } from './kernels/layout.ts';
import type { LinearMemory } from './linear-memory.ts';
import { PAGE_BYTES } from './segment-format.ts';

/** Whose pages can be loaded. */
export interface PageSource {
  /** For messages. */
  readonly name: string;
  /** Address of its page table: one word a page, the frame's address or 0. */
  readonly table: number;
  /** Fills `into` with a page whose checksum is right, or throws `CORRUPT` or `IO`. */
  readPage(page: number, into: Uint8Array): void;
}

interface Frame {
  readonly address: number;
  source: number;
  page: number;
  /** Its page was read on the way through, see {@link PageFrames.passing}. */
  isPassing: boolean;
}

/** Other threads that may hold a frame's address: since when none does. */
export interface FrameReaders {
  now(): Int32Array;
  hasPassed(moment: Int32Array): boolean;
}

/** A frame whose page is in no table any more, and the moment of that. */
interface LeavingFrame {
  readonly frame: Frame;
  readonly moment: Int32Array;
}

/** So many frames leave at once, so that the first of them is free before it is needed. */
const LEAVING = 64;
/** Between two looks whether threads have passed. */
const PAUSE_MS = 0.05;
/** Frames of those who read each page once: a merge has a few places in each of its sources. */
const PASSING_FRAMES = 128;
/** Fewer could not serve a query. */
const LEAST_FRAMES = 8;

export class PageFrames {
  readonly #memory: LinearMemory;
  readonly #limit: number;
  readonly #sources = new Map<number, PageSource>();
  readonly #frames: Frame[] = [];
  /** Frames whose page is no longer wanted. */
  readonly #idle: Frame[] = [];
  readonly #leaving: LeavingFrame[] = [];
  /** Frames of pages read on the way through, the oldest first. */
  readonly #passed: Frame[] = [];
  #isPassing = false;
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  /** Set where other threads compute on the memory. */
  readers: FrameReaders | undefined;
  #hand = 0;
  #nextSource = 1;
  pagesRead = 0;

  constructor(memory: LinearMemory, memory_bytes: number) {
    this.#memory = memory;
    this.#limit = Math.max(LEAST_FRAMES, Math.floor(memory_bytes / PAGE_BYTES));
  }

  get limit_bytes(): number {
    return this.#limit * PAGE_BYTES;
  }

  get held_bytes(): number {
    return this.#frames.length * PAGE_BYTES;
  }

  /** Number under which kernels ask for the pages of `source`. */
  add(makeSource: (number: number) => PageSource): number {
    const number = this.#nextSource++;
    this.#sources.set(number, makeSource(number));
    return number;
  }

  nameOf(number: number): string | undefined {
    return this.#sources.get(number)?.name;
  }

  /** Forgets a source and its pages; the page table is its owner's to free. */
  remove(number: number): void {
    this.#sources.delete(number);
    for (const frame of this.#frames) {
      if (frame.source !== number) continue;
      frame.source = 0;
      this.#idle.push(frame);
    }
  }

  load(number: number, page: number): number {
    const source = must(this.#sources.get(number), 'the segment of a page');
    const frame = this.#passedBy() ?? this.#idle.pop() ?? this.#take();
    frame.source = 0;
    try {
      source.readPage(page, this.#memory.bytes.subarray(frame.address, frame.address + PAGE_BYTES));
    } catch (error) {
      this.#idle.push(frame);
      throw error;
    }
    this.pagesRead += 1;
    this.#show(frame, number, source, page);
    return frame.address;
  }

  /** Copies a page that another thread has read, checked, to `address`, unless it is here. */
  adopt(number: number, page: number, address: number): void {
    const source = this.#sources.get(number);
    if (source === undefined || this.#memory.words[(source.table >> 2) + page] !== 0) return;
    const frame = this.#idle.pop() ?? this.#take();
    this.#memory.bytes.copyWithin(frame.address, address, address + PAGE_BYTES);
    this.pagesRead += 1;
    this.#show(frame, number, source, page);
  }

  #show(frame: Frame, number: number, { table }: PageSource, page: number): void {
    frame.source = number;
    frame.page = page;
    frame.isPassing = this.#isPassing;
    if (frame.isPassing) this.#passed.push(frame);
    // Whoever sees the address sees the page.
    Atomics.store(this.#memory.words, (table >> 2) + page, frame.address);
    this.#memory.bytes[REFERENCED + (frame.address >> PAGE_SHIFT)] = 1;
  }

  /**
   * Runs what reads pages once and in order, as merges do: they take each other's frames, so that neither memory grows nor
   * what searches use has to go for them.
   */
  passing<T>(work: () => T): T {
    // Where other threads read, frames change hands by the moments of those.
    this.#isPassing = this.readers === undefined;
    try {
      return work();
    } finally {
      this.#isPassing = false;
    }
  }

  /** The oldest frame of a page that was passed and not used lately, once there are enough. */
  #passedBy(): Frame | undefined {
    if (!this.#isPassing) return undefined;
    while (this.#passed.length >= Math.min(PASSING_FRAMES, this.#limit >> 1)) {
      const frame = must(this.#passed.shift(), 'a frame that was passed');
      // It has gone to somebody else meanwhile.
      if (!frame.isPassing || frame.source === 0) continue;
      if (!this.#isUsed(frame)) return this.#empty(frame);
      this.#passed.push(frame);
    }
    return undefined;
  }

  #take(): Frame {
    if (this.#frames.length < this.#limit) {
      const frame = { address: this.#memory.allocate(PAGE_BYTES), source: 0, page: 0, isPassing: false };
      this.#frames.push(frame);
      return frame;
    }
    if (this.readers === undefined) return this.#unload();
    // Frames that leave together have one moment.
    if (this.#leaving.length === 0) {
      const frames = Array.from({ length: Math.min(LEAVING, this.#limit >> 2) }, () => this.#unload());
      const moment = this.readers.now();
      for (const frame of frames) this.#leaving.push({ frame, moment });
    }
    const { frame, moment } = must(this.#leaving.shift(), 'a frame that leaves');
    // Threads pass many times a millisecond, and wait for nobody.
    while (!this.readers.hasPassed(moment)) Atomics.wait(this.#pause, 0, 0, PAUSE_MS);
    return frame;
  }

  /** The first frame that was not used for a turn of the hand, its page in no table any more. */
  #unload(): Frame {
    for (;;) {
      this.#hand = (this.#hand + 1) % this.#frames.length;
      const frame = must(this.#frames[this.#hand], 'a frame');
      if (frame.source === 0) continue;
      if (!this.#isUsed(frame)) return this.#empty(frame);
    }
  }

  /** Whether it was used since it was asked last. */
  #isUsed({ address }: Frame): boolean {
    const mark = REFERENCED + (address >> PAGE_SHIFT);
    const isUsed = this.#memory.bytes[mark] === 1;
    this.#memory.bytes[mark] = 0;
    return isUsed;
  }

  /** Takes its page out of the table. */
  #empty(frame: Frame): Frame {
    const owner = must(this.#sources.get(frame.source), 'the segment of a frame');
    Atomics.store(this.#memory.words, (owner.table >> 2) + frame.page, 0);
    frame.source = 0;
    return frame;
  }
}
