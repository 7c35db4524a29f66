/** Bounds on what happens at once: a number of permits, and locks by name. First come, first served. */

import { isPeregrineError, PeregrineError, whenAborted } from '../base/index.ts';

export class Permits {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with the function that gives the permit back; rejects with `CANCELLED` when `signal` aborts first. */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted === true) throw cancelled();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        forget?.();
        resolve();
      };
      this.#waiting.push(take);
      const forget =
        signal &&
        whenAborted(signal, () => {
          this.#waiting.splice(this.#waiting.indexOf(take), 1);
          reject(cancelled());
        });
    });
  }
}

/** One at a time for each name. */
export class NamedLocks {
  readonly #tails = new Map<string, Promise<void>>();

  async hold<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const { promise: tail, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(name, tail);
    try {
      await before;
      return await work();
    } finally {
      release();
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}

function cancelled(): PeregrineError {
  return new PeregrineError('CANCELLED', 'The wait was cancelled.');
}

/** Waits for work that goes on whether or not somebody waits; `CANCELLED` where `signal` aborts. */
export function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new PeregrineError('CANCELLED', 'The wait was cancelled.'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** True for an error that means "stopped on purpose". */
export function isCancelled(error: unknown): boolean {
  return isPeregrineError(error, 'CANCELLED') || (error instanceof Error && error.name === 'AbortError');
}
