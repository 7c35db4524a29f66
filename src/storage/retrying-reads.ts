/** Reads that are tried again as the retry policy says, with the books and the words that belong to it. */

import { type Clock, isPeregrineError, type LogSink, messageOf, type Random } from '../base/index.ts';
import { BlockingReads } from './blocking-reads.ts';
import { decideRetry, failureOf, type ReadFailure, type ReadPriority } from './retry-policy.ts';

/** Retries of one read at which a person should know. */
const WARNING_RETRIES = 100;
/** Where something is short, all of a store's reads say so: one line in this time is enough. */
const BUSY_LOG_MS = 5_000;

/** For whom something is read. */
export interface ReadManner {
  /** Default `interactive`. */
  readonly priority?: ReadPriority | undefined;
  /** A limit for the failures whose row of the table takes one. */
  readonly maxRetries?: number | undefined;
  /** Ends a wait with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

export interface RetriedRead extends ReadManner {
  /** The file, for the log. */
  readonly file: string;
  /** The error where a read counts as damage at last. Without it the disk's own error stays. */
  readonly asCorrupt?: (error: unknown) => Error;
}

export interface RetryCounters {
  /** Failed reads that were tried again. */
  readonly readRetries: number;
  /** Times that a disk said it can't read. */
  readonly readErrors: number;
  /** Reads that succeeded after all. */
  readonly readsRecovered: number;
}

export class RetryingReads {
  /** Of those that need not be waited for. */
  readonly blocking: BlockingReads;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: LogSink;
  readonly #closing = new AbortController();
  readonly #counters = { readRetries: 0, readErrors: 0, readsRecovered: 0 };
  #logged_ms = Number.NEGATIVE_INFINITY;

  constructor({ clock, random, log }: { clock: Clock; random: Random; log: LogSink }) {
    this.blocking = new BlockingReads(clock);
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  get counters(): RetryCounters {
    return this.#counters;
  }

  /** From now on nothing is tried without end, and nobody waits: what waits fails with its last error. */
  close(): void {
    this.#closing.abort();
  }

  /** `read` until it succeeds or the policy gives up; each try begins afresh. Rejects with the last error. */
  async withRetries<T>(read: () => Promise<T>, manner: RetriedRead): Promise<T> {
    for (let retries = 0; ; retries++) {
      try {
        const result = await read();
        if (retries > 0) this.#recovered(manner, retries);
        return result;
      } catch (error) {
        await this.#waitOrThrow(error, manner, retries);
      }
    }
  }

  async #waitOrThrow(error: unknown, manner: RetriedRead, retries: number): Promise<void> {
    const { priority = 'interactive', maxRetries, signal, file, asCorrupt } = manner;
    const failure = failureOf(error);
    if (failure === 'io') this.#counters.readErrors += 1;
    const isShuttingDown = this.#closing.signal.aborted;
    const decision = decideRetry({ failure, priority, retries, maxRetries, isShuttingDown }, this.#random);
    if (decision.action === 'fail') {
      if (retries > 0) this.#log.write('error', 'storage.read-failed', { ...wordsOf(error), file, retries });
      throw decision.asCorrupt && asCorrupt !== undefined ? asCorrupt(error) : error;
    }
    this.#logRetry(failure, { ...wordsOf(error), file, retry: retries + 1 }, retries + 1);
    this.#counters.readRetries += 1;
    await this.#wait(decision.wait_ms, signal, error);
  }

  async #wait(wait_ms: number, signal: AbortSignal | undefined, error: unknown): Promise<void> {
    const closing = this.#closing.signal;
    try {
      await this.#clock.sleep(wait_ms, signal === undefined ? closing : AbortSignal.any([closing, signal]));
    } catch (cancelled) {
      throw closing.aborted ? error : cancelled;
    }
  }

  #logRetry(failure: ReadFailure, facts: Readonly<Record<string, unknown>>, retry: number): void {
    const now_ms = this.#clock.monotonic();
    const isQuiet = failure === 'busy' && now_ms - this.#logged_ms <= BUSY_LOG_MS;
    if (retry === WARNING_RETRIES) this.#log.write('error', 'storage.read-keeps-failing', facts);
    if (isQuiet) return;
    this.#logged_ms = now_ms;
    this.#log.write('warn', 'storage.read-retried', facts);
  }

  #recovered({ file }: RetriedRead, retries: number): void {
    this.#counters.readsRecovered += 1;
    this.#log.write('info', 'storage.read-recovered', { file, retries });
  }
}

function wordsOf(error: unknown): Readonly<Record<string, unknown>> {
  const code = isPeregrineError(error) ? error.code : undefined;
  return { error: messageOf(error), code };
}
