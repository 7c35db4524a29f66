/** Builds documents in processes of their own, some at a time, each with a limit of time and memory. */

import { fileURLToPath } from 'node:url';
import { messageOf, PeregrineError } from '../base/index.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';
import { ParseProcess, ParseProcessEnded } from './parse-process.ts';

export interface ParsePoolOptions {
  /** Processes at most; they start when needed and end when idle. Default 1. */
  readonly processes?: number;
  /** Time for one document, ms, from the start of its work. Default 10,000. */
  readonly timeout_ms?: number;
  /** JavaScript heap of a process, MB; all of it may take twice as much and 256 MB more. Default 256. */
  readonly memory_mb?: number;
  /** Documents that may wait; more are refused with `QUEUE_FULL`. Default 1,024. */
  readonly queue?: number;
  /** Time without work after which a process ends, ms. Default 5,000. */
  readonly idle_ms?: number;
  /** Another file to run in the processes: tests bring documents that never end. */
  readonly workerFile?: string;
}

export interface ParsePool {
  /**
   * As {@link buildDocument}, and `PARSE_TIMEOUT` when it takes too long, `PARSE_FAILED` when it needs too much memory
   * or ends its process, `QUEUE_FULL`, `CLOSED`. Other documents are not touched. `source` stays the caller's.
   */
  build(source: DocumentSource): Promise<BuiltDocument>;
  /** Documents being built and waiting. */
  readonly pending: number;
  /** Ends all processes; what was not done rejects with `CLOSED`. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** A process that has not begun by then never will. */
const START_LIMIT_MS = 60_000;
const DEFAULT_MEMORY_MB = 256;
const DEFAULT_QUEUE = 1024;
const DEFAULT_IDLE_MS = 5000;

/** In the repository the processes run the source, in the package what it was compiled to. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js', import.meta.url),
);

export function createParsePool(options: ParsePoolOptions = {}): ParsePool {
  return new ProcessPool(options);
}

class ProcessPool implements ParsePool {
  readonly #options: Required<ParsePoolOptions>;
  /** At rest, the one that rested last at the end. */
  readonly #idle: { readonly worker: ParseProcess; readonly timer: NodeJS.Timeout }[] = [];
  readonly #busy = new Set<ParseProcess>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #isClosed = false;

  constructor(options: ParsePoolOptions) {
    this.#options = {
      processes: Math.max(1, options.processes ?? 1),
      timeout_ms: options.timeout_ms ?? DEFAULT_TIMEOUT_MS,
      memory_mb: options.memory_mb ?? DEFAULT_MEMORY_MB,
      queue: options.queue ?? DEFAULT_QUEUE,
      idle_ms: options.idle_ms ?? DEFAULT_IDLE_MS,
      workerFile: options.workerFile ?? WORKER_FILE,
    };
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
    const resting = this.#idle.splice(0).map(({ worker, timer }) => {
      clearTimeout(timer);
      return worker;
    });
    await Promise.all([...resting, ...this.#busy].map((worker) => worker.kill()));
  }

  /** Waits before a process is taken, so that a document's time begins when its work does. */
  async #takeSlot(): Promise<void> {
    this.#refuseClosed();
    if (this.#running >= this.#options.processes) {
      if (this.#waiting.length >= this.#options.queue) {
        throw new PeregrineError('QUEUE_FULL', 'Too many documents are waiting to be parsed.', {
          limit: this.#options.queue,
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#refuseClosed();
    }
    this.#running += 1;
  }

  async #run(source: DocumentSource): Promise<BuiltDocument> {
    const worker = this.#takeProcess();
    let isTimeout = false;
    const end = (): void => {
      isTimeout = true;
      void worker.kill();
    };
    let timeout = setTimeout(end, START_LIMIT_MS);
    try {
      await worker.ready;
      clearTimeout(timeout);
      timeout = setTimeout(end, this.#options.timeout_ms);
      const result = await worker.parse(source);
      if ('built' in result) return result.built;
      throw new PeregrineError(result.error.code, result.error.message, result.error.facts);
    } catch (error) {
      throw this.#explain(error, source, isTimeout);
    } finally {
      clearTimeout(timeout);
      this.#giveBack(worker);
    }
  }

  #takeProcess(): ParseProcess {
    let worker: ParseProcess | undefined;
    while (worker === undefined && this.#idle.length > 0) {
      const rested = this.#idle.pop();
      clearTimeout(rested?.timer);
      // One that died at rest harms nobody; the next document starts another.
      if (rested?.worker.isGone === false) worker = rested.worker;
    }
    worker ??= new ParseProcess(this.#options);
    this.#busy.add(worker);
    return worker;
  }

  #giveBack(worker: ParseProcess): void {
    this.#busy.delete(worker);
    if (worker.isGone) return;
    if (this.#isClosed) return void worker.kill();
    const timer = setTimeout(() => {
      const place = this.#idle.findIndex((rested) => rested.worker === worker);
      if (place >= 0) this.#idle.splice(place, 1);
      void worker.kill();
    }, this.#options.idle_ms);
    timer.unref();
    this.#idle.push({ worker, timer });
  }

  #explain(error: unknown, { url }: DocumentSource, isTimeout: boolean): PeregrineError {
    if (error instanceof PeregrineError) return error;
    if (this.#isClosed) return closed();
    if (isTimeout) {
      const { timeout_ms } = this.#options;
      return new PeregrineError(
        'PARSE_TIMEOUT',
        `The document was not read within ${timeout_ms} ms.`,
        { url, timeout_ms },
        error,
      );
    }
    const isMemory = error instanceof ParseProcessEnded && error.end === 'memory';
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
