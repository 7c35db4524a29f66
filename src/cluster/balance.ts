/** Who should hold and lead what: a pure plan over the records, one host makes it, compare-and-set carries it out. */

import type { ShardId } from '../base/index.ts';
import { type HostId, joined, left, type ShardRecord, takenOver } from './shard-record.ts';

export interface RecordChange {
  readonly shard: ShardId;
  readonly apply: (record: ShardRecord) => ShardRecord | undefined;
}

/**
 * Every living host gets a mirror of every shard; a host that is gone for good leaves them; each shard is led by the host
 * whose turn it is, once that has everything.
 * @param alive Hosts that are heard, by name.
 * @param gone Hosts that were not heard for so long that they are given up.
 */
export function balance(
  records: readonly ShardRecord[],
  alive: readonly HostId[],
  gone: readonly HostId[],
): readonly RecordChange[] {
  const changes: RecordChange[] = [];
  for (const { shard, members, inSync, leader } of records) {
    for (const host of alive) {
      if (!members.includes(host)) changes.push({ shard, apply: (record) => joined(record, host) });
    }
    for (const host of gone) {
      if (members.includes(host)) changes.push({ shard, apply: (record) => left(record, host) });
    }
    const turn = alive[shard % alive.length];
    const isSettled = alive.includes(leader) && alive.every((host) => inSync.includes(host));
    if (turn !== undefined && turn !== leader && isSettled) {
      changes.push({ shard, apply: (record) => takenOver(record, turn) });
    }
  }
  return changes;
}
