/** Which data pages a sample looks at: enough to meet what is wrong with a whole part, too few to take its time. */

import type { Random } from '../base/index.ts';
import type { PagePlace } from './page.ts';
import { SAMPLE_BYTES } from './verify-report.ts';

/** A data page as the map names it. */
export interface MappedPage {
  readonly place: PagePlace;
  readonly firstKey: Uint8Array;
  /** The last key that the page may hold. */
  readonly lastKey: Uint8Array;
}

/** The first page, the last one and some between, in order, of {@link SAMPLE_BYTES} together or a little more. */
export function sampleOf(pages: readonly MappedPage[], random: Random): MappedPage[] {
  const picked = new Set<number>(pages.length === 0 ? [] : [0, pages.length - 1]);
  const sizeOf = (index: number): number => pages[index]?.place.size_bytes ?? 0;
  let picked_bytes = [...picked].reduce((sum, index) => sum + sizeOf(index), 0);
  while (picked_bytes < SAMPLE_BYTES && picked.size < pages.length) {
    const index = random.below(pages.length);
    if (!picked.has(index)) picked_bytes += sizeOf(index);
    picked.add(index);
  }
  return [...picked].sort((a, b) => a - b).flatMap((index) => pages[index] ?? []);
}
