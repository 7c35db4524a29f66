/** `peregrine keys`: keys that open a part of the server, made, listed, revoked and narrowed. */

import { resolve } from 'node:path';

import { type Command, InvalidArgumentError, Option } from 'commander';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import type { Action, Grant, KeyEntry } from '../../server/index.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface GrantOptions extends SharedOptions {
  readonly actions?: readonly string[];
  readonly collections?: readonly string[];
  readonly expires?: number;
  readonly rate?: number;
  readonly description: string;
}

/** What keys are kept in: the ring of the running server, or the file where none runs. */
interface Keys {
  list(): Promise<readonly KeyEntry[]>;
  create(grant: Grant, description: string): Promise<{ readonly key: string; readonly entry: KeyEntry }>;
  revoke(id: string): Promise<boolean>;
}

const ACTION_NAMES = ['search', 'documents', 'crawl', 'status'];

export function keysCommand(command: Command, terminal: Terminal): Command {
  command
    .description('Keys that open a part of the server: make, list, revoke and narrow them.')
    .addHelpText(
      'after',
      `
Examples:
  peregrine keys create --actions search --collections docs --description "search box of our site"
  peregrine keys list
  peregrine keys revoke Xq3vT0aLk2Pz
  peregrine keys derive "$KEY" --collections docs --expires 1h    needs no server`,
    )
    .helpCommand(false);

  grantOptions(addSharedOptions(command.command('create')))
    .description('Make a key. It is printed this once.')
    .option('--description <text>', 'what it is for', '')
    .action(async (options: GrantOptions) => {
      const grant = grantOf(options);
      if (grant.actions === undefined) {
        throw new PeregrineError('BAD_ARGUMENT', `Say what it may do: --actions ${ACTION_NAMES.join(',')}`);
      }
      const made = await withKeys(options, async (keys) =>
        keys.create({ ...grant, actions: grant.actions ?? [] }, options.description),
      );
      terminal.out(options.json === true ? JSON.stringify(made) : made.key);
      if (options.json !== true) terminal.err(`Id ${made.entry.id}: with it the key can be revoked.`);
    });

  addSharedOptions(command.command('list'))
    .description('List keys, without what opens.')
    .action(async (options: SharedOptions) => {
      const entries = await withKeys(options, async (keys) => keys.list());
      if (options.json === true) terminal.out(JSON.stringify(entries));
      else for (const entry of entries) terminal.out(described(entry));
    });

  addSharedOptions(command.command('revoke'))
    .description('Revoke a key, and with it every key derived from it.')
    .argument('<id>', 'as it is listed')
    .action(async (id: string, options: SharedOptions) => {
      const isGone = await withKeys(options, async (keys) => keys.revoke(id));
      if (!isGone) throw new PeregrineError('NOT_FOUND', `There is no key "${id}".`);
      terminal.out(options.json === true ? JSON.stringify({ revoked: id }) : `Revoked ${id}.`);
    });

  grantOptions(command.command('derive'))
    .description('Make a narrower key from a key, without a server.')
    .argument('<key>', 'a key that was made with "create"')
    .action(async (key: string, options: GrantOptions) => {
      const { deriveKey } = await import('../../server/index.ts');
      terminal.out(deriveKey(key, grantOf(options)));
    });
  return command;
}

function grantOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--actions <list>', `what it may do: ${ACTION_NAMES.join(', ')}`).argParser((text: string) =>
        named(text, ACTION_NAMES),
      ),
    )
    .addOption(
      new Option('--collections <list>', 'what it opens; default: all').argParser((text: string) =>
        named(text),
      ),
    )
    .option('--expires <time>', 'how long it opens, e.g. 30d, 12h or 15m; default: for ever', duration)
    .option('--rate <n>', 'requests a minute', wholeNumber(1, 1_000_000));
}

function grantOf({ actions, collections, expires, rate }: GrantOptions): Partial<Grant> {
  return {
    ...(actions === undefined ? {} : { actions: actions as readonly Action[] }),
    ...(collections === undefined ? {} : { collections }),
    ...(expires === undefined ? {} : { expires_ms: Date.now() + expires }),
    ...(rate === undefined ? {} : { rate_per_min: rate }),
  };
}

async function withKeys<T>({ dataDir }: SharedOptions, use: (keys: Keys) => Promise<T>): Promise<T> {
  const { connectToEngine, KeyRing } = await import('../../server/index.ts');
  const dataDirectory = resolve(dataDir);
  try {
    const client = await connectToEngine(dataDirectory);
    try {
      return await use({
        list: async () => client.listKeys(),
        create: async (grant, description) => client.createKey({ ...grant, description }),
        revoke: async (id) => client.revokeKey(id),
      });
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!isPeregrineError(error, 'LOCKED')) throw error;
  }
  const ring = await KeyRing.open(dataDirectory);
  return use({
    list: async () => ring.list(),
    create: async (grant, description) => ring.create(grant, { description, now_ms: Date.now() }),
    revoke: async (id) => ring.revoke(id),
  });
}

function described({ id, actions, collections, expires_ms, rate_per_min, description }: KeyEntry): string {
  const parts = [
    id,
    actions.join(','),
    collections === undefined ? 'all collections' : collections.join(','),
    expires_ms === undefined ? 'for ever' : `until ${new Date(expires_ms).toISOString()}`,
    ...(rate_per_min === undefined ? [] : [`${rate_per_min} a minute`]),
    ...(description === '' ? [] : [description]),
  ];
  return parts.join('  ');
}

function named(text: string, allowed?: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => name === '' || (allowed !== undefined && !allowed.includes(name)));
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      allowed === undefined
        ? 'Name them with commas between.'
        : `"${wrong}" is none of ${allowed.join(', ')}.`,
    );
  }
  return names;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('It must be a time such as 30d, 12h or 15m.');
  return Number(number) * (UNITS_MS[unit] ?? 0);
}
