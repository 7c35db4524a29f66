/**
 * What a Gigablast still meant to crawl: the requests of its spiderdb that no reply followed. Keys of 16 bytes, lowest
 * first: a bit for record or tombstone, 8 bits reserved, 38 bits of the linking page's id, a bit that tells a request from
 * a reply, 48 bits of the URL's hash, 32 bits of address. A request ends with its URL and a zero.
 */

import { isPeregrineError } from '../../base/index.ts';
import { dataFilesIn, list, statOf } from './data-files.ts';
import type { DataLoss } from './file-survey.ts';
import { readInt32 } from './record-frame.ts';
import { readTreeNodes } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';
import { savedTreeBeside, type TitleDirectory } from './title-files.ts';

const KEY_BYTES = 16;
/** A request is a struct and a URL of at most 1,024 bytes; what says that it is longer is damage. */
const MAX_RECORD_BYTES = 65_536;
const SAVED_TREE = 'spiderdb-saved.dat';

export interface CrawlQueue {
  readonly urls: ReadonlySet<string>;
  readonly losses: readonly DataLoss[];
}

/** URLs of the folders' requests without a reply, at most `most`. `IO`. */
export async function readCrawlQueue(folders: readonly TitleDirectory[], most: number): Promise<CrawlQueue> {
  const queue = new QueueReader(most);
  for (const { path, collnum } of folders) {
    const names = new Set((await list(path)).map(({ name }) => name));
    const tree = await savedTreeBeside(path, names, SAVED_TREE);
    // The newest first: what it says of a key holds against older files.
    if (tree !== undefined) await queue.addTree(tree, collnum);
    for (const file of (await dataFilesIn(path, names, 'spiderdb')).reverse()) {
      await queue.addFile(new SplitFile(file));
    }
  }
  return queue.result();
}

class QueueReader {
  readonly #most: number;
  /** Hashes of URLs that were crawled. */
  readonly #replied = new Set<number>();
  readonly #deleted = new Set<string>();
  readonly #requests = new Map<string, number>();
  readonly #losses: DataLoss[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  result(): CrawlQueue {
    const urls = new Set<string>();
    for (const [url, hash] of this.#requests) if (!this.#replied.has(hash)) urls.add(url);
    return { urls, losses: this.#losses };
  }

  async addFile(file: SplitFile): Promise<void> {
    try {
      for (const { start, end } of file.stretches()) {
        // Records are found from the first on; a chopped head leaves no way in.
        const stop = start > 0 ? start : await this.#alongRecords(file, end);
        this.#lose(file, stop, end);
      }
    } finally {
      await file.close();
    }
  }

  async addTree(path: string, collnum: number | undefined): Promise<void> {
    const { size } = await statOf(path);
    const parts = size === 0 ? [] : [{ path, start: 0, size }];
    const file = new SplitFile({ name: SAVED_TREE, parts, end: size });
    try {
      const { nodes, lost_bytes } = await readTreeNodes(file, collnum, KEY_BYTES);
      for (const { keyBytes, isTombstone, at, size: length } of nodes) {
        const isShort = isTombstone || length > MAX_RECORD_BYTES;
        this.#take(keyBytes, isTombstone, isShort ? keyBytes : await file.read(at, length));
      }
      this.#lose(file, size - lost_bytes, size);
    } catch (error) {
      if (!isPeregrineError(error, 'CORRUPT')) throw error;
      this.#lose(file, 0, size);
    } finally {
      await file.close();
    }
  }

  /** Returns where records break off, or the end. */
  async #alongRecords(file: SplitFile, end: number): Promise<number> {
    let at = 0;
    while (at < end) {
      const head = await file.read(at, Math.min(KEY_BYTES + 4, end - at));
      if (head.length < KEY_BYTES) return at;
      const key = head.slice(0, KEY_BYTES);
      const isTombstone = ((key[0] ?? 0) & 1) === 0;
      const size = isTombstone ? -4 : readInt32(head, KEY_BYTES);
      const next = at + KEY_BYTES + 4 + size;
      if (
        (!isTombstone && (head.length < KEY_BYTES + 4 || size < 0 || size > MAX_RECORD_BYTES)) ||
        next > end
      )
        return at;
      this.#take(key, isTombstone, isTombstone ? key : await file.read(next - size, size));
      at = next;
    }
    return end;
  }

  #take(key: Uint8Array, isTombstone: boolean, data: Uint8Array): void {
    const name = Buffer.from(key).toString('latin1', 1);
    if (isTombstone) return void this.#deleted.add(name);
    if (this.#deleted.has(name)) return;
    const hash = Buffer.from(key.buffer, key.byteOffset, KEY_BYTES).readUIntLE(6, 6);
    const isRequest = ((key[5] ?? 0) & 0x80) !== 0;
    if (!isRequest) this.#replied.add(hash);
    else if (this.#requests.size < this.#most) {
      const url = urlOf(data);
      if (url !== undefined) this.#requests.set(url, hash);
    }
  }

  #lose(file: SplitFile, from: number, to: number): void {
    if (to <= from) return;
    const why = 'records of the crawl queue break off';
    this.#losses.push({ file: file.name, offset: from, size_bytes: to - from, why });
  }
}

/** The text at the end of a request; undefined where it is no web address, as with requests by document id. */
function urlOf(request: Uint8Array): string | undefined {
  if (request.at(-1) !== 0) return undefined;
  const from = request.lastIndexOf(0, request.length - 2) + 1;
  const text = Buffer.from(request.subarray(from, -1)).toString();
  const start = text.search(/https?:\/\//);
  return start < 0 ? undefined : text.slice(start);
}
