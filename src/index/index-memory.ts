/** The memory of a shard's index with everything that lives in it: kernels, page frames, scratch of queries. */

import { isPeregrineError, type LogSink, must, silentLog, webAssembly } from '../base/index.ts';
import { ColumnCache } from './columns/column-cache.ts';
import { createKernels, type KernelKind, type Kernels, type WriteKernels } from './kernel-host.ts';
import { growBuffer } from './growing-buffers.ts';
import { LinearMemory } from './linear-memory.ts';
import { NormTables } from './norm-tables.ts';
import { PageFrames } from './page-frames.ts';
import { ProgramWriter } from './program-writer.ts';
import { corruptSegment } from './segment-format.ts';

/** Scratch buffers that kernels and queries share; none is used across an await. */
const SCRATCH_BUFFERS = 4;
const LEAST_SCRATCH_BYTES = 4096;
/** Unpacked columns may take this much more than the frames' memory. */
const COLUMN_SHARE = 0.25;

export class IndexMemory {
  readonly linear: LinearMemory = new LinearMemory();
  readonly frames: PageFrames;
  readonly norms: NormTables;
  /** Unpacked columns of fields, beside the frames. */
  readonly columns: ColumnCache;
  readonly kernels: Kernels;
  /** What inverts documents and merges segments. */
  readonly writing: WriteKernels;
  readonly programs: ProgramWriter;
  readonly #log: LogSink;
  /** Files and pages whose damage was reported. */
  readonly #reported = new Set<string>();
  readonly #scratch = Array.from({ length: SCRATCH_BUFFERS }, () => ({ address: 0, size_bytes: 0 }));
  /** When the running query has to stop, on the monotonic clock. */
  #expiry_ms: number = Infinity;

  constructor(memory_bytes: number, kind: KernelKind, log: LogSink = silentLog) {
    this.#log = log;
    this.frames = new PageFrames(this.linear, memory_bytes);
    this.columns = new ColumnCache(memory_bytes * COLUMN_SHARE);
    this.norms = new NormTables(this.linear);
    const { reading, writing } = createKernels(kind, this.linear, {
      loadPage: (segment, page) => this.frames.load(segment, page),
      isExpired: () => (this.#expiry_ms !== Infinity && performance.now() > this.#expiry_ms ? 1 : 0),
      scratch: (which, words) => this.scratch(which, words * 4),
      grow: (buffer, words) => growBuffer(this.linear, buffer, words),
    });
    this.kernels = reading;
    this.writing = writing;
    this.programs = new ProgramWriter(this);
  }

  /** Address of a scratch buffer of at least `size_bytes`; what it held is lost where it has to grow. */
  scratch(which: number, size_bytes: number): number {
    const buffer = must(this.#scratch[which], 'a scratch buffer');
    if (buffer.size_bytes < size_bytes) {
      if (buffer.address !== 0) this.linear.free(buffer.address);
      buffer.size_bytes = 2 ** Math.ceil(Math.log2(Math.max(LEAST_SCRATCH_BYTES, size_bytes)));
      buffer.address = this.linear.allocate(buffer.size_bytes);
    }
    return buffer.address;
  }

  /**
   * What a failure of the kernels means. Pages hold what was written, checksums say; a trap says that what was written
   * makes no sense: damage of the page that was asked for last.
   */
  explain(error: unknown): unknown {
    if (!(error instanceof webAssembly.RuntimeError)) return error;
    const { kernels } = this;
    const name = this.frames.nameOf(kernels.lastSegment()) ?? 'an unknown segment';
    return corruptSegment(name, kernels.lastPage(), `the kernels trap on it: ${error.message}`);
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

  /** Runs `work` with a deadline that kernels see. */
  within<T>(deadline_ms: number | undefined, work: () => T): T {
    this.#expiry_ms = deadline_ms === undefined ? Infinity : performance.now() + deadline_ms;
    try {
      return work();
    } finally {
      this.#expiry_ms = Infinity;
    }
  }
}
