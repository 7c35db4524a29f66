/** What makes a run a part of a crawl of several processes: hosts of led shards only, and pages that were granted. */

import type { Slot } from '../base/index.ts';
import type { Store } from '../storage/index.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import { type PaceLimits } from './crawl-pace.ts';
import type { ShardLease } from './shard-leases.ts';
import type { VisitContext } from './visit-context.ts';

/** Between looks for hosts that nobody told of, and how much rarer they are than long. */
const LOOK_MS = 2_000;
const LOOK_SHARE = 20;

export class RunPart {
  readonly #crew: CrawlCrew;
  /** Pages that may be begun yet. */
  #allowance = 0;
  #workers = 1;
  readonly #contexts = new WeakMap<ShardLease, VisitContext>();
  #known: readonly ShardLease[] = [];

  constructor(crew: CrawlCrew) {
    this.#crew = crew;
  }

  /** Shards whose hosts may be visited now. */
  get stores(): readonly Store[] {
    this.#known = this.#crew.leases.all();
    return this.#known.map(({ store }) => store);
  }

  /** True where other shards may be visited than when {@link stores} was asked. */
  get hasMoved(): boolean {
    const now = this.#crew.leases.all();
    return now.length !== this.#known.length || now.some((lease) => !this.#known.includes(lease));
  }

  get allowance(): number {
    return this.#allowance;
  }

  /** What the keeper of the books says: so many pages more, so many processes at work. */
  grant(pages: number, workers: number): void {
    this.#allowance += pages;
    this.#workers = Math.max(1, workers);
  }

  takePage(): boolean {
    if (this.#allowance <= 0) return false;
    this.#allowance -= 1;
    return true;
  }

  giveBack(): void {
    this.#allowance += 1;
  }

  /** Others may have what this one has no use for. */
  giveUpAllowance(): void {
    this.#allowance = 0;
  }

  /** An equal part of what the whole crawl may do in a second. */
  shareOf(limits: PaceLimits): PaceLimits {
    const { maxPages_per_s, maxBytes_per_s, quietHours } = limits;
    return {
      maxPages_per_s: maxPages_per_s / this.#workers,
      maxBytes_per_s: maxBytes_per_s / this.#workers,
      quietHours,
    };
  }

  /** The context of a visit that ends when this process may visit the host no more; undefined where it may not now. */
  contextFor(whole: VisitContext, slot: Slot): VisitContext | undefined {
    const lease = this.#crew.leaseOf({ slot });
    if (lease === undefined) return undefined;
    let context = this.#contexts.get(lease);
    if (context === undefined) {
      context = {
        ...whole,
        // What was stored before may have been another's.
        startedAt_ms: lease.startedAt_ms,
        isResumed: true,
        stopSignal: AbortSignal.any([whole.stopSignal, lease.ending]),
        killSignal: AbortSignal.any([whole.killSignal, lease.over]),
        holdLease: () => lease.takeTurn(),
      };
      this.#contexts.set(lease, context);
    }
    return context;
  }

  /** How long to wait before looking for hosts again, after a look that took so long. */
  static restAfter_ms(look_ms: number): number {
    return Math.max(LOOK_MS, look_ms * LOOK_SHARE);
  }
}
