/** A seat in a cluster for tests of the server alone: it notes which hosts are to drain. */

import type { ClusterSeat } from '../src/server/index.ts';

export function tinySeat(draining: Set<string> = new Set()): ClusterSeat {
  return {
    standing: () => undefined,
    drain: async (host, isDraining) => {
      if (isDraining) draining.add(host);
      else draining.delete(host);
    },
  };
}
