/** Simulated time for many sleepers: it goes on by itself, to the next who wakes, whenever nobody has anything to do. */

import { type Clock, PeregrineError } from '../src/base/index.ts';

interface Sleeper {
  readonly at_ms: number;
  readonly order: number;
  wake: (() => void) | undefined;
}

/** Turns before a far jump. */
const JUMP_TURNS = 1_000;
const MAX_TURNS = 100_000;

export class SimulatedClock implements Clock {
  #now_ms: number;
  /** A heap: the first to wake at the top. */
  readonly #heap: Sleeper[] = [];
  #count = 0;

  readonly #jumpTurns: number;

  /** @param jumpTurns Turns that others get before a far jump; fewer where nothing takes many. */
  constructor(start_ms = 1_700_000_000_000, jumpTurns: number = JUMP_TURNS) {
    this.#now_ms = start_ms;
    this.#jumpTurns = jumpTurns;
  }

  /** Whole milliseconds, as the system's. */
  now(): number {
    return Math.floor(this.#now_ms);
  }

  monotonic(): number {
    return this.#now_ms;
  }

  sleep(delay_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(cancelled());
      const onAbort = (): void => {
        sleeper.wake = undefined;
        reject(cancelled());
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { at_ms: this.#now_ms + Math.max(0, delay_ms), order: this.#count++, wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#push(sleeper);
    });
  }

  /**
   * Lets time go on until `work` has settled. The further the next sleeper, the more turns others get before, so that
   * what needs turns and no time (a store in memory) is done in next to no time. Throws when everybody waits and nobody
   * sleeps.
   */
  async run<T>(work: Promise<T>): Promise<T> {
    const end = { isReached: false };
    const over = work.finally(() => (end.isReached = true));
    over.catch(() => undefined);
    for (let turns = 0; !end.isReached; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#next();
      if (next === undefined) {
        if (turns > MAX_TURNS) throw new Error('everybody waits and nobody sleeps');
      } else if (turns >= Math.min(this.#jumpTurns, next.at_ms - this.#now_ms)) {
        this.#pop();
        this.#now_ms = Math.max(this.#now_ms, next.at_ms);
        next.wake?.();
        turns = 0;
      }
    }
    return over;
  }

  /** The first to wake; those that were told to stop are taken out on the way. */
  #next(): Sleeper | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].wake === undefined) this.#pop();
    return this.#heap[0];
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, sleeper)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = sleeper;
  }

  #pop(): Sleeper | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        child += 1;
        least = right;
      }
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Sleeper, b: Sleeper): boolean =>
  a.at_ms - b.at_ms < 0 || (a.at_ms === b.at_ms && a.order < b.order);

function cancelled(): PeregrineError {
  return new PeregrineError('CANCELLED', 'The wait was cancelled.');
}
