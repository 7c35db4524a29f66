/**
 * The door for commands on the same machine: the process that holds a data directory answers on a Unix socket inside
 * it, to whoever can read the control key beside it. The same routes as over the network, and the engine's own calls.
 */

import { chmod, type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { PeregrineError } from '../base/index.ts';
import type { Engine, StoreTask, WhyNotRequest } from '../collection/index.ts';
import type { CrawlRequest } from '../crawl/index.ts';
import type { SearchRequest, SearchRules } from '../query/index.ts';
import { importsOf, type ImportRequest, runTransferTask, type TransferTask } from '../transfer/index.ts';
import { createControlKey, keyCheck, removeControlKey } from './admin-key.ts';
import { type ClusterSeat, seatOf } from './cluster-seat.ts';
import { KeyRing } from './key-ring.ts';
import { readPage } from './page-markdown.ts';
import { createServer, type ServerOptions } from './create-server.ts';
import { keyBody, keyIdParameter } from './request-schemas.ts';
import { documentAddress } from './server-context.ts';
import { TASK_STREAM_TYPE, taskStream } from './task-stream.ts';

export const CONTROL_SOCKET = 'peregrine.sock';

/** What a Unix socket's address may take on Linux and macOS alike, less one for the closing zero. */
const SOCKET_PATH_BYTES = 103;

export interface ControlSocket {
  close(): Promise<void>;
}

export interface NearPath {
  readonly path: string;
  readonly release: () => Promise<void>;
}

export interface ControlSocketOptions extends Pick<ServerOptions, 'cluster' | 'log' | 'defaultCollection'> {
  readonly engine: Engine;
  readonly dataDirectory: string;
  /** Keys of the server, to be made and revoked by commands. Default: none, kept nowhere. */
  readonly keys?: KeyRing;
  /** Called when a command asks this process to make a new admin key; returns it. */
  readonly renewAdminKey?: () => Promise<string>;
}

/** Opens the socket. Only the process that holds the directory's lock may: what lies there from before is dead. */
export async function openControlSocket(options: ControlSocketOptions): Promise<ControlSocket> {
  const { engine, dataDirectory, renewAdminKey } = options;
  const key = await createControlKey(dataDirectory);
  const server = createServer({
    engine,
    adminKey: keyCheck(key),
    isKeyAlwaysNeeded: true,
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    ...(options.log === undefined ? {} : { log: options.log }),
    ...(options.defaultCollection === undefined ? {} : { defaultCollection: options.defaultCollection }),
  });
  installEngineCalls(server, engine, {
    renewAdminKey,
    keys: options.keys ?? KeyRing.inMemory(),
    cluster: options.cluster,
  });
  const path = join(dataDirectory, CONTROL_SOCKET);
  await rm(path, { force: true });
  const near = await nearPath(dataDirectory);
  try {
    await server.listen({ path: near.path });
    await chmod(path, 0o600);
  } catch (error) {
    await server.close();
    await removeControlKey(dataDirectory);
    throw error;
  } finally {
    await near.release();
  }
  return {
    close: async () => {
      await server.close();
      await rm(path, { force: true });
      await removeControlKey(dataDirectory);
    },
  };
}

/**
 * A path of the socket that is short enough for the kernel, good until `release`. Deep directories are reached through
 * a handle of theirs, which Linux shows under /proc.
 */
export async function nearPath(dataDirectory: string): Promise<NearPath> {
  const path = join(dataDirectory, CONTROL_SOCKET);
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES) return { path, release: async () => undefined };
  if (process.platform !== 'linux') {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `The path of the data directory is too long for a socket in it (${SOCKET_PATH_BYTES} bytes at most). Choose a shorter one with --data-dir.`,
      { file: path },
    );
  }
  const directory: FileHandle = await open(dataDirectory, 'r');
  return { path: `/proc/self/fd/${directory.fd}/${CONTROL_SOCKET}`, release: async () => directory.close() };
}

const callBody = z.object({
  collection: z.string().default(''),
  request: z.unknown().optional(),
});

const drainBody = z.object({ host: z.string(), isDraining: z.boolean() });

const indexWorkBody = z.object({ work: z.enum(['verify', 'repair', 'rebuild']) });

