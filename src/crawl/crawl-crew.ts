/** The processes that crawl together, as one of them: what it may visit, what it asks the others, what it answers them. */

import {
  type Clock,
  hashString64,
  isPeregrineError,
  type LogSink,
  PeregrineError,
  type ShardId,
  shardOfSlot,
  slotOfHash,
  toShardId,
} from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import { AddressDesk, type PermitAnswer } from './address-desk.ts';
import { AddressPermit, type PermitParts } from './address-permit.ts';
import type { CrawlPeers, PeerName } from './crawl-peers.ts';
import {
  type CrewQuestion,
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
} from './crew-messages.ts';
import type { FetchResponse } from './fetcher.ts';
import type { HostRef } from './host.ts';
import { type ShardLease, ShardLeases } from './shard-leases.ts';

/** A leader may fall and another one be found meanwhile. */
const PATIENCE_MS = 12_000;
const RETRY_MS = 150;
const PERMIT_TIMEOUT_MS = 1_500;
const ASIDE_TIMEOUT_MS = 90_000;

/** What a process answers, by what is asked; leases and permits it answers by itself. */
export type CrewAnswers = {
  readonly [Op in Exclude<CrewQuestion['op'], 'permit' | 'leave'>]: (
    question: Extract<CrewQuestion, { op: Op }>,
  ) => Promise<unknown>;
};

export interface CrawlCrewParts {
  readonly peers: CrawlPeers;
  readonly shards: Shards;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Names this life of this process among all lives of all. */
  readonly session: string;
}

export class CrawlCrew {
  readonly session: string;
  readonly leases: ShardLeases;
  readonly #parts: CrawlCrewParts;
  readonly #desk: AddressDesk;
  readonly #permits: PermitParts;
  #answers: CrewAnswers | undefined;
  #permitCount = 0;

