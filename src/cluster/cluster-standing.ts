/** How a cluster stands, as one of its hosts sees it: told from the shards' records and from what was heard. */

import type { Heartbeat } from './peers.ts';
import {
  continuation,
  type HostId,
  type MirrorPosition,
  presentLife,
  type ShardRecord,
} from './shard-record.ts';
import type { ReplicaRole } from './shard-replica.ts';

/** `behind`: it replays what it missed; `copying`: it has missed too much for that; `silent`: its host is not heard. */
export type MirrorState = 'leading' | 'in-sync' | 'behind' | 'copying' | 'silent';

export interface MirrorStanding {
  readonly host: HostId;
  readonly state: MirrorState;
  /** The last entry that it has; null where it told of none. */
  readonly entry: number | null;
}

/** What the last comparison of a shard's mirrors came to, on the host that made it. */
export interface ComparedStanding {
  /** When it ended, by the calendar. */
  readonly at_ms: number;
  readonly records: number;
  /** Ranges in which a mirror held other records than its leader; it was replaced then. */
  readonly differences: number;
  /** Ranges that changed all the time. */
  readonly unsettled: number;
}

/** As people see a shard. */
export interface ShardStanding extends ShardRecord {
  /** The present life of its log. */
  readonly epoch: number;
  /** Of this host: what its mirror does, or `elsewhere`. */
  readonly role: ReplicaRole | 'elsewhere';
  /** The last entry here; 0 where this host holds none. */
  readonly entry: number;
  /** What the last trouble here was; empty where all is well. */
  readonly reason: string;
  /** One for each member. */
  readonly mirrors: readonly MirrorStanding[];
  /** Null where this host has compared none since it began: whoever leads does, an hour apart. */
  readonly compared: ComparedStanding | null;
}

export interface HostStanding {
  readonly host: HostId;
  readonly isAlive: boolean;
  /** Since its last word; null where this host has heard none. */
  readonly silence_ms: number | null;
  /** It is to hand on everything that it holds. */
  readonly isDraining: boolean;
  /** Shards that it holds, or is to; of them, those that it leads, and those in which it has everything. */
  readonly holds: number;
  readonly leads: number;
  readonly inSync: number;
  readonly version: string;
  readonly free_bytes: number;
}

export interface ClusterStanding {
  /** Who tells this. */
  readonly host: HostId;
  /** Mirrors that each shard is to have, as far as there are hosts. */
  readonly copies: number;
  /** All that were heard, and all that hold something. */
  readonly hosts: readonly HostStanding[];
  readonly shards: readonly ShardStanding[];
}

/** A mirror of this host. */
export interface OwnMirror {
  readonly role: ReplicaRole;
  readonly reason: string;
  readonly position: MirrorPosition | undefined;
}

export interface StandingParts {
  readonly host: HostId;
  readonly copies: number;
  /** A host that was not heard for so long is silent. */
  readonly lease_ms: number;
  readonly records: readonly ShardRecord[];
  readonly peers: readonly (Heartbeat & { readonly silence_ms: number })[];
  /** Whether a host is to hand on everything. */
  readonly isDraining: (host: HostId) => boolean;
  /** Of this host, by shard. */
  readonly own: (shard: ShardRecord['shard']) => OwnMirror | undefined;
  /** The last comparison that this host made. */
  readonly compared: (shard: ShardRecord['shard']) => ComparedStanding | undefined;
}

export function standingOf(parts: StandingParts): ClusterStanding {
  const { host, copies, records, peers, lease_ms } = parts;
  const heard = new Map(peers.map((peer) => [peer.host, peer]));
  const names = new Set([...heard.keys(), ...records.flatMap(({ members }) => members)]);
  const count = (of: (record: ShardRecord) => boolean): number => records.filter(of).length;
  const hosts = [...names].sort().map((name) => {
    const peer = heard.get(name);
    return {
      host: name,
      isAlive: peer !== undefined && peer.silence_ms <= lease_ms,
      silence_ms: peer?.silence_ms ?? null,
      isDraining: parts.isDraining(name),
      holds: count(({ members }) => members.includes(name)),
      leads: count(({ leader }) => leader === name),
      inSync: count(({ inSync }) => inSync.includes(name)),
      version: peer?.version ?? '',
      free_bytes: peer?.free_bytes ?? 0,
    };
  });
  const alive = new Set(hosts.filter(({ isAlive }) => isAlive).map((one) => one.host));
  const shards = records.map((record): ShardStanding => {
    const own = parts.own(record.shard);
    const mirrors = record.members.map((member) => {
      const reported = heard.get(member)?.mirrors.find(({ shard }) => shard === record.shard);
      const position = member === host ? (own?.position ?? reported?.position) : reported?.position;
      const state = alive.has(member) ? mirrorState(record, member, position) : 'silent';
      return { host: member, state, entry: position?.entry ?? null };
    });
    const role: ShardStanding['role'] = own?.role ?? 'elsewhere';
    return Object.assign(
      {
        epoch: presentLife(record).epoch,
        role,
        entry: own?.position?.entry ?? 0,
        reason: own?.reason ?? '',
        mirrors,
        compared: parts.compared(record.shard) ?? null,
      },
      record,
    );
  });
  return { host, copies, hosts, shards };
}

function mirrorState(record: ShardRecord, host: HostId, position: MirrorPosition | undefined): MirrorState {
  if (record.leader === host) return 'leading';
  if (record.inSync.includes(host)) return 'in-sync';
  return position === undefined || continuation(record, position) === undefined ? 'copying' : 'behind';
}
