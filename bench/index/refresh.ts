/** How long after its acknowledgement a document is found, while others come in as fast as they are taken. */

import { quantile } from '../measure.ts';
import type { PeregrineContestant } from './peregrine-contestant.ts';

/** Writers at once. */
const WRITERS = 16;

/** Milliseconds from acknowledgement to the view that holds the document, 99th percentile over `count` documents. */
export async function refreshP99_ms(
  contestant: PeregrineContestant,
  lines: readonly Uint8Array[],
): Promise<number> {
  const waits_ms: number[] = [];
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < lines.length) {
      const number = next++;
      const line = lines[number];
      if (line === undefined) return;
      const isFound = await contestant.append(line, number);
      const acknowledged_ms = performance.now();
      if (!isFound()) throw new Error('A document that was acknowledged is not found.');
      waits_ms.push(performance.now() - acknowledged_ms);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return quantile(waits_ms, 0.99);
}
