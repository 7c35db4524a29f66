/** `peregrine serve`: search pages, API and administration on a port, until stopped. */

import type { Command } from 'commander';

import { type EffectiveSetting, isPeregrineError, type LogSink, PeregrineError } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import { commandName } from '../command-name.ts';
import { ensureCollection, localCalls, openOwnEngine } from '../engine-access.ts';
import { listenForInterruption } from '../interruption.ts';
import type { Serving, ServingOptions } from '../serving.ts';
import { addSettings, settingsOf } from '../setting-options.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { logsOf } from '../terminal-log.ts';

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
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_HOST = '127.0.0.1';

export function addServeOptions(command: Command): Command {
  return addSettings(command, 'serve');
}

export function serveCommand(command: Command, terminal: Terminal): Command {
  addSharedOptions(command).description(
    'Serve search pages, the JSON API and the administration until stopped.',
  );
  return addServeOptions(command)
    .addHelpText(
      'after',
      `
Crawls that were under way go on. Searching is open to everybody who reaches the port; everything else needs the
admin key, which is printed once, at the first start. A new one: peregrine key --new

Examples:
  peregrine serve
  peregrine serve --port 80 --host 0.0.0.0
  peregrine serve --public-url https://search.example.org/
  curl 'http://127.0.0.1:8080/search?q=falcon&format=json'`,
    )
    .action(async (options: SharedOptions & ServeOptions) => {
      const interruption = listenForInterruption(terminal);
      try {
        await serve(terminal, options, settingsOf(command), interruption.happened);
      } finally {
        interruption.release();
      }
    });
}

async function serve(
  terminal: Terminal,
  options: SharedOptions & ServeOptions,
  settings: readonly EffectiveSetting[],
  until: Promise<void>,
): Promise<void> {
  const { log, recentLog } = logsOf(terminal, options);
  const engine = await openForServing(terminal, options, log);
  try {
    await ensureCollection(localCalls(engine), options.collection);
    const { startServing } = await import('../serving.ts');
    const serving = await startServing({ engine, log, recentLog, settings, ...servingOptions(options) });
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
  };
}

function tlsFiles({ tlsCert, tlsKey }: ServeOptions): ServingOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new PeregrineError('BAD_ARGUMENT', 'HTTPS needs both, --tls-cert and --tls-key.');
  }
  return { certificate: tlsCert, key: tlsKey };
}

/** Says who is in the way, and what goes on working beside them. */
async function openForServing(terminal: Terminal, options: SharedOptions, log: LogSink): Promise<Engine> {
  try {
    return await openOwnEngine(terminal, options, { resumeCrawls: true, log });
  } catch (error) {
    if (!isPeregrineError(error, 'LOCKED')) throw error;
    const holder = error.facts['holder_pid'];
    throw new PeregrineError(
      'LOCKED',
      `${holder === undefined ? 'Another process' : `Process ${String(holder)}`} uses ${options.dataDir} already. ` +
        'Stop it first, or serve another directory with --data-dir. Beside it you can run search, status, inject and crawl.',
      error.facts,
      error,
    );
  }
}

/** Says where the pages are, and the admin key if it is new. */
export function announceServing(terminal: Terminal, { origin, newAdminKey }: Serving): void {
  terminal.out(`Search at ${origin}/`);
  if (newAdminKey === undefined) return;
  terminal.out(`Admin key: ${newAdminKey}`);
  terminal.err(
    `It is shown only this once and opens ${origin}/admin; a new one: ${commandName(terminal)} key --new`,
  );
}
