/** Serving an engine of this process: pages and API on a port, and the control socket for other commands. */

import { resolve } from 'node:path';

import { isPeregrineError, type LogSink, type RecentLog, type EffectiveSetting } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';
import {
  type ClusterSeat,
  type ControlSocket,
  type ControlSocketOptions,
  createServer,
  listen,
  KeyRing,
  openAdminKey,
  openControlSocket,
  type ServerOptions,
  withdrawAdminKey,
} from '../server/index.ts';
import { importsOf, SnapshotSchedule } from '../transfer/index.ts';
import { readTls, type TlsFiles, watchTls } from './tls-files.ts';

export interface ServingOptions {
  readonly engine: Engine;
  readonly dataDir: string;
  readonly collection: string;
  readonly port: number;
  readonly host: string;
  /** Where the world reaches us when a proxy stands before us. */
  readonly publicUrl?: string | undefined;
  /** Origins whose pages may ask from a browser. Default: none but ours. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Requests a minute from one address without a key. Default: no bound. */
  readonly rate_per_min?: number | undefined;
  /** Collections that everybody may search. Default: all. */
  readonly publicCollections?: readonly string[] | undefined;
  /** Ports after `port` to try where it is taken. Default 0. */
  readonly portsToTry?: number;
  readonly log: LogSink;
  /** The latest of what goes to `log`. */
  readonly recentLog?: RecentLog | undefined;
  /** What is in force, shown to administrators. */
  readonly settings?: readonly EffectiveSetting[];
  /** The cluster that this process is a host of. */
  readonly cluster?: ClusterSeat | undefined;
  /** Files (PEM) of HTTPS. Default: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** Collector of traces. Default: none are made. */
  readonly otlp?: string | undefined;
  /** Who is told of alarms. Default: the log. */
  readonly alarms?: ServerOptions['alarms'];
}

export interface Serving {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly origin: string;
  /** The admin key where it was made just now; it can't be shown again. */
  readonly newAdminKey: string | undefined;
  /** The data directory is only read: a new admin key is good until this process ends. */
  readonly isReadOnly: boolean;
  close(): Promise<void>;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]', '::1'];

export async function startServing(options: ServingOptions): Promise<Serving> {
  const { engine, collection, log } = options;
  const dataDirectory = resolve(options.dataDir);
  const use = { readsOnly: engine.isReadOnly };
  const { key, created } = await openAdminKey(dataDirectory, use);
  const keys = await KeyRing.open(dataDirectory, use);
  const control = engine.isReadOnly
    ? undefined
    : await controlWhereThereIsRoom(log, {
        engine,
        dataDirectory,
        log,
        keys,
        defaultCollection: collection,
        renewAdminKey: async () => key.renew(),
        ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
      });
  const publicOrigin = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin;
  const serverOptions: ServerOptions = {
    engine,
    adminKey: key,
    keys,
    ...(options.allowedOrigins === undefined ? {} : { allowedOrigins: options.allowedOrigins }),
    ...(options.rate_per_min === undefined ? {} : { rate_per_min: options.rate_per_min }),
    ...(options.publicCollections === undefined ? {} : { publicCollections: options.publicCollections }),
    log,
    ...(options.recentLog === undefined ? {} : { recentLog: options.recentLog }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    ...(options.tls === undefined ? {} : { tls: await readTls(options.tls) }),
    ...(options.otlp === undefined ? {} : { otlp: options.otlp }),
    ...(options.alarms === undefined ? {} : { alarms: options.alarms }),
    keepsHistory: true,
    defaultCollection: collection,
    ...(publicOrigin === undefined ? {} : { publicOrigin }),
    ...allowedHosts(options.host, options.publicUrl),
  };
  try {
    const { origin, server } = await listenSomewhere(serverOptions, options);
    const unwatch = options.tls === undefined ? undefined : watchTls(options.tls, server, log);
    const imports = importsOf(engine, log);
    if (!engine.isReadOnly) await imports.resumeAll();
    const snapshots = engine.isReadOnly ? undefined : new SnapshotSchedule(engine, log);
    return {
      origin,
      newAdminKey: created,
      isReadOnly: engine.isReadOnly,
      close: async () => {
        unwatch?.();
        await snapshots?.close();
        await imports.close();
        await server.close();
        await control?.close();
      },
    };
  } catch (error) {
    await control?.close();
    if (created !== undefined && !engine.isReadOnly) await withdrawAdminKey(dataDirectory);
    throw error;
  }
}

/** On a full disk its key can't be written: searches are answered all the same, only commands beside this process are not. */
async function controlWhereThereIsRoom(
  log: LogSink,
  options: ControlSocketOptions,
): Promise<ControlSocket | undefined> {
  try {
    return await openControlSocket(options);
  } catch (error) {
    if (!isPeregrineError(error, 'DISK_FULL')) throw error;
    log.write('error', 'server.no-control-socket', { message: error.message });
    return undefined;
  }
}

/** On loopback only our own names are answered to, so that no foreign site can reach a private index by a name of its own. */
function allowedHosts(host: string, publicUrl: string | undefined): Pick<ServerOptions, 'allowedHosts'> {
  if (!LOOPBACK_NAMES.includes(host)) return {};
  const names = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return { allowedHosts: [...LOOPBACK_NAMES, ...names] };
}

async function listenSomewhere(
  serverOptions: ServerOptions,
  { port, host, portsToTry = 0 }: ServingOptions,
): Promise<{ origin: string; server: ReturnType<typeof createServer> }> {
  for (let next = port; ; next++) {
    const server = createServer(serverOptions);
    try {
      return { origin: await listen(server, { port: next, host }), server };
    } catch (error) {
      await server.close();
      if (!isPeregrineError(error, 'ALREADY_EXISTS') || next - port >= portsToTry) throw error;
    }
  }
}
