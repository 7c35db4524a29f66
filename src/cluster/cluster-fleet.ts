/** The indexes of all shards of a cluster, as its hosts see them: their own, and for the rest the best mirror of each. */

import {
  ByteWriter,
  type Clock,
  type CollectionId,
  type DocId,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import {
  documentsWith,
  type IndexFleet,
  type IndexTotals,
  liveDocuments,
  type SeenSequences,
  type Sight,
  sumOfTotals,
  type ViewedShards,
  type WantedSight,
} from '../collection/index.ts';
import type { IndexView, ShardIndex } from '../index/index.ts';
import { type AnswersByShard, AskedView, type AskedQuestion, RememberedAnswers } from './asked-views.ts';
import { type HostLink, Service } from './host-link.ts';
import type { HostId } from './shard-record.ts';
import { FIRST_PATIENCE_MS, isHostFailure, type ShardRouter } from './shard-router.ts';
import type { ViewFacts, ViewHost } from './view-host.ts';
import { answerOf } from './view-questions.ts';
import { fromWire } from './wire-json.ts';

/** For what takes as long as it takes. */
const TIMEOUT_MS = 30_000;
/** A question that is not answered by then is asked of another mirror, while there is one. */
const QUESTION_PATIENCE_MS = 1_500;
/** Times a query begins anew because a host went away under it. */
const MAX_ATTEMPTS = 4;
/** Between looks whether a mirror has what is to be seen. */
const LOOK_MS = 5;
/** Totals of other hosts may be so old. */
const TOTALS_LIFE_MS = 1_000;

export interface FleetParts {
  readonly count: number;
  /** The index of a shard whose mirror is whole on this host. */
  readonly readable: (shard: ShardId) => ShardIndex | undefined;
  /** How far this host's mirror is; 0 where it holds none. */
  readonly entryOf: (shard: ShardId) => number;
  readonly viewHost: ViewHost;
  readonly link: HostLink;
  readonly router: ShardRouter;
  readonly clock: Clock;
}

/** Views of one query on another host. */
interface RemoteSession {
  readonly host: HostId;
  readonly id: string;
  readonly facts: readonly ViewFacts[];
}

interface KnownTotals {
  readonly at_ms: number;
  readonly totals: IndexTotals;
}

export class ClusterFleet implements IndexFleet {
  readonly #parts: FleetParts;
  readonly #totals = new Map<string, KnownTotals>();

  constructor(parts: FleetParts) {
    this.#parts = parts;
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
      const query = new FleetQuery(this.#parts, collection, attempt >= MAX_ATTEMPTS, wanted?.minSeq);
      try {
        return await query.run(use);
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !(error instanceof HostLost)) throw error;
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

/** A host went away under a query: it is to begin anew. */
class HostLost extends Error {}

/** One run of a query over views of one moment of each shard. */
class FleetQuery {
  readonly #parts: FleetParts;
  readonly #collection: CollectionId;
  readonly #isLast: boolean;
  readonly #answers = new RememberedAnswers();
  readonly #local = new Map<ShardId, IndexView>();
  readonly #remote: RemoteSession[] = [];
  readonly #minSeq: SeenSequences;
  #missing = 0;
  #behind = 0;

  constructor(
    parts: FleetParts,
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
    const { count, router } = this.#parts;
    let wanted: ShardId[] = [];
    for (let n = 0; n < count; n++) {
      const shard = toShardId(n);
      if (!this.#openHere(shard)) wanted.push(shard);
    }
    const tried = new Map<ShardId, Set<HostId>>(wanted.map((shard) => [shard, new Set()]));
    while (wanted.length > 0) {
      const byHost = new Map<HostId, ShardId[]>();
      for (const shard of wanted) {
        const mirrors = [...router.aheadOf(shard, this.#leastOf(shard)), ...router.mirrors(shard)];
        const host = mirrors.find((mirror) => tried.get(shard)?.has(mirror) !== true);
        if (host === undefined) {
          // What is here may be behind, and is better than nothing.
          if (!this.#openHere(shard, 0)) this.#missing += 1;
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
    const { entryOf, readable } = this.#parts;
    const index = readable(shard);
    // Before the view is taken: it shows at least that much.
    const entry = entryOf(shard);
    if (index === undefined || entry < least) return false;
    this.#local.set(shard, index.view(this.#collection));
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

  /** Every shard at once: other hosts while this one computes its own. */
  async #ask(questions: readonly AskedQuestion[]): Promise<readonly AnswersByShard[]> {
    const asked = this.#remote.map((session) => this.#askOn(session, questions));
    const own = questions.map(({ question, left_ms }) =>
      Array.from(this.#local, ([shard, view]) => [shard, answerOf(view, question, left_ms)] as const),
    );
    const remote = await Promise.all(asked);
    return questions.map(
      (_, i) => new Map([...(own[i] ?? []), ...remote.flatMap((answers) => answers[i] ?? [])]),
    );
  }

  async #askOn(
    { host, id }: RemoteSession,
    questions: readonly AskedQuestion[],
  ): Promise<readonly (readonly [ShardId, unknown])[][]> {
    const { link, router } = this.#parts;
    const body = new ByteWriter(1024).text(id).varint(leastTime(questions)).varint(questions.length);
    for (const { text } of questions) body.text(text);
    try {
      const timeout_ms = this.#isLast ? TIMEOUT_MS : QUESTION_PATIENCE_MS;
      const reply = await link.ask(host, Service.askViews, body.finish(), timeout_ms);
      return fromWire(reply.text()) as [ShardId, unknown][][];
    } catch (error) {
      if (!isHostFailure(error)) throw error;
      router.failed(host);
      if (this.#isLast) {
        throw new PeregrineError('UNAVAILABLE', `Host ${host} went away under a query.`, { host }, error);
      }
      throw new HostLost();
    }
  }
}

/** Whole milliseconds, at least one; 0 where there is no end. */
function leastTime(questions: readonly AskedQuestion[]): number {
  const least_ms = Math.min(...questions.map(({ left_ms = Infinity }) => left_ms));
  return least_ms === Infinity ? 0 : Math.max(1, Math.ceil(least_ms));
}
