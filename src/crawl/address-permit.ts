/** A permit to ask an address, as whoever asks holds it: renewed while it is held, over when it could not be. */

import { type Clock, isPeregrineError } from '../base/index.ts';
import type { PermitAnswer, PermitQuestion } from './address-desk.ts';
import { LAST_START_MS } from './shard-leases.ts';

const RETRY_MS = 250;

export interface PermitParts {
  readonly clock: Clock;
  /** Rejects where the desk can't be reached: then there is no permit. */
  readonly ask: (question: PermitQuestion) => Promise<PermitAnswer>;
  readonly leave: (address: string, id: string) => void;
}

export class AddressPermit {
  readonly #parts: PermitParts;
  readonly #question: PermitQuestion;
  readonly #over = new AbortController();
  readonly #ended = new AbortController();
  #until_ms: number;

  /** Waits for its turn. Rejects with `CANCELLED` where `signal` aborts. */
  static async take(
    parts: PermitParts,
    question: PermitQuestion,
    signal: AbortSignal,
  ): Promise<AddressPermit> {
    const { clock, ask, leave } = parts;
    for (;;) {
      const began_ms = clock.monotonic();
      const answer = await ask(question).catch((error: unknown) => {
        if (!isUnreachable(error)) throw error;
        return { kind: 'wait', wait_ms: RETRY_MS } as const;
      });
      const until_ms = answer.kind === 'granted' ? began_ms + answer.valid_ms : 0;
      if (until_ms - clock.monotonic() > LAST_START_MS && !signal.aborted)
        return new AddressPermit(parts, question, until_ms);
      try {
        await clock.sleep(answer.kind === 'wait' ? answer.wait_ms : RETRY_MS, signal);
      } catch (error) {
        leave(question.address, question.id);
        throw error;
      }
    }
  }

  private constructor(parts: PermitParts, question: PermitQuestion, until_ms: number) {
    this.#parts = parts;
    this.#question = question;
    this.#until_ms = until_ms;
    void this.#keep();
  }

  get left_ms(): number {
    return this.#until_ms - this.#parts.clock.monotonic();
  }

  get mayBegin(): boolean {
    return this.left_ms > LAST_START_MS;
  }

  /** Aborts when it is over: nothing may be under way. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#ended.abort();
    this.#parts.leave(this.#question.address, this.#question.id);
  }

  async #keep(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#ended;
    while (!signal.aborted && this.left_ms > 0) {
      const isLate = this.left_ms < LAST_START_MS;
      const wait_ms = isLate ? this.left_ms : Math.max(RETRY_MS, (this.left_ms - LAST_START_MS) / 2);
      await clock.sleep(wait_ms, signal).catch(() => undefined);
      if (signal.aborted || isLate) continue;
      // A slow answer must not keep this from ending in time.
      void this.#renew();
    }
    if (!signal.aborted) this.#over.abort();
  }

  /** A desk that does not answer, or says otherwise, leaves what is left. */
  async #renew(): Promise<void> {
    const { clock, ask } = this.#parts;
    const began_ms = clock.monotonic();
    const answer = await ask({ ...this.#question, isHeld: true }).catch(() => undefined);
    if (answer?.kind === 'granted') this.#until_ms = began_ms + answer.valid_ms;
  }
}

const isUnreachable = (error: unknown): boolean =>
  isPeregrineError(error, 'UNAVAILABLE') || isPeregrineError(error, 'DEADLINE');
