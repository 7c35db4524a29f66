/**
 * A host of a cluster: joins it or founds it, and puts itself between an engine and its shards, so that what is above sees
 * all of them as on one machine.
 */

import { randomBytes } from 'node:crypto';

import { type Clock, type LogSink, PeregrineError, silentLog, systemClock } from '../base/index.ts';
import type { LayeredShards, LayerPlace, SettingChange, ShardsLayer } from '../collection/index.ts';
import { openRealDisk } from '../disk/index.ts';
import { MAX_SHARDS } from '../storage/index.ts';
import { type ClusterOptions, type ClusterTimes, DEFAULT_TIMES } from './cluster-options.ts';
import type { ClusterStanding } from './cluster-standing.ts';
import { adoptCopies } from './copy-client.ts';
import { HostSession } from './host-session.ts';
import type { MirrorComparison } from './mirror-comparison.ts';
import { connectNats } from './nats-spine.ts';
import { checkedHostId, type HostId } from './shard-record.ts';
import type { Spine } from './spine.ts';

const DEFAULT_CLUSTER_SHARDS = 6;
const DEFAULT_COPIES = 2;
const MAX_COPIES = 16;
const CLUSTER_KEY = 'cluster';

/** What the cluster has said of itself, once and for all. */
interface ClusterFacts {
  readonly shards: number;
  /** Mirrors that each shard is to have. */
  readonly copies: number;
  /** Hosts show it to each other. */
  readonly secret: string;
}

/** Joins, or founds, a cluster. `UNAVAILABLE`, `UNAUTHORISED`, `BAD_ARGUMENT`. */
export async function joinCluster(options: ClusterOptions): Promise<ClusterHost> {
  const spine = await connectNats(options);
  try {
    const facts = await settleFacts(spine, options);
    return new ClusterHost(options, spine, facts);
  } catch (error) {
    await spine.close();
    throw error;
  }
}

export class ClusterHost implements ShardsLayer {
  readonly host: HostId;
  readonly shardCount: number;
  readonly #options: ClusterOptions;
  readonly #spine: Spine;
  readonly #facts: ClusterFacts;
  readonly #clock: Clock;
  readonly #log: LogSink;
  readonly #times: ClusterTimes;
  #session: HostSession | undefined;

  constructor(options: ClusterOptions, spine: Spine, facts: ClusterFacts) {
    this.host = checkedHostId(options.host);
    this.shardCount = facts.shards;
    this.#options = options;
    this.#spine = spine;
    this.#facts = facts;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#times = { ...DEFAULT_TIMES, ...options.times };
  }

  /** Before the engine is opened: puts what was copied in its place. */
  async prepare(): Promise<void> {
    const disk = await openRealDisk(this.#options.dataDirectory);
    await adoptCopies(disk);
  }

  async over(place: LayerPlace): Promise<LayeredShards> {
    const session = await HostSession.open({
      options: this.#options,
      host: this.host,
      spine: this.#spine,
      secret: this.#facts.secret,
      copies: this.#facts.copies,
      clock: this.#clock,
      log: this.#log,
      times: this.#times,
      place,
    });
    this.#session = session;
    return session;
  }

  standing(): ClusterStanding | undefined {
    return this.#session?.standing();
  }

  /** Whether the mirrors of every shard hold the same. `UNAVAILABLE`, `CORRUPT`. */
  async compareMirrors(): Promise<readonly MirrorComparison[]> {
    return this.#openSession().compareMirrors();
  }

  /** Has a host hand on all that it holds, or not any more. `NOT_FOUND`, `BAD_ARGUMENT`, `UNAVAILABLE`. */
  async drain(host: HostId, isDraining: boolean, who: string): Promise<void> {
    await this.#openSession().drain(host, isDraining, who);
  }

  /** Who had hosts drained, and not any more; the newest first. */
  changes(): readonly SettingChange[] {
    return this.#session?.changes() ?? [];
  }

  #openSession(): HostSession {
    if (this.#session !== undefined) return this.#session;
    throw new PeregrineError('UNAVAILABLE', 'This host is being opened.');
  }

  async close(): Promise<void> {
    await this.#spine.close();
  }
}

async function settleFacts(
  spine: Spine,
  { shards: wanted, copies = DEFAULT_COPIES }: Pick<ClusterOptions, 'shards' | 'copies'>,
): Promise<ClusterFacts> {
  for (;;) {
    const found = await spine.records.get(CLUSTER_KEY);
    if (found !== undefined) {
      const facts = JSON.parse(found.value) as ClusterFacts;
      if (wanted === undefined || wanted === facts.shards) return facts;
      throw new PeregrineError('BAD_ARGUMENT', `This cluster has ${facts.shards} shards, not ${wanted}.`);
    }
    const shards = wanted ?? DEFAULT_CLUSTER_SHARDS;
    if (!(Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS)) {
      throw new PeregrineError('BAD_ARGUMENT', `A cluster has 1 to ${MAX_SHARDS} shards, not ${shards}.`);
    }
    if (!(Number.isInteger(copies) && copies >= 1 && copies <= MAX_COPIES)) {
      throw new PeregrineError('BAD_ARGUMENT', `A shard has 1 to ${MAX_COPIES} mirrors, not ${copies}.`);
    }
    const facts: ClusterFacts = { shards, copies, secret: randomBytes(32).toString('hex') };
    await spine.records.put(CLUSTER_KEY, JSON.stringify(facts), 0);
  }
}
