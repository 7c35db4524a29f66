/** A store that is read and never written: what changes anything is refused, all else is the store's own. */

import { openForReadingOnly, type Seq, type ShardId } from '../base/index.ts';
import type { DatabaseName } from './databases.ts';
import type { ScrubStatus } from './scrubber.ts';
import type { HeldMoment } from './snapshot.ts';
import type {
  BlocksResult,
  MaintainedStore,
  RangeRequest,
  RangeResult,
  StoredRecord,
  StoreStatus,
} from './store-contract.ts';
import type { RepairReport } from './store-repair.ts';
import type { VerifyOptions } from './store-verify.ts';
import type { StoreVerification } from './verify-report.ts';

export class ReadingStore implements MaintainedStore {
  readonly shard: ShardId;
  readonly #store: MaintainedStore;

  constructor(store: MaintainedStore) {
    this.shard = store.shard;
    this.#store = store;
  }

  get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#store.get(database, key);
  }

  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined | 'unknown' {
    return this.#store.getNow(database, key);
  }

  range(request: RangeRequest): Promise<RangeResult> {
    return this.#store.range(request);
  }

  blocks(request: RangeRequest): Promise<BlocksResult> {
    return this.#store.blocks(request);
  }

  scan(request: RangeRequest): AsyncIterable<StoredRecord> {
    return this.#store.scan(request);
  }

  status(): StoreStatus {
    return this.#store.status();
  }

  get scrub(): ScrubStatus {
    return this.#store.scrub;
  }

  verify(options?: VerifyOptions): Promise<StoreVerification> {
    return this.#store.verify(options);
  }

  async append(): Promise<Seq> {
    throw openForReadingOnly();
  }

  async sequence(): Promise<Seq | null> {
    throw openForReadingOnly();
  }

  async flush(): Promise<void> {
    throw openForReadingOnly();
  }

  async merge(): Promise<number> {
    throw openForReadingOnly();
  }

  async repair(): Promise<RepairReport> {
    throw openForReadingOnly();
  }

  async erase(): Promise<void> {
    throw openForReadingOnly();
  }

  /** A moment to be copied is one that is in files: what the log alone holds would have to be written first. */
  async holdMoment(): Promise<HeldMoment> {
    throw openForReadingOnly();
  }

  /** Nothing is ever being written. */
  async paused<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  suspendMerges(): void {
    this.#store.suspendMerges();
  }

  resumeMerges(): void {
    this.#store.resumeMerges();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
