/** Slows down whoever tries keys: a few wrong ones a minute from one address, then refusal. */

import type { Clock } from '../base/index.ts';

/** Wrong keys that one address may send in a window. */
export const ATTEMPTS_PER_WINDOW = 10;
export const WINDOW_MS = 60_000;
/** Addresses remembered; the longest unseen is forgotten first. */
const ADDRESSES_KEPT = 10_000;

interface Window {
  readonly since_ms: number;
  count: number;
}

export class FailedAttempts {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a wrong key. Returns how long the address has to wait, ms; 0 when it may go on. */
  add(address: string): number {
    const now_ms = this.#clock.monotonic();
    const network = networkOf(address);
    const known = this.#windows.get(network);
    const window =
      known === undefined || now_ms - known.since_ms >= WINDOW_MS ? { since_ms: now_ms, count: 0 } : known;
    window.count += 1;
    this.#windows.delete(network);
    this.#windows.set(network, window);
    if (this.#windows.size > ADDRESSES_KEPT) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest);
        break;
      }
    }
    return window.count > ATTEMPTS_PER_WINDOW ? window.since_ms + WINDOW_MS - now_ms : 0;
  }
}

/** One household, one count: an IPv6 subscriber owns at least a /64. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const missing = 8 - groups.length - tail.split(':').length;
  const full = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...tail.split(':')];
  return full.slice(0, 4).join(':');
}
