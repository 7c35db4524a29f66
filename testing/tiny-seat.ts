/**
 * A seat in a cluster for tests of server and commands alone: two hosts, of which one that is to drain holds nothing a look
 * later.
 */

import { PeregrineError, toShardId } from '../src/base/index.ts';
import type { ClusterSeat } from '../src/server/index.ts';

const HOSTS = ['north', 'south'] as const;

export function tinySeat(draining: Set<string> = new Set()): ClusterSeat {
  let empty = new Set<string>();
  return {
    standing: () => {
      const members = HOSTS.filter((host) => !empty.has(host));
      const [leader = 'north'] = members;
      empty = new Set(draining);
      return {
        host: 'north',
        copies: 2,
        hosts: HOSTS.map((host) => ({
          host,
          isAlive: true,
          silence_ms: 12,
          isDraining: draining.has(host),
          holds: members.includes(host) ? 1 : 0,
          leads: leader === host ? 1 : 0,
          inSync: members.includes(host) ? 1 : 0,
          version: '0.1.0',
          free_bytes: 5 * 1024 ** 3,
        })),
        shards: [
          {
            shard: toShardId(0),
            term: 3,
            leader,
            members,
            inSync: members,
            stream: 'log',
            streamIdentity: '1',
            lives: [{ epoch: 1, base: 0, term: 0 }],
            epoch: 1,
            role: 'leading',
            entry: 42,
            reason: '',
            compared: null,
            mirrors: members.map((host) => ({
              host,
              state: host === leader ? 'leading' : 'in-sync',
              entry: 42,
            })),
          },
        ],
      };
    },
    compare: async () => [{ shard: toShardId(0), hosts: HOSTS, records: 7, differences: [], unsettled: 0 }],
    changes: () => [],
    drain: async (host, isDraining) => {
      if (!(HOSTS as readonly string[]).includes(host)) {
        throw new PeregrineError('NOT_FOUND', `This cluster has no host "${host}".`);
      }
      if (isDraining) draining.add(host);
      else draining.delete(host);
    },
  };
}
