/** `peregrine import`: documents from elsewhere, with what was known of them. */

import { resolve } from 'node:path';

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import type { EngineCalls } from '../../server/index.ts';
import type { ImportReport, ImportRequest, PlannedImport } from '../../transfer/index.ts';
import { ensureCollection, reachEngine } from '../engine-access.ts';
import { EXIT_INTERRUPTED } from '../exit-codes.ts';
import { importLine, importSummary, watchImport } from '../import-view.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { printable } from '../printable.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { addFeedCommands } from './import-feeds.ts';

interface GigablastOptions extends SharedOptions {
  readonly atOnce?: number;
  readonly source?: string;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
  readonly restart?: boolean;
  readonly only?: string;
}

export function importCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  command.description('Bring in documents from elsewhere: another engine’s files, archives, lists.');
  addGigablast(command.command('gigablast'), terminal, setExitCode);
  addFeedCommands(command, terminal, setExitCode);
  addFailures(command.command('failures'), terminal);
  return command;
}

function addGigablast(command: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  addSharedOptions(command)
    .description(
      'Import the title files of a Gigablast. Started again, it goes on at the very record where it was.',
    )
    .argument(
      '<directory>',
      'folder with titledb0001-000.dat and so on, or the directories of one or more hosts',
    )
    .option('--at-once <n>', 'documents in flight at most (default: 32)', wholeNumber(1, 100))
    .option('--source <name>', 'what the documents say where they are from (default: the folder’s name)')
    .option('--dry-run', 'read, parse and count everything, store nothing')
    .option(
      '--follow',
      'afterwards crawl what the imported pages link to and what the old cluster had meant to crawl',
    )
    .option('--restart', 'begin at the first record, wherever an earlier run stopped')
    .addHelpText(
      'after',
      `
Several collections go each into one of its own name, or all into that of --collection where it is given. The same
collection in the directories of several hosts is put together. Of each document the newest version is taken, over all files and titledb-saved.dat; deleted ones stay away. Damage is
told and passed over. With --json the last line says what came of it, in numbers.

Examples:
  peregrine import gigablast /var/gigablast/coll.main.0
  peregrine import gigablast /mnt/old --collection old --dry-run`,
    )
    .option('--only <name>', 'of several collections in the folder, this one')
    .action(async (directory: string, options: GigablastOptions) => {
      const interruption = listenForInterruption(terminal);
      const isTargetChosen = command.getOptionValueSource('collection') === 'cli';
      try {
        const request = requestOf(resolve(directory), options);
        const work = { request, options, isTargetChosen, interruption };
        setExitCode(await importGigablast(terminal, work));
      } finally {
        interruption.release();
      }
    });
}

function addFailures(command: Command, terminal: Terminal): void {
  addSharedOptions(command)
    .description('List every document that imports of a Gigablast could not take, with its place and why.')
    .argument('[directory]', 'of this folder’s import alone')
    .addHelpText('after', '\nExample:\n  peregrine import failures --collection old --json > failed.ndjson')
    .action(async (directory: string | undefined, options: SharedOptions) => {
      const { failures } = await runTransfer(terminal, options, {
        task: {
          task: 'list-failures',
          ...(directory === undefined ? {} : { directory: resolve(directory) }),
        },
        mustExist: true,
      });
      for (const failure of failures) {
        const { file, offset, url, message } = failure;
        const of = url === '' ? '' : `${url}: `;
        terminal.out(
          options.json === true
            ? JSON.stringify(failure)
            : printable(`${file} at ${offset}: ${of}${message}`),
        );
      }
      if (failures.length === 0 && options.quiet !== true) terminal.err('Nothing failed.');
    });
}

interface GigablastWork {
  readonly request: ImportRequest;
  readonly options: GigablastOptions;
  readonly isTargetChosen: boolean;
  readonly interruption: Interruption;
}

async function importGigablast(terminal: Terminal, work: GigablastWork): Promise<number> {
  const { request, options, isTargetChosen, interruption } = work;
  const { cpuTime_ms } = await import('../cpu-time.ts');
  const { planImports, reasonsInWords } = await import('../../transfer/index.ts');
  const planned = await planImports(request, options.collection, isTargetChosen);
  const { calls, own } = await reachEngine(terminal, options);
  const reports: ImportReport[] = [];
  const cpuBefore_ms = cpuTime_ms();
  let cpu_ms: number;
  try {
    const before = await doneBefore(calls, planned);
    for (const { collection, request: one } of planned) {
      if (planned.length > 1 && options.quiet !== true) terminal.err(`${one.from ?? ''} → ${collection}`);
      const done = before.get(one.from ?? '');
      if (done !== undefined) {
        if (options.quiet !== true) terminal.err('Done before; the import goes on behind it.');
        reports.push(done);
        continue;
      }
      if (one.isDryRun !== true) await ensureCollection(calls, collection);
      const started = await calls.startImport(collection, one);
      const { signal } = interruption;
      const isQuiet = options.quiet === true;
      const report = await watchImport(terminal, { calls, collection, id: started.id, signal, isQuiet });
      reports.push(report);
      const why = reasonsInWords(report.reasons);
      if (!isQuiet) for (const line of importSummary(report, why)) terminal.err(line);
      if (report.state !== 'done') break;
    }
    cpu_ms = cpuTime_ms() - cpuBefore_ms;
  } finally {
    await calls.close();
  }
  if (options.json === true)
    terminal.out(JSON.stringify(importLine(reports, own === undefined ? undefined : cpu_ms)));
  const failed = reports.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new PeregrineError('IO', `The import stopped: ${failed.error}`);
  return reports.some(({ state }) => state === 'paused') ? EXIT_INTERRUPTED : 0;
}

/** Of an import of several collections that was stopped: those that were done by then, by the names that they had. */
async function doneBefore(
  calls: EngineCalls,
  planned: readonly PlannedImport[],
): Promise<ReadonlyMap<string, ImportReport>> {
  const { importId } = await import('../../transfer/index.ts');
  const done = new Map<string, ImportReport>();
  let isResumed = false;
  for (const { collection, request } of planned) {
    if (planned.length === 1 || request.isDryRun === true || request.restart === true) return new Map();
    const id = importId(request.directory, request.from);
    const report = (await calls.imports(collection)).find((each) => each.id === id);
    if (report?.state === 'done') done.set(request.from ?? '', report);
    if (report?.state === 'paused') isResumed = true;
  }
  return isResumed ? done : new Map();
}

function requestOf(directory: string, options: GigablastOptions): ImportRequest {
  const { atOnce, source, dryRun, follow, restart, only } = options;
  return {
    directory,
    ...(only === undefined ? {} : { from: only }),
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(source === undefined ? {} : { source }),
    ...(dryRun === undefined ? {} : { isDryRun: dryRun }),
    ...(follow === undefined ? {} : { follow }),
    ...(restart === undefined ? {} : { restart }),
  };
}
