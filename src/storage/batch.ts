/** A batch: what one append to a shard's log carries, applied whole or not at all. Layout: docs/formats/log.md. */

import type { DatabaseName } from './databases.ts';

/** Puts `value` under `key`, or, without a value, deletes the key (a tombstone). */
export interface RecordOperation {
  readonly database: DatabaseName;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/**
 * Batches carry results, never work: records, and for derived state (the index) the analysed document, so that applying
 * and replaying needs no parser, clock or chance.
 */
export interface Batch {
  readonly records: readonly RecordOperation[];
  /** Payloads for {@link DerivedState}s, by their number, applied in order. */
  readonly derived?: readonly DerivedOperation[];
}

export interface DerivedOperation {
  readonly state: number;
  readonly payload: Uint8Array;
}
