/** Serving an engine that is open: what the options say, until told otherwise. */

import { type EffectiveSetting, PeregrineError } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';
import type { ClusterSeat } from '../server/index.ts';
import { commandName } from './command-name.ts';
import { ensureCollection, localCalls } from './engine-access.ts';
import type { Serving, ServingOptions } from './serving.ts';
import { DEFAULT_COLLECTION, type SharedOptions } from './shared-options.ts';
import type { logsOf } from './terminal-log.ts';
import type { Terminal } from './terminal.ts';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly publicUrl?: string;
  readonly public?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly rateLimit?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly otlp?: string;
  readonly alarmWebhook?: string;
  readonly alarmSecret?: string;
  readonly alarmMail?: readonly string[];
  readonly alarmSmtp?: string;
  readonly alarmFrom?: string;
}

/** What makes this process a host of a cluster. */
export interface ClusterServeOptions {
  readonly cluster?: readonly string[];
  readonly clusterName: string;
  readonly hostName?: string;
  readonly copies?: number;
  readonly advertise: string;
  readonly natsCredentials?: string;
  readonly natsCa?: string;
  readonly natsCert?: string;
  readonly natsKey?: string;
}

/** Serves an open engine until told otherwise, and closes it. */
export async function serveEngine(
  terminal: Terminal,
  engine: Engine,
  options: SharedOptions & ServeOptions,
  run: ReturnType<typeof logsOf> & {
    readonly settings: readonly EffectiveSetting[];
    readonly until: Promise<void>;
    /** Where this process is a host of one. */
    readonly cluster?: ClusterSeat;
  },
): Promise<void> {
  const { cluster, log, recentLog, settings, until } = run;
  try {
    const collection = await servedCollection(terminal, engine, options.collection);
    const { startServing } = await import('./serving.ts');
    const serving = await startServing({
      engine,
      log,
      recentLog,
      settings,
      cluster,
      ...servingOptions({ ...options, collection }),
    });
    try {
      announceServing(terminal, serving);
      await until;
    } finally {
      await serving.close();
    }
  } finally {
    await engine.close();
  }
}

/** The collection of requests that name none. It is made where that may be; what is only read is served by what there is. */
async function servedCollection(terminal: Terminal, engine: Engine, wanted: string): Promise<string> {
  if (!engine.isReadOnly) {
    await ensureCollection(localCalls(engine), wanted);
    return wanted;
  }
  const collections = engine.collections();
  const [first] = collections;
  if (collections.includes(wanted)) return wanted;
  if (first === undefined || wanted !== DEFAULT_COLLECTION) {
    const there = first === undefined ? 'There is none.' : `There is: ${collections.join(', ')}.`;
    throw new PeregrineError('NOT_FOUND', `There is no collection "${wanted}". ${there}`);
  }
  terminal.err(`There is no collection "${wanted}": requests that name none are answered from "${first}".`);
  return first;
}

/** What the options of serving say, for {@link startServing}. */
export function servingOptions(
  options: SharedOptions & ServeOptions,
): Pick<
  ServingOptions,
  | 'dataDir'
  | 'collection'
  | 'port'
  | 'host'
  | 'publicUrl'
  | 'publicCollections'
  | 'allowedOrigins'
  | 'rate_per_min'
  | 'tls'
  | 'otlp'
  | 'alarms'
> {
  const { dataDir, collection, port, host, publicUrl } = options;
  return {
    dataDir,
    collection,
    port,
    host,
    publicUrl,
    publicCollections: options.public?.join() === 'none' ? [] : options.public,
    allowedOrigins: options.allowOrigin,
    rate_per_min: options.rateLimit,
    tls: tlsFiles(options),
    otlp: options.otlp,
    alarms: {
      webhook: options.alarmWebhook,
      secret: options.alarmSecret,
      mail: options.alarmMail,
      smtp: options.alarmSmtp,
      from: options.alarmFrom,
    },
  };
}

function tlsFiles({ tlsCert, tlsKey }: ServeOptions): ServingOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new PeregrineError('BAD_ARGUMENT', 'HTTPS needs both, --tls-cert and --tls-key.');
  }
  return { certificate: tlsCert, key: tlsKey };
}

/** Says where the pages are, and the admin key if it is new. */
export function announceServing(terminal: Terminal, { origin, newAdminKey, isReadOnly }: Serving): void {
  terminal.out(`Search at ${origin}/`);
  if (isReadOnly)
    terminal.err('The data directory is open for reading only: nothing in it is changed, no crawl goes on.');
  if (newAdminKey === undefined) return;
  terminal.out(`Admin key: ${newAdminKey}`);
  if (isReadOnly) {
    terminal.err(
      `It opens ${origin}/admin until this process ends: the data directory has none, and none can be kept there.`,
    );
    return;
  }
  terminal.err(
    `It is shown only this once and opens ${origin}/admin; a new one: ${commandName(terminal)} key --new`,
  );
}
