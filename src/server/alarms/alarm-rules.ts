/** What is wrong enough that somebody should be told: read off the state of the program and of its cluster. */

import type { EngineStatus } from '../../collection/index.ts';
import type { ClusterStanding } from '../../cluster/index.ts';
import { age, counted, size } from '../wording.ts';

export interface Alarm {
  /** Of what it is about: the same trouble has the same name, however often one looks. */
  readonly id: string;
  /** `critical`: something does not work; `warning`: it will not for long. */
  readonly severity: 'warning' | 'critical';
  /** For people, one or two sentences. */
  readonly text: string;
}

/** A disk with less than this, or less than a twentieth of what is kept on it. */
const LEAST_FREE_BYTES: number = 1024 ** 3;

/** Of this process's own. */
export function ownAlarms(status: EngineStatus): Alarm[] {
  const { collections, dataDirectory, disk_bytes, diskFree_bytes, isReadOnly, shards } = status;
  const alarms: Alarm[] = [];
  // What takes no writes needs no room: an image of a disk is always full.
  if (!isReadOnly && diskFree_bytes < Math.max(LEAST_FREE_BYTES, disk_bytes / 20)) {
    alarms.push({
      id: 'disk',
      severity: 'warning',
      text: `${size(diskFree_bytes)} are left on the disk of ${dataDirectory}. Writing stops before it is full; make room.`,
    });
  }
  for (const [n, { readOnly, lost = [], recovery }] of shards.entries()) {
    if (readOnly !== undefined) {
      alarms.push({
        id: `shard.${n}.read-only`,
        severity: 'critical',
        text: `Shard ${n} takes no writes: ${readOnly}`,
      });
    }
    if (lost.length > 0) {
      const names = [...new Set(lost.map(({ database }) => database))].join(', ');
      alarms.push({
        id: `shard.${n}.lost`,
        severity: 'critical',
        text: `Shard ${n} has lost keys of ${names} with damaged files. "peregrine store repair --from" takes them from a copy.`,
      });
    }
    if (recovery.damage.length > 0) {
      alarms.push({
        id: `shard.${n}.log`,
        severity: 'critical',
        text: `The log of shard ${n} was damaged in ${counted(recovery.damage.length, 'place', 'places')} when it was opened; what was there is lost.`,
      });
    }
  }
  for (const { name, damagedSegments } of collections) {
    if (damagedSegments === 0) continue;
    alarms.push({
      id: `index.${name}.damaged`,
      severity: 'critical',
      text: `The index of ${name} is damaged in ${counted(damagedSegments, 'segment', 'segments')}: searches may miss pages. "peregrine rebuild --repair --collection ${name}" mends it from what is stored.`,
    });
  }
  return alarms;
}

/** Of a cluster, as one of its hosts sees it. Hosts that are drained are expected to go. */
export function clusterAlarms({ hosts, shards, copies }: ClusterStanding): Alarm[] {
  const alarms: Alarm[] = [];
  for (const { host, isAlive, isDraining, holds, silence_ms } of hosts) {
    if (isAlive || (isDraining && holds === 0)) continue;
    const since = silence_ms === null ? '' : ` for ${age(silence_ms / 1_000)}`;
    alarms.push({
      id: `host.${host}.silent`,
      severity: 'warning',
      text: `Host ${host} is not heard${since}. It is to hold ${counted(holds, 'shard', 'shards')}.`,
    });
  }
  const alive = hosts.filter(({ isAlive, isDraining }) => isAlive && !isDraining).length;
  const wanted = Math.min(copies, Math.max(1, alive));
  for (const { shard, leader, inSync, reason } of shards) {
    const isLed = hosts.some(({ host, isAlive }) => host === leader && isAlive);
    const why = reason === '' ? '' : ` ${reason}`;
    if (!isLed) {
      alarms.push({
        id: `shard.${shard}.no-leader`,
        severity: 'critical',
        text: `Nobody leads shard ${shard}: it takes no writes.${why}`,
      });
    } else if (inSync.length < wanted) {
      alarms.push({
        id: `shard.${shard}.copies`,
        severity: 'warning',
        text: `Shard ${shard} is whole on ${inSync.length} of ${counted(wanted, 'host', 'hosts')}.${why}`,
      });
    }
  }
  return alarms;
}
