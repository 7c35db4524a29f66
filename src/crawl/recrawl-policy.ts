/**
 * Which pages to fetch again first, and when. A page is worth its value times the freshness that a fetch brings: by
 * Azar, Horvitz, Lubetzky, Peres and Shahaf ("Tractable near-optimal policies for crawling", 2018) the page with the
 * highest index (w/λ)·(1 − e^−λt·(1 + λt)) is the one to fetch, for weight w, change rate λ and age t. Pages that
 * change faster than they can be followed get less, not more.
 */

import { type ChangeHistory, changesPerDay } from './change-history.ts';

const DAY_MS = 86_400_000;

/** A page's claim to be fetched again, `age_ms` after it was seen. Grows with age, towards w/λ. */
export function recrawlIndex(weight: number, rate_per_d: number, age_ms: number): number {
  const expected = (rate_per_d * Math.max(0, age_ms)) / DAY_MS;
  // Below that the difference of two numbers near 1 says nothing; the series does.
  const part = expected < 1e-4 ? (expected * expected) / 2 : 1 - Math.exp(-expected) * (1 + expected);
  return (weight / rate_per_d) * part;
}

/** Chance that a page is still as it was when it was seen. */
export function freshness(rate_per_d: number, age_ms: number): number {
  return Math.exp((-rate_per_d * Math.max(0, age_ms)) / DAY_MS);
}

/** A page as the policy sees it. */
export interface RecrawlCandidate {
  readonly weight: number;
  readonly history: ChangeHistory;
}

/** What a page is worth by its distance from a seed: a start page is worth four pages of depth three. */
export function weightOfDepth(depth: number): number {
  return 1 / (1 + depth);
}

/** The best `limit` of all that are pushed, in memory for no more than that. */
export class BestPages<Page> {
  readonly #limit: number;
  /** A heap, the least claim at the top. */
  readonly #heap: { readonly claim: number; readonly page: Page }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(claim: number, page: Page): void {
    if (this.#limit === 0) return;
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push({ claim, page });
      this.#rise(heap.length - 1);
    } else if (claim > (heap[0]?.claim ?? 0)) {
      heap[0] = { claim, page };
      this.#sink();
    }
  }

  /** Best first. */
  take(): Page[] {
    return this.#heap
      .splice(0)
      .sort((a, b) => b.claim - a.claim)
      .map(({ page }) => page);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      const [own, above] = [heap[at], heap[parent]];
      if (own === undefined || above === undefined || above.claim <= own.claim) return;
      heap[at] = above;
      heap[parent] = own;
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      for (const child of [left, right]) {
        if ((heap[child]?.claim ?? Infinity) < (heap[least]?.claim ?? Infinity)) least = child;
      }
      const [own, below] = [heap[at], heap[least]];
      if (least === at || own === undefined || below === undefined) return;
      heap[at] = below;
      heap[least] = own;
      at = least;
    }
  }
}

/** The claim of a page with what is known of it. */
export function claimOf({ weight, history }: RecrawlCandidate, now_ms: number): number {
  return recrawlIndex(weight, changesPerDay(history), now_ms - history.seenAt_ms);
}
