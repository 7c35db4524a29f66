/**
 * Makes a damaged part whole again from a second copy: page by page, what either copy can read. The result is checked
 * in depth before it takes the damaged file's place, so that it is the part that the manifest names or none.
 */

import { hash64, isPeregrineError, type PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { checkPart, type PartCheckOptions } from './part-check.ts';
import { decodeFooter, FOOTER_BYTES } from './part-format.ts';
import type { PagePlace } from './page.ts';
import { scanPages } from './page-scan.ts';
import type { RepairSource } from './repair-source.ts';

const COPY_BYTES: number = 1024 * 1024;

export interface MendRequest extends Omit<PartCheckOptions, 'depth' | 'afterRead'> {
  readonly source: RepairSource;
  /** Directory of the part, whose name is made durable. */
  readonly directory: string;
}

/** True when the part is whole and durable under its own name; false where the source can't give that. `IO`, `DISK_FULL`. */
export async function mendPart(request: MendRequest): Promise<boolean> {
  const { disk, path, source, entry, directory } = request;
  const theirs = await source.openPart(entry.number);
  if (theirs === undefined) return false;
  const draft = `${path}.mend`;
  let ours: DiskFile | undefined;
  try {
    ours = await openIfThere(disk, path);
    if (!(await compose(disk, draft, ours, theirs, entry.number, entry.size_bytes))) return false;
    const report = await checkPart({ ...request, path: draft, depth: 'deep' });
    if (report.problems.some(({ kind }) => kind !== 'owner')) return false;
    await disk.rename(draft, path);
    await disk.syncDirectory(directory);
    return true;
  } finally {
    await theirs.close().catch(() => undefined);
    await ours?.close().catch(() => undefined);
    await disk.remove(draft).catch(() => undefined);
  }
}

/** Writes the draft; false where both copies have whole pages that differ: then they are not one part. */
async function compose(
  disk: Disk,
  draft: string,
  ours: DiskFile | undefined,
  theirs: DiskFile,
  partNumber: number,
  size_bytes: number,
): Promise<boolean> {
  const [mine, other] = [
    await wholePages(ours, partNumber, size_bytes),
    await wholePages(theirs, partNumber, size_bytes),
  ];
  for (const [offset, { hash }] of mine) {
    const same = other.get(offset);
    if (same !== undefined && same.hash !== hash) return false;
  }
  await disk.remove(draft);
  const target = await disk.open(draft, 'create');
  try {
    await copyBytes(theirs, target, 0, size_bytes);
    for (const [offset, page] of mine) {
      if (ours !== undefined && !other.has(offset)) await copyBytes(ours, target, offset, page.size_bytes);
    }
    const footerAt = size_bytes - FOOTER_BYTES;
    if (ours !== undefined && !(await hasFooter(theirs, footerAt)) && (await hasFooter(ours, footerAt))) {
      await copyBytes(ours, target, footerAt, FOOTER_BYTES);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return true;
}

async function wholePages(
  file: DiskFile | undefined,
  partNumber: number,
  size_bytes: number,
): Promise<Map<number, PagePlace & { readonly hash: bigint }>> {
  const pages = new Map<number, PagePlace & { readonly hash: bigint }>();
  if (file === undefined) return pages;
  for await (const { place, content } of scanPages(file, partNumber, size_bytes - FOOTER_BYTES)) {
    pages.set(place.offset, { ...place, hash: hash64(content) });
  }
  return pages;
}

async function hasFooter(file: DiskFile, offset: number): Promise<boolean> {
  const bytes = new Uint8Array(FOOTER_BYTES);
  try {
    await file.read(bytes, offset);
    decodeFooter(bytes, file.path, offset);
    return true;
  } catch (error) {
    if (isPeregrineError(error)) return false;
    throw error;
  }
}

async function copyBytes(from: DiskFile, to: DiskFile, start: number, size_bytes: number): Promise<void> {
  for (let done = 0; done < size_bytes;) {
    const bytes = new Uint8Array(Math.min(COPY_BYTES, size_bytes - done));
    const count = await from.read(bytes, start + done);
    if (count === 0) return;
    await to.write(bytes.subarray(0, count), start + done);
    done += count;
  }
}

async function openIfThere(disk: Disk, path: string): Promise<DiskFile | undefined> {
  try {
    return await disk.open(path, 'read');
  } catch (error) {
    if (isPeregrineError(error, 'NOT_FOUND')) return undefined;
    throw error as PeregrineError;
  }
}
