/** One page of a segment's file, checked. */

import type { DiskFile } from '../disk/index.ts';
import { checkPage, corruptSegment, PAGE_BYTES } from './segment-format.ts';

/** Fills `into` with a page whose checksum is right: `CORRUPT`, `IO`. */
export function readFilePage(
  file: Pick<DiskFile, 'readSync'>,
  name: string,
  pages: number,
  page: number,
  into: Uint8Array,
): void {
  if (page < 0 || page >= pages) throw corruptSegment(name, page, 'it is behind the end');
  const read = file.readSync(into, page * PAGE_BYTES);
  if (read !== PAGE_BYTES) throw corruptSegment(name, page, 'the file ends before it');
  checkPage(into, page, name);
}