/** What commands ask beside the engine's own calls. */
interface ProcessCalls {
  readonly cluster: ClusterSeat | undefined;
  readonly keys: KeyRing;
  readonly renewAdminKey: (() => Promise<string>) | undefined;
}

/** The engine's calls as they are, for {@link ControlClient}: one POST each, JSON in and out. */
function installEngineCalls(
  server: FastifyInstance,
  engine: Engine,
  { cluster, renewAdminKey, keys }: ProcessCalls,
): void {
  const calls: Readonly<Record<string, (collection: string, request: unknown) => unknown>> = {
    collections: () => engine.collections(),
    createCollection: async (collection) => engine.createCollection(collection),
    deleteCollection: async (collection) => engine.deleteCollection(collection),
    search: async (collection, request) => engine.search(collection, request as SearchRequest),
    explain: async (collection, request) => engine.explain(collection, request as SearchRequest),
    searchRules: async (collection) => engine.searchRules(collection),
    setSearchRules: async (collection, rules) => engine.setSearchRules(collection, rules as SearchRules),
    compareSearchRules: async (collection, rules) =>
      engine.compareSearchRules(collection, rules as SearchRules),
    searchQuality: async (collection) => engine.searchQuality(collection),
    measureSearchQuality: async (collection) => engine.measureSearchQuality(collection),
    whyNot: async (collection, request) => engine.whyNot(collection, request as WhyNotRequest),
    remove: async (collection, request) =>
      engine.remove(collection, documentAddress(request as { d?: number; url?: string })),
    read: async (collection, request) =>
      readPage(engine, collection, documentAddress(request as { d?: number; url?: string })),
    startCrawl: async (collection, request) => engine.startCrawl(collection, request as CrawlRequest),
    pauseCrawl: async (collection) => engine.pauseCrawl(collection),
    resumeCrawl: async (collection) => engine.resumeCrawl(collection),
    stopCrawl: async (collection) => engine.stopCrawl(collection),
    crawlProgress: (collection) => engine.crawlProgress(collection),
    status: async () => engine.status(),
    indexWork: async (collection, request) => engine.indexCare[indexWorkBody.parse(request).work](collection),
    indexProgress: () => engine.indexCare.progress(),
    listKeys: () => keys.list(),
    createKey: async (_collection, request) => {
      const { description, ...grant } = keyBody.parse(request);
      return keys.create(grant, { description, now_ms: Date.now() });
    },
    revokeKey: async (_collection, request) => keys.revoke(keyIdParameter.parse(request).id),
    clusterStanding: () => cluster?.standing(),
    compareMirrors: async () => seatOf(cluster).compare(),
    drainHost: async (_collection, request) => {
      const { host, isDraining } = drainBody.parse(request);
      await seatOf(cluster).drain(host, isDraining, 'local');
    },
    startImport: async (collection, request) =>
      importsOf(engine)
        .start(collection, request as ImportRequest)
        .report(),
    imports: async (collection) => importsOf(engine).reports(collection),
    pauseImport: async (collection, request) =>
      importsOf(engine).pause(collection, (request as { id: string }).id),
    renewAdminKey: async () => {
      if (renewAdminKey === undefined)
        throw new PeregrineError('NOT_FOUND', 'This process has no admin key.');
      return renewAdminKey();
    },
  };
  const config = { access: 'admin', answers: 'json' } as const;
  server.post('/engine/store', { config }, async (request, reply) => {
    const run = engine.store.bind(engine, request.body as StoreTask);
    return reply.type(TASK_STREAM_TYPE).send(taskStream(run));
  });
  server.post('/engine/transfer', { config }, async (request, reply) => {
    const { collection, request: task } = callBody.parse(request.body);
    const stream = taskStream((onEvent, signal) =>
      runTransferTask(engine, collection, task as TransferTask, (event) => void onEvent(event), signal),
    );
    return reply.type(TASK_STREAM_TYPE).send(stream);
  });
  for (const [name, call] of Object.entries(calls)) {
    server.post(`/engine/${name}`, { config }, async (request, reply) => {
      const { collection, request: argument } = callBody.parse(request.body ?? {});
      return reply.send({ value: (await call(collection, argument)) ?? null });
    });
  }
}
