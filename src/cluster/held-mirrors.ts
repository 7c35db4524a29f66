/**
 * The mirrors that this host holds: opened, begun and let go as the shards' records say. What can't be opened or read is put
 * aside where another host has everything; where none has, its shard is missing here, is told, and tried again.
 */

import {
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  Serial,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import type { LayerPlace } from '../collection/index.ts';
import { shardDirectory } from '../storage/index.ts';
import type { OwnMirror } from './cluster-standing.ts';
import { HeldMirror, type HeldMirrorParts, setAside } from './held-mirror.ts';
import { foundShard, refuseForeign } from './shard-founding.ts';
import type { HostId, ShardRecord } from './shard-record.ts';
import type { ReplicaParts } from './shard-replica.ts';

/** Queries that were begun go on over a shard that has left this host. */
const LEAVING_MS = 5_000;
/** What could not be opened is not tried again for so long. */
const AGAIN_MS = 30_000;

export interface HeldMirrorsParts {
  readonly place: LayerPlace;
  readonly addressOf: HeldMirrorParts['addressOf'];
  readonly secret: string;
  readonly clock: Clock;
  readonly log: LogSink;
  /** What all replicas of this host are made with. */
  readonly replica: Omit<ReplicaParts, 'held' | 'onPosition' | 'onRole'>;
  readonly onPosition: (shard: ShardId, ...told: Parameters<ReplicaParts['onPosition']>) => void;
  readonly onRole: (shard: ShardId, ...told: Parameters<NonNullable<ReplicaParts['onRole']>>) => void;
}

interface Unopened {
  readonly at_ms: number;
  readonly reason: string;
}

export class HeldMirrors {
  readonly #parts: HeldMirrorsParts;
  readonly #mirrors = new Map<ShardId, HeldMirror>();
  readonly #unopened = new Map<ShardId, Unopened>();
  readonly #stopping = new AbortController();
  /** Changes of what is held, one after another. */
  readonly #changes = new Serial();

  constructor(parts: HeldMirrorsParts) {
    this.#parts = parts;
  }

  get(shard: ShardId): HeldMirror | undefined {
    return this.#mirrors.get(shard);
  }

  all(): readonly HeldMirror[] {
    return [...this.#mirrors.values()];
  }

  /** True for a shard that is here and can't be opened, while no other host has everything of it. */
  isUnopened(shard: ShardId): boolean {
    return this.#unopened.has(shard);
  }

  /** What there is to tell of a shard here; undefined where this host has nothing to do with it. */
  standingOf(shard: ShardId): OwnMirror | undefined {
    const unopened = this.#unopened.get(shard);
    if (unopened !== undefined) return { role: 'waiting', reason: unopened.reason, position: undefined };
    return this.#mirrors.get(shard)?.replica;
  }

  /** Opens what this host holds, or is to; the first host of a cluster makes what there is not. */
  async start(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.#open(toShardId(n));
    for (const { shard, replica } of this.all()) {
      await replica.start().catch((error: unknown) => this.#failed(shard, error));
    }
  }

  /** A record has changed: this host is to hold the shard, or not any more. */
  heard({ shard, members }: ShardRecord): void {
    const { clock, log, replica } = this.#parts;
    const isMember = members.includes(replica.host);
    if (isMember === this.#mirrors.has(shard)) return;
    const failedAt_ms = this.#unopened.get(shard)?.at_ms ?? -Infinity;
    if (isMember && clock.monotonic() - failedAt_ms < AGAIN_MS) return;
    this.#changes
      .run(() => this.#settle(shard))
      .catch((error: unknown) => log.write('warn', 'cluster.not-held', { shard, message: messageOf(error) }));
  }

  /** Nothing more is begun or let go. Mirrors stay open until {@link close}. */
  async settled(): Promise<void> {
    this.#stopping.abort();
    await this.#changes.close();
  }

  /** Closes all of them, whatever one fails with; rejects with the first failure. */
  async close(): Promise<void> {
    const outcomes = await Promise.allSettled(this.all().map((mirror) => mirror.close()));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #settle(shard: ShardId): Promise<void> {
    const { clock, log, replica } = this.#parts;
    if (this.#stopping.signal.aborted) return;
    const isMember = replica.directory.get(shard)?.members.includes(replica.host) === true;
    const mirror = this.#mirrors.get(shard);
    if (isMember && mirror === undefined) {
      log.write('info', 'cluster.holding', { shard });
      await this.#open(shard);
      await this.#mirrors
        .get(shard)
        ?.replica.start()
        .catch((error: unknown) => this.#failed(shard, error));
    } else if (!isMember && mirror !== undefined) {
      log.write('info', 'cluster.leaving', { shard });
      await clock.sleep(LEAVING_MS, this.#stopping.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      this.#mirrors.delete(shard);
      await mirror.remove();
    }
  }

  /** A shard that is on this disk, or is to be. Damage that nobody can mend leaves the others to go on. */
  async #open(shard: ShardId): Promise<void> {
    const { place, replica } = this.#parts;
    const record = await replica.directory.read(shard);
    const isHere = (await place.disk.stat(`${shardDirectory(shard)}/log`)) !== undefined;
    if (record !== undefined && !record.members.includes(replica.host) && !isHere) return;
    try {
      const { mirror, members } = await this.#openOrSetAside(shard, record);
      this.#unopened.delete(shard);
      if (members.includes(replica.host)) return;
      this.#mirrors.delete(shard);
      await mirror.remove();
    } catch (error) {
      await this.#failed(shard, error);
    }
  }

  /** Tells of a shard that is damaged beyond opening; rejects for anything else. */
  async #failed(shard: ShardId, error: unknown): Promise<void> {
    if (!isPeregrineError(error, 'CORRUPT')) throw error;
    const { clock, log } = this.#parts;
    log.write('error', 'cluster.not-opened', { shard, message: error.message });
    this.#unopened.set(shard, {
      at_ms: clock.monotonic(),
      reason: `It can't be opened here, and no other host has everything: ${error.message}`,
    });
    const mirror = this.#mirrors.get(shard);
    this.#mirrors.delete(shard);
    await mirror?.close().catch(() => undefined);
  }

  /** What can't be opened or read is put aside where another host has everything: a copy takes its place. */
  async #openOrSetAside(
    shard: ShardId,
    record: ShardRecord | undefined,
  ): Promise<{ readonly mirror: HeldMirror; readonly members: readonly HostId[] }> {
    const { log, place, replica } = this.#parts;
    try {
      return await this.#openOwn(shard, record);
    } catch (error) {
      const isElsewhere = record?.inSync.some((member) => member !== replica.host) === true;
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
    const founding = { ...this.#parts.replica, shard, store: mirror.store };
    const members = record?.members ?? (await foundShard(founding));
    await refuseForeign(founding);
    return { mirror, members };
  }

  async #openMirror(shard: ShardId): Promise<HeldMirror> {
    const { addressOf, onPosition, onRole, place, replica, secret } = this.#parts;
    const mirror = await HeldMirror.open({
      shard,
      place,
      secret,
      addressOf,
      replica: {
        ...replica,
        onPosition: (position) => onPosition(shard, position),
        onRole: (role) => onRole(shard, role),
      },
    });
    this.#mirrors.set(shard, mirror);
    return mirror;
  }
}
