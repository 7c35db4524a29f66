/**
 * Writes of the log that block their thread until the disk has them, or the system where its word is enough. Where a disk
 * answers in a fraction of a millisecond, the way to another thread and back takes as long for a group of many small batches as
 * all else that is done for them; where it takes longer, everything else would wait with it. So each write is timed, whichever
 * way it went: a thread waits for a disk that was quick many times in a row, and after slow answers the longer not, the sooner
 * they came.
 */

/** Which writes a thread may wait for. */
export interface WaitingMeasure {
  /** Batches that one must have. */
  readonly batches: number;
  /** More bytes are better written beside what else there is to do. */
  readonly most_bytes: number;
  /** Quick writes in a row before the thread waits for one, where none was slow yet. */
  readonly quickWrites: number;
  /** What takes longer is not waited for, beside what each MiB may take. */
  readonly quick_ms: number;
  readonly quick_msPerMiB: number;
}

/** Until a disk has made them durable. */
export const WAITING_FOR_DISK: WaitingMeasure = {
  batches: 32,
  most_bytes: 64 * 1024,
  quickWrites: 4,
  quick_ms: 0.5,
  quick_msPerMiB: 0,
};
/**
 * Until the system has taken them, which is a copy, unless it has more to write out than it likes. Made where they have just been
 * built they are in this processor's cache, as they are for the memtable behind it.
 */
export const WAITING_FOR_SYSTEM: WaitingMeasure = {
  batches: 1,
  most_bytes: 2 * 1024 * 1024,
  quickWrites: 0,
  quick_ms: 0.5,
  quick_msPerMiB: 1.5,
};

/** More that a write on another thread may take: it has its way there and back in it. */
const ELSEWHERE_MS = 0.5;
/**
 * What each quick write gives towards slow ones, and at most: among quick ones few are slow, because somebody else had the processor
 * or the disk for a moment, and the thread waits through them; it does not through many, or through a very slow one.
 */
const GIVEN_MS = 0.1;
const MOST_GIVEN_MS = 3.5;
/** Quick writes in a row before the thread waits for one, at most. */
const MAX_QUICK: number = 16 * 1024;
/** Where so many could be waited for, a slow answer is no reason to be more careful than at first. */
const CALM_WRITES = 256;
/** So many quick ones at least after a slow one. */
const LEAST_QUICK = 4;
const MIB: number = 1024 * 1024;

export interface BlockingBounds {
  /** Batches that a write must have for the thread to wait for it. Default: 32 for the disk, 1 for the system; infinite: it never waits. */
  readonly batches?: number;
  /** Quick writes in a row before it does, where none was slow yet. Default: 4 for the disk, 0 for the system. */
  readonly quickWrites?: number;
}

export class BlockingWrites {
  readonly #measure: WaitingMeasure;
  /** Quick ones on another thread since the last slow one. */
  #quick = 0;
  #needed: number;
  /** Those that were waited for since that began. */
  #waited = 0;
  /** What slow ones may take beyond what is quick. */
  #given_ms = 0;

  constructor(bounds: BlockingBounds = {}, measure: WaitingMeasure = WAITING_FOR_DISK) {
    this.#measure = { ...measure, ...bounds };
    this.#needed = this.#measure.quickWrites;
  }

  /** Whether the thread should wait for a write of so many batches. */
  suits(batches: number, size_bytes: number): boolean {
    const { batches: least, most_bytes } = this.#measure;
    return this.#quick >= this.#needed && batches >= least && size_bytes <= most_bytes;
  }

  /** A write that was waited for has taken so long. */
  waited(took_ms: number, size_bytes: number): void {
    this.#waited += 1;
    const over_ms = took_ms - this.#quickFor(size_bytes);
    if (over_ms <= 0) {
      this.#given_ms = Math.min(MOST_GIVEN_MS, this.#given_ms + GIVEN_MS);
    } else if (over_ms <= this.#given_ms) {
      this.#given_ms -= over_ms;
    } else {
      const more = Math.min(MAX_QUICK, Math.max(LEAST_QUICK, this.#needed * 4));
      this.#needed = this.#waited >= CALM_WRITES ? this.#measure.quickWrites : more;
      this.#quick = 0;
      this.#waited = 0;
      this.#given_ms = 0;
    }
  }

  /** So long has one taken on another thread. */
  wentElsewhere(took_ms: number, size_bytes: number): void {
    this.#quick = took_ms <= this.#quickFor(size_bytes) + ELSEWHERE_MS ? this.#quick + 1 : 0;
  }

  #quickFor(size_bytes: number): number {
    const { quick_ms, quick_msPerMiB } = this.#measure;
    return quick_ms + (quick_msPerMiB * size_bytes) / MIB;
  }
}
