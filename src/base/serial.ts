/** Runs asynchronous work one after another: the queue in front of a state that has one owner. */

import { PeregrineError } from './errors.ts';

export class Serial {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  /** How much is running or waiting. */
  get pending(): number {
    return this.#waiting;
  }

  /**
   * Runs `work` after all that was handed in before, whether that succeeded or failed, and settles as it does.
   * `CLOSED` after {@link close}. Work that waits for other work of the same queue waits for ever.
   */
  run<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#isClosed) return Promise.reject(new PeregrineError('CLOSED', 'The queue takes no more work.'));
    this.#waiting += 1;
    const result = this.#tail.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all that was handed in so far has settled. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  /** Takes no more work; resolves when what was handed in has settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#tail;
  }
}
