/** What happened in the life of a store, counted. */

export interface LifeReport {
  /** Batches, point reads, whole comparisons, flushes, merges, snapshots and verifications asked for. */
  readonly operations: number;
  readonly batches: number;
  readonly records: number;
  readonly refused: number;
  readonly crashes: number;
  readonly reopenings: number;
  readonly faults: number;
  readonly flushes: number;
  readonly merges: number;
  readonly snapshots: number;
  readonly restores: number;
  readonly verifications: number;
  readonly comparisons: number;
}

/** While it goes on. */
export type Counted = { -readonly [Name in keyof LifeReport]: LifeReport[Name] };

export function emptyReport(): Counted {
  return {
    operations: 0,
    batches: 0,
    records: 0,
    refused: 0,
    crashes: 0,
    reopenings: 0,
    faults: 0,
    flushes: 0,
    merges: 0,
    snapshots: 0,
    restores: 0,
    verifications: 0,
    comparisons: 0,
  };
}
