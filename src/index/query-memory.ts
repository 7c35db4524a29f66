/** What one thread computes searches with: kernels over the linear memory, scratch, tables, unpacked columns. */

import { must, webAssembly } from '../base/index.ts';
import { ColumnCache } from './columns/column-cache.ts';
import { growBuffer } from './growing-buffers.ts';
import { createReadingKernels, type KernelKind, type Kernels } from './kernel-host.ts';
import type { KernelHost } from './kernels/memory.ts';
import type { KernelMemory } from './linear-memory.ts';
import { NormTables } from './norm-tables.ts';
import { ProgramWriter } from './program-writer.ts';
import { corruptSegment } from './segment-format.ts';

/** Scratch buffers that kernels and queries share; none is used across an await. */
const SCRATCH_BUFFERS = 6;
const LEAST_SCRATCH_BYTES = 4096;
/** Unpacked columns may take this much more than the frames' memory. */
export const COLUMN_SHARE = 0.25;
/** And lists of documents by term and field group so much of that. */
const LIST_SHARE = 0.5;

/** Pages of segment files, by the number of their segment. */
export interface PageLoader {
  /** Pages read so far. */
  readonly pagesRead: number;
  /** Address of a page that the page table of its segment does not name, good until the next call; throws `CORRUPT`, `IO`. */
  load(number: number, page: number): number;
  /** Name of a segment, for messages. */
  nameOf(number: number): string | undefined;
}

export class QueryMemory {
  readonly linear: KernelMemory;
  readonly pages: PageLoader;
  readonly norms: NormTables;
  /** Unpacked columns of fields, beside the frames. */
  readonly columns: ColumnCache;
  /** Documents by term and field group. */
  readonly lists: ColumnCache;
  readonly kernels: Kernels;
  readonly programs: ProgramWriter;
  /** What kernels ask for. */
  protected readonly host: KernelHost;
  readonly #scratch = Array.from({ length: SCRATCH_BUFFERS }, () => ({ address: 0, size_bytes: 0 }));
  /** When the running query has to stop, on the monotonic clock. */
  #expiry_ms: number = Infinity;
  readonly #isCancelled: () => boolean;

  /** `isCancelled`: whether somebody else wants the running query to stop. */
  constructor(
    linear: KernelMemory,
    pages: PageLoader,
    kind: KernelKind,
    columns_bytes: number,
    isCancelled: () => boolean = () => false,
  ) {
    this.linear = linear;
    this.pages = pages;
    this.#isCancelled = isCancelled;
    this.columns = new ColumnCache(columns_bytes);
    this.lists = new ColumnCache(columns_bytes * LIST_SHARE);
    this.norms = new NormTables(linear);
    this.host = {
      loadPage: (segment, page) => pages.load(segment, page),
      isExpired: () => (this.isExpired() ? 1 : 0),
      scratch: (which, words) => this.scratch(which, words * 4),
      grow: (buffer, words) => growBuffer(linear, buffer, words),
    };
    this.kernels = createReadingKernels(kind, linear, this.host);
    this.programs = new ProgramWriter(this);
  }

  /** Address of a scratch buffer of at least `size_bytes`; what it held is lost where it has to grow. */
  scratch(which: number, size_bytes: number): number {
    const buffer = must(this.#scratch[which], 'a scratch buffer');
    if (buffer.size_bytes < size_bytes) {
      if (buffer.address !== 0) this.linear.free(buffer.address);
      buffer.size_bytes = 0;
      const wanted_bytes = 2 ** Math.ceil(Math.log2(Math.max(LEAST_SCRATCH_BYTES, size_bytes)));
      buffer.address = 0;
      buffer.address = this.linear.allocate(wanted_bytes);
      buffer.size_bytes = wanted_bytes;
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
    const name = this.pages.nameOf(kernels.lastSegment()) ?? 'an unknown segment';
    return corruptSegment(name, kernels.lastPage(), `the kernels trap on it: ${error.message}`);
  }

  /** Whether the running query has to stop. Asked at moments when nobody holds a page's address. */
  isExpired(): boolean {
    return this.#isCancelled() || (this.#expiry_ms !== Infinity && performance.now() > this.#expiry_ms);
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
