/**
 * A leader's keeping of the set of members that have everything: what they say of how far they are, who is left out because it
 * fell silent, who is let in because it has caught up, and what the stream need not hold any more.
 */

import type { Clock, LogSink } from '../base/index.ts';
import type { ClusterTimes } from './cluster-options.ts';
import { MemberProgress } from './member-progress.ts';
import type { Mirror } from './mirror.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import {
  admitted,
  evicted,
  type HostId,
  type MirrorPosition,
  presentLife,
  type ShardRecord,
} from './shard-record.ts';
import { type OrderedStream, StreamError } from './spine.ts';
import type { WaitingWrite } from './waiting-writes.ts';

export interface SetParts {
  readonly host: HostId;
  readonly directory: ShardDirectory;
  readonly peers: Peers;
  readonly mirror: Mirror;
  readonly stream: OrderedStream;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly times: ClusterTimes;
  /** Members that count are others now, or have said more: what waits may be safe. */
  readonly onChange: () => void;
}

export class InSyncSet {
  readonly #parts: SetParts;
  #record: ShardRecord;
  readonly #progress = new MemberProgress();
  /** Members that are being let in: acknowledgements wait for them already. */
  readonly #candidates = new Set<HostId>();
  /** The last entry before the leader's mark: what mirrors hold of older terms beyond it is not of this log. */
  #base = 0;
  #trimmed = 0;

  constructor(parts: SetParts, record: ShardRecord) {
    this.#parts = parts;
    this.#record = record;
  }

  get record(): ShardRecord {
    return this.#record;
  }

  /** The mark stands, behind that entry. */
  beginAt(base: number): void {
    this.#base = base;
  }

  /** A newer record. What a member had said before it went out does not let it in again: it may have lost its disk. */
  take(record: ShardRecord): void {
    for (const host of this.#record.inSync) if (!record.inSync.includes(host)) this.#progress.forget(host);
    this.#record = record;
  }

  heard(host: HostId, position: MirrorPosition): void {
    if (position.epoch !== presentLife(this.#record).epoch) return;
    this.#progress.heard(host, position, this.#parts.clock.monotonic());
    this.#parts.onChange();
  }

  /** The last entry that all members have, this host included. */
  get floor(): number {
    const { host, mirror } = this.#parts;
    let floor = mirror.position.entry;
    for (const member of [...this.#record.inSync, ...this.#candidates]) {
      if (member !== host) floor = Math.min(floor, this.#entryOf(member));
    }
    return floor;
  }

  /** Leaves out who has said nothing of the oldest waiting write for too long. False where this host leads no more. */
  async evictSilent(oldest: WaitingWrite | undefined): Promise<boolean> {
    const { clock, host, log, times } = this.#parts;
    const now_ms = clock.monotonic();
    if (oldest === undefined || now_ms - oldest.since_ms < times.evict_ms) return true;
    for (const member of this.#record.inSync) {
      const entry = this.#entryOf(member);
      const silent_ms = now_ms - Math.max(this.#progress.movedAt_ms(member), oldest.since_ms);
      if (member === host || entry >= oldest.entry || silent_ms < times.evict_ms) continue;
      log.write('warn', 'cluster.evicted', { shard: this.#record.shard, host: member, entry });
      if (!(await this.#change((record) => evicted(record, member)))) return false;
    }
    return true;
  }

  /** Lets in who has everything up to an entry. False where this host leads no more. */
  async admitReady(acknowledged: () => number): Promise<boolean> {
    const { log, peers, times } = this.#parts;
    for (const member of this.#record.members) {
      if (this.#record.inSync.includes(member)) continue;
      if (this.#entryOf(member) < acknowledged() || peers.silence_ms(member) >= times.evict_ms) continue;
      // From here on acknowledgements wait for it, so that it has everything when it counts.
      this.#candidates.add(member);
      try {
        if (!(await this.#change((record) => admitted(record, member)))) return false;
        log.write('info', 'cluster.admitted', { shard: this.#record.shard, host: member });
      } finally {
        this.#candidates.delete(member);
      }
    }
    return true;
  }

  /** Takes away what all have, once it is so many messages. */
  async trim(atLeast: number = this.#parts.times.trimmedMessages): Promise<void> {
    const { host, mirror, peers, stream } = this.#parts;
    const { shard, inSync } = this.#record;
    const { epoch } = presentLife(this.#record);
    const places = inSync.map((member) => {
      const position = member === host ? mirror.position : peers.positionOf(member, shard);
      return position?.epoch === epoch ? position.place : 0;
    });
    // The last message that all have stays: by it they see that the stream is still the one they know.
    const least = Math.min(...places) - 1;
    if (least - this.#trimmed < atLeast) return;
    await stream.trim(least).then(
      () => (this.#trimmed = least),
      // It is tried again with the next look.
      () => undefined,
    );
  }

  /** The last entry of this log that a member is known to hold; -1 where nothing of it counts. */
  #entryOf(member: HostId): number {
    return this.#progress.entryOf(member, this.#record.term, this.#base);
  }

  async #change(change: (record: ShardRecord) => ShardRecord): Promise<boolean> {
    const { directory, onChange } = this.#parts;
    const { shard, term } = this.#record;
    try {
      const changed = await directory.change(shard, (record) =>
        record.term === term ? change(record) : undefined,
      );
      if (changed === undefined) return false;
      this.take(changed);
      onChange();
      return true;
    } catch (error) {
      // Nobody knows whether it came through: the next look tells.
      if (error instanceof StreamError) return this.#reread();
      throw error;
    }
  }

  async #reread(): Promise<boolean> {
    const known = await this.#parts.directory.read(this.#record.shard).catch(() => undefined);
    if (known === undefined) return true;
    if (known.term !== this.#record.term) return false;
    this.take(known);
    return true;
  }
}
