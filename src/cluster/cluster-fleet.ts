/** The indexes of all shards of a cluster, as its hosts see them: their own, and for the rest the best mirror of each. */

import { ByteWriter, type CollectionId, type DocId, type ShardId, toShardId } from '../base/index.ts';
import {
  documentsWith,
  type IndexFleet,
  type IndexTotals,
  liveDocuments,
  type Sight,
  sumOfTotals,
  type ViewedShards,
  type WantedSight,
} from '../collection/index.ts';
import { DamagedCopies } from './damaged-copies.ts';
import { CopyLost, type FleetParts, FleetQuery } from './fleet-query.ts';
import { Service } from './host-link.ts';
import { fromWire } from './wire-json.ts';

/** For what takes as long as it takes. */
const TIMEOUT_MS = 30_000;
/** Times that a query begins, with another copy each time. */
const MAX_ATTEMPTS = 4;
/** Between looks whether a mirror has what is to be seen. */
const LOOK_MS = 5;
/** Totals of other hosts may be so old. */
const TOTALS_LIFE_MS = 1_000;

interface KnownTotals {
  readonly at_ms: number;
  readonly totals: IndexTotals;
}

export class ClusterFleet implements IndexFleet {
  readonly #parts: FleetParts;
  readonly #damaged: DamagedCopies;
  readonly #totals = new Map<string, KnownTotals>();

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#damaged = new DamagedCopies(parts.clock);
  }

  async within<T>(
    collection: CollectionId,
    use: (shards: ViewedShards) => Promise<T>,
    sight?: Sight,
  ): Promise<T> {
    // Of what is elsewhere every view shows all that its host has.
    const wanted = sight === 'soon' ? undefined : sight;
    if (wanted !== undefined) await this.#seen(wanted);
    for (let attempt = 1; ; attempt++) {
      const parts = { ...this.#parts, damaged: this.#damaged };
      const query = new FleetQuery(parts, collection, attempt >= MAX_ATTEMPTS, wanted?.minSeq);
      try {
        return await query.run(use);
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !(error instanceof CopyLost)) throw error;
      } finally {
        query.release();
      }
    }
  }

  /** Waits until somebody who can be asked has what is to be seen, or patience is over. */
  async #seen({ minSeq, patience_ms }: WantedSight): Promise<void> {
    const { clock, entryOf, readable, router } = this.#parts;
    const isSeen = ([shard, seq]: readonly [ShardId, number]): boolean =>
      (readable(shard) !== undefined && entryOf(shard) >= seq) || router.aheadOf(shard, seq).length > 0;
    const until_ms = clock.monotonic() + patience_ms;
    for (const wanted of minSeq) {
      while (!isSeen(wanted) && clock.monotonic() < until_ms) await clock.sleep(LOOK_MS);
    }
  }

  async *documentsWith(collection: CollectionId, filterHash: bigint): AsyncIterable<DocId> {
    for (const shard of this.#shards()) {
      const index = this.#parts.readable(shard);
      if (index === undefined) {
        const body = new ByteWriter(32).varint(shard).varint(collection).u64(filterHash).finish();
        yield* (await this.#askAny(shard, Service.documentsWith, body)) as DocId[];
      } else yield* documentsWith(index, collection, filterHash);
    }
  }

  async documents(collection: CollectionId): Promise<readonly Float64Array[]> {
    const parts: Float64Array[] = [];
    for (const shard of this.#shards()) {
      const index = this.#parts.readable(shard);
      const body = new ByteWriter(16).varint(shard).varint(collection).finish();
      parts.push(
        index === undefined
          ? ((await this.#askAny(shard, Service.documents, body)) as Float64Array)
          : liveDocuments(index, collection),
      );
    }
    return parts;
  }

  totals(collection: CollectionId): IndexTotals {
    return sumOfTotals(
      this.#shards().flatMap((shard) => {
        const own = this.#parts.readable(shard)?.status(collection);
        const known = own ?? this.#knownTotals(shard, collection);
        return known === undefined ? [] : [known];
      }),
    );
  }

  /** What was heard last; asks anew where that is some time ago, for the next one who wants to know. */
  #knownTotals(shard: ShardId, collection: CollectionId): IndexTotals | undefined {
    const key = `${shard} ${collection}`;
    const known = this.#totals.get(key);
    const now_ms = this.#parts.clock.monotonic();
    if (known === undefined || now_ms - known.at_ms > TOTALS_LIFE_MS) {
      const body = new ByteWriter(16).varint(shard).varint(collection).finish();
      if (known !== undefined) this.#totals.set(key, { ...known, at_ms: now_ms });
      this.#askAny(shard, Service.totals, body).then(
        (totals) => this.#totals.set(key, { at_ms: now_ms, totals: totals as IndexTotals }),
        () => undefined,
      );
    }
    return known?.totals;
  }

  #askAny(
    shard: ShardId,
    service: typeof Service.documentsWith | typeof Service.documents | typeof Service.totals,
    body: Uint8Array,
  ): Promise<unknown> {
    const { link, router } = this.#parts;
    return router.askAny(
      shard,
      async (host, timeout_ms) => fromWire((await link.ask(host, service, body, timeout_ms)).text()),
      TIMEOUT_MS,
    );
  }

  #shards(): ShardId[] {
    return Array.from({ length: this.#parts.count }, (_, shard) => toShardId(shard));
  }
}
