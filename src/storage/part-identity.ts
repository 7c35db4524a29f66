/** Which part a file is, whatever it is called. */

import { isPeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import type { PartEntry } from './manifest-state.ts';
import { decodeFooter, FOOTER_BYTES } from './part-format.ts';

/** What a manifest would say of a part, from its own footer. `CORRUPT` where that is damaged. */
export async function entryOfFooter(file: DiskFile): Promise<PartEntry> {
  const size_bytes = await file.size();
  const offset = Math.max(0, size_bytes - FOOTER_BYTES);
  const bytes = new Uint8Array(FOOTER_BYTES);
  const count = await file.read(bytes, offset);
  const { partNumber, records, tombstones, firstKey, lastKey } = decodeFooter(
    bytes.subarray(0, count),
    file.path,
    offset,
  );
  return { number: partNumber, size_bytes, records, tombstones, firstKey, lastKey };
}

/** The number that the part at `path` had when it was written; undefined where its footer can't be read. */
export async function numberAtWriting(disk: Disk, path: string): Promise<number | undefined> {
  try {
    const file = await disk.open(path, 'read');
    try {
      return (await entryOfFooter(file)).number;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isPeregrineError(error)) return undefined;
    throw error;
  }
}
