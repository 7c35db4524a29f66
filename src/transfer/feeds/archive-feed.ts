/** Pages of WARC, ARC and WACZ files, and of folders of them. */

import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { hash64, PeregrineError } from '../../base/index.ts';
import type { DocumentSource } from '../../document/index.ts';
import { IMPORT_HASH, IMPORT_ID, IMPORT_SOURCE } from '../gigablast/document-source.ts';
import { type ArchiveRecord, readArchive } from '../warc/archive-reader.ts';
import { readHttpCapture } from '../warc/http-capture.ts';
import type { ByteRegion } from '../warc/unpacked-bytes.ts';
import { METADATA_FIELD } from '../warc/warc-writer.ts';
import { zipRegions } from '../warc/zip-regions.ts';
import type { Feed, FeedItem } from './feed.ts';

const ARCHIVE = /\.(?:w?arc)(?:\.gz|\.gz\.bad)?$/i;

/** `NOT_FOUND`, `IO`, `CORRUPT` for a WACZ whose directory is damaged. */
export async function* archiveFeed(path: string): Feed & AsyncGenerator<FeedItem> {
  for (const file of await archivesAt(path)) {
    for (const region of await regionsOf(file)) yield* itemsOf(region, basename(file));
  }
}

async function archivesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new PeregrineError('NOT_FOUND', `There is no file ${path}.`, { file: path }, error);
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => ARCHIVE.test(name) || /\.wacz$/i.test(name)).sort();
  if (names.length === 0) {
    throw new PeregrineError('NOT_FOUND', `There are no WARC, ARC or WACZ files in ${path}.`, { file: path });
  }
  return names.map((name) => join(path, name));
}

async function regionsOf(path: string): Promise<readonly ByteRegion[]> {
  const handle = await open(path, 'r');
  try {
    const head = Buffer.alloc(4);
    await handle.read(head, 0, 4, 0);
    const { size } = await handle.stat();
    if (head.readUInt32LE(0) !== 0x0403_4b50) return [{ path, start: 0, end: size, isDeflated: false }];
  } finally {
    await handle.close();
  }
  const regions = await zipRegions(path, (name) => ARCHIVE.test(name));
  if (regions.length > 0) return regions;
  throw new PeregrineError('NOT_FOUND', `There is no WARC or ARC file in the archive ${path}.`, {
    file: path,
  });
}

async function* itemsOf(region: ByteRegion, file: string): AsyncGenerator<FeedItem> {
  let number = 0;
  for await (const item of readArchive(region)) {
    if ('damage' in item) {
      const { offset, size_bytes, why } = item.damage;
      yield { kind: 'lost', place: { file, at: offset }, size_bytes, why };
      continue;
    }
    number += 1;
    yield itemOf(item.record, file, number);
  }
}

function itemOf(record: ArchiveRecord, file: string, number: number): FeedItem {
  const place = { file, at: number };
  const skipped = (why: string): FeedItem => ({ kind: 'skipped', place, why });
  if (record.type === 'revisit') return skipped('unchanged since an earlier capture');
  if (record.type !== 'response' && record.type !== 'resource') return skipped(`of type ${record.type}`);
  // Spaces and other letters that a URL can't have are written as its rules say.
  const url = URL.parse(record.url)?.href;
  // Notes of the program that made the archive.
  if (url?.startsWith('metadata:') === true) return skipped('noted by the recorder');
  if (url === undefined) return { kind: 'refused', place, why: `"${record.url.slice(0, 200)}" is no URL` };
  const capture = record.type === 'response' ? readHttpCapture(record.block) : undefined;
  if (capture === undefined && record.contentType.startsWith('application/http')) {
    return { kind: 'refused', place, why: 'what should be an HTTP answer is none' };
  }
  const status = capture?.status ?? 200;
  if (status < 200 || status > 299) return skipped(`answered with status ${status}`);
  const bytes = capture?.body ?? record.block;
  const { depth, meta } = metadataOf(record);
  const source: DocumentSource = {
    url,
    bytes,
    headers: capture?.headers ?? (record.contentType === '' ? {} : { 'content-type': record.contentType }),
    status,
    fetchedAt_ms: record.at_ms,
    depth,
    ...(record.ip === '' ? {} : { ip: record.ip }),
    ...(record.isCut ? { truncated: true } : {}),
    meta: { ...importMeta(`${record.format}:${file}`, record.id, bytes, String(number)), ...meta },
  };
  return { kind: 'document', place, source };
}

/** Where a document is from; what it says itself of where it was from before goes before that. */
export function importMeta(
  source: string,
  id: string,
  bytes: Uint8Array,
  place: string,
): Record<string, string> {
  return {
    [IMPORT_SOURCE]: source,
    [IMPORT_ID]: id === '' ? place : id.replace(/^<(.*)>$/, '$1'),
    [IMPORT_HASH]: hash64(bytes).toString(16).padStart(16, '0'),
  };
}

/** What our own writer said of a document beyond what a WARC has fields for. */
function metadataOf({ fields }: ArchiveRecord): { depth: number; meta: Record<string, string> } {
  const text = fields.get(METADATA_FIELD.toLowerCase());
  if (text === undefined) return { depth: 0, meta: {} };
  try {
    const { depth, meta } = JSON.parse(text) as { depth?: unknown; meta?: unknown };
    const entries = Object.entries((meta ?? {}) as Record<string, unknown>);
    return {
      depth: Number.isSafeInteger(depth) && Number(depth) >= 0 ? Number(depth) : 0,
      meta: Object.fromEntries(
        entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
    };
  } catch {
    // Somebody else's metadata.
    return { depth: 0, meta: {} };
  }
}
