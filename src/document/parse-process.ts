/**
 * A process of its own for untrusted bytes. What a page does to its parser it does to a process that may not write
 * files or start programs, and can be killed; its memory goes back to the system with it.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { standBehind } from '../base/index.ts';
import { type ParseResult, type ParseTask, READY, sizeOfTask } from './parse-worker.ts';
import { sharedCode } from './shared-code.ts';

export interface ParseProcessOptions {
  readonly workerFile: string;
  /** JavaScript heap, MB. */
  readonly memory_mb: number;
}

/**
 * Why a process ended before it answered; `behind`: it had not been sent this task; `suspect`: it had been sent this task
 * with others, and which of them ended it nobody knows.
 */
export type ParseEnd = 'memory' | 'killed' | 'crashed' | 'behind' | 'suspect';

/** A process ended instead of answering. */
export class ParseProcessEnded extends Error {
  readonly end: ParseEnd;

  constructor(end: ParseEnd) {
    super(`The parsing process ended: ${end}.`);
    this.name = 'ParseProcessEnded';
    this.end = end;
  }
}

/** A task that is not answered yet. */
interface ParseJob {
  readonly task: ParseTask;
  readonly isAlone: boolean;
  readonly begun: () => void;
  readonly resolve: (result: ParseResult) => void;
  readonly reject: (error: ParseProcessEnded) => void;
}

/** What the program itself, its tables of languages and decoded buffers take beside the heap. */
const PROGRAM_MB = 256;
/**
 * Young objects, MB. A document is garbage as soon as it is answered: with room for many of them, few are copied, and a
 * fifth of a document's time is saved. A process that may hold little has half of it: three such spaces are no trifle then.
 */
const YOUNG_MB = 16;
const SMALL_HEAP_MB = 160;
/**
 * Old objects before V8 looks for dead ones the first time, MB: its tables and compiled code grow to that anyway, and until they
 * do it would mark all of them three times.
 */
const FIRST_OLD_MB = 32;
/**
 * V8's last compiler takes a function after so many calls instead of 3,000: fewer of them, and what they meet is known better.
 * Asked of the versions of Node alone of which it is known that they know the option: others would not start.
 */
const LAST_COMPILER = process.versions.node.startsWith('24.') ? ['--invocation-count-for-turbofan=9000'] : [];
/** Threads that compile and collect beside the one that reads: as many as there are cores would wait for one another. */
const HELPERS = 1;
/**
 * For the C library's allocator (glibc, mallopt(3)): what is free at its top goes back to the system, else half of what a
 * process holds is free. Smaller numbers would have it ask the system for every document, which costs a sixth of its time.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '2097152',
  MALLOC_MMAP_THRESHOLD_: '1048576',
} as const;
/**
 * Tasks and their bytes in one message. What a message costs, and what two processes cost each other that take turns on
 * every document, is thus paid once for many.
 */
export const BATCH_TASKS = 16;
const BATCH_BYTES = 2 ** 20;
/** Messages that a process has at once: while it works on one the next is there already. */
const BATCHES_AHEAD = 2;
/** How often memory outside the heap is looked at while a document is read. */
const WATCH_EVERY_MS = 100;
const PAGE_BYTES = 4096;
/** Exit codes of V8 when its heap is full: SIGABRT as a signal, or as a shell's number. */
const ABORTED = 134;

export class ParseProcess {
  readonly #child: ChildProcess;
  readonly #limit_bytes: number;
  /** Not sent yet. */
  readonly #waiting: ParseJob[] = [];
  /** In the order in which the process works on them: it is busy with the first, or has just done it. */
  readonly #sent: ParseJob[] = [];
  /** Of each message that is not wholly answered, the tasks that are left. */
  readonly #batches: number[] = [];
  #isSending = false;
  #watch: NodeJS.Timeout | undefined;
  #end: ParseEnd | undefined;
  #isGone = false;
  /** Resolves when it can take a document, or never will: starting is not counted as a document's time. */
  readonly ready: Promise<void>;

