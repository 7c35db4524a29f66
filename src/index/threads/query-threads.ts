/**
 * The query threads of a process: started when a search waits for one, ended when none does for a while. Searches wait
 * in line; a thread takes several at a time, and its next when it has answered them.
 */

import { Worker } from 'node:worker_threads';
import { type LogSink, must, PeregrineError, silentLog } from '../../base/index.ts';
import { MOST_THREADS } from '../kernels/layout.ts';
import type { IndexHits } from '../index-query.ts';
import { HitsUnpacker } from './packed-hits.ts';
import type { ThreadReply, ThreadRequest, ThreadSearch } from './thread-messages.ts';

/** A shard's memory, as threads come and go. */
export interface ThreadedMemory {
  readonly number: number;
  /** What thread `thread` is to be told before its next searches; empty lists where there is nothing. */
  news(
    thread: number,
    searches: readonly ThreadSearch[],
  ): Pick<ThreadRequest, 'joined' | 'lent' | 'returned'>;
  /** Takes over pages that a thread has read, before it goes on. */
  adopt(pages: ThreadReply['pages']): void;
  /** Asks a thread to stop its search, or takes that back. */
  cancel(thread: number, isCancelled: boolean): void;
  /** A thread is no more: nothing of it is held from now on. */
  ended(thread: number): void;
}

/** A search in line or on a thread. */
interface Waiting {
  readonly memory: ThreadedMemory;
  readonly search: ThreadSearch;
  readonly resolve: (hits: IndexHits) => void;
  readonly reject: (error: unknown) => void;
  isCancelled: boolean;
}

interface RunningThread {
  readonly number: number;
  readonly worker: Worker;
  /** What it is at, oldest first; empty while it rests. */
  taken: Waiting[];
  /** Told to end; nothing more is asked of it. */
  isEnding: boolean;
}

export interface QueryThreadsOptions {
  /** At most so many threads. */
  readonly count: number;
  /** Postings that a search may have to read: below, a message would cost more than it saves. */
  readonly longPostings?: number;
  /** From here on a search is shared out among idle threads, by segment. */
  readonly splitPostings?: number;
  readonly log?: LogSink;
}

const LONG_POSTINGS = 40_000;
const SPLIT_POSTINGS = 1_000_000;

/** Searches that a thread takes at once where many wait: messages are dear beside short ones. */
const MOST_TAKEN = 16;
/** Threads end when nothing was asked for so long. */
const IDLE_MS = 30_000;

export class QueryThreads {
  readonly count: number;
  readonly longPostings: number;
  readonly splitPostings: number;
  readonly #log: LogSink;
  readonly #memories = new Map<number, ThreadedMemory>();
  /** Memories that are gone, by thread that still knows them. */
  readonly #left = new Map<number, number[]>();
  readonly #threads: (RunningThread | undefined)[];
  readonly #line: Waiting[] = [];
  #nextMemory = 1;
  #nextSearch = 1;
  #idle: NodeJS.Timeout | undefined;
  #isDispatching = false;
  #isClosed = false;

  constructor({
    count,
    longPostings = LONG_POSTINGS,
    splitPostings = SPLIT_POSTINGS,
    log = silentLog,
  }: QueryThreadsOptions) {
    if (!Number.isSafeInteger(count) || count < 1 || count > MOST_THREADS) {
      throw new PeregrineError('BAD_ARGUMENT', `There may be 1 to ${MOST_THREADS} query threads.`, { count });
    }
    this.count = count;
    this.longPostings = longPostings;
    this.splitPostings = splitPostings;
    this.#log = log;
    this.#threads = Array.from({ length: count }, () => undefined);
  }

  /** Threads that have nothing to do, those that would have to be started among them. */
  get idle(): number {
    return this.#threads.filter((thread) => thread === undefined || isResting(thread)).length;
  }

  /** Threads that run. */
  get running(): number {
    return this.#threads.filter((thread) => thread !== undefined).length;
  }

