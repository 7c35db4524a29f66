/**
 * Sees to it that all processes together stay below the one number. The plan bounds what lives; what is dead and not yet
 * collected, and what the system was not given back, is seen only from outside. So the keeper looks, collects, and where
 * that does not do it has caches give back what only saves time.
 */

import { memoryUsage } from 'node:process';
import { collectGarbage } from './garbage.ts';

/** What is looked at. */
export interface MemoryReading {
  /** This process and those that it began, shared pages counted once. */
  readonly held_bytes: number;
  /** Of this process, buffers outside the JavaScript heap: dead ones stay until V8 collects, which it does late. */
  readonly buffers_bytes: number;
}

export interface MemoryKeeperParts {
  readonly limit_bytes: number;
  readonly read: () => MemoryReading;
  /** Collects all garbage of this process; thoroughly where it has nothing else to do. */
  readonly collect: (isThorough: boolean) => void;
  /** Halves what is kept to save time. */
  readonly shed: () => void;
  /** Since somebody waited for an answer; 0: somebody does. */
  readonly sinceAsked_ms: () => number;
  readonly now_ms: () => number;
}

/**
 * Buffers of this share of the limit may be dead. What they once took stays in fragments, so this is a bound on those, too. While
 * less than half of the limit is held, there may be more: collecting costs a crawl a tenth of its time.
 */
const DEAD_SHARE = 1 / 24;
const ROOMY_DEAD_SHARE = 1 / 8;
const ROOMY_SHARE = 0.5;
/** Above this share of the limit memory is tight. */
const TIGHT_SHARE = 0.9;
/**
 * Collecting takes some ten milliseconds: not more often than this where memory is tight, nor than that for dead buffers. What
 * stays tight although everything was collected is looked at twice as late each time.
 */
const TIGHT_PAUSE_MS = 5_000;
const MOST_TIGHT_PAUSE_MS = 60_000;
const DEAD_PAUSE_MS = 1_000;
/**
 * Looks for which a collection waits while somebody waits for an answer; and where nothing is urgent while somebody has
 * asked lately, and so is likely to ask again before it is over.
 */
const MOST_PUT_OFF = 4;
const LATELY_MS = 1_000;
const MOST_PUT_OFF_LATELY = 12;
/** So many times the dead buffers that call for a collection can't wait so long. */
const URGENT = 2;

export class MemoryKeeper {
  readonly #parts: MemoryKeeperParts;
  /** Right after the last collection. */
  #live_bytes = 0;
  #collectedAt_ms = -Infinity;
  #tightPause_ms = TIGHT_PAUSE_MS;
  #putOff = 0;
  /** Collections, and times that caches gave half of theirs. */
  collections = 0;
  sheddings = 0;

  constructor(parts: MemoryKeeperParts) {
    this.#parts = parts;
  }

  /** To be called a few times a second. */
  look(): void {
    const { limit_bytes, read, shed, now_ms } = this.#parts;
    const { held_bytes, buffers_bytes } = read();
    // V8 has collected by itself.
    this.#live_bytes = Math.min(this.#live_bytes, buffers_bytes);
    const since_ms = now_ms() - this.#collectedAt_ms;
    const isTight = held_bytes > limit_bytes * TIGHT_SHARE;
    const dead_bytes = buffers_bytes - this.#live_bytes;
    const share = held_bytes < limit_bytes * ROOMY_SHARE ? ROOMY_DEAD_SHARE : DEAD_SHARE;
    if (!isTight) this.#tightPause_ms = TIGHT_PAUSE_MS;
    const isDue = dead_bytes >= limit_bytes * share || (isTight && since_ms >= this.#tightPause_ms);
    if (!isDue || since_ms < DEAD_PAUSE_MS) return;
    if (this.#putOff < this.#mostPutOff(isTight || dead_bytes >= limit_bytes * share * URGENT)) {
      this.#putOff += 1;
      return;
    }
    this.collect();
    if (!isTight || read().held_bytes <= limit_bytes * TIGHT_SHARE) return;
    this.#tightPause_ms = Math.min(MOST_TIGHT_PAUSE_MS, this.#tightPause_ms * 2);
    shed();
    this.sheddings += 1;
  }

  #mostPutOff(isUrgent: boolean): number {
    const since_ms = this.#parts.sinceAsked_ms();
    if (!isUrgent && since_ms < LATELY_MS) return MOST_PUT_OFF_LATELY;
    return since_ms === 0 ? MOST_PUT_OFF : 0;
  }

  collect(isThorough = false): void {
    this.#parts.collect(isThorough);
    this.collections += 1;
    this.#putOff = 0;
    this.#collectedAt_ms = this.#parts.now_ms();
    this.#live_bytes = this.#parts.read().buffers_bytes;
  }
}

const LOOK_EVERY_MS = 250;

export interface WatchedMemory {
  readonly limit_bytes: number;
  /** What the processes that this one began hold of their own. */
  readonly others_bytes: () => number;
  readonly shed: () => void;
  readonly sinceAsked_ms: () => number;
}

/** Keeps the memory of this very process. */
export function watchMemory({ limit_bytes, others_bytes, shed, sinceAsked_ms }: WatchedMemory): {
  readonly keeper: MemoryKeeper;
  readonly stop: () => void;
} {
  const keeper = new MemoryKeeper({
    limit_bytes,
    read: () => {
      const { rss, arrayBuffers } = memoryUsage();
      return { held_bytes: rss + others_bytes(), buffers_bytes: arrayBuffers };
    },
    collect: collectGarbage,
    shed,
    sinceAsked_ms,
    now_ms: () => performance.now(),
  });
  const timer = setInterval(() => keeper.look(), LOOK_EVERY_MS);
  timer.unref();
  return { keeper, stop: () => clearInterval(timer) };
}
