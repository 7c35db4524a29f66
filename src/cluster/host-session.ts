/** The time between an opening of an engine and its closing: the mirrors of this host, its voice, what it answers to others. */

import {
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  must,
  PeregrineError,
  Serial,
  type ShardId,
  shardOfSlot,
  toShardId,
} from '../base/index.ts';
import {
  CLUSTER_FILE,
  type HeldShard,
  type IndexFleet,
  type LayeredShards,
  type LayerHooks,
  type LayerPlace,
} from '../collection/index.ts';
import { type OpenShards, shardDirectory } from '../storage/index.ts';
import { balance } from './balance.ts';
import { ClusterFleet } from './cluster-fleet.ts';
import type { ClusterOptions, ClusterTimes } from './cluster-options.ts';
import { type ClusterStanding, standingOf } from './cluster-standing.ts';
import { CopyServer } from './copy-server.ts';
import { DrainedHosts } from './drained-hosts.ts';
import { HeldMirror, setAside } from './held-mirror.ts';
import { leaderServices } from './host-calls.ts';
import { HostLink } from './host-link.ts';
import { HostPeers } from './host-peers.ts';
import { HostVoice } from './host-voice.ts';
import { MirrorCare } from './mirror-care.ts';
import type { MirrorComparison } from './mirror-comparison.ts';
import { Peers } from './peers.ts';
import { readServices, RemoteReads } from './remote-reads.ts';
import { ShardDirectory } from './shard-directory.ts';
import { ShardDoor } from './shard-door.ts';
import { type Founding, foundShard, refuseForeign } from './shard-founding.ts';
import type { HostId, ShardRecord } from './shard-record.ts';
import type { ReplicaRole } from './shard-replica.ts';
import { ShardRouter } from './shard-router.ts';
import type { Spine, Subscription } from './spine.ts';
import { ViewHost } from './view-host.ts';

/** Between looks at collections and at the balance. */
const RELOAD_MS = 500;
/** A host that can't reach the others opens nevertheless, after this. */
const READY_MS = 30_000;
/** Queries that were begun go on over a shard that has left this host. */
const LEAVING_MS = 5_000;

export interface SessionParts {
  readonly options: ClusterOptions;
  readonly host: HostId;
  readonly spine: Spine;
  readonly secret: string;
  /** Mirrors that each shard is to have. */
  readonly copies: number;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly times: ClusterTimes;
  readonly place: LayerPlace;
}

export class HostSession implements LayeredShards {
  readonly count: number;
  readonly all: readonly ShardDoor[];
  readonly pageCache: OpenShards['pageCache'];
  readonly indexes: IndexFleet;
  readonly crawlPeers: HostPeers;
  readonly #parts: SessionParts;
  readonly #directory: ShardDirectory;
  readonly #drained: DrainedHosts;
  readonly #peers: Peers;
  readonly #router: ShardRouter;
  readonly #link: HostLink;
  readonly #care: MirrorCare;
  readonly #voice: HostVoice;
  readonly #copies: CopyServer;
  readonly #views: ViewHost;
  readonly #serving: Subscription;
  readonly #mirrors = new Map<ShardId, HeldMirror>();
  readonly #stopping = new AbortController();
  readonly #began_ms: number;
  #free_bytes = 0;
  #engine: LayerHooks | undefined;
  #tending: Promise<void> = Promise.resolve();
  /** Changes of what is held, one after another. */
  readonly #holding = new Serial();

