/**
 * Writes of the log that block their thread until the disk has them. Where a disk answers in a fraction of a millisecond, the
 * way to another thread and back takes as long for a group of many small batches as all else that is done for them; where it
 * takes longer, everything else would wait with it. So each write is timed, whichever way it went: a thread waits for a disk
 * that was quick many times in a row, and after a slow answer the longer not, the sooner that came.
 */

/** A disk that takes longer to make a write durable is not waited for. */
const QUICK_MS = 0.5;
/** The same of a write on another thread, which has its way there and back in it. */
const QUICK_ELSEWHERE_MS = 1;
/** One that takes no longer than this, behind so many quick ones, may have lost its processor to somebody else for a moment. */
const LONE_MS = 4;
const LONE_WRITES = 16;
/** Quick writes in a row before the thread waits for one, at most. */
const MAX_QUICK: number = 16 * 1024;
/** Where so many could be waited for, a slow answer is no reason to be more careful than at first. */
const CALM_WRITES = 256;
/** More bytes are better written beside what else there is to do. */
const MAX_BYTES: number = 64 * 1024;

export interface BlockingBounds {
  /** Batches that a write must have for the thread to wait for it. Default 32; infinite: it never waits. */
  readonly batches?: number;
  /** Quick writes in a row before it does, where no disk has been slow yet. Default 4. */
  readonly quickWrites?: number;
}

export class BlockingWrites {
  readonly #batches: number;
  readonly #quickWrites: number;
  /** Quick ones since the last slow one. */
  #quick = 0;
  #needed: number;
  /** Those that were waited for since that began. */
  #waited = 0;

  constructor({ batches = 32, quickWrites = 4 }: BlockingBounds = {}) {
    this.#batches = batches;
    this.#quickWrites = quickWrites;
    this.#needed = quickWrites;
  }

  /** Whether the thread should wait for a write of so many batches. */
  suits(batches: number, size_bytes: number): boolean {
    return this.#quick >= this.#needed && batches >= this.#batches && size_bytes <= MAX_BYTES;
  }

  /** A write that was waited for has taken so long. */
  waited(took_ms: number): void {
    this.#waited += 1;
    if (took_ms <= QUICK_MS) {
      this.#quick += 1;
    } else if (took_ms <= LONE_MS && this.#quick >= this.#needed + LONE_WRITES) {
      this.#quick = this.#needed;
    } else {
      this.#needed = this.#waited >= CALM_WRITES ? this.#quickWrites : Math.min(MAX_QUICK, this.#needed * 4);
      this.#quick = 0;
      this.#waited = 0;
    }
  }

  /** So long has one taken on another thread. */
  wentElsewhere(took_ms: number): void {
    this.#quick = took_ms <= QUICK_ELSEWHERE_MS ? this.#quick + 1 : 0;
  }
}
