/** What the bench asks of a store, ours or a peer's. */

import type { Checksum, Dataset } from './dataset.ts';

export interface OpenOptions {
  readonly directory: string;
  /** For what is not on disk yet. */
  readonly write_bytes: number;
  /** For pages read. */
  readonly cache_bytes: number;
  /** Whether a write waits for the disk. */
  readonly isDurable: boolean;
}

export interface Contestant {
  readonly name: string;
  open(options: OpenOptions): Promise<OpenContestant>;
}

export interface OpenContestant {
  /** Records `from` to `to` (exclusive) of the data as one batch. */
  insert(data: Dataset, from: number, to: number): Promise<unknown> | void;
  /** One record in a batch of its own; resolves when it is as durable as the store was opened for. */
  put(key: Buffer, value: Buffer): Promise<unknown>;
  /** Everything in key order, each record touched; the number of records and of bytes. `sum` takes every byte. */
  scan(sum?: Checksum): Promise<{ records: number; bytes: number }>;
  /** The values of these records, one call each; the number of bytes. */
  getAll(keys: readonly Buffer[], sum?: Checksum): Promise<number>;
  /** Everything written as files, where a store can be told so. */
  settle(): Promise<void>;
  close(): Promise<void>;
}
