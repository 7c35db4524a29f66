/** Looks at every page of a store again and again, slowly: cold pages rot too, and nobody reads them. */

import { type Clock, isPeregrineError, type LogSink, messageOf } from '../base/index.ts';
import type { RepairReport } from './store-repair.ts';
import type { VerifyOptions } from './store-verify.ts';
import type { PartReport, StoreVerification } from './verify-report.ts';

/** From the end of a pass to the beginning of the next: a page is seen about once a week. */
export const SCRUB_PAUSE_MS: number = 7 * 24 * 60 * 60 * 1000;
/** From opening to the first pass: commands that open a store for a moment don't scrub it. */
export const SCRUB_START_MS: number = 60 * 1000;
/** A pass that an error ended is begun again after this. */
export const SCRUB_RETRY_MS: number = 10 * 60 * 1000;

export interface ScrubStatus {
  /** Passes done since opening. */
  readonly passes: number;
  readonly read_bytes: number;
  /** What the last whole pass said. */
  readonly lastSentence: string | undefined;
  /** Damaged parts that the last whole pass found and that are still there. */
  readonly damagedParts: number;
}

export interface ScrubParts {
  readonly clock: Clock;
  readonly log: LogSink;
  /** 0: no scrub at all. */
  readonly bytesPerSecond: number;
  readonly verify: (options: VerifyOptions) => Promise<StoreVerification>;
  readonly repair: (damaged: readonly PartReport[]) => Promise<RepairReport>;
  /** Without a source nothing is repaired by itself: to set a part aside is for a person to decide. */
  readonly hasSources: boolean;
}

export class Scrubber {
  readonly #parts: ScrubParts;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  readonly #status = {
    passes: 0,
    read_bytes: 0,
    lastSentence: undefined as string | undefined,
    damagedParts: 0,
  };

  constructor(parts: ScrubParts) {
    this.#parts = parts;
  }

  get status(): ScrubStatus {
    return { ...this.#status };
  }

  start(): void {
    if (this.#parts.bytesPerSecond > 0) this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    let pause_ms = SCRUB_START_MS;
    for (;;) {
      try {
        await clock.sleep(pause_ms, this.#closing.signal);
      } catch {
        return;
      }
      pause_ms = SCRUB_PAUSE_MS;
      try {
        await this.#pass();
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        pause_ms = SCRUB_RETRY_MS;
        if (!isPeregrineError(error, 'CANCELLED')) {
          log.write('warn', 'storage.scrub-failed', { error: messageOf(error) });
        }
      }
    }
  }

  async #pass(): Promise<void> {
    const { verify, repair, hasSources, log } = this.#parts;
    const damaged: PartReport[] = [];
    const found = await verify({
      signal: this.#closing.signal,
      afterRead: (size_bytes) => this.#pace(size_bytes),
      onPart: (report) => {
        if (report.problems.some(({ kind }) => kind !== 'owner')) damaged.push(report);
      },
    });
    this.#status.passes += 1;
    this.#status.lastSentence = found.sentence;
    this.#status.damagedParts = hasSources ? 0 : damaged.length;
    if (damaged.length === 0 || !hasSources) return;
    const { sentence } = await repair(damaged);
    log.write('warn', 'storage.scrub-repaired', { sentence });
  }

  async #pace(size_bytes: number): Promise<void> {
    this.#status.read_bytes += size_bytes;
    await this.#parts.clock.sleep((size_bytes * 1000) / this.#parts.bytesPerSecond, this.#closing.signal);
  }
}
