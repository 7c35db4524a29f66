/** The time between an opening of an engine and its closing: the mirrors of this host, its voice, what it answers to others. */

import {
  type Clock,
  type LogSink,
  must,
  PeregrineError,
  type ShardId,
  shardOfSlot,
  toShardId,
} from '../base/index.ts';
import {
  type HeldShard,
  type IndexFleet,
  type LayeredShards,
  type LayerHooks,
  type LayerPlace,
  type SettingChange,
} from '../collection/index.ts';
import type { OpenShards } from '../storage/index.ts';
import { BalanceKeeper } from './balance-keeper.ts';
import { ClusterFleet } from './cluster-fleet.ts';
import type { ClusterOptions, ClusterTimes } from './cluster-options.ts';
import { type ClusterStanding, standingOf } from './cluster-standing.ts';
import { CopyServer } from './copy-server.ts';
import { DrainedHosts } from './drained-hosts.ts';
import { HeldMirrors } from './held-mirrors.ts';
import { leaderServices } from './host-calls.ts';
import { HostLink } from './host-link.ts';
import { HostPeers } from './host-peers.ts';
import { tendHost } from './host-tending.ts';
import { HostVoice } from './host-voice.ts';
import { MirrorCare } from './mirror-care.ts';
import type { MirrorComparison } from './mirror-comparison.ts';
import { Peers } from './peers.ts';
import { readServices, RemoteReads } from './remote-reads.ts';
import { markDirectory } from './shard-founding.ts';
import { ShardDirectory } from './shard-directory.ts';
import { ShardDoor } from './shard-door.ts';
import type { HostId } from './shard-record.ts';
import { ShardRouter } from './shard-router.ts';
import type { Spine, Subscription } from './spine.ts';
import { ViewHost } from './view-host.ts';

