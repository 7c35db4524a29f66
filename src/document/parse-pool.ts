/** Builds documents in processes of their own, some at a time, each with a limit of time and memory. */

import { fileURLToPath } from 'node:url';
import { assert, messageOf, PeregrineError } from '../base/index.ts';
import { arrived } from './carried-document.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';
import type { Inbound } from './inbound.ts';
import { BATCH_TASKS, ParseProcess, ParseProcessEnded } from './parse-process.ts';
import type { ParseResult, ParseTask } from './parse-worker.ts';
import { SiteFrames } from './site-frames.ts';
import type { TextRuns } from './text-runs.ts';
import { hostOfUrl } from './url-parts.ts';

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
   * or ends its process, `QUEUE_FULL`, `CLOSED`. Other documents are not touched. `source` stays the caller's. What pages
   * of a host before it have repeated is taken for their frame.
   */
  build(source: DocumentSource): Promise<BuiltDocument>;
  /**
   * The form to be indexed of a stored document, as {@link analyseRecord} and with the errors of {@link build}; undefined
   * where there is nothing to index.
   */
  analyse(record: Uint8Array, inbound?: Inbound): Promise<Uint8Array | undefined>;
  /** As {@link textRuns}, with the errors of {@link build}. */
  textRuns(markup: string): Promise<TextRuns>;
  /** Documents being built and waiting. */
  readonly pending: number;
  /** What its processes hold beside the program that they share with this one, where the system tells (Linux). */
  readonly memory_bytes: number;
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

type Answer = Exclude<ParseResult, { readonly error: unknown }>;

/** A process and who counts on it. */
interface Worker {
  readonly process: ParseProcess;
  /** Documents that are with it or on their way to it. */
  claims: number;
  isReady: boolean;
  /** Ends it when it has rested long. */
  timer: NodeJS.Timeout | undefined;
}

/** Documents that one process has at once: while it reads some the next are there already. */
const DOCUMENTS_PER_PROCESS = 2 * BATCH_TASKS;

class ProcessPool implements ParsePool {
  readonly #options: Required<ParsePoolOptions>;
  /** With or without work, the one that worked last at the end. */
  readonly #workers: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #frames = new SiteFrames();
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

  get memory_bytes(): number {
    return this.#workers.reduce((sum, { process: parser }) => sum + parser.memory_bytes, 0);
  }

  async build(source: DocumentSource): Promise<BuiltDocument> {
    const host = hostOfUrl(source.url);
    const result = await this.#do({ source, frame: this.#frames.frameOf(host) });
    assert('built' in result, 'a source is answered with a document');
    const built = arrived(result.built);
    this.#frames.learn(host, built);
    return built;
  }

  async analyse(record: Uint8Array, inbound?: Inbound): Promise<Uint8Array | undefined> {
    const result = await this.#do({ record, inbound });
    assert('analysed' in result, 'a record is answered with its form');
    return result.analysed;
  }

  async textRuns(markup: string): Promise<TextRuns> {
    const result = await this.#do({ markup });
    assert('runs' in result, 'markup is answered with its text');
    return result.runs;
  }

  async #do(task: ParseTask): Promise<Answer> {
    await this.#takeSlot();
    try {
      return await this.#run(task);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.all(
      this.#workers.splice(0).map(({ process: parser, timer }) => {
        clearTimeout(timer);
        return parser.kill();
      }),
    );
  }

  /** Waits before a process is taken, so that few documents are in processes at once. */
  async #takeSlot(): Promise<void> {
    this.#refuseClosed();
    // One that is in a process behind another waits as well.
    if (this.pending >= this.#options.processes + this.#options.queue) {
      throw new PeregrineError('QUEUE_FULL', 'Too many documents are waiting to be parsed.', {
        limit: this.#options.queue,
      });
    }
    if (this.#running >= this.#options.processes * DOCUMENTS_PER_PROCESS) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#refuseClosed();
    }
    this.#running += 1;
  }

  /** `isAlone`: with no other in its process, so that it is surely this one should the process end. */
  async #run(task: ParseTask, isAlone = false): Promise<Answer> {
    const worker = this.#takeWorker();
    let isTimeout = false;
    const limit = (limit_ms: number): NodeJS.Timeout =>
      setTimeout(() => {
        isTimeout = true;
        void worker.process.kill();
      }, limit_ms);
    let timeout: NodeJS.Timeout | undefined;
    let again: 'behind' | 'suspect' | undefined;
    worker.claims += 1;
    try {
      if (!worker.isReady) {
        timeout = limit(START_LIMIT_MS);
        await worker.process.ready;
        worker.isReady = true;
        clearTimeout(timeout);
      }
      const begun = (): void => void (timeout = limit(this.#options.timeout_ms));
      const result = await worker.process.run(task, begun, isAlone);
      if (!('error' in result)) return result;
      throw new PeregrineError(result.error.code, result.error.message, result.error.facts);
    } catch (error) {
      const end = error instanceof ParseProcessEnded && !this.#isClosed ? error.end : undefined;
      if (end !== 'behind' && end !== 'suspect') throw this.#explain(error, task, isTimeout);
      again = end;
    } finally {
      clearTimeout(timeout);
      worker.claims -= 1;
      this.#rest(worker);
    }
    // Another document may have ended the process; what this one does shows when it is alone.
    return this.#run(task, isAlone || again === 'suspect');
  }

  /** A process that has nothing to do, else a new one, else the one that has least to do. */
  #takeWorker(): Worker {
    // One that died at rest harms nobody; the next document starts another.
    for (const gone of this.#workers.filter(({ process: parser }) => parser.isGone)) this.#drop(gone);
    let worker = this.#workers.findLast(({ claims }) => claims === 0);
    if (worker === undefined && this.#workers.length < this.#options.processes) {
      worker = { process: new ParseProcess(this.#options), claims: 0, isReady: false, timer: undefined };
      this.#workers.push(worker);
    }
    worker ??= this.#workers.reduce((least, other) => (other.claims < least.claims ? other : least));
    clearTimeout(worker.timer);
    return worker;
  }

  #rest(worker: Worker): void {
    if (worker.process.isGone) return this.#drop(worker);
    if (worker.claims > 0) return;
    if (this.#isClosed) return void worker.process.kill();
    worker.timer = setTimeout(() => {
      this.#drop(worker);
      void worker.process.kill();
    }, this.#options.idle_ms);
    worker.timer.unref();
  }

  #drop(worker: Worker): void {
    clearTimeout(worker.timer);
    const place = this.#workers.indexOf(worker);
    if (place >= 0) this.#workers.splice(place, 1);
  }

  #explain(error: unknown, task: ParseTask, isTimeout: boolean): PeregrineError {
    const facts = 'source' in task ? { url: task.source.url } : {};
    if (error instanceof PeregrineError) return error;
    if (this.#isClosed) return closed();
    if (isTimeout) {
      const { timeout_ms } = this.#options;
      return new PeregrineError(
        'PARSE_TIMEOUT',
        `The document was not read within ${timeout_ms} ms.`,
        { ...facts, timeout_ms },
        error,
      );
    }
    const isMemory = error instanceof ParseProcessEnded && error.end === 'memory';
    const why = isMemory ? 'it needs more memory than a document may have' : messageOf(error);
    return new PeregrineError('PARSE_FAILED', `The document can't be read: ${why}.`, facts, error);
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw closed();
  }
}

function closed(): PeregrineError {
  return new PeregrineError('CLOSED', 'The parse pool is closed.');
}
