/** How long each phase of a fetch may take, and what an error on the way means. */

import { isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import { connectionFailure } from './connection-failure.ts';

/** Real time, phase by phase: sockets keep no other clock. */
export class PhaseWatch {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuterAbort = (): void => this.#controller.abort();
  readonly #whole: NodeJS.Timeout;
  #phase: NodeJS.Timeout | undefined;
  #expired: string | undefined;

  constructor(outer: AbortSignal | undefined, whole_ms: number) {
    this.#outer = outer;
    if (outer?.aborted === true) this.#controller.abort();
    outer?.addEventListener('abort', this.#onOuterAbort, { once: true });
    this.#whole = setTimeout(() => this.#expire(`the page took longer than ${whole_ms} ms`), whole_ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  enter(phase: string, limit_ms: number): void {
    clearTimeout(this.#phase);
    this.#phase = setTimeout(() => this.#expire(`its ${phase} took longer than ${limit_ms} ms`), limit_ms);
  }

  end(): void {
    clearTimeout(this.#phase);
    clearTimeout(this.#whole);
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
  }

  /** The error a caller can act on, made of whatever a socket threw. */
  explain(error: unknown, url: string): PeregrineError {
    if (this.#outer?.aborted === true)
      return new PeregrineError('CANCELLED', 'The fetch was cancelled.', { url });
    if (this.#expired !== undefined) {
      return new PeregrineError('FETCH_TIMEOUT', `The server is too slow: ${this.#expired}.`, { url }, error);
    }
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (isPeregrineError(cause)) return cause;
    }
    const code = codeOf(error);
    if (/TIMEOUT|ETIMEDOUT/.test(code)) {
      return new PeregrineError(
        'FETCH_TIMEOUT',
        `The server is too slow: ${messageOf(error)}.`,
        { url, code },
        error,
      );
    }
    return new PeregrineError(
      'FETCH_FAILED',
      `The page could not be fetched: ${connectionFailure(code, messageOf(error))}.`,
      { url, code },
      error,
    );
  }

  #expire(why: string): void {
    this.#expired = why;
    this.#controller.abort();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
