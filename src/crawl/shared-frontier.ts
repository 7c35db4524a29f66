/** The frontier of several processes: requests go to who leads their shard, which makes them durable and visits them. */

import { type CollectionId, type ShardId, shardOfSlot } from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import type { TallyRecord } from './crawl-records.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import type { AddQuestion } from './crew-messages.ts';
import { type Change, type DueEntry, Frontier, type NewRequest, type RefusedUrl } from './frontier.ts';
import { hostOf } from './host.ts';
import { Tally } from './tally.ts';

const ADD_TIMEOUT_MS = 15_000;
/** Requests of one question: well below the megabyte that a message may have. */
const QUESTION_REQUESTS = 500;

type Wanted = Pick<AddQuestion, 'requests' | 'refused'>;

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
    for (const [shard, wanted] of this.#byShard(requests, refused)) {
      const isHere = this.#crew.led(shard) !== undefined;
      if (isHere) {
        const change = await this.addHere(collection, round, now_ms, wanted, isOnlyNew);
        added.push(...change.added);
        total.merge(change.tally);
        continue;
      }
      for (const part of inParts(wanted)) {
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

  #byShard(
    requests: readonly NewRequest[],
    refused: readonly RefusedUrl[],
  ): Map<ShardId, { requests: NewRequest[]; refused: RefusedUrl[] }> {
    const groups = new Map<ShardId, { requests: NewRequest[]; refused: RefusedUrl[] }>();
    const groupOf = (url: string): { requests: NewRequest[]; refused: RefusedUrl[] } => {
      const shard = shardOfSlot(hostOf(url).slot, this.#shardCount);
      const group = groups.get(shard) ?? { requests: [], refused: [] };
      groups.set(shard, group);
      return group;
    };
    for (const request of requests) groupOf(request.url).requests.push(request);
    for (const refusal of refused) groupOf(refusal.url).refused.push(refusal);
    return groups;
  }
}

function* inParts({ requests, refused }: Wanted): Generator<Wanted> {
  const length = Math.max(requests.length, refused.length);
  for (let at = 0; at < length; at += QUESTION_REQUESTS) {
    const end = at + QUESTION_REQUESTS;
    yield { requests: requests.slice(at, end), refused: refused.slice(at, end) };
  }
}
