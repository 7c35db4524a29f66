/** `peregrine bundle`: documents between installations, signed, over folders and pipes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Command, Option } from 'commander';

import { isPeregrineError, messageOf, PeregrineError } from '../../base/index.ts';
import type { BundleManifest, BundleSource, ConflictPolicy, Pipe } from '../../transfer/index.ts';
import { printable } from '../printable.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface MakeOptions extends SharedOptions {
  readonly query?: string;
  readonly name?: string;
}

interface TakeOptions extends SharedOptions {
  readonly conflicts: ConflictPolicy;
  readonly trust?: readonly string[];
}

interface FetchBundleOptions {
  readonly trust?: readonly string[];
  readonly key?: string;
}

export function bundleCommand(command: Command, terminal: Terminal): Command {
  command.description('Exchange documents between installations: signed, checked chunk by chunk, resumable.');
  addSharedOptions(command.command('make'))
    .description('Write documents as a bundle into a folder, signed by this data directory’s key.')
    .argument('<folder>', 'where to')
    .option('--query <query>', 'only what this query finds')
    .option('--name <name>', 'what the bundle is called (default: the collection’s name)')
    .action(async (folder: string, options: MakeOptions) => make(terminal, folder, options));
  addSharedOptions(command.command('take'))
    .description('Take a bundle’s documents in. Each chunk is checked before a document of it is stored.')
    .argument('<folder>', 'where the bundle lies')
    .addOption(
      new Option('--conflicts <policy>', 'which of two documents of one URL stays')
        .choices(['newest', 'theirs', 'ours'])
        .default('newest'),
    )
    .option('--trust <key...>', 'makers whose bundles are taken, by public key (default: any)')
    .action(async (folder: string, options: TakeOptions) => take(terminal, folder, options));
  command
    .command('send')
    .description('Answer on standard output whoever fetches a bundle on standard input.')
    .argument('<folder>', 'where the bundle lies')
    .action(async (folder: string) => {
      const { answerPipe, BundleFolder } = await import('../../transfer/index.ts');
      const bundle = new BundleFolder(resolve(folder));
      // Said at once, whether anybody asks or not.
      await bundle.manifest();
      await answerPipe(bundle, { input: terminal.input, output: process.stdout });
    });
  command
    .command('fetch')
    .description(
      'Fetch a bundle from a command that sends one. What has come is kept: started again, it goes on.',
    )
    .argument('<folder>', 'where to')
    .argument(
      '<from...>',
      'a command, such as: ssh there peregrine bundle send /srv/bundle; or the address of a server, and the folder on it',
    )
    .option('--trust <key...>', 'makers whose bundles are taken, by public key (default: any)')
    .option('--key <key>', 'admin key of that server (default: the variable PEREGRINE_BUNDLE_KEY)')
    .action(async (folder: string, from: string[], options: FetchBundleOptions) => {
      const { BundleFolder, fetchBundle } = await import('../../transfer/index.ts');
      const manifest = await fetchBundle(new BundleFolder(resolve(folder)), {
        connect: await connector(from, options.key),
        ...(options.trust === undefined ? {} : { trusted: options.trust }),
        onProgress: (chunks, of) => terminal.isInteractive && terminal.err(`${chunks} of ${of} chunks`),
      });
      tellMaker(terminal, manifest);
    });
  return command;
}

async function make(terminal: Terminal, folder: string, options: MakeOptions): Promise<void> {
  const { query, collection, name = collection } = options;
  const manifest = await runTransfer(terminal, options, {
    task: { task: 'make-bundle', folder: resolve(folder), name, ...(query === undefined ? {} : { query }) },
    mustExist: true,
  });
  if (options.json === true) terminal.out(JSON.stringify(manifest));
  else if (options.quiet !== true) tellMaker(terminal, manifest);
}

async function take(terminal: Terminal, folder: string, options: TakeOptions): Promise<void> {
  const { conflicts, trust } = options;
  const trusted = trust === undefined ? {} : { trusted: trust };
  const { problems, ...counts } = await runTransfer(terminal, options, {
    task: { task: 'take-bundle', folder: resolve(folder), conflicts, ...trusted },
  });
  const { read, imported, unchanged, superseded, failed } = counts;
  if (options.quiet !== true) {
    terminal.err(
      `${read} documents: ${imported} imported, ${unchanged} there already, ${superseded} not newer, ${failed} refused.`,
    );
    for (const { url, why } of problems.slice(0, 10)) terminal.err(`  ${printable(`${url}: ${why}`)}`);
  }
  if (options.json === true) terminal.out(JSON.stringify(counts));
}

function tellMaker(terminal: Terminal, { documents, chunks, name, publicKey }: BundleManifest): void {
  terminal.err(
    `${documents} ${documents === 1 ? 'document' : 'documents'} in ${chunks.length} ${chunks.length === 1 ? 'chunk' : 'chunks'}, "${printable(name)}", signed by ${publicKey}`,
  );
}

/** Over HTTP where the first word is an address, else by a command. */
async function connector(
  from: readonly string[],
  key = process.env['PEREGRINE_BUNDLE_KEY'] ?? '',
): Promise<() => Promise<BundleSource>> {
  const { httpSource, pipeSource } = await import('../../transfer/index.ts');
  const [server = '', folder = ''] = from;
  // A command that was given in quotes is one word.
  const words = from.length === 1 ? server.trim().split(/\s+/) : from;
  if (!/^https?:\/\//i.test(server)) {
    return async () => {
      const { pipe, ended } = await pipeTo(words);
      return tellingOfItsEnd(pipeSource(pipe), { command: words.join(' '), ended });
    };
  }
  if (folder === '')
    throw new PeregrineError('BAD_ARGUMENT', 'Say in which folder of the server the bundle lies.');
  return async () => httpSource({ server, folder, key });
}

