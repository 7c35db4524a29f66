/** `peregrine export`: documents out of the index, in forms that others read. */

import { open } from 'node:fs/promises';

import { type Command, Option } from 'commander';

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { ExportFormat } from '../../transfer/index.ts';
import { openOwnEngine } from '../engine-access.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface ExportOptions extends SharedOptions {
  readonly format: ExportFormat;
  readonly query?: string;
}

const LINE_MS = 5_000;

export function exportCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Write documents to a file: all of a collection, or what a query finds.')
    .argument('<file>', 'where to; it must not be there yet')
    .addOption(
      new Option('--format <format>', 'form of the file')
        .choices(['ndjson', 'warc', 'csv'])
        .default('ndjson'),
    )
    .option('--query <query>', 'only what this query finds, best first')
    .addHelpText(
      'after',
      `
ndjson holds everything that import ndjson needs to have the documents again; warc can be replayed, and read by other
programs; csv holds the text, for people.

Examples:
  peregrine export all.ndjson
  peregrine export falcons.warc.gz --format warc --query falcon`,
    )
    .action(async (file: string, options: ExportOptions) => {
      await exportTo(terminal, file, options);
    });
}

async function exportTo(terminal: Terminal, file: string, options: ExportOptions): Promise<void> {
  const interruption = listenForInterruption(terminal);
  const engine = await openOwnEngine(terminal, options, { mustExist: true });
  let documents = 0;
  let size_bytes = 0;
  let next_ms = performance.now() + LINE_MS;
  try {
    const { exportDocuments } = await import('../../transfer/index.ts');
    const handle = await open(file, 'wx').catch((error: unknown) => {
      throw new PeregrineError('IO', `${file} can't be written: ${messageOf(error)}.`, { file }, error);
    });
    try {
      const chunks = exportDocuments(engine, options.collection, {
        format: options.format,
        ...(options.query === undefined ? {} : { query: options.query }),
        signal: interruption.signal,
        onProgress: (count) => (documents = count),
      });
      for await (const chunk of chunks) {
        await handle.writeFile(chunk);
        size_bytes += chunk.length;
        if (options.quiet !== true && performance.now() >= next_ms) {
          next_ms = performance.now() + LINE_MS;
          terminal.err(`${documents} documents, ${size_bytes} bytes`);
        }
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  } finally {
    interruption.release();
    await engine.close();
  }
  if (options.json === true) terminal.out(JSON.stringify({ file, documents, size_bytes }));
  else if (options.quiet !== true)
    terminal.err(`${documents} documents written to ${file} (${size_bytes} bytes).`);
}
