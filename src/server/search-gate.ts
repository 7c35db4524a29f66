/**
 * Lets in as many searches as can be answered soon and refuses the rest at once, for a queue would only make all of
 * them late. Requests wait in two places: at searches under way, which are counted, and in sockets that the event loop
 * has not come to yet, which shows in how long it has been busy with those that it found ready together.
 */

import { type Clock, PeregrineError, type Random } from '../base/index.ts';
import { SEARCHES_AT_ONCE, TURN_MS } from './limits.ts';

/** So many that were ready together are answered in any case. */
const FEW = 4;
/** Between these a refused client is told to come back, s: not all at the same moment. */
const RETRY_S = [2, 8] as const;

export class SearchGate {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onAnswer: (took_ms: number) => void;
  #running = 0;
  /** When the event loop came to the first of the requests that were ready together; undefined between turns. */
  #turnBegan_ms: number | undefined;
  #inTurn = 0;
  #refused = 0;

  /** `onAnswer` hears how long each search took. */
  constructor(clock: Clock, random: Random, onAnswer: (took_ms: number) => void = () => undefined) {
    this.#clock = clock;
    this.#random = random;
    this.#onAnswer = onAnswer;
  }

  /** Refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Asked once for each request as it comes: whether it is to be refused. A few are answered however long one took. */
  isCrowded(): boolean {
    const turn_ms = this.#turn_ms();
    // It is crowds that make each other late.
    const isCrowd = this.#inTurn > FEW && turn_ms > TURN_MS;
    if (!isCrowd && this.#running < SEARCHES_AT_ONCE) return false;
    this.#refused += 1;
    return true;
  }

  /** When a refused client should come back. */
  retryAfter_s(): number {
    const [least, most] = RETRY_S;
    return least + this.#random.below(most - least + 1);
  }

  /** `QUEUE_FULL` with `retryAfter_s` and status 503 where there is too much to do. */
  async pass<T>(search: () => Promise<T>): Promise<T> {
    if (this.#running >= SEARCHES_AT_ONCE) {
      this.#refused += 1;
      throw tooMany({ status: 503, retryAfter_s: this.retryAfter_s() });
    }
    this.#running += 1;
    const began_ms = this.#clock.monotonic();
    try {
      const answer = await search();
      this.#onAnswer(this.#clock.monotonic() - began_ms);
      return answer;
    } finally {
      this.#running -= 1;
    }
  }

  /** How long the event loop has been at the requests that it found ready together. */
  #turn_ms(): number {
    const now_ms = this.#clock.monotonic();
    this.#inTurn += 1;
    if (this.#turnBegan_ms === undefined) {
      this.#turnBegan_ms = now_ms;
      // Runs when all that was ready has had its turn.
      setImmediate(() => {
        this.#turnBegan_ms = undefined;
        this.#inTurn = 0;
      });
    }
    return now_ms - this.#turnBegan_ms;
  }
}

export const TOO_MANY = 'Too many searches at once. Please try again in a moment.';

export function tooMany(facts: Readonly<Record<string, number>>): PeregrineError {
  return new PeregrineError('QUEUE_FULL', TOO_MANY, facts);
}
