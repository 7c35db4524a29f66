/** `peregrine import`: documents from elsewhere, with what was known of them. */

import { resolve } from 'node:path';

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import type { ImportReport, ImportRequest } from '../../transfer/index.ts';
import { ensureCollection, reachEngine } from '../engine-access.ts';
import { EXIT_INTERRUPTED } from '../exit-codes.ts';
import { importLine, importSummary, watchImport } from '../import-view.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { addFeedCommands } from './import-feeds.ts';

interface GigablastOptions extends SharedOptions {
  readonly atOnce?: number;
  readonly source?: string;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
  readonly restart?: boolean;
}

export function importCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  command.description('Bring in documents from elsewhere: another engine’s files, archives, lists.');
  addGigablast(command.command('gigablast'), terminal, setExitCode);
  addFeedCommands(command, terminal);
  return command;
}

function addGigablast(command: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  addSharedOptions(command)
    .description(
      'Import the title files of a Gigablast. Started again, it goes on at the very record where it was.',
    )
    .argument('<directory>', 'folder with titledb0001-000.dat and so on')
    .option('--at-once <n>', 'documents in flight at most (default: 8)', wholeNumber(1, 100))
    .option('--source <name>', 'what the documents say where they are from (default: the folder’s name)')
    .option('--dry-run', 'read and count everything, store nothing')
    .option('--follow', 'afterwards crawl what the imported pages link to')
    .option('--restart', 'begin at the first record, wherever an earlier run stopped')
    .addHelpText(
      'after',
      `
Of each document the newest version is taken, over all files and titledb-saved.dat; deleted ones stay away. Damage is
told and passed over. With --json the last line says what came of it, in numbers.

Examples:
  peregrine import gigablast /var/gigablast/coll.main.0
  peregrine import gigablast /mnt/old --collection old --dry-run`,
    )
    .action(async (directory: string, options: GigablastOptions) => {
      const interruption = listenForInterruption(terminal);
      try {
        setExitCode(await importGigablast(terminal, directory, options, interruption));
      } finally {
        interruption.release();
      }
    });
}

async function importGigablast(
  terminal: Terminal,
  directory: string,
  options: GigablastOptions,
  interruption: Interruption,
): Promise<number> {
  const { cpuTime_ms } = await import('../cpu-time.ts');
  const { calls, own } = await reachEngine(terminal, options);
  let report: ImportReport;
  const cpuBefore_ms = cpuTime_ms();
  let cpu_ms: number;
  try {
    await ensureCollection(calls, options.collection);
    const started = await calls.startImport(options.collection, requestOf(resolve(directory), options));
    report = await watchImport(terminal, {
      calls,
      collection: options.collection,
      id: started.id,
      signal: interruption.signal,
      isQuiet: options.quiet === true,
    });
    cpu_ms = cpuTime_ms() - cpuBefore_ms;
  } finally {
    await calls.close();
  }
  if (options.quiet !== true) {
    for (const line of importSummary(report)) terminal.err(line);
  }
  if (options.json === true)
    terminal.out(JSON.stringify(importLine(report, own === undefined ? undefined : cpu_ms)));
  if (report.state === 'failed') throw new PeregrineError('IO', `The import stopped: ${report.error}`);
  return report.state === 'paused' ? EXIT_INTERRUPTED : 0;
}

function requestOf(directory: string, options: GigablastOptions): ImportRequest {
  const { atOnce, source, dryRun, follow, restart } = options;
  return {
    directory,
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(source === undefined ? {} : { source }),
    ...(dryRun === undefined ? {} : { isDryRun: dryRun }),
    ...(follow === undefined ? {} : { follow }),
    ...(restart === undefined ? {} : { restart }),
  };
}
