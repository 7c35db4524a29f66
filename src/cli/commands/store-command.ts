/** `peregrine store`: looks after the files of a data directory, whether a process holds it or not. */

import { resolve } from 'node:path';

import { type Command, InvalidArgumentError } from 'commander';

import { isPeregrineError, messageOf, PeregrineError } from '../../base/index.ts';
import type { StoreTask } from '../../collection/index.ts';
import { DATABASE_NAMES, type DatabaseName, type VerifyDepth } from '../../storage/index.ts';
import { reachEngine } from '../engine-access.ts';
import { EXIT_DAMAGED } from '../exit-codes.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import { TaskView } from '../task-view.ts';
import { logTo } from '../terminal-log.ts';
import type { Terminal } from '../terminal.ts';

type SetExitCode = (code: number) => void;

export function storeCommand(command: Command, terminal: Terminal, setExitCode: SetExitCode): Command {
  command
    .description('Look after the files: list, verify, repair, dump, merge, snapshot, restore.')
    .addHelpText(
      'after',
      `
All but restore work while another process serves the same directory: they are done by that process.

Examples:
  peregrine store verify --deep                  every page, checksum, order, filter, count and owner; the index too
  peregrine store repair --mirror /mnt/copy      make damaged files whole from a copy or a snapshot
  peregrine store snapshot /mnt/snapshots/monday
  peregrine store restore /mnt/snapshots/monday --data-dir ./restored`,
    );
  const run = runner(terminal, setExitCode);
  listCommand(command.command('ls'), run);
  verifyCommand(command.command('verify'), run);
  dumpCommand(command.command('dump'), run);
  mergeCommand(command.command('merge'), run);
  repairCommand(command.command('repair'), terminal, setExitCode, run);
  snapshotCommand(command.command('snapshot'), run);
  restoreCommand(command.command('restore'), terminal);
  return command;
}

type Run = (options: SharedOptions, task: StoreTask) => Promise<void>;

/** Runs a task where the engine is, and prints what comes of it. */
function runner(terminal: Terminal, setExitCode: SetExitCode): Run {
  return async (options, task) => {
    const { calls } = await reachEngine(terminal, options, { mustExist: true });
    const stopping = listenForInterruption(terminal);
    const view = await TaskView.open(terminal, options);
    try {
      const result = await calls.store(task, (event) => view.show(event), stopping.signal);
      view.end(result, options.json === true);
      if (!result.isSound) setExitCode(EXIT_DAMAGED);
    } finally {
      stopping.release();
      view.close();
      await calls.close();
    }
  };
}

function listCommand(command: Command, run: Run): void {
  addSharedOptions(command)
    .description('List databases, runs, parts and what is lost.')
    .action(async (options: SharedOptions) => run(options, { task: 'ls' }));
}

function verifyCommand(command: Command, run: Run): void {
  addSharedOptions(command)
    .description('Look whether the files are what they should be. Exit code 4 where they are not.')
    .option('--quick', 'only that every file is there, whole in length, with the right footer')
    .option('--deep', 'every page of every file, and the index, held against what is stored')
    .action(async (options: SharedOptions & { readonly quick?: boolean; readonly deep?: boolean }) => {
      const depth: VerifyDepth = options.deep === true ? 'deep' : options.quick === true ? 'quick' : 'sample';
      await run(options, { task: 'verify', depth });
    });
}

interface DumpOptions extends SharedOptions {
  readonly start?: string;
  readonly limit: number;
  readonly values?: boolean;
}

function dumpCommand(command: Command, run: Run): void {
  addSharedOptions(command)
    .description('Print records of a database, one JSON object a line.')
    .argument('<database>', `one of ${DATABASE_NAMES.join(', ')}`, databaseName)
    .option('--start <key>', 'first key, or the front of one, in hex')
    .option('--limit <n>', 'how many records', wholeNumber, 100)
    .option('--values', 'values too, in base64')
    .action(async (database: DatabaseName, options: DumpOptions) => {
      const { start, limit, values = false } = options;
      await run(options, {
        task: 'dump',
        database,
        limit,
        values,
        ...(start === undefined ? {} : { start }),
      });
    });
}

