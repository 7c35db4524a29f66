/** How fresh a collection is kept by our policy and by fixed intervals, at as many requests, over simulated days. */

import { seededRandom } from '../src/base/index.ts';
import { type ChangeHistory, NO_HISTORY, visited } from '../src/crawl/change-history.ts';
import { BestPages, claimOf } from '../src/crawl/recrawl-policy.ts';

export interface FreshnessOptions {
  readonly seed: number;
  readonly pages: number;
  readonly days: number;
  readonly budget_per_d: number;
}

export interface FreshnessReport {
  /** Mean share of pages that are as they were fetched, over all days but the first third. */
  readonly adaptive: number;
  readonly fixed: number;
  readonly requests: { readonly adaptive: number; readonly fixed: number };
  /** Share of fresh pages of each day. */
  readonly daily: readonly { readonly adaptive: number; readonly fixed: number }[];
}

const DAY_MS = 86_400_000;
const ROUNDS_PER_DAY = 4;

/** A page changes at random moments at a rate of its own; rates lie between several times a day and once in years. */
export function simulateFreshness({ seed, pages, days, budget_per_d }: FreshnessOptions): FreshnessReport {
  const random = seededRandom(seed);
  const rates = Array.from({ length: pages }, () => 10 ** (-3 + 4 * random.unit()));
  const budget = Math.max(1, Math.round(budget_per_d / ROUNDS_PER_DAY));
  const copies = Array.from({ length: pages }, () => ({ isFresh: { adaptive: true, fixed: true } }));
  const histories: ChangeHistory[] = copies.map(() => visited(NO_HISTORY, 1, false));
  const daily: { adaptive: number; fixed: number }[] = [];
  const requests = { adaptive: 0, fixed: 0 };
  let next = 0;
  for (let round = 1; round <= days * ROUNDS_PER_DAY; round++) {
    const now_ms = (round * DAY_MS) / ROUNDS_PER_DAY;
    for (const [page, rate] of rates.entries()) {
      if (random.unit() < 1 - Math.exp(-rate / ROUNDS_PER_DAY)) {
        const copy = copies[page];
        if (copy !== undefined) copy.isFresh = { adaptive: false, fixed: false };
      }
    }
    const best = new BestPages<number>(budget);
    for (const [page, history] of histories.entries())
      best.push(claimOf({ weight: 1, history }, now_ms), page);
    for (const page of best.take()) {
      const copy = copies[page];
      if (copy === undefined) continue;
      histories[page] = visited(histories[page] ?? NO_HISTORY, now_ms, !copy.isFresh.adaptive);
      copy.isFresh.adaptive = true;
      requests.adaptive += 1;
    }
    for (let left = budget; left > 0; left--) {
      const copy = copies[next];
      if (copy !== undefined) copy.isFresh.fixed = true;
      next = (next + 1) % pages;
      requests.fixed += 1;
    }
    if (round % ROUNDS_PER_DAY === 0) {
      const share = (kind: 'adaptive' | 'fixed'): number =>
        copies.filter(({ isFresh }) => isFresh[kind]).length / pages;
      daily.push({ adaptive: share('adaptive'), fixed: share('fixed') });
    }
  }
  const settled = daily.slice(Math.floor(days / 3));
  const mean = (kind: 'adaptive' | 'fixed'): number =>
    settled.reduce((sum, day) => sum + day[kind], 0) / settled.length;
  return { adaptive: mean('adaptive'), fixed: mean('fixed'), requests, daily };
}
