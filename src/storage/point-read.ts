/** Point reads: the newest version of one key, memtables first, then runs from the newest to the oldest. */

import type { DatabaseView } from './range-read.ts';
import { hashKey } from './key-filter.ts';
import type { PartReader } from './part-reader.ts';

/** A copy of the key's value, or undefined where there is none or it is deleted. `CORRUPT`, `IO`. */
export async function readPoint(
  { memtables, runs }: DatabaseView,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  for (const memtable of memtables) {
    const value = memtable.get(key);
    if (value === null) return undefined;
    if (value !== undefined) return value.slice();
  }
  const parts = runs.map((run) => run.partOf(key)).filter((part) => part !== undefined);
  // All are held before the first is waited for: a merge may retire them meanwhile.
  for (const part of parts) part.pin();
  try {
    return await readParts(parts, key);
  } finally {
    for (const part of parts) part.unpin();
  }
}

async function readParts(parts: readonly PartReader[], key: Uint8Array): Promise<Uint8Array | undefined> {
  if (parts.length === 0) return undefined;
  const hash = hashKey(key);
  for (const part of parts) {
    const value = await part.get(key, hash);
    if (value === null) return undefined;
    if (value !== undefined) return value.slice();
  }
  return undefined;
}
