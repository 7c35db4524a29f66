/** What the server asks of the cluster that its process is a host of. */

import type { ClusterStanding } from '../cluster/index.ts';

export interface ClusterSeat {
  /** As this host sees it now; undefined while the engine is opened anew. */
  readonly standing: () => ClusterStanding | undefined;
}
