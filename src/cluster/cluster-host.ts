/**
 * A host of a cluster: it holds a mirror of every shard, leads those that fall to it, and stands between the engine and
 * its stores, so that what is above sees shards as on one machine.
 */

import { randomBytes } from 'node:crypto';

import {
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  must,
  PeregrineError,
  type ShardId,
  silentLog,
  systemClock,
} from '../base/index.ts';
import {
  CLUSTER_FILE,
  type EngineShards,
  type HeldShard as EngineShard,
  type IndexFleet,
  type LayeredShards,
  type LayerHooks,
  type LayerPlace,
  openAllHere,
  type ShardsLayer,
} from '../collection/index.ts';
import { type Disk, openRealDisk } from '../disk/index.ts';
import { type MaintainedStore, MAX_SHARDS, type OpenShards } from '../storage/index.ts';
import { balance } from './balance.ts';
import { type ClusterTimes, DEFAULT_TIMES } from './cluster-options.ts';
import { adoptCopies, fetchCopy } from './copy-client.ts';
import { CopyServer } from './copy-server.ts';
import { HostCalls, serveHostCalls } from './host-calls.ts';
import { HostVoice } from './host-voice.ts';
import { connectNats, type NatsOptions } from './nats-spine.ts';
import { encodePosition, positionKey } from './mirror.ts';
import { Peers } from './peers.ts';
import { ReplicatedStore } from './replicated-store.ts';
import { ShardDirectory } from './shard-directory.ts';
import { ShardDoor } from './shard-door.ts';
import { createLog } from './shard-log-stream.ts';
import { checkedHostId, firstRecord, type HostId, type ShardRecord } from './shard-record.ts';
import { ShardReplica } from './shard-replica.ts';
import type { Spine, Subscription } from './spine.ts';

export const DEFAULT_CLUSTER_SHARDS = 6;
const CLUSTER_KEY = 'cluster';
const RELOAD_MS = 500;

export interface ClusterOptions extends NatsOptions {
  readonly host: HostId;
  readonly dataDirectory: string;
  /** Shards of a new cluster; default 6. An existing one keeps its number. */
  readonly shards?: number | undefined;
  /** Where other hosts reach this one's copies; default 127.0.0.1. */
  readonly address?: string | undefined;
  /** Members that must hold a write; default two of three or more, else one. */
  readonly minDurable?: number | undefined;
  readonly times?: Partial<ClusterTimes>;
  readonly version?: string;
  readonly clock?: Clock;
  readonly log?: LogSink;
}

/** As people see a shard. */
export interface ShardStanding extends ShardRecord {
  readonly role: string;
  readonly entry: number;
  /** What the last trouble was; empty where all is well. */
  readonly reason: string;
}

export interface ClusterStanding {
  readonly host: HostId;
  readonly hosts: readonly {
    readonly host: HostId;
    readonly silence_ms: number;
    readonly leads: number;
    readonly inSync: number;
    readonly version: string;
    readonly free_bytes: number;
  }[];
  readonly shards: readonly ShardStanding[];
}

/** What the cluster has said of itself, once and for all. */
interface ClusterFacts {
  readonly shards: number;
  /** Hosts show it to each other. */
  readonly secret: string;
}

/** Joins, or founds, a cluster. `UNAVAILABLE`, `UNAUTHORISED`, `BAD_ARGUMENT`. */
export async function joinCluster(options: ClusterOptions): Promise<ClusterHost> {
  const spine = await connectNats(options);
  try {
    const facts = await settleFacts(spine, options.shards);
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
  #session: Session | undefined;
  #onRestart: (() => void) | undefined;

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
    for (const shard of await adoptCopies(disk)) this.#log.write('info', 'cluster.copy-adopted', { shard });
  }

  /** Resolves when the engine is to be closed and opened anew: a shard was copied, or crawls moved away. */
  restartWanted(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRestart = resolve;
    });
  }

  async over(place: LayerPlace): Promise<LayeredShards> {
    const local = await openAllHere(place);
    const session = await Session.open({
      options: this.#options,
      host: this.host,
      spine: this.#spine,
      secret: this.#facts.secret,
      clock: this.#clock,
      log: this.#log,
      times: this.#times,
      local,
      disk: place.disk,
      restart: () => this.#onRestart?.(),
    });
    this.#session = session;
    return session;
  }

  standing(): ClusterStanding | undefined {
    return this.#session?.standing();
  }

  async close(): Promise<void> {
    await this.#spine.close();
  }
}