function mergeCommand(command: Command, run: Run): void {
  addSharedOptions(command)
    .description('Merge the parts of each database where that is due.')
    .option('--force', 'down to one run each')
    .action(async (options: SharedOptions & { readonly force?: boolean }) =>
      run(options, { task: 'merge', force: options.force === true }),
    );
}

interface RepairCommandOptions extends SharedOptions {
  readonly mirror?: string;
  readonly acceptLoss?: boolean;
}

function repairCommand(command: Command, terminal: Terminal, setExitCode: SetExitCode, run: Run): void {
  addSharedOptions(command)
    .description('Make damaged files whole, or save what can be read of them and set them aside.')
    .option('--mirror <directory>', 'a snapshot or copy of the data directory, to take whole pages from')
    .option('--accept-loss', 'count lost keys as absent from now on, and shards that are gone as empty')
    .action(async (options: RepairCommandOptions) => {
      if (options.mirror !== undefined) await mustBeDirectory(resolve(options.mirror));
      const task: Extract<StoreTask, { task: 'repair' }> = {
        task: 'repair',
        acceptLoss: options.acceptLoss === true,
        ...(options.mirror === undefined ? {} : { mirror: resolve(options.mirror) }),
      };
      try {
        await run(options, task);
      } catch (error) {
        if (!isPeregrineError(error, 'CORRUPT')) throw error;
        terminal.err(`The data directory does not open: ${messageOf(error)}`);
        const { rebuildManifests } = await import('../offline-store.ts');
        const made = await rebuildManifests(resolve(options.dataDir), task.acceptLoss);
        for (const sentence of made) terminal.out(sentence);
        setExitCode(EXIT_DAMAGED);
        if (made.length > 0) await run(options, task);
        else await repairUnopened(terminal, options, task);
      }
    });
}

/** Where the damage is in what every opening reads. */
async function repairUnopened(
  terminal: Terminal,
  options: SharedOptions,
  task: Extract<StoreTask, { task: 'repair' }>,
): Promise<void> {
  const collection = await import('../../collection/index.ts');
  const stopping = listenForInterruption(terminal);
  const view = await TaskView.open(terminal, options);
  try {
    const result = await collection.repairUnopened(resolve(options.dataDir), task, {
      log: logTo(terminal, options),
      onEvent: (event) => view.show(event),
      signal: stopping.signal,
    });
    view.end(result, options.json === true);
  } finally {
    stopping.release();
    view.close();
  }
}

/** Opening what is not there would make it. */
async function mustBeDirectory(path: string): Promise<void> {
  const { stat } = await import('node:fs/promises');
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true) return;
  throw new PeregrineError('NOT_FOUND', `There is no directory ${path} to take pages from.`, { file: path });
}

function snapshotCommand(command: Command, run: Run): void {
  addSharedOptions(command)
    .description('Copy the data directory as it is at one moment; files that never change are shared.')
    .argument('<directory>', 'an empty or new directory')
    .option('--copy', 'share nothing: a mirror that damage to one disk does not reach')
    .action(async (directory: string, options: SharedOptions & { readonly copy?: boolean }) =>
      run(options, { task: 'snapshot', directory: resolve(directory), copies: options.copy === true }),
    );
}

function restoreCommand(command: Command, terminal: Terminal): void {
  addSharedOptions(command)
    .description('Make a data directory of a snapshot. No process may hold the directory.')
    .argument('<directory>', 'the snapshot')
    .option('--replace', 'remove what the data directory holds now')
    .action(async (directory: string, options: SharedOptions & { readonly replace?: boolean }) => {
      const { restoreDirectory } = await import('../../transfer/index.ts');
      const view = await TaskView.open(terminal, options);
      try {
        const snapshot = await restoreDirectory(resolve(directory), resolve(options.dataDir), {
          replaces: options.replace === true,
          onProgress: ({ done_bytes, total_bytes, shard }) =>
            view.show({ event: 'progress', done_bytes, total_bytes, what: `shard ${shard}` }),
        });
        view.end({ sentences: [snapshot.sentence], isSound: true, snapshot }, options.json === true);
      } finally {
        view.close();
      }
    });
}

function databaseName(text: string): DatabaseName {
  const found = DATABASE_NAMES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`There is ${DATABASE_NAMES.join(', ')}.`);
  return found;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
