/** Who should hold and lead what: a pure plan over the records, one host makes it, compare-and-set carries it out. */

import type { ShardId } from '../base/index.ts';
import { type HostId, joined, left, type ShardRecord, takenOver } from './shard-record.ts';

export interface RecordChange {
  readonly shard: ShardId;
  readonly apply: (record: ShardRecord) => ShardRecord | undefined;
}

export interface HostsToBalance {
  /** Hosts that are heard, by name. */
  readonly alive: readonly HostId[];
  /** Of them, those that are to hold nothing any more. */
  readonly draining: readonly HostId[];
  /** Hosts that were not heard for so long that they are given up. */
  readonly gone: readonly HostId[];
  /** Mirrors that each shard is to have. */
  readonly copies: number;
}

/** The books of crawls are kept where this one is led: it changes its leader only where it must. */
const QUIET_SHARD = 0;

/**
 * Each shard gets as many mirrors as it should, on the hosts that hold least; what is too much goes once the others have
 * everything; then, one shard at a time, the fullest host hands to the emptiest, and the busiest leader to the idlest.
 */
export function balance(records: readonly ShardRecord[], hosts: HostsToBalance): readonly RecordChange[] {
  const plan = new Plan(records, hosts);
  for (const record of records) plan.fill(record);
  for (const record of records) plan.thin(record);
  if (plan.changes.length === 0) plan.even();
  if (plan.changes.length === 0) plan.evenLeaders();
  return plan.changes;
}

class Plan {
  readonly changes: RecordChange[] = [];
  readonly #records: readonly ShardRecord[];
  /** Hosts that may hold shards. */
  readonly #able: readonly HostId[];
  readonly #gone: readonly HostId[];
  /** Hosts that are to hold nothing any more. */
  readonly #draining: readonly HostId[];
  readonly #copies: number;
  /** Mirrors that a host holds, or is to. */
  readonly #held = new Map<HostId, number>();

  constructor(records: readonly ShardRecord[], { alive, draining, gone, copies }: HostsToBalance) {
    this.#records = records;
    this.#able = alive.filter((host) => !draining.includes(host));
    this.#gone = gone;
    this.#draining = draining;
    this.#copies = Math.max(1, Math.min(copies, this.#able.length));
    for (const host of this.#able) this.#held.set(host, 0);
    for (const { members } of records) for (const host of members) this.#count(host, 1);
  }

  /** Mirrors that are missing. A host that is silent for a moment keeps its own: it may just begin anew. */
  fill(record: ShardRecord): void {
    const isKept = (host: HostId): boolean => !this.#gone.includes(host) && !this.#draining.includes(host);
    let count = record.members.filter(isKept).length;
    const free = this.#able.filter((host) => !record.members.includes(host));
    for (; count < this.#copies; count++) {
      const host = this.#least(free);
      if (host === undefined) return;
      free.splice(free.indexOf(host), 1);
      this.#join(record.shard, host);
    }
  }

  /** Mirrors on hosts that should have none, and those beyond what is wanted, once enough others have everything. */
  thin(record: ShardRecord): void {
    const { leader, members, inSync } = record;
    const staying = inSync.filter((host) => this.#able.includes(host));
    for (const host of members) {
      if (this.#able.includes(host)) continue;
      const isGone = this.#gone.includes(host);
      if (!isGone && staying.length < this.#copies) continue;
      if (staying.length > 0) this.#leave(record, host, staying);
    }
    const held = members.filter((host) => this.#able.includes(host));
    if (staying.length <= this.#copies || held.length <= this.#copies) return;
    const most = this.#held.get(this.#most(held) ?? '') ?? 0;
    const fullest = held.filter((host) => this.#held.get(host) === most);
    const host = fullest.find((other) => other !== leader) ?? fullest[0];
    if (host !== undefined) this.#leave(record, host, staying);
  }

  /** One shard from the fullest host to the emptiest. */
  even(): void {
    const [full, empty] = [this.#most(this.#able), this.#least(this.#able)];
    if (full === undefined || empty === undefined) return;
    if ((this.#held.get(full) ?? 0) - (this.#held.get(empty) ?? 0) < 2) return;
    const movable = this.#records.filter(
      ({ members, inSync }) =>
        members.includes(full) && !members.includes(empty) && inSync.length === members.length,
    );
    // One that is led elsewhere goes without a change of leader.
    const record =
      movable.find(({ leader }) => leader !== full) ??
      movable.find(({ shard }) => shard !== QUIET_SHARD) ??
      movable[0];
    if (record !== undefined) this.#join(record.shard, empty);
  }

  evenLeaders(): void {
    const leads = new Map(this.#able.map((host) => [host, 0]));
    for (const { leader } of this.#records) leads.set(leader, (leads.get(leader) ?? 0) + 1);
    const of = (host: HostId): number => leads.get(host) ?? 0;
    for (const { shard, leader, inSync } of this.#records) {
      if (shard === QUIET_SHARD && this.#able.includes(leader)) continue;
      const others = inSync.filter((host) => host !== leader && this.#able.includes(host));
      const idlest = others.sort((a, b) => of(a) - of(b) || (a < b ? -1 : 1))[0];
      if (idlest === undefined || of(leader) - of(idlest) < 2) continue;
      this.changes.push({ shard, apply: (record) => takenOver(record, idlest) });
      return;
    }
  }

  #join(shard: ShardId, host: HostId): void {
    this.#count(host, 1);
    this.changes.push({ shard, apply: (record) => joined(record, host) });
  }

  #leave({ shard, leader }: ShardRecord, host: HostId, staying: readonly HostId[]): void {
    const next = this.#least(staying.filter((other) => other !== host));
    if (next === undefined) return;
    // A leader hands on first, and leaves at the next look.
    if (leader === host) {
      this.changes.push({ shard, apply: (record) => takenOver(record, next) });
      return;
    }
    this.#count(host, -1);
    this.changes.push({ shard, apply: (record) => left(record, host) });
  }

  #count(host: HostId, by: number): void {
    this.#held.set(host, (this.#held.get(host) ?? 0) + by);
  }

  #least(hosts: readonly HostId[]): HostId | undefined {
    return this.#sorted(hosts)[0];
  }

  #most(hosts: readonly HostId[]): HostId | undefined {
    return this.#sorted(hosts).at(-1);
  }

  #sorted(hosts: readonly HostId[]): HostId[] {
    return [...hosts].sort((a, b) => (this.#held.get(a) ?? 0) - (this.#held.get(b) ?? 0) || (a < b ? -1 : 1));
  }
}
