/**
 * What a Gigablast still meant to crawl: the requests of its spiderdb that no reply followed. Keys of 16 bytes, lowest
 * first: a bit for record or tombstone, 8 bits reserved, 38 bits of the linking page's id, a bit that tells a request from
 * a reply, 48 bits of the URL's hash, 32 bits of address. A request ends with its URL and a zero.
 */

import type { DataLoss } from './file-survey.ts';
import { NumberSet } from './number-set.ts';
import { readSideRecords } from './side-records.ts';
import type { TitleDirectory } from './title-files.ts';

export interface CrawlQueue {
  readonly urls: ReadonlySet<string>;
  readonly losses: readonly DataLoss[];
}

/** Fetched pages that are held in memory, 16 bytes each; where there are more, the files are read once more. */
const MAX_FETCHED = 4_000_000;

/** URLs of the folders' requests without a reply, at most `most`. `IO`. */
export async function readCrawlQueue(
  folders: readonly TitleDirectory[],
  most: number,
  mostFetched: number = MAX_FETCHED,
): Promise<CrawlQueue> {
  /** Hashes of URLs that were crawled. */
  const replied = new NumberSet(mostFetched);
  const requests = new Map<string, number>();
  const losses = await readSideRecords(folders, 'spiderdb', (key, data) => {
    const hash = hashOf(key);
    if (!isRequest(key)) replied.add(hash);
    // An answer comes before what it answers: it is of a newer file, or of a lower key.
    else if (requests.size < most && !replied.has(hash)) {
      const url = urlOf(data);
      if (url !== undefined) requests.set(url, hash);
    }
  });
  for (const [url, hash] of requests) if (replied.has(hash)) requests.delete(url);
  if (replied.isCut) await dropFetched(folders, requests);
  return { urls: new Set(requests.keys()), losses };
}

/** Looks each of the few that are left up among all that was fetched. */
async function dropFetched(folders: readonly TitleDirectory[], requests: Map<string, number>): Promise<void> {
  const wanted = new Set(requests.values());
  await readSideRecords(folders, 'spiderdb', (key) => {
    if (!isRequest(key)) wanted.delete(hashOf(key));
  });
  for (const [url, hash] of requests) if (!wanted.has(hash)) requests.delete(url);
}

function hashOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUIntLE(6, 6);
}

function isRequest(key: Uint8Array): boolean {
  return ((key[5] ?? 0) & 0x80) !== 0;
}

/** The text at the end of a request; undefined where it is no web address, as with requests by document id. */
function urlOf(request: Uint8Array): string | undefined {
  if (request.at(-1) !== 0) return undefined;
  const from = request.lastIndexOf(0, request.length - 2) + 1;
  const text = Buffer.from(request.subarray(from, -1)).toString();
  const start = text.search(/https?:\/\//);
  return start < 0 ? undefined : text.slice(start);
}