  static async open(parts: SessionParts): Promise<HostSession> {
    const { log, options, place, secret, spine } = parts;
    const directory = new ShardDirectory(spine.records);
    await directory.open();
    const drained = new DrainedHosts(spine.records);
    await drained.open();
    const opened: { session?: HostSession } = {};
    const copies = await CopyServer.open({
      disk: place.disk,
      host: options.address ?? '127.0.0.1',
      secret,
      stores: (shard) => opened.session?.storeOf(shard),
      log,
    });
    const session = new HostSession(parts, { directory, drained, copies });
    opened.session = session;
    try {
      await session.#start();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(
    parts: SessionParts,
    {
      directory,
      drained,
      copies,
    }: {
      readonly directory: ShardDirectory;
      readonly drained: DrainedHosts;
      readonly copies: CopyServer;
    },
  ) {
    const { clock, host, log, options, place, spine, times } = parts;
    this.#parts = parts;
    this.#began_ms = clock.monotonic();
    this.#directory = directory;
    this.#drained = drained;
    this.#copies = copies;
    this.count = place.opener.count;
    this.pageCache = place.opener.pageCache;
    this.#peers = new Peers(clock);
    this.#router = new ShardRouter({ host, directory, peers: this.#peers, clock, lease_ms: times.lease_ms });
    const prefix = `peregrine.${options.name}`;
    this.#link = new HostLink({ messenger: spine.messenger, prefix, host, clock });
    this.all = Array.from({ length: this.count }, (_, n) => this.#door(toShardId(n)));
    const indexOf = (shard: ShardId): HeldShard['index'] | undefined =>
      this.#mirrors.get(shard)?.readable?.index;
    const entryOf = (shard: ShardId): number => this.#mirrors.get(shard)?.replica.position?.entry ?? 0;
    this.#views = new ViewHost(clock, indexOf, entryOf);
    this.indexes = new ClusterFleet({
      count: this.count,
      readable: indexOf,
      entryOf,
      viewHost: this.#views,
      link: this.#link,
      router: this.#router,
      clock,
    });
    this.#care = new MirrorCare({
      host,
      doors: this.all,
      mirror: (shard) => this.#mirrors.get(shard),
      directory,
      isAlive: (other) => other === host || this.#peers.silence_ms(other) <= times.lease_ms,
      link: this.#link,
      clock,
      log,
    });
    this.crawlPeers = new HostPeers({
      link: this.#link,
      directory,
      mirror: (shard) => this.#mirrors.get(shard),
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
        address: `https://${options.address ?? '127.0.0.1'}:${copies.port}`,
        free_bytes: this.#free_bytes,
        isDraining: drained.has(host),
        version: options.version ?? '',
        mirrors: [...this.#mirrors.values()].flatMap(({ shard, replica: { position } }) =>
          position === undefined ? [] : [{ shard, position }],
        ),
      }),
    });
    this.#serving = this.#link.serve({
      ...leaderServices({
        led: (shard) => this.#led(shard),
        onCommitted: (shard) => this.#wakeOutbox(shard),
      }),
      ...readServices(
        (shard) => this.#mirrors.get(shard)?.readable?.store,
        (shard, error) => this.#care.readFailed(shard, error),
      ),
      ...this.#care.services(),
      ...this.#views.services(),
      ...this.crawlPeers.services(),
    });
  }

  of(slot: Parameters<OpenShards['of']>[0]): ShardDoor {
    return must(this.all[shardOfSlot(slot, this.count)], 'the shard of a slot');
  }

  held(): readonly HeldShard[] {
    return [...this.#mirrors.values()].flatMap(({ shard, opened }) =>
      opened === undefined
        ? []
        : [{ index: opened.index, store: must(this.all[shard], 'the door of a shard') }],
    );
  }

  /** What copies are taken of. */
  storeOf(shard: ShardId): HeldShard['store'] | undefined {
    return this.#mirrors.get(shard)?.opened?.store;
  }

  async begin(engine: LayerHooks): Promise<void> {
    this.#engine = engine;
    await engine.reloadCollections();
    for (const { shard } of this.all) this.#wakeOutbox(shard);
    this.#tending = this.#tend();
    this.#care.start();
  }

  /** Whether the mirrors of every shard hold the same. `UNAVAILABLE`, `CORRUPT`. */
  compareMirrors(): Promise<readonly MirrorComparison[]> {
    return this.#care.compareAll();
  }

  standing(): ClusterStanding {
    const { copies, host, times } = this.#parts;
    return standingOf({
      host,
      copies,
      lease_ms: times.lease_ms,
      records: this.#directory.all(),
      peers: this.#peers.all(),
      isDraining: (other) => this.#drained.has(other),
      own: (shard) => this.#mirrors.get(shard)?.replica,
    });
  }

  /** Has a host hand on all that it holds, or not any more. `NOT_FOUND`, `BAD_ARGUMENT`, `UNAVAILABLE`. */
  async drain(named: HostId, isDraining: boolean): Promise<void> {
    const { hosts } = this.standing();
    if (!hosts.some(({ host }) => host === named)) {
      throw new PeregrineError('NOT_FOUND', `This cluster has no host "${named.slice(0, 80)}".`);
    }
    const canTake = hosts.some((other) => other.host !== named && other.isAlive && !other.isDraining);
    if (isDraining && !canTake) {
      throw new PeregrineError('BAD_ARGUMENT', `No other host is there that could take what ${named} holds.`);
    }
    await this.#drained.set(named, isDraining);
    this.#parts.log.write('info', isDraining ? 'cluster.draining' : 'cluster.not-draining', { host: named });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#tending;
    await this.#care.close();
    await this.#holding.close();
    for (const door of this.all) await door.close();
    await this.#serving.close();
    this.#views.close();
    const outcomes = await Promise.allSettled([...this.#mirrors.values()].map((mirror) => mirror.close()));
    await this.#voice.close();
    await this.#directory.close();
    await this.#drained.close();
    await this.#copies.close();
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #start(): Promise<void> {
    await this.#markDirectory();
    await this.#measureDisk();
    for (const { shard } of this.all) await this.#beginShard(shard);
    for (const mirror of this.#mirrors.values()) await mirror.replica.start();
    this.#directory.onChange((record) => this.#heard(record));
    // Nobody above may ask before somebody leads: a host that comes back waits for its peers.
    const { clock, log, times } = this.#parts;
    for (let waited_ms = 0; !this.#isReady(); waited_ms += times.tick_ms) {
      if (waited_ms > READY_MS) {
        log.write('warn', 'cluster.not-ready', { ...this.standing() });
        return;
      }
      await clock.sleep(times.tick_ms);
    }
  }

  async #markDirectory(): Promise<void> {
    const {
      options,
      place: { disk },
    } = this.#parts;
    if ((await disk.stat(CLUSTER_FILE)) !== undefined) return;
    const file = await disk.open(CLUSTER_FILE, 'create');
    await file.write(new TextEncoder().encode(`${options.name}\n`), 0);
    await file.sync();
    await file.close();
    await disk.syncDirectory('');
  }

  async #measureDisk(): Promise<void> {
    this.#free_bytes = (await this.#parts.place.disk.free_bytes().catch(() => undefined)) ?? 0;
  }

  #isReady(): boolean {
    return this.all.every(
      ({ shard }) =>
        this.#mirrors.get(shard)?.readable !== undefined || this.#router.mirrors(shard).length > 0,
    );
  }

  /** Opens the shard where this host is to hold it; the first host of a cluster makes it. */
  async #beginShard(shard: ShardId): Promise<void> {
    const {
      host,
      place: { disk },
    } = this.#parts;
    const record = await this.#directory.read(shard);
    const isHere = (await disk.stat(`${shardDirectory(shard)}/log`)) !== undefined;
    if (record !== undefined && !record.members.includes(host) && !isHere) return;
    const { mirror, members } = await this.#openOrSetAside(shard, record);
    if (members.includes(host)) return;
    this.#mirrors.delete(shard);
    await mirror.remove();
  }

  /** What can't be opened or read is put aside where another host has everything: a copy takes its place. */
  async #openOrSetAside(
    shard: ShardId,
    record: ShardRecord | undefined,
  ): Promise<{ readonly mirror: HeldMirror; readonly members: readonly HostId[] }> {
    const { host, log, place } = this.#parts;
    try {
      return await this.#openOwn(shard, record);
    } catch (error) {
      const isElsewhere = record?.inSync.some((member) => member !== host) === true;
      if (!isElsewhere || !isPeregrineError(error, 'CORRUPT')) throw error;
      log.write('error', 'cluster.set-aside', { shard, message: error.message });
      await this.#mirrors.get(shard)?.close();
      await setAside(place.disk, shard);
      return this.#openOwn(shard, record);
    }
  }

  async #openOwn(
    shard: ShardId,
    record: ShardRecord | undefined,
  ): Promise<{ readonly mirror: HeldMirror; readonly members: readonly HostId[] }> {
    const mirror = await this.#openMirror(shard);
    const founding = this.#founding(shard, mirror);
    const members = record?.members ?? (await foundShard(founding));
    await refuseForeign(founding);
    return { mirror, members };
  }

  async #openMirror(shard: ShardId): Promise<HeldMirror> {
    const { clock, host, log, options, place, secret, spine, times } = this.#parts;
    const mirror = await HeldMirror.open({
      shard,
      place,
      secret,
      addressOf: (other) => this.#peers.get(other)?.address,
      replica: {
        host,
        shardCount: this.count,
        streamPrefix: streamPrefix(options.name),
        spine,
        directory: this.#directory,
        peers: this.#peers,
        clock,
        log,
        times,
        minDurable: options.minDurable,
        onPosition: (position) => this.#voice.report(shard, position),
        onRole: (role) => this.#onRole(shard, role),
      },
    });
    this.#mirrors.set(shard, mirror);
    return mirror;
  }

  #founding(shard: ShardId, { store }: HeldMirror): Founding {
    const { host, options, spine } = this.#parts;
    const { count: shardCount } = this;
    return {
      shard,
      shardCount,
      host,
      store,
      spine,
      directory: this.#directory,
      streamPrefix: streamPrefix(options.name),
    };
  }

  #door(shard: ShardId): ShardDoor {
    const { clock } = this.#parts;
    return new ShardDoor({
      shard,
      mirror: () => this.#mirrors.get(shard),
      remote: new RemoteReads(shard, this.#link, this.#router),
      link: this.#link,
      directory: this.#directory,
      clock,
    });
  }

  #led(shard: ShardId): ReturnType<Parameters<typeof leaderServices>[0]['led']> {
    const mirror = this.#mirrors.get(shard);
    const leadership = mirror?.replica.leadership;
    return mirror === undefined || leadership === undefined
      ? undefined
      : { store: mirror.replicated, nextEntry: leadership.nextEntry };
  }

  #onRole(shard: ShardId, role: ReplicaRole): void {
    if (role === 'leading') this.#wakeOutbox(shard);
  }

  /** A record has changed: this host is to hold the shard, or not any more. */
  #heard(record: ShardRecord): void {
    const { host, log } = this.#parts;
    const { shard } = record;
    if (record.members.includes(host) === this.#mirrors.has(shard)) return;
    this.#holding
      .run(() => this.#settleHolding(shard))
      .catch((error: unknown) => log.write('warn', 'cluster.not-held', { shard, message: messageOf(error) }));
  }

  async #settleHolding(shard: ShardId): Promise<void> {
    const { clock, host, log } = this.#parts;
    if (this.#stopping.signal.aborted) return;
    const isMember = this.#directory.get(shard)?.members.includes(host) === true;
    const mirror = this.#mirrors.get(shard);
    if (isMember && mirror === undefined) {
      log.write('info', 'cluster.holding', { shard });
      await (await this.#openMirror(shard)).replica.start();
    } else if (!isMember && mirror !== undefined) {
      log.write('info', 'cluster.leaving', { shard });
      await clock.sleep(LEAVING_MS, this.#stopping.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      this.#mirrors.delete(shard);
      await mirror.remove();
    }
  }

  #wakeOutbox(shard: ShardId): void {
    const door = this.all[shard];
    if (door?.isLed === true) this.#engine?.wakeOutbox(door);
  }

  /** Keeps the registry as the records say, and, on one host, the shards spread as they should be. */
  async #tend(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(RELOAD_MS, signal).catch((error: unknown) => {
        if (!isPeregrineError(error, 'CANCELLED')) throw error;
      });
      if (signal.aborted) return;
      try {
        this.#views.tidy();
        this.#care.look();
        await this.#measureDisk();
        for (const record of this.#directory.all()) this.#heard(record);
        await this.#engine?.reloadCollections();
        await this.#balance();
      } catch (error) {
        log.write('warn', 'cluster.not-tended', { message: messageOf(error) });
      }
    }
  }

  async #balance(): Promise<void> {
    const { clock, copies, host, times } = this.#parts;
    const alive = this.#peers.alive(times.lease_ms);
    if (alive[0] !== host) return;
    const records = this.#directory.all();
    const hosts = new Set([
      ...this.#peers.all().map((peer) => peer.host),
      ...records.flatMap((r) => r.members),
    ]);
    // Who was never heard may just not have spoken since this host began.
    const uptime_ms = clock.monotonic() - this.#began_ms;
    const gone = [...hosts].filter(
      (other) => Math.min(this.#peers.silence_ms(other), uptime_ms) > times.replace_ms,
    );
    const draining = [...hosts].filter((other) => this.#drained.has(other));
    for (const change of balance(records, { alive, draining, gone, copies })) {
      await this.#directory.change(change.shard, change.apply);
    }
  }
}

const streamPrefix = (name: string): string => `peregrine-${name}`;
