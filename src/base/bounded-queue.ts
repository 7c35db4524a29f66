/** A queue with an end: work in order of priority, at most so much running, at most so much waiting. */

import { assert, PeregrineError } from './errors.ts';

export interface BoundedQueueOptions {
  /** How many tasks run at once; from 1. */
  readonly concurrency: number;
  /** How many tasks may wait beside those that run; from 0. */
  readonly capacity: number;
}

export interface QueuedTaskOptions {
  /** A whole number; lower runs first, equals in the order in which they came. Default 0. */
  readonly priority?: number;
  /** Takes the task out while it waits (`CANCELLED`); running work sees the signal itself. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly priority: number;
  readonly order: number;
  readonly start: () => void;
}

/** Runs tasks of a bounded number, the most urgent first. */
export class BoundedQueue {
  readonly #concurrency: number;
  readonly #capacity: number;
  // Both are heaps by priority, then by arrival.
  readonly #waiting = new Heap();
  readonly #outside = new Heap();
  #running = 0;
  #arrivals = 0;
  #isClosed = false;
  readonly #onIdle: (() => void)[] = [];

  constructor({ concurrency, capacity }: BoundedQueueOptions) {
    assert(concurrency >= 1 && capacity >= 0, 'a queue runs at least one task and lets none or more wait');
    this.#concurrency = concurrency;
    this.#capacity = capacity;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a task offered now would be taken. */
  get hasRoom(): boolean {
    return this.#running < this.#concurrency || this.#waiting.size < this.#capacity;
  }

  /** Runs `task` in its turn and settles as it does; rejects with `QUEUE_FULL` at once where there is no room. */
  run<T>(task: () => Promise<T> | T, options: QueuedTaskOptions = {}): Promise<T> {
    if (!this.#isClosed && !this.hasRoom) {
      return Promise.reject(
        new PeregrineError('QUEUE_FULL', 'Too much work is waiting. Try again later.', {
          waiting: this.#waiting.size,
          capacity: this.#capacity,
        }),
      );
    }
    return this.#enter(task, options, this.#waiting);
  }

  /** Like {@link run}, but waits for room first: back-pressure for a producer that can be held. */
  runWhenRoom<T>(task: () => Promise<T> | T, options: QueuedTaskOptions = {}): Promise<T> {
    return this.#enter(task, options, this.hasRoom ? this.#waiting : this.#outside);
  }

  /** Takes no more tasks; resolves when those taken so far have settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.idle();
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.#running + this.#waiting.size + this.#outside.size === 0) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #enter<T>(task: () => Promise<T> | T, { priority = 0, signal }: QueuedTaskOptions, heap: Heap): Promise<T> {
    if (this.#isClosed) return Promise.reject(new PeregrineError('CLOSED', 'The queue takes no more work.'));
    if (signal?.aborted === true) return Promise.reject(cancelled());
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        if (!this.#waiting.remove(entry)) this.#outside.remove(entry);
        reject(cancelled());
        this.#advance();
      };
      const entry: Waiting = {
        priority,
        order: this.#arrivals++,
        start: () => {
          signal?.removeEventListener('abort', onAbort);
          this.#start(task).then(resolve, reject);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      heap.push(entry);
      this.#advance();
    });
  }

  async #start<T>(task: () => Promise<T> | T): Promise<T> {
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#advance();
    }
  }

  /** Starts what may run and lets in what has room now. */
  #advance(): void {
    for (;;) {
      while (
        this.#waiting.size < this.#capacity ||
        (this.#waiting.size === 0 && this.#running < this.#concurrency)
      ) {
        const next = this.#outside.pop();
        if (next === undefined) break;
        this.#waiting.push(next);
      }
      if (this.#running >= this.#concurrency) break;
      const next = this.#waiting.pop();
      if (next === undefined) break;
      next.start();
    }
    if (this.#running + this.#waiting.size + this.#outside.size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

/** A binary heap: the entry of the lowest priority that came first is on top. */
class Heap {
  readonly #entries: Waiting[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(entry: Waiting): void {
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1);
  }

  pop(): Waiting | undefined {
    return this.#takeAt(0);
  }

  remove(entry: Waiting): boolean {
    const at = this.#entries.indexOf(entry);
    return at >= 0 && this.#takeAt(at) !== undefined;
  }

  #takeAt(at: number): Waiting | undefined {
    const taken = this.#entries[at];
    const last = this.#entries.pop();
    if (taken === undefined || last === undefined || at === this.#entries.length) return taken;
    this.#entries[at] = last;
    this.#rise(at);
    this.#sink(at);
    return taken;
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    let at = from;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#entries.length && this.#isBefore(child, first)) first = child;
      }
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#entries[a] as Waiting;
    const right = this.#entries[b] as Waiting;
    return left.priority === right.priority ? left.order < right.order : left.priority < right.priority;
  }

  #swap(a: number, b: number): void {
    const held = this.#entries[a] as Waiting;
    this.#entries[a] = this.#entries[b] as Waiting;
    this.#entries[b] = held;
  }
}

function cancelled(): PeregrineError {
  return new PeregrineError('CANCELLED', 'The task was cancelled while it waited.');
}