  constructor({ workerFile, memory_mb }: ParseProcessOptions) {
    this.#limit_bytes = (2 * memory_mb + PROGRAM_MB) * 2 ** 20;
    const young_mb = memory_mb < SMALL_HEAP_MB ? YOUNG_MB / 2 : YOUNG_MB;
    const code = sharedCode();
    this.#child = fork(workerFile, [], {
      serialization: 'advanced',
      execArgv: [
        `--max-old-space-size=${memory_mb}`,
        `--min-semi-space-size=${young_mb}`,
        `--max-semi-space-size=${young_mb}`,
        `--initial-old-space-size=${FIRST_OLD_MB}`,
        `--v8-pool-size=${HELPERS}`,
        ...LAST_COMPILER,
        '--permission',
        '--allow-fs-read=*',
        ...code.execArgv,
      ],
      // Nothing of ours that a page could ask for: no keys, no settings.
      env: {
        PATH: process.env['PATH'] ?? '',
        SystemRoot: process.env['SystemRoot'] ?? '',
        ...ALLOCATOR,
        ...code.env,
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    if (this.#child.pid !== undefined) standBehind(this.#child.pid);
    this.ready = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
      this.#child.on('message', (message) => {
        if (message === READY) resolve();
        else for (const result of message as readonly ParseResult[]) this.#answered(result);
      });
    });
    this.#child.on('error', () => this.#ended('crashed'));
    this.#child.on('exit', (code, signal) => {
      this.#ended(signal === 'SIGABRT' || code === ABORTED ? 'memory' : 'crashed');
    });
    this.rest();
  }

  /** Its own, without what it shares with others. */
  get memory_bytes(): number {
    const { resident_bytes, shared_bytes } = this.#isGone ? NOTHING : memoryOf(this.#child.pid);
    return resident_bytes - shared_bytes;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Sends a task, with others that come at the same time. `begun` is called when its turn has come. Rejects with
   * {@link ParseProcessEnded}. Nothing is sent beside a task that is `isAlone`: should the process end, it was that one.
   */
  run(task: ParseTask, begun: () => void, isAlone = false): Promise<ParseResult> {
    return new Promise<ParseResult>((resolve, reject) => {
      if (this.#isGone) return reject(new ParseProcessEnded(this.#end ?? 'crashed'));
      this.#waiting.push({ task, isAlone, begun, resolve, reject });
      if (this.#isSending) return;
      this.#isSending = true;
      // Others of this turn come along.
      setImmediate(() => {
        this.#isSending = false;
        this.#sendWaiting();
      });
    });
  }

  #sendWaiting(): void {
    while (!this.#isGone && this.#batches.length < BATCHES_AHEAD) {
      const batch = this.#nextBatch();
      if (batch.length === 0) return;
      const isFirst = this.#sent.length === 0;
      this.#sent.push(...batch);
      this.#batches.push(batch.length);
      if (isFirst) {
        // A process at work keeps the program alive; one at rest does not.
        this.#child.ref();
        this.#child.channel?.ref();
        this.#watch = setInterval(() => this.#watchMemory(), WATCH_EVERY_MS);
        batch[0]?.begun();
      }
      const tasks = batch.map(({ task }) => task);
      this.#child.send(tasks, (error) => {
        if (error !== null) this.#ended('crashed');
      });
    }
  }

  #nextBatch(): ParseJob[] {
    const [first] = this.#waiting;
    const isOccupied = this.#sent.length > 0 && (first?.isAlone === true || this.#sent[0]?.isAlone === true);
    if (first === undefined || isOccupied) return [];
    let count = 1;
    if (!first.isAlone) {
      let bytes = sizeOfTask(first.task);
      for (const { task, isAlone } of this.#waiting.slice(1, BATCH_TASKS)) {
        bytes += sizeOfTask(task);
        if (isAlone || bytes > BATCH_BYTES) break;
        count += 1;
      }
    }
    return this.#waiting.splice(0, count);
  }

  /** Lets the program end although this process is there. */
  rest(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Ends it at once; resolves when it is gone. */
  async kill(end: ParseEnd = 'killed'): Promise<void> {
    this.#end ??= end;
    // Never begun, or over already.
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await gone;
  }

  #answered(result: ParseResult): void {
    const job = this.#sent.shift();
    const left = (this.#batches[0] ?? 1) - 1;
    if (left > 0) this.#batches[0] = left;
    else this.#batches.shift();
    const next = this.#sent[0];
    if (next === undefined) this.#stopWatch();
    else next.begun();
    job?.resolve(result);
    this.#sendWaiting();
  }

  #ended(end: ParseEnd): void {
    this.#isGone = true;
    this.#end ??= end;
    clearInterval(this.#watch);
    const sent = this.#sent.splice(0);
    const why = sent.length > 1 ? 'suspect' : this.#end;
    for (const job of sent) job.reject(new ParseProcessEnded(why));
    for (const job of this.#waiting.splice(0)) job.reject(new ParseProcessEnded('behind'));
  }

  #stopWatch(): void {
    clearInterval(this.#watch);
    if (!this.#isGone) this.rest();
  }

  /** Buffers lie outside the heap that V8 bounds; where the system tells (Linux), the whole process is bounded. */
  #watchMemory(): void {
    const { resident_bytes } = memoryOf(this.#child.pid);
    if (resident_bytes > this.#limit_bytes) void this.kill('memory');
  }
}

interface ProcessMemory {
  readonly resident_bytes: number;
  /** Of it, pages of files: the program itself. */
  readonly shared_bytes: number;
}

const NOTHING: ProcessMemory = { resident_bytes: 0, shared_bytes: 0 };

function memoryOf(pid: number | undefined): ProcessMemory {
  if (process.platform !== 'linux' || pid === undefined) return NOTHING;
  try {
    const [, resident = '0', shared = '0'] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ');
    return { resident_bytes: Number(resident) * PAGE_BYTES, shared_bytes: Number(shared) * PAGE_BYTES };
  } catch {
    // It has just ended: its exit tells more.
    return NOTHING;
  }
}
