/**
 * A host's part in one shard, for as long as it is a member: it follows the leader, leads, takes over from a leader that
 * fell silent, begins a new life of the log where the stream was lost, and copies the shard where it has missed too much.
 */

import { type Clock, isPeregrineError, type LogSink, messageOf, type ShardId } from '../base/index.ts';
import type { MaintainedStore } from '../storage/index.ts';
import type { ClusterTimes } from './cluster-options.ts';
import { Leadership, type LeadershipEnd } from './leadership.ts';
import { MirrorDoubt } from './mirror-doubt.ts';
import { Mirror } from './mirror.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import {
  continuation,
  evicted,
  type HostId,
  type MirrorPosition,
  type ShardRecord,
  takenOver,
} from './shard-record.ts';
import { beginLife, isStreamLost } from './shard-life.ts';
import type { Spine } from './spine.ts';
import { type FollowEnd, followStream } from './stream-following.ts';

/** A shard's store on this host, which a copy of the leader's may replace. */
export interface HeldShard {
  readonly shard: ShardId;
  readonly store: MaintainedStore;
  /** Puts a copy of `from`'s shard in the place of this one. Resolves when it is open. */
  copyFrom(from: HostId, signal: AbortSignal): Promise<void>;
}

export interface ReplicaParts {
  readonly host: HostId;
  readonly shardCount: number;
  /** Of the streams of this cluster: `peregrine-NAME`. */
  readonly streamPrefix: string;
  readonly held: HeldShard;
  readonly spine: Spine;
  readonly directory: ShardDirectory;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly times: ClusterTimes;
  /** Mirrors that the shard is to have. */
  readonly copies: number;
  readonly minDurable?: number | undefined;
  /** Told with every entry that is durable here. */
  readonly onPosition: (position: MirrorPosition) => void;
  /** Told when this host begins or ends to lead. */
  readonly onRole?: (role: ReplicaRole) => void;
}

export type ReplicaRole = 'waiting' | 'following' | 'leading' | 'copying' | 'stopped';

