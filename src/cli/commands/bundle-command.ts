/** `peregrine bundle`: documents between installations, signed, over folders and pipes. */

import { spawn } from 'node:child_process';
import { type KeyObject, randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { type Command, Option } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import type { BundleManifest, ConflictPolicy, Pipe } from '../../transfer/index.ts';
import { ensureCollection, localCalls, openOwnEngine } from '../engine-access.ts';
import { printable } from '../printable.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

/** The key that signs this data directory's bundles: PKCS #8, readable by its owner alone. */
export const SIGNING_KEY_FILE = 'bundle-signing.key';

interface MakeOptions extends SharedOptions {
  readonly query?: string;
  readonly name?: string;
}

interface TakeOptions extends SharedOptions {
  readonly conflicts: ConflictPolicy;
  readonly trust?: readonly string[];
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
      await answerPipe(new BundleFolder(resolve(folder)), { input: terminal.input, output: process.stdout });
    });
  command
    .command('fetch')
    .description(
      'Fetch a bundle from a command that sends one. What has come is kept: started again, it goes on.',
    )
    .argument('<folder>', 'where to')
    .argument('<command...>', 'such as: ssh there peregrine bundle send /srv/bundle')
    .option('--trust <key...>', 'makers whose bundles are taken, by public key (default: any)')
    .action(async (folder: string, words: string[], options: { trust?: readonly string[] }) => {
      const { BundleFolder, fetchBundle } = await import('../../transfer/index.ts');
      const manifest = await fetchBundle(new BundleFolder(resolve(folder)), {
        connect: async () => pipeTo(words),
        ...(options.trust === undefined ? {} : { trusted: options.trust }),
        onProgress: (chunks, of) => terminal.isInteractive && terminal.err(`${chunks} of ${of} chunks`),
      });
      tellMaker(terminal, manifest);
    });
  return command;
}

async function make(terminal: Terminal, folder: string, options: MakeOptions): Promise<void> {
  const engine = await openOwnEngine(terminal, options, { mustExist: true });
  try {
    const { BundleFolder, makeBundle } = await import('../../transfer/index.ts');
    const manifest = await makeBundle(
      engine,
      options.collection,
      new BundleFolder(resolve(folder)),
      await signingKey(options.dataDir),
      {
        name: options.name ?? options.collection,
        createdAt_ms: Date.now(),
        ...(options.query === undefined ? {} : { query: options.query }),
      },
    );
    if (options.json === true) terminal.out(JSON.stringify(manifest));
    else if (options.quiet !== true) tellMaker(terminal, manifest);
  } finally {
    await engine.close();
  }
}

async function take(terminal: Terminal, folder: string, options: TakeOptions): Promise<void> {
  const engine = await openOwnEngine(terminal, options);
  try {
    await ensureCollection(localCalls(engine), options.collection);
    const { BundleFolder, importBundle } = await import('../../transfer/index.ts');
    const { problems, ...counts } = await importBundle(
      engine,
      options.collection,
      new BundleFolder(resolve(folder)),
      {
        conflicts: options.conflicts,
        ...(options.trust === undefined ? {} : { trusted: options.trust }),
      },
    );
    const { read, imported, unchanged, superseded, failed } = counts;
    if (options.quiet !== true) {
      terminal.err(
        `${read} documents: ${imported} imported, ${unchanged} there already, ${superseded} not newer, ${failed} refused.`,
      );
      for (const { url, why } of problems.slice(0, 10)) terminal.err(`  ${printable(`${url}: ${why}`)}`);
    }
    if (options.json === true) terminal.out(JSON.stringify(counts));
  } finally {
    await engine.close();
  }
}

function tellMaker(terminal: Terminal, { documents, chunks, name, publicKey }: BundleManifest): void {
  terminal.err(
    `${documents} documents in ${chunks.length} chunks, "${printable(name)}", signed by ${publicKey}`,
  );
}

/** The data directory's key; made when it is first needed. */
async function signingKey(dataDir: string): Promise<KeyObject> {
  const { newSigningKey, signingKeyOf } = await import('../../transfer/index.ts');
  const path = join(resolve(dataDir), SIGNING_KEY_FILE);
  try {
    return signingKeyOf(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const key = newSigningKey();
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  const handle = await open(aside, 'wx', 0o600);
  try {
    await handle.writeFile(String(key.export({ format: 'pem', type: 'pkcs8' })));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, path);
  return key;
}

/** Runs a command and talks to it by its standard input and output. */
function pipeTo([program = '', ...words]: readonly string[]): Pipe {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', (error) =>
    child.stdout.destroy(new PeregrineError('IO', `${program} can't be run.`, {}, error)),
  );
  child.stdin.on('error', () => undefined);
  return {
    input: child.stdout,
    output: child.stdin,
    close: () => {
      child.stdin.destroy();
      child.kill();
    },
  };
}
