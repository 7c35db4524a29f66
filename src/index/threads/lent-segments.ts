/**
 * Searches of one shard's memory on query threads: which segments each thread knows, the pieces of memory that are lent
 * to it, and since when no thread can hold the address of a frame.
 */

import { must } from '../../base/index.ts';
import type { IndexHits, IndexQuery } from '../index-query.ts';
import { asksOfFields } from '../field-search.ts';
import { MOST_THREADS, T_CANCELLED, T_MOMENT, THREAD_BYTES, THREADS } from '../kernels/layout.ts';
import type { LinearMemory } from '../linear-memory.ts';
import type { PageFrames } from '../page-frames.ts';
import { COLUMN_SHARE } from '../query-memory.ts';
import { mergeParts } from '../score-search.ts';
import { PAGE_BYTES } from '../segment-format.ts';
import type { PlacedSegment } from '../segment-reader.ts';
import type { QueryThreads, ThreadedMemory } from './query-threads.ts';
import type { LentMemory, LentSegment, ReadPage, ThreadRequest, ThreadSearch } from './thread-messages.ts';

/** Address space of a thread in each shard's memory; what is not used takes no memory. */
const ARENA_BYTES = 4 * 2 ** 20;
const FRAMES = 64;
const SHARED_BYTES = 64;
const NO_THRESHOLD = -1;

/** The memory of a shard. */
export interface LendingMemory {
  readonly linear: LinearMemory;
  readonly frames: PageFrames;
}

export interface LendableSegment extends PlacedSegment {
  readonly isLendable: boolean;
  lend(): LentSegment;
}

/** A segment to search on a thread, held by the caller until it is answered. */
export interface LentEntry {
  readonly segment: LendableSegment;
  readonly liveBits: number;
}

interface LentThread {
  readonly memory: LentMemory;
  isJoined: boolean;
  readonly known: Set<number>;
  returned: number[];
}

export class LentSegments implements ThreadedMemory {
  readonly number: number;
  readonly #memory: LendingMemory;
  readonly #threads: QueryThreads;
  readonly #lent = new Map<number, LentThread>();
  readonly #segments = new Map<number, LentSegment>();
  #searches = 0;
  #isLeaving = false;

  constructor(memory: LendingMemory, threads: QueryThreads, number: number) {
    this.#memory = memory;
    this.#threads = threads;
    this.number = number;
  }

  /** Whether a search is long enough, and all of its segments can be read by others. */
  takes(query: IndexQuery, entries: readonly LentEntry[]): boolean {
    return (
      postingsOf(query, entries) >= this.#threads.longPostings &&
      entries.every(({ segment }) => segment.isLendable)
    );
  }

  /** Throws what the search throws, and `UNAVAILABLE` or `OUT_OF_MEMORY` where no thread could make it. */
  async search(query: IndexQuery, entries: readonly LentEntry[], signal?: AbortSignal): Promise<IndexHits> {
    this.#searches += 1;
    try {
      return await this.#search(query, entries, signal);
    } finally {
      this.#searches -= 1;
      this.#leaveWhenDone();
    }
  }

