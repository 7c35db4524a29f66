/**
 * Processes that crawl together over shared shards, in one process and simulated time: messages that are late or lost,
 * leaders that change and learn of it late, members that are killed and come back. The shards themselves fail nobody.
 */

import { PeregrineError, type Random, type ShardId, silentLog, toShardId } from '../src/base/index.ts';
import {
  type Crawler,
  type CrawlPeers,
  createCrawler,
  type DocumentSink,
  type Fetcher,
  type LedShard,
  type PeerName,
} from '../src/crawl/index.ts';
import { decodeQuestion } from '../src/crawl/crew-messages.ts';
import type { Shards, Store } from '../src/storage/index.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { SortedShards } from './sorted-store.ts';

/** Until the others know that somebody leads no more. */
const DETECT_MS = 2_000;
const LOST_SHARE = 0.01;

export interface CrewTown {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly shards: SortedShards;
  readonly sink: DocumentSink;
  readonly fetcher: Fetcher;
}

interface Leading {
  leader: PeerName;
  term: number;
}

interface Member {
  readonly name: PeerName;
  readonly crawler: Crawler;
  readonly death: AbortController;
  /** Who it takes for the leader. */
  readonly view: Map<ShardId, Leading>;
  answer: ((question: Uint8Array) => Promise<Uint8Array>) | undefined;
}

export class SimulatedCrew {
  readonly #town: CrewTown;
  /** As it is: batches of anybody else are refused. */
  readonly #truth = new Map<ShardId, Leading>();
  readonly #members = new Map<PeerName, Member>();
  readonly #served = new Map<Map<ShardId, Leading>, (question: Uint8Array) => Promise<Uint8Array>>();
  readonly #visitors = new Set<PeerName>();
  /** Told of each request, with who makes it. */
  onFetch: (name: PeerName, url: string) => void = () => undefined;
  /** So many of the next answers to questions of the books are lost. */
  lostBooksAnswers = 0;

  constructor(town: CrewTown, names: readonly PeerName[]) {
    this.#town = town;
    for (let n = 0; n < town.shards.count; n++)
      this.#truth.set(toShardId(n), { leader: names[n % names.length] ?? '', term: 1 });
    for (const name of names) this.join(name);
  }

  get names(): readonly PeerName[] {
    return [...this.#members.keys()];
  }

  /** Members that have fetched anything. */
  get visitors(): number {
    return this.#visitors.size;
  }

  crawlerOf(name: PeerName): Crawler {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`${name} is not there`);
    return member.crawler;
  }