/** A host that can't reach the others opens nevertheless, after this. */
const READY_MS = 30_000;

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
  readonly #mirrors: HeldMirrors;
  readonly #stopping = new AbortController();
  readonly #balance: BalanceKeeper;
  #free_bytes = 0;
  #engine: LayerHooks | undefined;
  #tending: Promise<void> = Promise.resolve();

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
    const { clock, host, options, place, spine, times } = parts;
    this.#parts = parts;
    this.#directory = directory;
    this.#drained = drained;
    this.#copies = copies;
    this.count = place.opener.count;
    this.pageCache = place.opener.pageCache;
    const peers = (this.#peers = new Peers(clock));
    const { copies: wanted } = parts;
    this.#balance = new BalanceKeeper({ host, copies: wanted, directory, drained, peers, clock, times });
    this.#router = new ShardRouter({ host, directory, peers, clock, lease_ms: times.lease_ms });
    const prefix = `peregrine.${options.name}`;
    this.#link = new HostLink({ messenger: spine.messenger, prefix, host, clock });
    this.#mirrors = this.#makeMirrors();
    this.all = Array.from({ length: this.count }, (_, n) => this.#door(toShardId(n)));
    this.#views = new ViewHost(clock, this.#indexOf, this.#entryOf);
    this.indexes = new ClusterFleet({
      count: this.count,
      readable: this.#indexOf,
      entryOf: this.#entryOf,
      viewHost: this.#views,
      link: this.#link,
      router: this.#router,
      clock,
    });
    this.#care = this.#makeCare();
    this.crawlPeers = new HostPeers({
      link: this.#link,
      directory,
      mirror: (shard) => this.#mirrors.get(shard),
    });
    this.#voice = this.#makeVoice(prefix);
    this.#serving = this.#serve();
  }

  readonly #indexOf = (shard: ShardId): HeldShard['index'] | undefined =>
    this.#mirrors.get(shard)?.readable?.index;

  readonly #entryOf = (shard: ShardId): number => this.#mirrors.get(shard)?.replica.position?.entry ?? 0;

  #makeMirrors(): HeldMirrors {
    const { clock, copies, host, log, options, place, secret, spine, times } = this.#parts;
    return new HeldMirrors({
      place,
      secret,
      addressOf: (other) => this.#peers.get(other)?.address,
      clock,
      log,
      replica: {
        host,
        shardCount: this.count,
        streamPrefix: `peregrine-${options.name}`,
        spine,
        directory: this.#directory,
        peers: this.#peers,
        clock,
        log,
        times,
        copies,
        minDurable: options.minDurable,
      },
      onPosition: (shard, position) => this.#voice.report(shard, position),
      onRole: (shard, role) => {
        if (role === 'leading') this.#wakeOutbox(shard);
      },
    });
  }

  #makeCare(): MirrorCare {
    const { clock, host, log, times } = this.#parts;
    return new MirrorCare({
      host,
      doors: this.all,
      mirror: (shard) => this.#mirrors.get(shard),
      directory: this.#directory,
      isAlive: (other) => other === host || this.#peers.silence_ms(other) <= times.lease_ms,
      link: this.#link,
      clock,
      log,
    });
  }

  #makeVoice(prefix: string): HostVoice {
    const { clock, host, log, options, spine, times } = this.#parts;
    return new HostVoice({
      messenger: spine.messenger,
      prefix,
      peers: this.#peers,
      clock,
      log,
      times,
      beat: () => ({
        host,
        address: `https://${options.address ?? '127.0.0.1'}:${this.#copies.port}`,
        free_bytes: this.#free_bytes,
        isDraining: this.#drained.has(host),
        version: options.version ?? '',
        mirrors: this.#mirrors
          .all()
          .flatMap(({ shard, replica: { position } }) =>
            position === undefined ? [] : [{ shard, position }],
          ),
      }),
    });
  }

  /** Answers what other hosts ask. */
  #serve(): Subscription {
    return this.#link.serve({
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
    return this.#mirrors
      .all()
      .flatMap(({ shard, opened }) =>
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
    const looks = {
      views: () => this.#views.tidy(),
      damage: () => this.#care.look(),
      disk: () => this.#measureDisk(),
      mirrors: () => {
        for (const record of this.#directory.all()) this.#mirrors.heard(record);
      },
      balance: () => this.#balance.look(),
      // Asks the first shard, which may be elsewhere, or nowhere for the moment.
      collections: () => engine.reloadCollections(),
    };
    const { clock, log } = this.#parts;
    this.#tending = tendHost({ looks, clock, log }, this.#stopping.signal);
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
      own: (shard) => this.#mirrors.standingOf(shard),
      compared: (shard) => this.#care.lastComparison(shard),
    });
  }

  /** Has a host hand on all that it holds, or not any more. `NOT_FOUND`, `BAD_ARGUMENT`, `UNAVAILABLE`. */
  async drain(named: HostId, isDraining: boolean, who: string): Promise<void> {
    const { hosts } = this.standing();
    if (!hosts.some(({ host }) => host === named)) {
      throw new PeregrineError('NOT_FOUND', `This cluster has no host "${named.slice(0, 80)}".`);
    }
    const canTake = hosts.some((other) => other.host !== named && other.isAlive && !other.isDraining);
    if (isDraining && !canTake) {
      throw new PeregrineError('BAD_ARGUMENT', `No other host is there that could take what ${named} holds.`);
    }
    const { clock, host } = this.#parts;
    await this.#drained.set(named, isDraining, { at_ms: clock.now(), who, host });
    this.#parts.log.write('info', isDraining ? 'cluster.draining' : 'cluster.not-draining', { host: named });
  }

  /** Who had hosts drained, and not any more; the newest first. */
  changes(): readonly SettingChange[] {
    return this.#drained.changes();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#tending;
    await this.#care.close();
    await this.#mirrors.settled();
    for (const door of this.all) await door.close();
    await this.#serving.close();
    this.#views.close();
    const closing = await Promise.allSettled([this.#mirrors.close()]);
    await this.#voice.close();
    await this.#directory.close();
    await this.#drained.close();
    await this.#copies.close();
    const failure = closing.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #start(): Promise<void> {
    await markDirectory(this.#parts.place.disk, this.#parts.options.name);
    await this.#measureDisk();
    await this.#mirrors.start(this.count);
    this.#directory.onChange((record) => this.#mirrors.heard(record));
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

  async #measureDisk(): Promise<void> {
    this.#free_bytes = (await this.#parts.place.disk.free_bytes().catch(() => undefined)) ?? 0;
  }

  #isReady(): boolean {
    return this.all.every(
      ({ shard }) =>
        this.#mirrors.get(shard)?.readable !== undefined ||
        this.#mirrors.isUnopened(shard) ||
        this.#router.mirrors(shard).length > 0,
    );
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

  #wakeOutbox(shard: ShardId): void {
    const door = this.all[shard];
    if (door?.isLed === true) this.#engine?.wakeOutbox(door);
  }
}
