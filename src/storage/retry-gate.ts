/** Work that others wait for and that may fail for a while: what failed just now is not tried again at once. */

import { type Clock, isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';

/** How long a failure stands for those who come after it. */
export const RETRY_MS = 1_000;

export class RetryGate {
  readonly #clock: Clock;
  #failure: { readonly error: unknown; readonly at_ms: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True until {@link RETRY_MS} after a failure. */
  get isShut(): boolean {
    return this.#failure !== undefined && this.#clock.monotonic() - this.#failure.at_ms < RETRY_MS;
  }

  /** Runs `work`, or repeats its last failure; `DISK_FULL` and `CLOSED` come through, all else is `READ_ONLY`. */
  async pass(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined && this.isShut) throw asRefusal(this.#failure.error);
    try {
      await work();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = { error, at_ms: this.#clock.monotonic() };
      throw asRefusal(error);
    }
  }
}

/** What a writer is told: a full disk as such, anything else as a store that can't be written just now. */
function asRefusal(error: unknown): PeregrineError {
  if (isPeregrineError(error, 'DISK_FULL') || isPeregrineError(error, 'CLOSED')) return error;
  const facts = isPeregrineError(error) ? error.facts : {};
  return new PeregrineError('READ_ONLY', `Nothing can be written now: ${messageOf(error)}`, facts, error);
}
