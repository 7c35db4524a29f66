/** `peregrine serve`: search pages, API and administration on a port, until stopped. */

import type { Command } from 'commander';

import { type EffectiveSetting, isPeregrineError, type LogSink, PeregrineError } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import { openOwnEngine } from '../engine-access.ts';
import { type ClusterServeOptions, serveEngine, type ServeOptions } from '../engine-serving.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSettings, settingsOf } from '../setting-options.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { logsOf } from '../terminal-log.ts';

export const DEFAULT_PORT = 8080;
export const DEFAULT_HOST = '127.0.0.1';

export function addServeOptions(command: Command): Command {
  return addSettings(command, 'serve');
}

export function serveCommand(command: Command, terminal: Terminal): Command {
  addSharedOptions(command).description(
    'Serve search pages, the JSON API and the administration until stopped.',
  );
  return addSettings(addServeOptions(command), 'cluster')
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
    .action(async (options: SharedOptions & ServeOptions & ClusterServeOptions) => {
      const interruption = listenForInterruption(terminal);
      try {
        const settings = settingsOf(command);
        if (options.cluster === undefined) await serve(terminal, options, settings, interruption.happened);
        else {
          const { serveInCluster } = await import('../cluster-serving.ts');
          await serveInCluster(terminal, options, settings, interruption.happened);
        }
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
  const logs = logsOf(terminal, options);
  const engine = await openForServing(terminal, options, logs.log);
  await serveEngine(terminal, engine, options, { ...logs, settings, until });
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
