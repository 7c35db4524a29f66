/** The memory of a shard's index with everything that lives in it: page frames, kernels that write, what queries compute with. */

import { isPeregrineError, type LogSink, silentLog } from '../base/index.ts';
import { createWritingKernels, type KernelKind, type WriteKernels } from './kernel-host.ts';
import { LinearMemory } from './linear-memory.ts';
import { PageFrames } from './page-frames.ts';
import { COLUMN_SHARE, QueryMemory } from './query-memory.ts';
import { LentSegments, ThreadMoments } from './threads/lent-segments.ts';
import type { QueryThreads } from './threads/query-threads.ts';

/** What an index may be given of the program around it. */
export interface IndexSurroundings {
  readonly log?: LogSink;
  readonly threads?: QueryThreads | undefined;
  readonly pause?: (() => Promise<void>) | undefined;
}

/**
 * Of the memory for pages: with documents that wait and postings that are filed for a segment it comes to about so much. As it grew, V8
 * collected its heap each time.
 */
const EXPECTED_SHARE = 3;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class IndexMemory extends QueryMemory {
  declare readonly linear: LinearMemory;
  readonly frames: PageFrames;
  /** What inverts documents and merges segments. */
  readonly writing: WriteKernels;
  /** Where query threads compute on it, too. */
  readonly lent: LentSegments | undefined;
  readonly #log: LogSink;
  /** Files and pages whose damage was reported. */
  readonly #reported = new Set<string>();

  /** Between two steps of work that nobody waits for. */
  readonly pause: () => Promise<void>;

  /** Kernels in TypeScript have no memory that threads could share. */
  constructor(
    memory_bytes: number,
    kind: KernelKind,
    { log = silentLog, threads, pause = nextTurn }: IndexSurroundings = {},
  ) {
    const shares = kind === 'wasm' ? threads : undefined;
    const linear = new LinearMemory(shares !== undefined, EXPECTED_SHARE * memory_bytes);
    const frames = new PageFrames(linear, memory_bytes);
    super(linear, frames, kind, memory_bytes * COLUMN_SHARE);
    this.frames = frames;
    this.writing = createWritingKernels(kind, linear, this.host);
    this.#log = log;
    this.pause = pause;
    if (shares !== undefined) {
      this.lent = shares.join((number) => new LentSegments(this, shares, number));
      frames.readers = new ThreadMoments(linear);
    }
  }

  /** Says once for each page that it can't be read. */
  reportDamage(error: unknown): void {
    if (!isPeregrineError(error)) return;
    const { message, facts } = error;
    const place = `${String(facts['file'])} ${String(facts['page'])}`;
    if (this.#reported.has(place)) return;
    this.#reported.add(place);
    this.#log.write('error', 'index.page-damaged', { ...facts, message });
  }
}
