/**
 * One run of a query over views of one moment of each shard: of this host's own mirrors, and of the best of other hosts.
 * Where a host goes away under it, or damage is met in a copy of an index, the query begins anew with other copies.
 */

import {
  ByteWriter,
  type Clock,
  type CollectionId,
  isPeregrineError,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import type { SeenSequences, ViewedShards } from '../collection/index.ts';
import type { IndexHits, IndexView, ShardIndex } from '../index/index.ts';
import { type AnswersByShard, AskedView, type AskedQuestion, RememberedAnswers } from './asked-views.ts';
import type { DamagedCopies } from './damaged-copies.ts';
import { type HostLink, Service } from './host-link.ts';
import type { HostId } from './shard-record.ts';
import { FIRST_PATIENCE_MS, isHostFailure, type ShardRouter } from './shard-router.ts';
import type { ViewFacts, ViewHost } from './view-host.ts';
import { answerOf } from './view-questions.ts';
import { WatchedView } from './watched-view.ts';
import { fromWire } from './wire-json.ts';

/** For what takes as long as it takes. */
const TIMEOUT_MS = 30_000;
/** A question that is not answered by then is asked of another mirror, while there is one. */
const QUESTION_PATIENCE_MS = 1_500;

/** What a query needs of this host and of the others. */
export interface FleetParts {
  readonly count: number;
  /** The index of a shard whose mirror is whole on this host. */
  readonly readable: (shard: ShardId) => ShardIndex | undefined;
  /** How far this host's mirror is; 0 where it holds none. */
  readonly entryOf: (shard: ShardId) => number;
  readonly viewHost: Pick<ViewHost, 'versionOf'>;
  readonly link: Pick<HostLink, 'ask' | 'host'>;
  readonly router: Pick<ShardRouter, 'aheadOf' | 'answered' | 'askAny' | 'failed' | 'mirrors'>;
  readonly clock: Clock;
}

/** Views of one query on another host. */
interface RemoteSession {
  readonly host: HostId;
  readonly id: string;
  readonly facts: readonly ViewFacts[];
}

/** A copy that a query asked is no good, and another may be: it is to begin anew. */
export class CopyLost extends Error {}

export interface FleetQueryParts extends FleetParts {
  readonly damaged: DamagedCopies;
}

export class FleetQuery {
  readonly #parts: FleetQueryParts;
  readonly #collection: CollectionId;
  readonly #isLast: boolean;
  readonly #answers = new RememberedAnswers();
  readonly #local = new Map<ShardId, IndexView>();
  readonly #remote: RemoteSession[] = [];
  readonly #minSeq: SeenSequences;
  /** Shards of which no whole copy answers: what there is of them is taken as it is. */
  readonly #lastResort = new Set<ShardId>();
  #missing = 0;
  #behind = 0;

  /** @param isLast It does not begin anew: whatever answers is taken, and waited for. */
  constructor(
    parts: FleetQueryParts,
    collection: CollectionId,
    isLast: boolean,
    minSeq: SeenSequences = new Map(),
  ) {
    this.#parts = parts;
    this.#collection = collection;
    this.#isLast = isLast;
    this.#minSeq = minSeq;
  }

  async run<T>(use: (shards: ViewedShards) => Promise<T>): Promise<T> {
    await this.#open();
    const views = this.#views();
    const [missing, behind] = [this.#missing, this.#behind];
    if (this.#remote.length === 0) return use({ views: [...this.#local.values()], missing, behind });
    return this.#answers.run(
      () => use({ views, missing, behind }),
      (questions) => this.#ask(questions),
    );
  }

  release(): void {
    for (const view of this.#local.values()) view.release();
    for (const { host, id } of this.#remote) {
      const body = new ByteWriter(64).text(id).finish();
      this.#parts.link.ask(host, Service.releaseViews, body, TIMEOUT_MS).catch(() => undefined);
    }
  }

  #views(): AskedView[] {
    const { viewHost } = this.#parts;
    const own = Array.from(this.#local, ([shard, view]): ViewFacts => ({
      shard,
      version: viewHost.versionOf(view),
      documentCount: view.documentCount,
      entry: 0,
    }));
    return [...own, ...this.#remote.flatMap(({ facts }) => facts)]
      .sort((a, b) => a.shard - b.shard)
      .map((facts) => new AskedView(this.#collection, facts, this.#answers));
  }

  /** A view of every shard: of this host's where it is whole, else of the best mirror that answers. */
  async #open(): Promise<void> {
    const { count, link, router } = this.#parts;
    let wanted: ShardId[] = [];
    for (let n = 0; n < count; n++) {
      const shard = toShardId(n);
      if (this.#isDamaged(shard, link.host) || !this.#openHere(shard)) wanted.push(shard);
    }
    const tried = new Map<ShardId, Set<HostId>>(wanted.map((shard) => [shard, new Set()]));
    while (wanted.length > 0) {
      const byHost = new Map<HostId, ShardId[]>();
      for (const shard of wanted) {
        const mirrors = [...router.aheadOf(shard, this.#leastOf(shard)), ...router.mirrors(shard)];
        const untried = mirrors.filter((mirror) => tried.get(shard)?.has(mirror) !== true);
        let host = untried.find((mirror) => !this.#isDamaged(shard, mirror));
        if (host === undefined) {
          // What is here may be behind or damaged, and is better than nothing.
          this.#lastResort.add(shard);
          if (this.#openHere(shard, 0)) continue;
          [host] = untried;
        }
        if (host === undefined) {
          this.#missing += 1;
          continue;
        }
        tried.get(shard)?.add(host);
        byHost.set(host, [...(byHost.get(host) ?? []), shard]);
      }
      const failed = await Promise.all(
        Array.from(byHost, async ([host, shards]) => ((await this.#openOn(host, shards)) ? [] : shards)),
      );
      wanted = failed.flat();
    }
  }

  /** Of this host's own mirror, where it is whole and has what is to be seen. */
  #openHere(shard: ShardId, least = this.#leastOf(shard)): boolean {
    const { entryOf, link, readable } = this.#parts;
    const index = readable(shard);
    // Before the view is taken: it shows at least that much.
    const entry = entryOf(shard);
    if (index === undefined || entry < least) return false;
    const view = index.view(this.#collection);
    this.#local.set(shard, new WatchedView(view, () => this.#metDamage([shard], link.host)));
    this.#note(shard, entry);
    return true;
  }

  #leastOf(shard: ShardId): number {
    return this.#minSeq.get(shard) ?? 0;
  }

  #note(shard: ShardId, entry: number): void {
    if (entry < this.#leastOf(shard)) this.#behind += 1;
  }

  async #openOn(host: HostId, shards: readonly ShardId[]): Promise<boolean> {
    const { clock, link, router } = this.#parts;
    const body = new ByteWriter(64).varint(this.#collection).varint(shards.length);
    for (const shard of shards) body.varint(shard);
    const began_ms = clock.monotonic();
    try {
      const timeout_ms = this.#isLast ? TIMEOUT_MS : FIRST_PATIENCE_MS;
      const reply = await link.ask(host, Service.openViews, body.finish(), timeout_ms);
      const { id, facts } = fromWire(reply.text()) as Omit<RemoteSession, 'host'>;
      this.#remote.push({ host, id, facts });
      for (const { shard, entry } of facts) this.#note(shard, entry);
      router.answered(host, clock.monotonic() - began_ms);
      return true;
    } catch (error) {
      if (!isHostFailure(error)) throw error;
      router.failed(host);
      return false;
    }
  }

  #isDamaged(shard: ShardId, host: HostId): boolean {
    return this.#parts.damaged.has({ collection: this.#collection, shard, host });
  }

  /** Begins the query anew where another copy of one of the shards may be whole. */
  #metDamage(shards: readonly ShardId[], host: HostId): void {
    for (const shard of shards) this.#parts.damaged.note({ collection: this.#collection, shard, host });
    if (!this.#isLast && shards.some((shard) => !this.#lastResort.has(shard))) throw new CopyLost();
  }

  /** Every shard at once: other hosts while this one computes its own. */
  async #ask(questions: readonly AskedQuestion[]): Promise<readonly AnswersByShard[]> {
    const asked = this.#remote.map((session) => this.#askOn(session, questions));
    const [own, ...remote] = await Promise.all([this.#askHere(questions), ...asked]);
    return questions.map(
      (_, i) => new Map([...(own[i] ?? []), ...remote.flatMap((answers) => answers[i] ?? [])]),
    );
  }

  async #askHere(questions: readonly AskedQuestion[]): Promise<readonly ShardAnswers[]> {
    return questions.map(({ question, left_ms }) =>
      Array.from(this.#local, ([shard, view]) => [shard, answerOf(view, question, left_ms)] as const),
    );
  }

  async #askOn(
    session: RemoteSession,
    questions: readonly AskedQuestion[],
  ): Promise<readonly ShardAnswers[]> {
    const { host, id } = session;
    const { link } = this.#parts;
    const body = new ByteWriter(1024).text(id).varint(leastTime(questions)).varint(questions.length);
    for (const { text } of questions) body.text(text);
    let answers: readonly ShardAnswers[];
    try {
      const timeout_ms = this.#isLast ? TIMEOUT_MS : QUESTION_PATIENCE_MS;
      const reply = await link.ask(host, Service.askViews, body.finish(), timeout_ms);
      answers = fromWire(reply.text()) as readonly ShardAnswers[];
    } catch (error) {
      throw this.#failureOf(session, error);
    }
    const damaged = answers.flatMap((ofShards, i) =>
      questions[i]?.question.ask === 'search'
        ? ofShards.filter(([, hits]) => (hits as IndexHits).isDamaged)
        : [],
    );
    if (damaged.length > 0)
      this.#metDamage(
        damaged.map(([shard]) => shard),
        host,
      );
    return answers;
  }

  /** What a question fails with that a host did not answer. */
  #failureOf({ host, facts }: RemoteSession, error: unknown): unknown {
    if (isPeregrineError(error, 'CORRUPT')) {
      // Of which shard it does not say.
      this.#metDamage(
        facts.map(({ shard }) => shard),
        host,
      );
      return error;
    }
    if (!isHostFailure(error)) return error;
    this.#parts.router.failed(host);
    if (!this.#isLast) return new CopyLost();
    return new PeregrineError('UNAVAILABLE', `Host ${host} went away under a query.`, { host }, error);
  }
}

/** Answers to one question. */
type ShardAnswers = readonly (readonly [ShardId, unknown])[];

/** Whole milliseconds, at least one; 0 where there is no end. */
function leastTime(questions: readonly AskedQuestion[]): number {
  const least_ms = Math.min(...questions.map(({ left_ms = Infinity }) => left_ms));
  return least_ms === Infinity ? 0 : Math.max(1, Math.ceil(least_ms));
}
