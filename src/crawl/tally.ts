/** Counts of a crawl, of one slot or of all: what waits, what was fetched, and how it ended. */

import type { CrawlOutcome } from './crawl-contract.ts';
import type { TallyRecord } from './crawl-records.ts';

export class Tally {
  round: number;
  queued = 0;
  fetched = 0;
  /** Of what was fetched, unpacked. */
  bytes = 0;
  readonly outcomes: Partial<Record<CrawlOutcome, number>> = {};

  constructor(round: number) {
    this.round = round;
  }

  static of({ round, queued, fetched, bytes = 0, outcomes }: TallyRecord): Tally {
    const tally = new Tally(round);
    tally.bytes = bytes;
    tally.queued = queued;
    tally.fetched = fetched;
    Object.assign(tally.outcomes, outcomes);
    return tally;
  }

  count(outcome: CrawlOutcome): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  /** Itself, or, where it counts an earlier round, a fresh one: what waits stays. */
  inRound(round: number): Tally {
    if (this.round >= round) return this;
    const fresh = new Tally(round);
    fresh.queued = this.queued;
    return fresh;
  }

  /** Adds another's counts; of two rounds only the later counts. */
  merge(other: Tally): void {
    if (other.round > this.round) {
      this.round = other.round;
      this.fetched = 0;
      this.bytes = 0;
      for (const outcome of Object.keys(this.outcomes)) delete this.outcomes[outcome as CrawlOutcome];
    }
    this.queued += other.queued;
    if (other.round < this.round) return;
    this.fetched += other.fetched;
    this.bytes += other.bytes;
    for (const [outcome, count] of Object.entries(other.outcomes) as [CrawlOutcome, number][]) {
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count;
    }
  }

  record(): TallyRecord {
    const { round, queued, fetched, bytes, outcomes } = this;
    return { round, queued: Math.max(0, queued), fetched, bytes, outcomes: { ...outcomes } };
  }
}
