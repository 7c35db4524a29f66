/** A query thread: searches the segments that it is lent, over the linear memory of their shards. */

import { parentPort } from 'node:worker_threads';
import { isPeregrineError, messageOf, must } from '../../base/index.ts';
import { T_CANCELLED, T_MOMENT } from '../kernels/layout.ts';
import { QueryMemory } from '../query-memory.ts';
import { searchPart } from '../score-search.ts';
import { searchSegments } from '../search-segments.ts';
import { SegmentReader } from '../segment-reader.ts';
import { HitsPacker, isPackable } from './packed-hits.ts';
import { ThreadMemory } from './thread-memory.ts';
import type {
  LentMemory,
  LentSegment,
  ThreadAnswer,
  ThreadError,
  ThreadReply,
  ThreadRequest,
  ThreadSearch,
} from './thread-messages.ts';
import { ThreadPages } from './thread-pages.ts';

/** A shard's memory that this thread has joined. */
class JoinedMemory {
  readonly number: number;
  readonly pages: ThreadPages;
  readonly #linear: ThreadMemory;
  readonly #memory: QueryMemory;
  readonly #moment: number;
  readonly #cancelled: number;
  readonly #segments = new Map<number, SegmentReader>();

  constructor({ memory, wasm, place, arena, frames, columns_bytes }: LentMemory) {
    this.number = memory;
    this.#linear = new ThreadMemory(wasm, arena);
    this.pages = new ThreadPages(this.#linear, frames);
    this.#moment = (place + T_MOMENT) >> 2;
    this.#cancelled = (place + T_CANCELLED) >> 2;
    this.#memory = new QueryMemory(this.#linear, this.pages, 'wasm', columns_bytes, () => this.#pause());
  }

  lend(segment: LentSegment): void {
    this.pages.lend(segment);
    this.#segments.set(segment.number, new SegmentReader(this.#memory, segment));
  }

  returned(number: number): void {
    this.#segments.get(number)?.forget();
    this.#segments.delete(number);
    this.pages.returned(number);
  }

  answer({ id, query, segments, liveBits, shared }: ThreadSearch, packer: HitsPacker): ThreadAnswer {
    this.#linear.refresh();
    const searched = segments.map((number, i) => ({
      segment: must(this.#segments.get(number), 'a segment that was lent'),
      liveBits: liveBits[i] ?? 0,
    }));
    // From here until it has ended, no frame that this thread could have found is given to another page.
    Atomics.add(this.#linear.words, this.#moment, 1);
    try {
      const hits = this.#memory.within(query.deadline_ms, () =>
        shared === 0
          ? searchSegments(this.#memory, query, searched)
          : searchPart(this.#memory, query, searched, shared),
      );
      if (!isPackable(hits)) return { id, hits };
      packer.add(hits);
      return { id, isPacked: true };
    } catch (error) {
      return { id, error: errorMessageOf(this.#memory.explain(error)) };
    } finally {
      Atomics.add(this.#linear.words, this.#moment, 1);
    }
  }

  /** Kernels hold no address now; whether they are to stop. */
  #pause(): boolean {
    Atomics.add(this.#linear.words, this.#moment, 2);
    return Atomics.load(this.#linear.words, this.#cancelled) === 1;
  }
}

const port = must(parentPort, 'the thread that asks');
const joined = new Map<number, JoinedMemory>();

port.on('message', (request: ThreadRequest) => {
  port.postMessage(reply(request), []);
});

function reply({ joined: memories, left, lent, returned, searches }: ThreadRequest): ThreadReply {
  for (const memory of joined.values()) memory.pages.forget();
  for (const memory of memories) joined.set(memory.memory, new JoinedMemory(memory));
  for (const { memory, segment } of returned) joined.get(memory)?.returned(segment);
  for (const memory of left) joined.delete(memory);
  for (const { memory, segment } of lent) memoryOf(memory).lend(segment);
  const packer = new HitsPacker();
  const answers = searches.map((search) => memoryOf(search.memory).answer(search, packer));
  const pages = [...joined.values()].flatMap((memory) => memory.pages.held(memory.number));
  return { answers, packed: packer.finish(), pages };
}

function memoryOf(number: number): JoinedMemory {
  return must(joined.get(number), 'a memory that was joined');
}

function errorMessageOf(error: unknown): ThreadError {
  if (!isPeregrineError(error)) return { code: 'INTERNAL', message: messageOf(error), facts: {} };
  return { code: error.code, message: error.message, facts: error.facts };
}