interface SessionParts {
  readonly options: ClusterOptions;
  readonly host: HostId;
  readonly spine: Spine;
  readonly secret: string;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly times: ClusterTimes;
  readonly local: EngineShards;
  readonly disk: Disk;
  readonly restart: () => void;
}

/** The time between an opening of the engine and its closing. */
class Session implements LayeredShards {
  readonly count: number;
  readonly all: readonly ShardDoor[];
  readonly pageCache: OpenShards['pageCache'];
  readonly indexes: IndexFleet;
  readonly #parts: SessionParts;
  readonly #directory: ShardDirectory;
  readonly #peers: Peers;
  readonly #voice: HostVoice;
  readonly #copies: CopyServer;
  readonly #serving: Subscription;
  readonly #replicas: readonly ShardReplica[];
  readonly #stopping = new AbortController();
  #isRestarting = false;
  #engine: LayerHooks | undefined;
  #tending: Promise<void> = Promise.resolve();

  static async open(parts: SessionParts): Promise<Session> {
    const { disk, local, log, options, secret, spine } = parts;
    const directory = new ShardDirectory(spine.records);
    await directory.open();
    const stores = (shard: ShardId): MaintainedStore | undefined => local.all[shard];
    const host = options.address ?? '127.0.0.1';
    const copies = await CopyServer.open({ disk, host, secret, stores, log });
    const session = new Session(parts, directory, copies);
    try {
      await session.#start();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(parts: SessionParts, directory: ShardDirectory, copies: CopyServer) {
    const { clock, host, local, log, options, spine, times } = parts;
    this.#parts = parts;
    this.#directory = directory;
    this.#copies = copies;
    this.count = local.count;
    this.pageCache = local.pageCache;
    this.indexes = local.indexes;
    this.#peers = new Peers(clock);
    const prefix = `peregrine.${options.name}`;
    const calls = new HostCalls(spine.messenger, prefix, host);
    this.#replicas = local.all.map((store) => this.#replica(store));
    const replicated = local.all.map((store, i) => {
      const replica = this.#replicas[i];
      return new ReplicatedStore({
        shard: store.shard,
        local: () => store,
        leadership: () => replica?.leadership,
      });
    });
    this.all = local.all.map((store, i) => {
      const [replica, through] = [this.#replicas[i], replicated[i]];
      if (replica === undefined || through === undefined)
        throw new PeregrineError('INTERNAL', 'a shard is missing');
      return new ShardDoor({ local: store, replica, replicated: through, calls, directory, clock });
    });
    this.#voice = new HostVoice({
      messenger: spine.messenger,
      prefix,
      peers: this.#peers,
      clock,
      log,
      times,
      beat: () => ({
        host,
        address: `http://${options.address ?? '127.0.0.1'}:${copies.port}`,
        free_bytes: 0,
        isDraining: false,
        version: options.version ?? '',
        mirrors: this.#replicas.flatMap(({ shard, position }) =>
          position === undefined ? [] : [{ shard, position }],
        ),
      }),
    });
    this.#serving = serveHostCalls({
      messenger: spine.messenger,
      prefix,
      host,
      clock,
      led: (shard) => {
        const leadership = this.#replicas[shard]?.leadership;
        const store = replicated[shard];
        return leadership === undefined || store === undefined
          ? undefined
          : { store, nextEntry: leadership.nextEntry };
      },
      onCommitted: (shard) => this.#wakeOutbox(shard),
    });
  }

  of(slot: Parameters<OpenShards['of']>[0]): ShardDoor {
    const { shard } = this.#parts.local.of(slot);
    const door = this.all[shard];
    if (door === undefined) throw new PeregrineError('INTERNAL', `shard ${shard} is missing`);
    return door;
  }

  held(): readonly EngineShard[] {
    return this.#parts.local
      .held()
      .map(({ index, store }) => ({ index, store: this.all[store.shard] ?? store }));
  }

  async begin(engine: LayerHooks): Promise<void> {
    this.#engine = engine;
    await engine.reloadCollections();
    if (this.all[0]?.isLed === true) this.#resumeCrawls();
    for (const { shard } of this.all) this.#wakeOutbox(shard);
    this.#tending = this.#tend();
  }

  standing(): ClusterStanding {
    const records = this.#directory.all();
    const count = (of: (record: ShardRecord) => boolean): number => records.filter(of).length;
    return {
      host: this.#parts.host,
      hosts: this.#peers.all().map(({ host, silence_ms, version, free_bytes }) => ({
        host,
        silence_ms,
        version,
        free_bytes,
        leads: count(({ leader }) => leader === host),
        inSync: count(({ inSync }) => inSync.includes(host)),
      })),
      shards: records.map((record) => {
        const replica = this.#replicas[record.shard];
        return Object.assign(
          {
            role: replica?.role ?? 'waiting',
            entry: replica?.position?.entry ?? 0,
            reason: replica?.reason ?? '',
          },
          record,
        );
      }),
    };
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#tending;
    for (const door of this.all) await door.close();
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
    await this.#serving.close();
    await this.#voice.close();
    await this.#directory.close();
    await this.#copies.close();
    await this.#parts.local.close();
  }

  async #start(): Promise<void> {
    await this.#markDirectory();
    for (const replica of this.#replicas) await this.#found(replica.shard);
    for (const replica of this.#replicas) await replica.start();
    // Nobody above may ask before somebody leads: a host that comes back waits for its peers.
    const { clock, log, times } = this.#parts;
    for (let waited_ms = 0; !this.#isReady(); waited_ms += times.tick_ms) {
      if (this.#isRestarting) throw startAnew();
      if (waited_ms > READY_MS) {
        log.write('warn', 'cluster.not-ready', { ...this.standing() });
        return;
      }
      await clock.sleep(times.tick_ms);
    }
  }

  async #markDirectory(): Promise<void> {
    const { disk, options } = this.#parts;
    if ((await disk.stat(CLUSTER_FILE)) !== undefined) return;
    const file = await disk.open(CLUSTER_FILE, 'create');
    await file.write(new TextEncoder().encode(`${options.name}\n`), 0);
    await file.sync();
    await file.close();
    await disk.syncDirectory('');
  }

  #isReady(): boolean {
    return this.#replicas.every((replica) => replica.leadership !== undefined || replica.isInSync);
  }

  /** The first host of a cluster makes the shards, with what its data directory holds already. */
  async #found(shard: ShardId): Promise<void> {
    const { host, local, options, spine } = this.#parts;
    const store = must(local.all[shard], 'the store of a shard');
    const isEmpty = store.status().lastSeq === 0;
    const key = positionKey(shard, local.count);
    if ((await this.#directory.read(shard)) !== undefined) {
      // It would be replaced by a copy of the cluster's.
      if (isEmpty || (await store.get('meta', key)) !== undefined) return;
      throw new PeregrineError(
        'BAD_ARGUMENT',
        'This data directory holds documents that belong to no cluster, and the cluster has its own already. Join with an empty directory, and move the documents with a bundle.',
      );
    }
    if (!isEmpty) {
      // What is there already is older than the shared log: whoever joins copies it.
      const value = encodePosition({ epoch: 2, term: 0, entry: 0, place: 0 });
      await store.append({ records: [{ database: 'meta', key, value }] });
    }
    const name = `${streamPrefix(options.name)}-${shard}-1-${host}-${randomBytes(3).toString('hex')}`;
    const { identity } = await createLog(spine, name);
    const log = { stream: name, streamIdentity: identity };
    const record = firstRecord(shard, host, log, 0, isEmpty ? 1 : 2);
    if (!(await this.#directory.create(record))) await spine.removeStream(name);
  }

  #replica(store: MaintainedStore): ShardReplica {
    const { clock, host, log, options, spine, times } = this.#parts;
    const { shard } = store;
    return new ShardReplica({
      host,
      shardCount: this.#parts.local.count,
      streamPrefix: streamPrefix(options.name),
      held: { shard, store, copyFrom: (from, signal) => this.#copy(shard, from, signal) },
      spine,
      directory: this.#directory,
      peers: this.#peers,
      clock,
      log,
      times,
      minDurable: options.minDurable,
      onPosition: (position) => this.#voice.report(shard, position),
      onRole: (role) => {
        if (role === 'leading') this.#wakeOutbox(shard);
        if (shard !== 0 || this.#engine === undefined) return;
        // Crawls run where shard 0 is led.
        if (role === 'leading') this.#resumeCrawls();
        else if (this.#engine.crawls() && !this.#stopping.signal.aborted) this.#parts.restart();
      },
    });
  }

  /** The files come beside those that are open; the engine is then closed, and opened upon them. */
  async #copy(shard: ShardId, from: HostId, signal: AbortSignal): Promise<void> {
    const { disk, restart, secret } = this.#parts;
    const address = this.#peers.get(from)?.address;
    if (address === undefined || address === '')
      throw new PeregrineError('UNAVAILABLE', `${from} serves no copies.`);
    await fetchCopy(disk, { address, secret, shard }, signal);
    this.#isRestarting = true;
    restart();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    throw new PeregrineError('CANCELLED', 'The shard is opened anew.');
  }

  #resumeCrawls(): void {
    this.#engine?.resumeCrawls().catch((error: unknown) => {
      this.#parts.log.write('warn', 'cluster.crawls-not-resumed', { message: messageOf(error) });
    });
  }

  #wakeOutbox(shard: ShardId): void {
    const door = this.all[shard];
    if (door?.isLed === true) this.#engine?.wakeOutbox(door);
  }

  /** Keeps the registry as the records say, and, on one host, the shards spread as they should be. */
  async #tend(): Promise<void> {
    const { clock, host, log, times } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(RELOAD_MS, signal).catch((error: unknown) => {
        if (!isPeregrineError(error, 'CANCELLED')) throw error;
      });
      if (signal.aborted) return;
      try {
        await this.#engine?.reloadCollections();
        const alive = this.#peers.alive(times.lease_ms);
        if (alive[0] !== host) continue;
        const gone = this.#peers.all().filter(({ silence_ms }) => silence_ms > times.replace_ms);
        for (const change of balance(
          this.#directory.all(),
          alive,
          gone.map((peer) => peer.host),
        )) {
          await this.#directory.change(change.shard, change.apply);
        }
      } catch (error) {
        log.write('warn', 'cluster.not-tended', { message: messageOf(error) });
      }
    }
  }
}

/** True for what an opening ends with when a shard was copied: prepare, and open again. */
export function asksForRestart(error: unknown): boolean {
  return isPeregrineError(error, 'UNAVAILABLE') && error.facts['restart'] === true;
}

function startAnew(): PeregrineError {
  return new PeregrineError('UNAVAILABLE', 'A shard was copied from another host; open again.', {
    restart: true,
  });
}

/** A host that can't reach the others opens nevertheless, after this. */
const READY_MS = 30_000;

const streamPrefix = (name: string): string => `peregrine-${name}`;

async function settleFacts(spine: Spine, wanted: number | undefined): Promise<ClusterFacts> {
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
    const facts: ClusterFacts = { shards, secret: randomBytes(32).toString('hex') };
    await spine.records.put(CLUSTER_KEY, JSON.stringify(facts), 0);
  }
}
