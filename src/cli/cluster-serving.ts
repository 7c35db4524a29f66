/** Serving as a host of a cluster: joins, and opens the engine over the shared logs. */

import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { type EffectiveSetting, PeregrineError, programVersion } from '../base/index.ts';
import { type ClusterHost, joinCluster, natsAccess } from '../cluster/index.ts';
import type { Engine } from '../collection/index.ts';
import { type ClusterServeOptions, serveEngine, type ServeOptions } from './engine-serving.ts';
import type { SharedOptions } from './shared-options.ts';
import { logsOf } from './terminal-log.ts';
import type { Terminal } from './terminal.ts';

export async function serveInCluster(
  terminal: Terminal,
  options: SharedOptions & ServeOptions & ClusterServeOptions,
  settings: readonly EffectiveSetting[],
  until: Promise<void>,
): Promise<void> {
  if (options.readOnly === 'on') {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'A host of a cluster writes what its shards are sent: --read-only is for directories of one machine.',
    );
  }
  const logs = logsOf(terminal, options);
  const host = await joinCluster({
    ...(await natsAccess(options.cluster ?? [], {
      credentials: options.natsCredentials,
      ca: options.natsCa,
      certificate: options.natsCert,
      key: options.natsKey,
    })),
    name: options.clusterName,
    host: options.hostName ?? machineName(),
    dataDirectory: resolve(options.dataDir),
    shards: options.shards,
    copies: options.copies,
    address: options.advertise,
    version: programVersion(),
    log: logs.log,
  });
  try {
    const engine = await openOver(terminal, host, options, logs.log);
    await serveEngine(terminal, engine, options, {
      ...logs,
      settings,
      cluster: {
        standing: () => host.standing(),
        compare: async () => host.compareMirrors(),
        drain: async (name, isDraining, who) => host.drain(name, isDraining, who),
        changes: () => host.changes(),
      },
      until,
    });
  } finally {
    await host.close();
  }
}

async function openOver(
  terminal: Terminal,
  host: ClusterHost,
  options: SharedOptions,
  log: ReturnType<typeof logsOf>['log'],
): Promise<Engine> {
  await host.prepare();
  return terminal.openEngine({
    dataDirectory: resolve(options.dataDir),
    shards: host.shardCount,
    layer: host,
    log,
    ...(options.memory === undefined ? {} : { memory_bytes: options.memory }),
    ...(options.queryThreads === undefined ? {} : { queryThreads: options.queryThreads }),
    checksPageCache: options.pageCacheCheck === 'on',
    ...(options.contact === undefined ? {} : { contact: options.contact }),
    ...(options.crawlAccess === undefined ? {} : { crawlAccess: options.crawlAccess }),
  });
}

/** The machine's name as far as it can name a host. */
function machineName(): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9_-]/g, '-')
      .slice(0, 32) || 'host'
  );
}
