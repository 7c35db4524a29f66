/** `peregrine export`: documents out of the index, in forms that others read. */

import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';

import { type Command, Option } from 'commander';

import type { ExportFormat } from '../../transfer/index.ts';
import { reachEngine } from '../engine-access.ts';
import { listenForInterruption } from '../interruption.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface ExportOptions extends SharedOptions {
  readonly format: ExportFormat;
  readonly query?: string;
}

export function exportCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Write documents to a file: all of a collection, or what a query finds.')
    .argument('<file>', 'where to; a new file, or one whose export was stopped; "-" writes standard output')
    .addOption(
      new Option('--format <format>', 'form of the file')
        .choices(['ndjson', 'warc', 'csv'])
        .default('ndjson'),
    )
    .option('--query <query>', 'only what a search for this query matches')
    .addHelpText(
      'after',
      `
An export that is stopped (Ctrl-C, or a kill) goes on where it was when it is started again.

ndjson holds everything that import ndjson needs to have the documents again; warc can be replayed, and read by other
programs; csv holds the text, for people.

Examples:
  peregrine export all.ndjson
  peregrine export falcons.warc.gz --format warc --query falcon
  peregrine export - --format csv | head`,
    )
    .action(async (file: string, options: ExportOptions) => {
      await exportTo(terminal, file, options);
    });
}

async function exportTo(terminal: Terminal, file: string, options: ExportOptions): Promise<void> {
  if (file === '-') return exportToOutput(terminal, options);
  const { format, query } = options;
  const { documents, size_bytes, wasResumed } = await runTransfer(terminal, options, {
    task: { task: 'export', file: resolve(file), format, ...(query === undefined ? {} : { query }) },
    mustExist: true,
  });
  if (options.json === true) terminal.out(JSON.stringify({ file, documents, size_bytes, wasResumed }));
  else if (options.quiet !== true) {
    const earlier = wasResumed ? ', some of them by an earlier start' : '';
    const { counted, size } = await import('../../server/index.ts');
    terminal.err(
      `${counted(documents, 'document', 'documents')} written to ${file} (${size(size_bytes)})${earlier}.`,
    );
  }
}

/** Document by document where the engine is ours; else by way of a file that the process which holds it writes. */
async function exportToOutput(terminal: Terminal, options: ExportOptions): Promise<void> {
  const { collection, format, query } = options;
  const wanted = { format, ...(query === undefined ? {} : { query }) };
  const interruption = listenForInterruption(terminal);
  const { calls, own } = await reachEngine(terminal, options, { mustExist: true });
  try {
    if (own === undefined) {
      await throughFile(async (aside) => {
        await calls.transfer(
          collection,
          { task: 'export', file: aside, ...wanted },
          undefined,
          interruption.signal,
        );
        await pipeline(createReadStream(aside), process.stdout, { end: false });
      });
      return;
    }
    const { exportDocuments } = await import('../../transfer/index.ts');
    const { signal } = interruption;
    await pipeline(exportDocuments(own, collection, { ...wanted, signal }), process.stdout, { end: false });
  } finally {
    interruption.release();
    await calls.close();
  }
}

async function throughFile(use: (file: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'peregrine-output-'));
  try {
    await use(join(directory, 'standard-output'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
