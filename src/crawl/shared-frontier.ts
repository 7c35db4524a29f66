/** The frontier of several processes: requests go to who leads their shard, which makes them durable and visits them. */

import { type CollectionId, type ShardId, shardOfSlot, type Slot } from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import type { TallyRecord } from './crawl-records.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import { type Change, type DueEntry, Frontier, type NewRequest, type RefusedUrl } from './frontier.ts';
import { byHolder, inPieces, type Wanted } from './frontier-batches.ts';
import { Tally } from './tally.ts';

const ADD_TIMEOUT_MS = 15_000;
/** Requests of one question: well below the megabyte that a message may have. */
const QUESTION_REQUESTS = 500;

export class SharedFrontier extends Frontier {
  readonly #crew: CrawlCrew;
  readonly #shardCount: number;
  #adds = 0;

  constructor(shards: Shards, crew: CrawlCrew) {
    super(shards);
    this.#crew = crew;
    this.#shardCount = shards.count;
  }

  /** Grows before and after whatever this process makes durable: it is the same again only where nothing came. */
  get adds(): number {
    return this.#adds;
  }

  /** The entries of the change are those of shards that this process leads. */
  override async add(
    collection: CollectionId,
    round: number,
    now_ms: number,
    requests: readonly NewRequest[],
    refused: readonly RefusedUrl[] = [],
    { isOnlyNew = false }: { isOnlyNew?: boolean } = {},
  ): Promise<Change> {
    const total = new Tally(round);
    const added: DueEntry[] = [];
    const shardOf = (slot: Slot): ShardId => shardOfSlot(slot, this.#shardCount);
    for (const [shard, wanted] of byHolder({ requests, refused }, shardOf)) {
      const isHere = this.#crew.led(shard) !== undefined;
      if (isHere) {
        const change = await this.addHere(collection, round, now_ms, wanted, isOnlyNew);
        added.push(...change.added);
        total.merge(change.tally);
        continue;
      }
      for (const part of inPieces(wanted, QUESTION_REQUESTS)) {
        const question = { op: 'add', collection, round, now_ms, ...part, isOnlyNew } as const;
        const tally = await this.#crew.askLeader(shard, question, ADD_TIMEOUT_MS);
        total.merge(Tally.of(tally as TallyRecord));
      }
    }
    return { added, tally: total };
  }

  /** Makes requests durable in a shard that this process leads. */
  async addHere(
    collection: CollectionId,
    round: number,
    now_ms: number,
    { requests, refused }: Wanted,
    isOnlyNew: boolean,
  ): Promise<Change> {
    this.#adds += 1;
    try {
      return await super.add(collection, round, now_ms, requests, refused, { isOnlyNew });
    } finally {
      this.#adds += 1;
    }
  }
}
