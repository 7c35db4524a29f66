/** Carries out the plan of who holds and leads what, on one host of the cluster: the first that lives. */

import type { Clock } from '../base/index.ts';
import { balance } from './balance.ts';
import type { ClusterTimes } from './cluster-options.ts';
import type { DrainedHosts } from './drained-hosts.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import type { HostId } from './shard-record.ts';

export interface BalanceKeeperParts {
  readonly host: HostId;
  /** Mirrors that each shard is to have. */
  readonly copies: number;
  readonly directory: ShardDirectory;
  readonly drained: DrainedHosts;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly times: ClusterTimes;
}

export class BalanceKeeper {
  readonly #parts: BalanceKeeperParts;
  readonly #began_ms: number;

  constructor(parts: BalanceKeeperParts) {
    this.#parts = parts;
    this.#began_ms = parts.clock.monotonic();
  }

  /** One look; changes what is not as it should be, where this host is the one to do it. */
  async look(): Promise<void> {
    const { clock, copies, directory, drained, host, peers, times } = this.#parts;
    const alive = peers.alive(times.lease_ms);
    if (alive[0] !== host) return;
    const records = directory.all();
    const hosts = new Set([...peers.all().map((peer) => peer.host), ...records.flatMap((r) => r.members)]);
    // Who was never heard may just not have spoken since this host began.
    const uptime_ms = clock.monotonic() - this.#began_ms;
    const gone = [...hosts].filter(
      (other) => Math.min(peers.silence_ms(other), uptime_ms) > times.replace_ms,
    );
    const draining = [...hosts].filter((other) => drained.has(other));
    for (const change of balance(records, { alive, draining, gone, copies })) {
      await directory.change(change.shard, change.apply);
    }
  }
}