/** Runs a command and talks to it by its standard input and output. `BAD_ARGUMENT` where it can't be run. */
async function pipeTo([program = '', ...words]: readonly string[]): Promise<RunningCommand> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  child.stdout.on('error', () => undefined);
  await once(child, 'spawn').catch((error: unknown) => {
    throw new PeregrineError('BAD_ARGUMENT', `${program} can't be run: ${messageOf(error)}.`, {}, error);
  });
  const ended = once(child, 'close').then(([code]: unknown[]) =>
    typeof code === 'number' ? code : undefined,
  );
  return {
    pipe: {
      input: child.stdout,
      output: child.stdin,
      close: () => {
        child.stdin.destroy();
        child.kill();
      },
    },
    ended,
  };
}

interface RunningCommand {
  readonly pipe: Pipe;
  /** Its exit code; undefined where a signal ended it. */
  readonly ended: Promise<number | undefined>;
}

/** For a command that hung up and does not end. */
const END_WAIT_MS = 1_000;
/** How ssh ends when it does not get through: the next time it may. */
const EXIT_UNCONNECTED = 255;

/** A command that ends by itself before it has answered anything would do so each time: `NOT_FOUND`, with how it ended. */
function tellingOfItsEnd(
  source: BundleSource,
  { command, ended }: { readonly command: string; readonly ended: Promise<number | undefined> },
): BundleSource {
  return {
    ...source,
    manifest: async () => {
      try {
        return await source.manifest();
      } catch (error) {
        if (isPeregrineError(error, 'CORRUPT')) throw error;
        const code = await Promise.race([ended, sleep(END_WAIT_MS, undefined, { ref: false })]);
        if (code === undefined || code === EXIT_UNCONNECTED) throw error;
        throw new PeregrineError(
          'NOT_FOUND',
          `The command "${command}" ended (exit code ${code}) before it sent a bundle. Does it work when it is run by itself?`,
          { code },
          error,
        );
      }
    },
  };
}
