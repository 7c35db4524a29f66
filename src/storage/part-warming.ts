/**
 * A new part takes over what its predecessors were asked: where map pages and filters over its keys are held, its own are
 * read before it is adopted, so that no read waits for them as the first one.
 */

import { compareKeys } from './key-order.ts';
import type { PartHeat } from './part-now.ts';
import type { PartReader } from './part-reader.ts';

/** `IO`, `CORRUPT`: it is not needed, and whoever reads the part is told. */
export async function warmPart(reader: PartReader, heats: readonly PartHeat[]): Promise<void> {
  if (heats.length === 0) return;
  const { topMap, footer } = await reader.open();
  const maps = new Set<number>();
  const filters = new Set<number>();
  for (const heat of heats) {
    for (const [first, last] of heat.maps) {
      if (compareKeys(last, footer.firstKey) < 0 || compareKeys(first, footer.lastKey) > 0) continue;
      const end = topMap.indexOf(last);
      for (let index = topMap.indexOf(first); index <= end; index++) maps.add(index);
    }
    const chunks = footer.filterChunks;
    for (const [from, to] of heat.filters) {
      for (let chunk = Math.floor(from * chunks); chunk < Math.min(chunks, to * chunks); chunk++)
        filters.add(chunk);
    }
  }
  for (const index of maps) await reader.loadMap(index);
  for (const chunk of filters) await reader.loadFilter(chunk);
}
