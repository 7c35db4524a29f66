/** The files of a folder and those below it, each a document under an address made of its path. */

import { open, readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import { messageOf, PeregrineError } from '../../base/index.ts';
import { importMeta } from './archive-feed.ts';
import type { Feed, FeedItem } from './feed.ts';

/** A larger file is refused. */
const MAX_FILE_BYTES = 67_108_864;
/** A mail of a Maildir: the file's name says nothing of its type, the folder's does. */
const MAILDIR = /(?:^|\/)(?:cur|new)\/\d+\.[^/]*$/;
/** Folders in folders at most. */
const MAX_DEPTH = 64;

/** Addresses begin with `base`, or are `file:` addresses where it is empty. Hidden files and links are left out. */
export async function* folderFeed(path: string, base: string): Feed & AsyncGenerator<FeedItem> {
  for await (const file of filesBelow(path, 0)) {
    const name = relative(path, file).split(sep).join('/');
    const place = { file: name };
    try {
      const { bytes, changed_ms } = await readWhole(file);
      const url =
        base === ''
          ? pathToFileURL(file).href
          : new URL(encodeURI(name).replace(/[?#]/g, encodeURIComponent), base).href;
      const meta = importMeta(`folder:${basename(path)}`, name, bytes, name);
      const source = {
        url,
        bytes,
        headers: MAILDIR.test(name) ? { 'content-type': 'message/rfc822' } : {},
        status: 200,
        fetchedAt_ms: changed_ms,
        depth: 0,
        meta,
      };
      yield { kind: 'document', place, source };
    } catch (error) {
      yield { kind: 'refused', place, why: messageOf(error) };
    }
  }
}

async function readWhole(path: string): Promise<{ bytes: Uint8Array; changed_ms: number }> {
  const handle = await open(path, 'r');
  try {
    const { size, mtimeMs } = await handle.stat();
    if (size > MAX_FILE_BYTES)
      throw new PeregrineError('TOO_LARGE', `it is larger than ${MAX_FILE_BYTES} bytes`);
    return { bytes: new Uint8Array(await handle.readFile()), changed_ms: Math.floor(mtimeMs) };
  } finally {
    await handle.close();
  }
}

async function* filesBelow(path: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (depth > 0) return [];
    throw new PeregrineError('NOT_FOUND', `There is no folder ${path}.`, { file: path }, error);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory() && depth < MAX_DEPTH) yield* filesBelow(join(path, entry.name), depth + 1);
    else if (entry.isFile()) yield join(path, entry.name);
  }
}
