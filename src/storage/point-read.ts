/** Point reads: the newest version of one key, memtables first, then runs from the newest to the oldest. */

import { lostKeys, lostOrder } from './losses.ts';
import type { DatabaseView } from './range-read.ts';
import { hashKey } from './key-filter.ts';
import type { PartReader } from './part-reader.ts';

/** A copy of the key's value, or undefined where there is none or it is deleted. `CORRUPT`, also where it is lost; `IO`. */
export async function readPoint(
  { database, memtables, runs, losses }: DatabaseView,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  for (const memtable of memtables) {
    const value = memtable.get(key);
    if (value === null) return undefined;
    if (value !== undefined) return value;
  }
  const lost = losses.length === 0 ? undefined : lostOrder(losses, key);
  // What is older than a loss may have been overtaken by what was lost.
  const trusted = lost === undefined ? runs : runs.filter(({ entry }) => entry.order >= lost);
  const parts = trusted.map((run) => run.partOf(key)).filter((part) => part !== undefined);
  // All are held before the first is waited for: a merge may retire them meanwhile.
  for (const part of parts) part.pin();
  try {
    const value = await readParts(parts, key);
    const loss = losses.find(({ order }) => order === lost);
    if (value === undefined && loss !== undefined) throw lostKeys(database, loss);
    return value ?? undefined;
  } finally {
    for (const part of parts) part.unpin();
  }
}

/** `null` for a deletion, undefined where no part says anything. */
async function readParts(
  parts: readonly PartReader[],
  key: Uint8Array,
): Promise<Uint8Array | null | undefined> {
  if (parts.length === 0) return undefined;
  const hash = hashKey(key);
  for (const part of parts) {
    const value = await part.get(key, hash);
    if (value === null) return null;
    if (value !== undefined) return value;
  }
  return undefined;
}