export class ShardReplica {
  readonly shard: ShardId;
  readonly #parts: ReplicaParts;
  readonly #stopping = new AbortController();
  readonly #changed = new Set<() => void>();
  #mirror: Mirror | undefined;
  #leadership: Leadership | undefined;
  #role: ReplicaRole = 'waiting';
  #running: Promise<void> | undefined;
  #reason = '';
  /** What is on this disk is what the record of the shard takes it for. */
  #isTrue = false;
  readonly #doubt: MirrorDoubt;
  /** The last one under which a write may have gone out from here, by this process or the one before. */
  #spentTerm: number | undefined;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.shard = parts.held.shard;
    this.#doubt = new MirrorDoubt({
      ...parts,
      shard: this.shard,
      signal: this.#stopping.signal,
      position: () => this.#mirror?.position,
    });
  }

  /** What batches go through; undefined where another host leads. */
  get leadership(): Leadership | undefined {
    return this.#leadership?.isOpen === true ? this.#leadership : undefined;
  }

  get role(): ReplicaRole {
    return this.#role;
  }

  /** What the last trouble was, for people. */
  get reason(): string {
    return this.#doubt.unmended ?? this.#reason;
  }

  /** How far this mirror is; undefined where that counts for nothing, as its bytes are in doubt. */
  get position(): MirrorPosition | undefined {
    return this.#doubt.stands ? undefined : this.#mirror?.position;
  }

  /**
   * What is on this disk is damaged or differs from the others': it leaves the set, and a copy of a whole mirror takes its
   * place. Where no other has everything, it goes on with what it has.
   */
  doubt(reason: string): void {
    this.#doubt.raise(reason);
    for (const wake of this.#changed) wake();
  }

  /** True where this mirror has what was acknowledged: its answers are whole. */
  get isInSync(): boolean {
    const record = this.#parts.directory.get(this.shard);
    return record?.inSync.includes(this.#parts.host) === true && this.#isTrue && !this.#doubt.stands;
  }

  async start(): Promise<void> {
    await this.#openMirror();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#doubt.settled();
    await this.#mirror?.settled().catch(() => undefined);
  }

  async #openMirror(): Promise<Mirror> {
    const { held, shardCount } = this.#parts;
    this.#mirror = await Mirror.open(held.store, shardCount, (position) => {
      this.#leadership?.noted();
      this.#parts.onPosition(position);
    });
    return this.#mirror;
  }

  async #run(): Promise<void> {
    const { directory, log, times } = this.#parts;
    const forget = directory.onChange((record) => {
      if (record.shard !== this.shard) return;
      this.#leadership?.adopt(record);
      for (const wake of this.#changed) wake();
    });
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        this.#reason = messageOf(error);
        log.write('warn', 'cluster.shard-troubled', { shard: this.shard, message: this.#reason });
        await this.#mirror?.retreat();
        await this.#pause(times.retry_ms);
      }
    }
    forget();
    this.#setRole('stopped');
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { directory, host, times } = this.#parts;
    const record = await directory.read(this.shard);
    if (record === undefined || !record.members.includes(host)) {
      this.#setRole('waiting');
      return this.#pause(times.retry_ms);
    }
    this.#spentTerm ??= record.term;
    const mirror = this.#mirror ?? (await this.#openMirror());
    if (mirror.position.epoch === 0 && (await this.#stepBack(record))) return;
    if (this.#doubt.stands) return this.#mend(record, signal);
    const at = continuation(record, mirror.position);
    this.#isTrue = at !== undefined;
    if (at === undefined) return this.#copy(record, signal);
    if (at !== mirror.position) mirror.continueAt(at);
    if (record.leader === host) return this.#lead(record, mirror, signal);
    const end = await this.#follow(record, mirror, signal);
    if (end === 'behind') return this.#copy(record, signal);
    if (end === 'changed') return;
    if (await this.#mayTakeOver(record)) await this.#takeOver(record, mirror, end);
    else if (end === 'diverged' || (end === 'lost' && (await this.#isLeftBehind(record, mirror)))) {
      return this.#copy(record, signal);
    } else await this.#pause(times.tick_ms);
  }

  /** A host that lost its disk has not what it is said to have: others go before it. False where nobody else is there. */
  async #stepBack({ inSync }: ShardRecord): Promise<boolean> {
    const { directory, host } = this.#parts;
    if (!inSync.includes(host) || inSync.length === 1) return false;
    await directory.change(this.shard, (now) => {
      const next = now.leader === host ? now.inSync.find((member) => member !== host) : now.leader;
      const led = next === undefined || next === now.leader ? now : takenOver(now, next);
      return led !== undefined && next !== undefined && led.inSync.includes(host)
        ? evicted(led, host)
        : undefined;
    });
    return true;
  }

  /** Gets a whole copy in the place of what is in doubt. */
  async #mend(record: ShardRecord, signal: AbortSignal): Promise<void> {
    if (!record.inSync.includes(this.#parts.host)) return this.#copy(record, signal);
    await this.#doubt.leave(record);
    await this.#pause(this.#parts.times.retry_ms);
  }

  async #lead(record: ShardRecord, mirror: Mirror, signal: AbortSignal): Promise<void> {
    const { spine, times } = this.#parts;
    if (record.term <= (this.#spentTerm ?? 0)) return this.#renewTerm(record);
    this.#spentTerm = record.term;
    const leadership = new Leadership({
      ...this.#parts,
      record,
      mirror,
      stream: spine.stream(record.stream),
    });
    this.#leadership = leadership;
    this.#setRole('leading');
    let end: LeadershipEnd = 'failed';
    try {
      end = await leadership.run(signal);
    } finally {
      this.#leadership = undefined;
      this.#setRole('waiting');
    }
    if (end === 'lost' || end === 'diverged') await this.#beginLife(record, mirror, end);
    else if (end === 'failed' || end === 'full') {
      await mirror.retreat();
      await this.#pause(times.retry_ms);
    }
  }

  /** Each leading has a term of its own, so that term and number name an entry. */
  async #renewTerm(record: ShardRecord): Promise<void> {
    const { directory, host, times } = this.#parts;
    const changed = await directory.change(this.shard, (now) =>
      now.term === record.term && now.leader === host ? takenOver(now, host) : undefined,
    );
    if (changed === undefined) await this.#pause(times.retry_ms);
  }

  #follow(record: ShardRecord, mirror: Mirror, signal: AbortSignal): Promise<FollowEnd> {
    this.#setRole('following');
    return followStream(
      {
        ...this.#parts,
        shard: this.shard,
        record,
        mirror,
        patience_ms: this.#patience_ms(record),
        isChanged: () => this.#doubt.stands || this.#hasMoved(record),
        onWake: (listener) => {
          this.#changed.add(listener);
          return () => this.#changed.delete(listener);
        },
      },
      signal,
    );
  }

  /** Whether the leader goes on, and on a stream that ends before what this mirror took from it: that is another history. */
  async #isLeftBehind(record: ShardRecord, mirror: Mirror): Promise<boolean> {
    const { directory, peers, spine, times } = this.#parts;
    // A leader that sees the loss as well begins a new life.
    await this.#pause(times.lease_ms);
    const now = await directory.read(this.shard);
    if (now?.term !== record.term || peers.silence_ms(record.leader) > times.lease_ms) return false;
    const { identity, lastPlace } = await spine.stream(record.stream).state();
    return identity === record.streamIdentity && lastPlace < mirror.position.place;
  }

  /** The first member in sync waits shortest, so that one alone takes over. */
  #patience_ms({ inSync, leader }: ShardRecord): number {
    const { host, times } = this.#parts;
    const rank = inSync.filter((member) => member !== leader).indexOf(host);
    return times.lease_ms + (rank < 0 ? times.lease_ms : rank * 2 * times.tick_ms);
  }

  #hasMoved(before: ShardRecord): boolean {
    const now = this.#parts.directory.get(this.shard);
    if (now === undefined) return false;
    return (
      now.term !== before.term || now.stream !== before.stream || !now.members.includes(this.#parts.host)
    );
  }

  async #mayTakeOver(record: ShardRecord): Promise<boolean> {
    const { directory, host, peers, times } = this.#parts;
    if (peers.silence_ms(record.leader) < times.lease_ms) return false;
    const now = await directory.read(this.shard);
    return now?.term === record.term && now.inSync.includes(host);
  }

  async #takeOver(record: ShardRecord, mirror: Mirror, why: FollowEnd): Promise<void> {
    const { directory, host, log } = this.#parts;
    log.write('warn', 'cluster.taking-over', { shard: this.shard, from: record.leader, why });
    if (why === 'lost' || why === 'diverged') return this.#beginLife(record, mirror, why);
    await directory.change(this.shard, (now) =>
      now.term === record.term ? takenOver(now, host) : undefined,
    );
  }

  /** The stream is lost, or went on without what this mirror has: the log goes on in a new one behind that. */
  async #beginLife(record: ShardRecord, mirror: Mirror, why: 'lost' | 'diverged'): Promise<void> {
    await mirror.settled().catch(() => mirror.retreat());
    // A spine that has just begun anew may show less than it has.
    await this.#pause(this.#parts.times.lease_ms);
    const isOver =
      why === 'diverged' || (await isStreamLost(this.#parts.spine, record, mirror.position.place));
    if (isOver) await beginLife(this.#parts, record, mirror.position);
  }

  async #copy(record: ShardRecord, signal: AbortSignal): Promise<void> {
    const { held, host, log, peers, times } = this.#parts;
    const from = [record.leader, ...record.inSync].find(
      (member) => member !== host && peers.silence_ms(member) < times.lease_ms,
    );
    if (from === undefined) {
      this.#reason = 'It has missed entries, and nobody who has them is there.';
      this.#setRole('waiting');
      return this.#pause(times.retry_ms);
    }
    this.#isTrue = false;
    this.#setRole('copying');
    log.write('info', 'cluster.copying', { shard: this.shard, from });
    await held.copyFrom(from, signal);
    this.#doubt.clear();
    const mirror = await this.#openMirror();
    this.#parts.onPosition(mirror.position);
    log.write('info', 'cluster.copied', { shard: this.shard, from, entry: mirror.position.entry });
  }

  #setRole(role: ReplicaRole): void {
    if (role === this.#role) return;
    this.#role = role;
    this.#parts.onRole?.(role);
  }

  async #pause(for_ms: number): Promise<void> {
    await this.#parts.clock.sleep(for_ms, this.#stopping.signal).catch((error: unknown) => {
      if (!isPeregrineError(error, 'CANCELLED')) throw error;
    });
  }
}
