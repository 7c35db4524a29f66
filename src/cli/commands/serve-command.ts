/** `peregrine serve`: search pages, API and administration on a port, until stopped. */

import { type Command, InvalidArgumentError, Option } from 'commander';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import { commandName } from '../command-name.ts';
import { ensureCollection, localCalls, openOwnEngine } from '../engine-access.ts';
import { listenForInterruption } from '../interruption.ts';
import type { Serving, ServingOptions } from '../serving.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { logTo } from '../terminal-log.ts';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly publicUrl?: string;
  readonly public?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly rateLimit?: number;
}

export const DEFAULT_PORT = 8080;
export const DEFAULT_HOST = '127.0.0.1';

export function addServeOptions(command: Command): Command {
  return command
    .option('--port <n>', 'port to listen on; 0 takes any free one', wholeNumber(0, 65_535), DEFAULT_PORT)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for everybody', DEFAULT_HOST)
    .option(
      '--public-url <url>',
      'where the world reaches the server when a proxy stands before it',
      publicUrl,
    )
    .addOption(
      new Option(
        '--public <collections>',
        'collections that everybody may search, or "none"; default: all',
      ).argParser(publicCollections),
    )
    .addOption(
      new Option(
        '--allow-origin <origin...>',
        'origins whose pages may ask from a browser, or "*"',
      ).argParser(collectOrigins),
    )
    .option(
      '--rate-limit <n>',
      'requests a minute that one address may send without a key; default: no bound',
      wholeNumber(1, 1_000_000),
    );
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
        await serve(terminal, options, interruption.happened);
      } finally {
        interruption.release();
      }
    });
}

async function serve(
  terminal: Terminal,
  options: SharedOptions & ServeOptions,
  until: Promise<void>,
): Promise<void> {
  const engine = await openForServing(terminal, options);
  try {
    await ensureCollection(localCalls(engine), options.collection);
    const { startServing } = await import('../serving.ts');
    const log = logTo(terminal, options);
    const serving = await startServing({ engine, log, ...servingOptions(options) });
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
> {
  const { dataDir, collection, port, host, publicUrl } = options;
  return {
    dataDir,
    collection,
    port,
    host,
    publicUrl,
    publicCollections: options.public,
    allowedOrigins: options.allowOrigin,
    rate_per_min: options.rateLimit,
  };
}

/** Says who is in the way, and what goes on working beside them. */
async function openForServing(terminal: Terminal, options: SharedOptions): Promise<Engine> {
  try {
    return await openOwnEngine(terminal, options, { resumeCrawls: true });
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

function publicCollections(text: string): readonly string[] {
  return text === 'none' ? [] : text.split(',').map((name) => name.trim());
}

function collectOrigins(text: string, before: readonly string[] | undefined): readonly string[] {
  if (text !== '*' && (!URL.canParse(text) || new URL(text).origin !== text)) {
    throw new InvalidArgumentError('It must be an origin such as https://www.example.org, or "*".');
  }
  return [...(before ?? []), text];
}

function publicUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('It must be an address such as https://search.example.org/.');
  }
  return text;
}
