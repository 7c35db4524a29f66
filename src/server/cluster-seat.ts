/** What the server asks of the cluster that its process is a host of. */

import { PeregrineError } from '../base/index.ts';
import type { SettingChange } from '../collection/index.ts';
import type { ClusterStanding, MirrorComparison } from '../cluster/index.ts';

export interface ClusterSeat {
  /** As this host sees it now; undefined while the engine is opened anew. */
  readonly standing: () => ClusterStanding | undefined;
  /** Has a host hand on all that it holds, or not any more. `NOT_FOUND`, `BAD_ARGUMENT`, `UNAVAILABLE`. */
  readonly drain: (host: string, isDraining: boolean, who: string) => Promise<void>;
  /** Who had hosts drained, and not any more; the newest first. */
  readonly changes: () => readonly SettingChange[];
  /** Whether the mirrors of every shard hold the same records. Reads all of them. `UNAVAILABLE`, `CORRUPT`. */
  readonly compare: () => Promise<readonly MirrorComparison[]>;
}

/** `NOT_FOUND` on one machine. */
export function seatOf(cluster: ClusterSeat | undefined): ClusterSeat {
  if (cluster !== undefined) return cluster;
  throw new PeregrineError(
    'NOT_FOUND',
    'This process is no host of a cluster. Serve with --cluster to make one.',
  );
}
