/** Builds documents in threads of their own: what a page does to the parser, it does to a thread that can be ended. */

import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { messageOf, PeregrineError } from '../base/index.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';
import type { ParseResult } from './parse-worker.ts';

export interface ParsePoolOptions {
  /** Threads at most; they start when needed and end when idle. Default 1. */
  readonly threads?: number;
  /** Time for one document, ms, from the start of its work. Default 10,000. */
  readonly timeout_ms?: number;
  /** JavaScript heap of a thread, MB. Default 256. */
  readonly memory_mb?: number;
  /** Documents that may wait; more are refused with `QUEUE_FULL`. Default 1,024. */
  readonly queue?: number;
  /** Time without work after which a thread ends, ms. Default 5,000. */
  readonly idle_ms?: number;
  /** Another file to run in the threads: tests bring documents that never end. */
  readonly workerFile?: string;
}

export interface ParsePool {
  /**
   * As {@link buildDocument}, and `PARSE_TIMEOUT` when it takes too long, `PARSE_FAILED` when it needs too much memory
   * or ends its thread, `QUEUE_FULL`, `CLOSED`. Documents in other threads are not touched. `source` stays the caller's.
   */
  build(source: DocumentSource): Promise<BuiltDocument>;
  /** Documents being built and waiting. */
  readonly pending: number;
  /** Ends all threads; what was not done rejects with `CLOSED`. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_MB = 256;
const DEFAULT_QUEUE = 1024;
const DEFAULT_IDLE_MS = 5000;
/** Part of the heap that new objects get. */
const YOUNG_SHARE = 8;

/** In the repository the threads run the source, in the package what it was compiled to. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js', import.meta.url),
);

export function createParsePool(options: ParsePoolOptions = {}): ParsePool {
  return new ThreadPool(options);
}

class ThreadPool implements ParsePool {
  readonly #threads: Piscina<DocumentSource, ParseResult>;
  readonly #timeout_ms: number;
  readonly #queueLimit: number;
  readonly #slots: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #isClosed = false;

  constructor(options: ParsePoolOptions) {
    const { threads = 1, memory_mb = DEFAULT_MEMORY_MB, idle_ms = DEFAULT_IDLE_MS } = options;
    this.#timeout_ms = options.timeout_ms ?? DEFAULT_TIMEOUT_MS;
    this.#queueLimit = options.queue ?? DEFAULT_QUEUE;
    this.#slots = Math.max(1, threads);
    this.#threads = new Piscina({
      filename: options.workerFile ?? WORKER_FILE,
      minThreads: 0,
      maxThreads: this.#slots,
      concurrentTasksPerWorker: 1,
      idleTimeout: idle_ms,
      resourceLimits: {
        maxOldGenerationSizeMb: memory_mb,
        maxYoungGenerationSizeMb: Math.max(8, Math.ceil(memory_mb / YOUNG_SHARE)),
      },
    });
    // A thread that dies between documents harms nobody; the next document starts another.
    this.#threads.on('error', () => undefined);
  }

  get pending(): number {
    return this.#running + this.#waiting.length;
  }

  async build(source: DocumentSource): Promise<BuiltDocument> {
    await this.#takeSlot();
    try {
      return await this.#run(source);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#threads.destroy();
  }

  /** Waits here and not inside the threads' own queue, so that a document's time begins when its work does. */
  async #takeSlot(): Promise<void> {
    this.#refuseClosed();
    if (this.#running >= this.#slots) {
      if (this.#waiting.length >= this.#queueLimit) {
        throw new PeregrineError('QUEUE_FULL', 'Too many documents are waiting to be parsed.', {
          limit: this.#queueLimit,
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#refuseClosed();
    }
    this.#running += 1;
  }

  async #run(source: DocumentSource): Promise<BuiltDocument> {
    // A copy that can be given away: the caller keeps its bytes, and a view is not sent with all of its buffer.
    const bytes = new Uint8Array(source.bytes);
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), this.#timeout_ms);
    try {
      const result = await this.#threads.run(
        { ...source, bytes },
        { signal: timer.signal, transferList: [bytes.buffer] },
      );
      if ('built' in result) return result.built;
      throw new PeregrineError(result.error.code, result.error.message, result.error.facts);
    } catch (error) {
      throw this.#explain(error, source, timer.signal.aborted);
    } finally {
      clearTimeout(timeout);
    }
  }

  #explain(error: unknown, { url }: DocumentSource, isTimeout: boolean): PeregrineError {
    if (error instanceof PeregrineError) return error;
    if (this.#isClosed) return closed();
    if (isTimeout) {
      const timeout_ms = this.#timeout_ms;
      return new PeregrineError(
        'PARSE_TIMEOUT',
        `The document was not read within ${timeout_ms} ms.`,
        { url, timeout_ms },
        error,
      );
    }
    const isMemory = (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    const why = isMemory ? 'it needs more memory than a document may have' : messageOf(error);
    return new PeregrineError('PARSE_FAILED', `The document can't be read: ${why}.`, { url }, error);
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw closed();
  }
}

function closed(): PeregrineError {
  return new PeregrineError('CLOSED', 'The parse pool is closed.');
}
