/** Reads archives: ZIP, tar, gzip and what is in them, file by file. */

import { gunzipSync } from 'node:zlib';
import { messageOf, PeregrineError } from '../base/index.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import type { InnerFiles } from './inner-files.ts';
import { filesOfTar, isTar } from './tar-archive.ts';
import { ZipArchive } from './zip-archive.ts';

/** What programs leave in archives beside what people put there. */
const LITTER = /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$|\.git\/)/;

/** Files of a ZIP archive that can't be unpacked, from which on the others are left alone. */
const MAX_DAMAGED = 8;

/**
 * Hands the files of an archive to `inner`, whose sections are its text. Throws `PARSE_FAILED` for a damaged one,
 * `TOO_LARGE` for one that unpacks to more than is read.
 */
export async function readArchive(
  bytes: Uint8Array,
  url: string,
  contentType: string,
  inner: InnerFiles,
): Promise<ExtractedContent> {
  if (contentType === 'application/zip') await readZip(bytes, url, inner);
  else if (contentType === 'application/gzip') await readGzip(bytes, url, inner);
  else await readTar(bytes, inner);
  return NOTHING_EXTRACTED;
}

async function readZip(bytes: Uint8Array, url: string, inner: InnerFiles): Promise<void> {
  const limits = { entry_bytes: inner.left_bytes, total_bytes: inner.left_bytes };
  const archive = new ZipArchive(bytes, limits, { url });
  let damaged = 0;
  for (const name of archive.names) {
    if (name.endsWith('/') || LITTER.test(name)) continue;
    let file: Uint8Array | undefined;
    try {
      if (!inner.isFull && damaged < MAX_DAMAGED) file = archive.read(name);
    } catch (error) {
      // One does not take the others with it, but each may have been unpacked up to the limit.
      if (!(error instanceof PeregrineError)) throw error;
      damaged += 1;
    }
    if (file === undefined) inner.leftOut += 1;
    else await inner.read(name, file);
  }
}

/** One file, or a tar archive; called as the archive is, without its ending. */
async function readGzip(bytes: Uint8Array, url: string, inner: InnerFiles): Promise<void> {
  let plain: Uint8Array;
  try {
    plain = gunzipSync(bytes, { maxOutputLength: Math.max(1, inner.left_bytes) });
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new PeregrineError(
      isTooLarge ? 'TOO_LARGE' : 'PARSE_FAILED',
      isTooLarge
        ? 'The archive unpacks to more than is read.'
        : `The archive can't be read: ${messageOf(error)}.`,
      { url },
    );
  }
  if (isTar(plain)) return readTar(plain, inner);
  const path = URL.parse(url)?.pathname ?? '';
  await inner.read(path.slice(path.lastIndexOf('/') + 1).replace(/\.gz$/i, ''), plain);
}

async function readTar(bytes: Uint8Array, inner: InnerFiles): Promise<void> {
  for (const { name, content } of filesOfTar(bytes)) {
    if (LITTER.test(name)) continue;
    if (content === undefined) inner.leftOut += 1;
    else await inner.read(name, content);
  }
}
