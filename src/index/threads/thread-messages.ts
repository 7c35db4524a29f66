/** What the main thread and a query thread say to each other: plain data, many searches at a time. */

import type { ErrorCode, ErrorFacts, WasmMemory } from '../../base/index.ts';
import type { IndexHits, IndexQuery } from '../index-query.ts';
import type { PlacedSegment } from '../segment-reader.ts';
import type { PackedHits } from './packed-hits.ts';

/** A range of linear memory that is a thread's own. */
export interface MemoryRange {
  readonly address: number;
  readonly size_bytes: number;
}

/** The memory of a shard's index, as a thread joins it. */
export interface LentMemory {
  readonly memory: number;
  readonly wasm: WasmMemory<SharedArrayBuffer>;
  /** The thread's words in it: see THREADS in kernels/layout.ts. */
  readonly place: number;
  /** For programs, scratch, bits of filters. */
  readonly arena: MemoryRange;
  /** Frames for pages that the shared ones lack. */
  readonly frames: MemoryRange;
  /** For unpacked columns. */
  readonly columns_bytes: number;
}

/** A segment, as a thread reads it: a file by the number that the system knows it by, or pages that all stand in memory. */
export interface LentSegment extends PlacedSegment {
  readonly descriptorOfFile: number | undefined;
}

/** One search, over segments and live bits of one view: their owner holds them until it is answered. */
export interface ThreadSearch {
  readonly id: number;
  readonly memory: number;
  readonly query: IndexQuery;
  readonly segments: readonly number[];
  readonly liveBits: readonly number[];
  /** A part of a search: address of the threshold that all parts share. 0: a whole search. */
  readonly shared: number;
}

export interface ThreadRequest {
  readonly joined: readonly LentMemory[];
  readonly left: readonly number[];
  readonly lent: readonly { readonly memory: number; readonly segment: LentSegment }[];
  readonly returned: readonly { readonly memory: number; readonly segment: number }[];
  readonly searches: readonly ThreadSearch[];
}

/** What was thrown, as plain data. */
export interface ThreadError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

/** `isPacked`: it is the next of the reply's packed ones. */
export type ThreadAnswer =
  | { readonly id: number; readonly isPacked: true }
  | { readonly id: number; readonly hits: IndexHits }
  | { readonly id: number; readonly error: ThreadError };

/** A page that a thread read into a frame of its own, there until its next request. */
export interface ReadPage {
  readonly memory: number;
  readonly segment: number;
  readonly page: number;
  readonly address: number;
}

export interface ThreadReply {
  readonly answers: readonly ThreadAnswer[];
  readonly packed: PackedHits;
  readonly pages: readonly ReadPage[];
}