  async #search(query: IndexQuery, entries: readonly LentEntry[], signal?: AbortSignal): Promise<IndexHits> {
    for (const { segment } of entries) {
      if (!this.#segments.has(segment.number)) this.#segments.set(segment.number, segment.lend());
    }
    const parts = this.#partsOf(query, entries);
    if (parts.length === 1) return this.#threads.search(this, searchOf(query, entries, 0), signal);
    const { linear } = this.#memory;
    const shared = linear.allocate(SHARED_BYTES);
    linear.floats[shared >> 3] = NO_THRESHOLD;
    // All of them end before what they share goes.
    const settled = await Promise.allSettled(
      parts.map((part) => this.#threads.search(this, searchOf(query, part, shared), signal)),
    );
    linear.free(shared);
    return mergeParts(
      query,
      settled.map((part) => {
        if (part.status === 'rejected') throw part.reason;
        return part.value;
      }),
    );
  }

  /** The segment's memory goes; no search is in it. */
  forget(segment: number): void {
    this.#segments.delete(segment);
    for (const { known, returned } of this.#lent.values()) if (known.delete(segment)) returned.push(segment);
  }

  /** Nothing more will be searched; threads forget the memory when what they are at is done. */
  leave(): void {
    this.#isLeaving = true;
    this.#leaveWhenDone();
  }

  #leaveWhenDone(): void {
    if (this.#isLeaving && this.#searches === 0) this.#threads.leave(this);
  }

  news(
    thread: number,
    searches: readonly ThreadSearch[],
  ): Pick<ThreadRequest, 'joined' | 'lent' | 'returned'> {
    const lent = this.#lent.get(thread) ?? this.#join(thread);
    const joined = lent.isJoined ? [] : [lent.memory];
    lent.isJoined = true;
    const returned = lent.returned.map((segment) => ({ memory: this.number, segment }));
    lent.returned = [];
    const fresh = [...new Set(searches.flatMap(({ segments }) => segments))].filter(
      (segment) => !lent.known.has(segment),
    );
    for (const segment of fresh) lent.known.add(segment);
    const given = fresh.map((segment) => ({
      memory: this.number,
      segment: must(this.#segments.get(segment), 'a segment that is lent'),
    }));
    return { joined, returned, lent: given };
  }

  adopt(pages: readonly ReadPage[]): void {
    for (const { segment, page, address } of pages) this.#memory.frames.adopt(segment, page, address);
  }

  cancel(thread: number, isCancelled: boolean): void {
    Atomics.store(this.#memory.linear.words, (placeOf(thread) + T_CANCELLED) >> 2, isCancelled ? 1 : 0);
  }

  ended(thread: number): void {
    const lent = this.#lent.get(thread);
    if (lent === undefined) return;
    this.#lent.delete(thread);
    // It may have been in a search: even says that it is no more.
    Atomics.store(this.#memory.linear.words, (placeOf(thread) + T_MOMENT) >> 2, 0);
    this.cancel(thread, false);
    this.#memory.linear.free(lent.memory.arena.address);
    this.#memory.linear.free(lent.memory.frames.address);
  }

  #join(thread: number): LentThread {
    const { linear, frames } = this.#memory;
    const memory: LentMemory = {
      memory: this.number,
      wasm: linear.memory as LentMemory['wasm'],
      place: placeOf(thread),
      arena: { address: linear.allocate(ARENA_BYTES), size_bytes: ARENA_BYTES },
      frames: { address: linear.allocate(FRAMES * PAGE_BYTES), size_bytes: FRAMES * PAGE_BYTES },
      columns_bytes: (frames.limit_bytes * COLUMN_SHARE) / this.#threads.count,
    };
    const lent = { memory, isJoined: false, known: new Set<number>(), returned: [] };
    this.#lent.set(thread, lent);
    return lent;
  }

  /** One a thread that is idle where the search is very long, of about as many documents each. */
  #partsOf(query: IndexQuery, entries: readonly LentEntry[]): readonly (readonly LentEntry[])[] {
    const count = Math.min(this.#threads.idle, entries.length);
    const isWhole =
      asksOfFields(query) || query.limit === 0 || postingsOf(query, entries) < this.#threads.splitPostings;
    if (count < 2 || isWhole) return [entries];
    const parts = Array.from({ length: count }, () => ({ documents: 0, entries: [] as LentEntry[] }));
    const largestFirst = entries.toSorted((a, b) => b.segment.head.documents - a.segment.head.documents);
    for (const entry of largestFirst) {
      const part = parts.reduce((least, one) => (one.documents < least.documents ? one : least));
      part.documents += entry.segment.head.documents;
      part.entries.push(entry);
    }
    return parts.map((part) => part.entries);
  }
}

/** What each thread of a memory is at: when none can hold the address of a frame any more. */
export class ThreadMoments {
  readonly #memory: LinearMemory;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Now: one number a thread. */
  now(): Int32Array {
    return Int32Array.from({ length: MOST_THREADS }, (_, thread) => this.#of(thread));
  }

  /** Whether each thread that was in a search at `moment` has left it, or held no address at some time since. */
  hasPassed(moment: Int32Array): boolean {
    return moment.every((then, thread) => then % 2 === 0 || this.#of(thread) !== then);
  }

  #of(thread: number): number {
    return Atomics.load(this.#memory.words, (placeOf(thread) + T_MOMENT) >> 2);
  }
}

function placeOf(thread: number): number {
  return THREADS + thread * THREAD_BYTES;
}

function searchOf(
  query: IndexQuery,
  entries: readonly LentEntry[],
  shared: number,
): Omit<ThreadSearch, 'id' | 'memory'> {
  return {
    query,
    segments: entries.map(({ segment }) => segment.number),
    liveBits: entries.map(({ liveBits }) => liveBits),
    shared,
  };
}

/** About how many postings the search has to do with. */
function postingsOf(query: IndexQuery, entries: readonly LentEntry[]): number {
  const { documentFrequencies, surfaceFrequencies } = query.statistics;
  const scored = [...documentFrequencies, ...surfaceFrequencies].reduce((sum, count) => sum + count, 0);
  // Of conditions nothing is known; fields are looked at document by document.
  const isOpen = asksOfFields(query) || query.required.length > query.scored.length || scored === 0;
  return isOpen ? scored + entries.reduce((sum, { segment }) => sum + segment.head.documents, 0) : scored;
}