  join<Memory extends ThreadedMemory>(make: (number: number) => Memory): Memory {
    const memory = make(this.#nextMemory);
    this.#nextMemory += 1;
    this.#memories.set(memory.number, memory);
    return memory;
  }

  /** All searches in it have been answered. */
  leave({ number }: ThreadedMemory): void {
    this.#memories.delete(number);
    for (const thread of this.#threads) {
      if (thread === undefined) continue;
      this.#left.set(thread.number, [...(this.#left.get(thread.number) ?? []), number]);
    }
  }

  /** Rejects with what was thrown on the thread; `UNAVAILABLE` where that ended before it answered. */
  search(
    memory: ThreadedMemory,
    search: Omit<ThreadSearch, 'id' | 'memory'>,
    signal?: AbortSignal,
  ): Promise<IndexHits> {
    if (this.#isClosed) return Promise.reject(lost());
    const id = this.#nextSearch;
    this.#nextSearch += 1;
    let waiting: Waiting | undefined;
    const answer = new Promise<IndexHits>((resolve, reject) => {
      waiting = {
        memory,
        search: { ...search, id, memory: memory.number },
        resolve,
        reject,
        isCancelled: false,
      };
      this.#line.push(waiting);
      this.#dispatchSoon();
    });
    if (signal === undefined) return answer;
    const cancel = (): void => this.#cancel(must(waiting, 'the search that is cancelled'));
    signal.addEventListener('abort', cancel);
    return answer.finally(() => signal.removeEventListener('abort', cancel));
  }

  /** Ends one thread, as a failure of it would: what it was at is rejected. */
  async kill(number: number): Promise<void> {
    await this.#threads[number]?.worker.terminate();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const { reject } of this.#line.splice(0)) reject(lost());
    await Promise.all(this.#threads.flatMap((thread) => thread?.worker.terminate() ?? []));
  }

  /** Searches that are asked for in the same turn go together. */
  #dispatchSoon(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    queueMicrotask(() => {
      this.#isDispatching = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#isClosed) return;
    for (let number = 0; number < this.count && this.#line.length > 0; number++) {
      const running = this.#threads[number];
      if (running !== undefined && !isResting(running)) continue;
      const thread = running ?? this.#start(number);
      // What waits is shared out among those that are free.
      const share = Math.ceil(this.#line.length / Math.max(1, this.idle));
      this.#send(thread, this.#line.splice(0, Math.min(MOST_TAKEN, share)));
    }
    this.#rest();
  }

  #send(thread: RunningThread, taken: Waiting[]): void {
    thread.taken = taken;
    const searches = taken.map(({ search }) => search);
    const news = [...new Set(taken.map(({ memory }) => memory))].map((memory) =>
      memory.news(
        thread.number,
        searches.filter((search) => search.memory === memory.number),
      ),
    );
    const left = this.#left.get(thread.number) ?? [];
    this.#left.delete(thread.number);
    thread.worker.ref();
    thread.worker.postMessage(
      {
        joined: news.flatMap(({ joined }) => joined),
        left,
        lent: news.flatMap(({ lent }) => lent),
        returned: news.flatMap(({ returned }) => returned),
        searches,
      } satisfies ThreadRequest,
      [],
    );
  }

  #start(number: number): RunningThread {
    const file = import.meta.url.endsWith('.ts') ? './query-thread.ts' : './query-thread.js';
    const worker = new Worker(new URL(file, import.meta.url), { name: `query ${number}` });
    const thread: RunningThread = { number, worker, taken: [], isEnding: false };
    this.#threads[number] = thread;
    worker.on('message', (reply: ThreadReply) => this.#answered(thread, reply));
    worker.on('error', (error) => {
      this.#log.write('error', 'index.query-thread-failed', { error: String(error) });
    });
    worker.on('exit', () => this.#ended(thread));
    return thread;
  }

  #answered(thread: RunningThread, { answers, packed, pages }: ThreadReply): void {
    const { taken } = thread;
    thread.taken = [];
    for (const memory of new Set(pages.map((page) => page.memory))) {
      this.#memories.get(memory)?.adopt(pages.filter((page) => page.memory === memory));
    }
    for (const waiting of taken) if (waiting.isCancelled) waiting.memory.cancel(thread.number, false);
    const unpacker = new HitsUnpacker(packed);
    for (const [i, answer] of answers.entries()) {
      const { resolve, reject } = must(taken[i], 'the search of an answer');
      if ('isPacked' in answer) resolve(unpacker.next());
      else if ('hits' in answer) resolve(answer.hits);
      else reject(new PeregrineError(answer.error.code, answer.error.message, answer.error.facts));
    }
    this.#dispatch();
  }

  #ended(thread: RunningThread): void {
    if (this.#threads[thread.number] === thread) this.#threads[thread.number] = undefined;
    this.#left.delete(thread.number);
    for (const memory of this.#memories.values()) memory.ended(thread.number);
    for (const { reject } of thread.taken.splice(0)) reject(lost());
    this.#dispatchSoon();
  }

  #cancel(waiting: Waiting): void {
    const place = this.#line.indexOf(waiting);
    if (place >= 0) {
      this.#line.splice(place, 1);
      waiting.reject(new PeregrineError('CANCELLED', 'The search is no longer wanted.'));
      return;
    }
    // What shares the thread's turn would be cut short with it: only a search that is alone there is stopped.
    const thread = this.#threads.find((one) => one?.taken.includes(waiting) === true);
    if (thread === undefined || thread.taken.length > 1) return;
    waiting.isCancelled = true;
    waiting.memory.cancel(thread.number, true);
  }

  /** With nothing to do threads neither keep the process alive nor their memory for long. */
  #rest(): void {
    for (const thread of this.#threads) if (thread !== undefined && isResting(thread)) thread.worker.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      for (const thread of this.#threads) {
        if (thread === undefined || !isResting(thread)) continue;
        thread.isEnding = true;
        void thread.worker.terminate();
      }
    }, IDLE_MS);
    this.#idle.unref();
  }
}

function isResting({ taken, isEnding }: RunningThread): boolean {
  return taken.length === 0 && !isEnding;
}

function lost(): PeregrineError {
  return new PeregrineError('UNAVAILABLE', 'The query thread ended before it had answered.');
}