  constructor(parts: CrawlCrewParts) {
    const { clock, peers } = parts;
    this.#parts = parts;
    this.session = parts.session;
    const desk = new AddressDesk(clock);
    this.#desk = desk;
    this.leases = new ShardLeases({ ...parts, permits: (lease) => desk.heldUnder(lease) });
    this.#permits = {
      clock,
      ask: (question) => this.#askDesk(question.address, { op: 'permit', ...question }),
      leave: (address, id) => {
        // Where it does not arrive, the permit runs out.
        this.#askDesk(address, { op: 'leave', address, id }).catch(() => undefined);
      },
    };
    peers.serve(async (bytes) => encodeAnswer(await this.#answer(decodeQuestion(bytes))));
  }

  /** Has the questions answered that are not about leases. */
  serve(answers: CrewAnswers): void {
    this.#answers = answers;
  }

  shardOf(host: Pick<HostRef, 'slot'>): ShardId {
    return shardOfSlot(host.slot, this.#parts.shards.count);
  }

  led(shard: ShardId): ReturnType<CrawlPeers['led']> {
    return this.#parts.peers.led(shard);
  }

  /** Who leads any shard: each of them visits hosts. */
  leaders(): ReadonlySet<PeerName> {
    const { peers, shards } = this.#parts;
    const names = Array.from({ length: shards.count }, (_, n) => this.leaderOf(toShardId(n)));
    return new Set([peers.self, ...names].filter((name) => name !== undefined));
  }

  leaderOf(shard: ShardId): PeerName | undefined {
    const { peers } = this.#parts;
    return peers.led(shard) === undefined ? peers.leaderOf(shard) : peers.self;
  }

  /** What lets this process visit a host; undefined where another one visits it, or nobody may yet. */
  leaseOf(host: Pick<HostRef, 'slot'>): ShardLease | undefined {
    return this.leases.get(this.shardOf(host));
  }

  /** Waits for the turn at an address among all processes. `CANCELLED`. */
  permit(address: string, gap_ms: number, signal: AbortSignal): Promise<AddressPermit> {
    this.#permitCount += 1;
    const id = `${this.session}.${this.#permitCount}`;
    return AddressPermit.take(this.#permits, { address, id, gap_ms }, signal);
  }

  /** Has a URL fetched by who visits its host. */
  async fetchElsewhere(
    host: HostRef,
    question: Omit<Extract<CrewQuestion, { op: 'aside' }>, 'op'>,
  ): Promise<FetchResponse> {
    const answer = await this.askLeader(this.shardOf(host), { op: 'aside', ...question }, ASIDE_TIMEOUT_MS);
    const { bytes, ...response } = answer as Omit<FetchResponse, 'bytes'> & { bytes: string };
    return { ...response, bytes: Buffer.from(bytes, 'base64') };
  }

  /** Rejects with `UNAVAILABLE`, `DEADLINE`, and what the other's answer failed with. */
  async ask(peer: PeerName, question: CrewQuestion, timeout_ms: number): Promise<unknown> {
    const { peers } = this.#parts;
    if (peer === peers.self) return this.#answer(question);
    return decodeAnswer(await peers.ask(peer, encodeQuestion(question), timeout_ms));
  }

  /** Asks whoever leads a shard, and again where that changed. `UNAVAILABLE` where nobody does for long. */
  async askLeader(shard: ShardId, question: CrewQuestion, timeout_ms: number): Promise<unknown> {
    const { clock } = this.#parts;
    const began_ms = clock.monotonic();
    for (;;) {
      const leader = this.leaderOf(shard);
      try {
        if (leader === undefined)
          throw new PeregrineError('UNAVAILABLE', `Nobody leads shard ${shard} at present.`, {
            shard,
          });
        return await this.#untilMoved(shard, leader, this.ask(leader, question, timeout_ms));
      } catch (error) {
        const isOver = clock.monotonic() - began_ms > Math.max(PATIENCE_MS, timeout_ms);
        if (isOver || !isUnreachable(error)) throw error;
      }
      await clock.sleep(RETRY_MS);
    }
  }

  /** A leader that fell while it was asked is asked no more. */
  async #untilMoved<T>(shard: ShardId, leader: PeerName, asked: Promise<T>): Promise<T> {
    const { clock } = this.#parts;
    const done = new AbortController();
    const moved = async (): Promise<never> => {
      while (this.leaderOf(shard) === leader || this.leaderOf(shard) === undefined)
        await clock.sleep(500, done.signal);
      throw new PeregrineError('UNAVAILABLE', `Another process leads shard ${shard} now.`);
    };
    try {
      return await Promise.race([asked, moved()]);
    } finally {
      asked.catch(() => undefined);
      done.abort();
    }
  }

  async #askDesk(address: string, question: CrewQuestion): Promise<PermitAnswer> {
    const shard = shardOfSlot(slotOfHash(hashString64(address)), this.#parts.shards.count);
    const leader = this.leaderOf(shard);
    if (leader === undefined)
      throw new PeregrineError('UNAVAILABLE', `Nobody leads shard ${shard} at present.`);
    return (await this.ask(leader, question, PERMIT_TIMEOUT_MS)) as PermitAnswer;
  }

  async #answer(question: CrewQuestion): Promise<unknown> {
    if (question.op === 'permit') {
      const slot = slotOfHash(hashString64(question.address));
      return this.#desk.ask(question, this.leaseOf({ slot }));
    }
    if (question.op === 'leave') return this.#desk.leave(question.address, question.id);
    const answers = this.#answers;
    if (answers === undefined)
      throw new PeregrineError('UNAVAILABLE', 'This process does not crawl yet, or not any more.');
    // Another program may know questions that this one does not.
    if (!Object.hasOwn(answers, question.op))
      throw new PeregrineError('UNSUPPORTED_VERSION', 'This host does not know that question. Update it.');
    return (answers[question.op] as (asked: CrewQuestion) => Promise<unknown>)(question);
  }
}

/** True where another try, or another process, may answer. */
export const isUnreachable = (error: unknown): boolean =>
  isPeregrineError(error, 'UNAVAILABLE') || isPeregrineError(error, 'DEADLINE');
