/**
 * Hands a shard's files to a mirror that has missed too much: a moment of the store, linked aside, then plain files over
 * HTTP ranges with a checksum each, on connections that only hosts with the cluster's secret can make.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import {
  hash64,
  isPeregrineError,
  type LogSink,
  messageOf,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import { type Disk, removeTree } from '../disk/index.ts';
import { createCopyListener } from './copy-connection.ts';
import { filesOf, MANIFEST_NAMES, type MaintainedStore } from '../storage/index.ts';

/** Where moments lie aside, below the data directory. */
const COPIES_DIRECTORY = 'copies';
const CHUNK_BYTES: number = 1024 * 1024;
/** A copy that nobody reads from for so long is over. */
const IDLE_MS: number = 10 * 60_000;

export interface CopiedFile {
  /** Below the shard's directory. */
  readonly path: string;
  readonly size_bytes: number;
  /** xxHash64 of its bytes, 16 hexadecimal digits. */
  readonly hash: string;
}

export interface CopyOffer {
  readonly id: string;
  readonly files: readonly CopiedFile[];
}

interface Copy {
  readonly directory: string;
  readonly files: readonly CopiedFile[];
  usedAt_ms: number;
}

export class CopyServer {
  readonly #disk: Disk;
  readonly #stores: (shard: ShardId) => MaintainedStore | undefined;
  readonly #log: LogSink;
  readonly #copies = new Map<string, Copy>();
  readonly #server: Server;

  private constructor(
    disk: Disk,
    secret: string,
    stores: (shard: ShardId) => MaintainedStore | undefined,
    log: LogSink,
  ) {
    this.#disk = disk;
    this.#stores = stores;
    this.#log = log;
    this.#server = createCopyListener(secret, (request, response) => void this.#answer(request, response));
  }

  /** Listens on a free port of `host`. */
  static async open(parts: {
    readonly disk: Disk;
    readonly host: string;
    readonly secret: string;
    readonly stores: (shard: ShardId) => MaintainedStore | undefined;
    readonly log: LogSink;
  }): Promise<CopyServer> {
    const { disk, host, secret, stores, log } = parts;
    await removeTree(disk, COPIES_DIRECTORY);
    const own = new CopyServer(disk, secret, stores, log);
    await new Promise<void>((resolve, reject) => {
      own.#server.once('error', reject);
      own.#server.listen(0, host, resolve);
    });
    return own;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await removeTree(this.#disk, COPIES_DIRECTORY);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [, kind, id = '', ...rest] = (request.url ?? '').split('/').map(decodeURIComponent);
      if (request.method === 'POST' && kind === 'shards') await this.#offer(toShardId(Number(id)), response);
      else if (request.method === 'GET' && kind === 'copies')
        await this.#send(id, rest.join('/'), request, response);
      else if (request.method === 'DELETE' && kind === 'copies') await this.#forget(id, response);
      else response.writeHead(404).end();
    } catch (error) {
      this.#log.write('warn', 'cluster.copy-failed', { message: messageOf(error) });
      if (!response.headersSent) response.writeHead(isPeregrineError(error, 'NOT_FOUND') ? 404 : 500);
      response.end();
    }
  }

  async #offer(shard: ShardId, response: ServerResponse): Promise<void> {
    const store = this.#stores(shard);
    if (store === undefined) throw new PeregrineError('NOT_FOUND', `This host has no shard ${shard}.`);
    await this.#forgetIdle();
    const id = randomUUID();
    const directory = `${COPIES_DIRECTORY}/${id}`;
    const moment = await store.paused(() => store.holdMoment());
    try {
      await moment.write({ disk: this.#disk, directory });
    } finally {
      await moment.release();
    }
    const files: CopiedFile[] = [];
    for (const path of [...filesOf(moment.state).map((file) => file.path), MANIFEST_NAMES[0]]) {
      files.push(await this.#describe(directory, path));
    }
    this.#copies.set(id, { directory, files, usedAt_ms: performance.now() });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id, files }));
  }

  async #describe(directory: string, path: string): Promise<CopiedFile> {
    const bytes = await readWhole(this.#disk, `${directory}/${path}`);
    return { path, size_bytes: bytes.length, hash: hashText(bytes) };
  }

  async #send(id: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const copy = this.#copies.get(id);
    const named = copy?.files.find((file) => file.path === path);
    if (copy === undefined || named === undefined)
      throw new PeregrineError('NOT_FOUND', 'There is no such copy.');
    copy.usedAt_ms = performance.now();
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const file = await this.#disk.open(`${copy.directory}/${path}`, 'read');
    try {
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': Math.max(0, named.size_bytes - from) });
      for (let at = from; at < named.size_bytes && !response.destroyed; at += CHUNK_BYTES) {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, named.size_bytes - at));
        await file.read(chunk, at);
        if (!response.write(chunk))
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
      response.end();
    } finally {
      await file.close();
    }
  }

  async #forget(id: string, response: ServerResponse): Promise<void> {
    const copy = this.#copies.get(id);
    this.#copies.delete(id);
    if (copy !== undefined) await removeTree(this.#disk, copy.directory);
    response.writeHead(204).end();
  }

  async #forgetIdle(): Promise<void> {
    for (const [id, { directory, usedAt_ms }] of this.#copies) {
      if (performance.now() - usedAt_ms < IDLE_MS) continue;
      this.#copies.delete(id);
      await removeTree(this.#disk, directory);
    }
  }
}

export const hashText = (bytes: Uint8Array): string => hash64(bytes).toString(16).padStart(16, '0');

export async function readWhole(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    return bytes;
  } finally {
    await file.close();
  }
}