  /** Any that lives. */
  get anyCrawler(): Crawler {
    return this.crawlerOf(this.names[this.#town.random.below(this.names.length)] ?? '');
  }

  /** Begins a member, or a new life of one that was killed. */
  join(name: PeerName): void {
    const { clock, random, sink, fetcher } = this.#town;
    const death = new AbortController();
    const view = new Map([...this.#truth].map(([shard, leading]) => [shard, { ...leading }]));
    const crawler = createCrawler({
      shards: this.#doors(death.signal),
      sink,
      clock,
      random,
      log: silentLog,
      version: '0',
      peers: this.#peersOf(name, view, death.signal),
      // Sockets die with their process.
      fetcher: {
        fetch: (request) => {
          this.#visitors.add(name);
          this.onFetch(name, request.url);
          const signal = AbortSignal.any([death.signal, ...signalsOf(request.signal)]);
          return fetcher.fetch({ ...request, signal });
        },
        addressOf: (...asked) => fetcher.addressOf(...asked),
        close: async () => undefined,
      },
    });
    const answer = this.#served.get(view);
    this.#members.set(name, { name, crawler, death, view, answer });
    void crawler.resumeAll();
  }

  /** From one moment to the next nothing of it is left; others lead its shards when they have noticed. */
  kill(name: PeerName): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    this.#members.delete(name);
    member.death.abort();
    void member.crawler.close().catch(() => undefined);
    for (const [shard, { leader }] of this.#truth) if (leader === name) void this.#succeed(shard, DETECT_MS);
  }

  leaderOf(shard: ShardId): PeerName | undefined {
    return this.#truth.get(shard)?.leader;
  }

  /** Another member leads the shard from now on; the one that led learns of it some time later. */
  move(shard: ShardId): void {
    void this.#succeed(shard, 0);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members.values()].map(({ crawler }) => crawler.close()));
  }

  async #succeed(shard: ShardId, after_ms: number): Promise<void> {
    const { clock, random } = this.#town;
    if (after_ms > 0) await clock.sleep(after_ms);
    const before = this.#truth.get(shard);
    const others = this.names.filter((name) => name !== before?.leader);
    const leader = others[random.below(Math.max(1, others.length))];
    if (leader === undefined || before === undefined) return;
    // From here on no batch of the one before is taken.
    const now = { leader, term: before.term + 1 };
    this.#truth.set(shard, now);
    await Promise.all(
      [...this.#members.values()].map(async ({ name, view }) => {
        const isOld = name === before.leader;
        await clock.sleep(random.below(isOld ? 3_000 : 300) + 1);
        if ((view.get(shard)?.term ?? 0) < now.term) view.set(shard, now);
      }),
    );
  }

  #peersOf(name: PeerName, view: Map<ShardId, Leading>, death: AbortSignal): CrawlPeers {
    return {
      self: name,
      led: (shard) => {
        const known = view.get(shard);
        if (known?.leader !== name || death.aborted) return undefined;
        return { term: known.term, store: this.#fenced(shard, known.term, death) } satisfies LedShard;
      },
      leaderOf: (shard) => view.get(shard)?.leader,
      ask: (peer, question, timeout_ms) => this.#ask(peer, question, timeout_ms, death),
      serve: (answer) => {
        this.#served.set(view, answer);
      },
    };
  }

  async #ask(
    peer: PeerName,
    question: Uint8Array,
    timeout_ms: number,
    death: AbortSignal,
  ): Promise<Uint8Array> {
    const { clock, random } = this.#town;
    const pass = async (): Promise<void> => {
      await clock.sleep(0.2 + random.unit() * (random.below(20) === 0 ? 400 : 10));
      if (death.aborted) throw new PeregrineError('CLOSED', 'The process is gone.');
    };
    if (!this.#members.has(peer)) {
      await pass();
      throw new PeregrineError('UNAVAILABLE', `${peer} is not there.`);
    }
    const lost = random.unit();
    const member = this.#members.get(peer);
    const work = async (): Promise<Uint8Array> => {
      await pass();
      if (lost < LOST_SHARE) return new Promise<Uint8Array>(() => undefined);
      if (member?.answer === undefined || member.death.signal.aborted)
        return new Promise<Uint8Array>(() => undefined);
      const answer = await member.answer(question.slice());
      await pass();
      if (this.lostBooksAnswers > 0 && decodeQuestion(question).op === 'books') {
        this.lostBooksAnswers -= 1;
        return new Promise<Uint8Array>(() => undefined);
      }
      if (lost < 2 * LOST_SHARE || member.death.signal.aborted)
        return new Promise<Uint8Array>(() => undefined);
      return answer;
    };
    const done = new AbortController();
    const late = clock.sleep(timeout_ms, done.signal).then(() => {
      throw new PeregrineError('DEADLINE', `${peer} does not answer.`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([work(), late]);
    } finally {
      done.abort();
    }
  }

  /** The shard as its leader: batches of another term are refused. */
  #fenced(shard: ShardId, term: number, death: AbortSignal): Store {
    const store = this.#door(shard, death);
    return Object.assign(Object.create(store) as Store, {
      sequence: (build: Parameters<Store['sequence']>[0]) =>
        store.sequence(async (reads) => {
          const batch = await build(reads);
          if (this.#truth.get(shard)?.term === term && !death.aborted) return batch;
          throw new PeregrineError('UNAVAILABLE', `Another process leads shard ${shard}.`);
        }),
    });
  }

  #doors(death: AbortSignal): Shards {
    const { shards } = this.#town;
    const all = shards.all.map(({ shard }) => this.#door(shard, death));
    return { count: shards.count, all, of: (slot) => all[shards.of(slot).shard] as Store };
  }

  /** What a killed process still calls fails. */
  #door(shard: ShardId, death: AbortSignal): Store {
    const store = this.#town.shards.all[shard] as Store;
    const check = (): void => {
      if (death.aborted) throw new PeregrineError('CLOSED', 'The process is gone.');
    };
    const door: Pick<
      Store,
      'shard' | 'append' | 'sequence' | 'get' | 'getNow' | 'range' | 'blocks' | 'scan'
    > = {
      shard,
      append: async (batch) => {
        check();
        return store.append(batch);
      },
      sequence: async (build) => {
        check();
        return store.sequence(async (reads) => {
          check();
          const batch = await build(reads);
          check();
          return batch;
        });
      },
      get: async (...asked) => {
        check();
        return store.get(...asked);
      },
      getNow: (...asked) => {
        check();
        return store.getNow(...asked);
      },
      range: async (asked) => {
        check();
        return store.range(asked);
      },
      blocks: async (asked) => {
        check();
        return store.blocks(asked);
      },
      scan: (asked) => {
        check();
        return store.scan(asked);
      },
    };
    return door as Store;
  }
}

const signalsOf = (signal: AbortSignal | undefined): readonly AbortSignal[] =>
  signal === undefined ? [] : [signal];
