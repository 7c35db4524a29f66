/** `peregrine import warc | ndjson | csv | folder | mbox | sitemap`: documents of archives, lists, tables, folders and mail. */

import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import type * as Transfer from '../../transfer/index.ts';
import type { FeedKind, FeedReport } from '../../transfer/index.ts';
import { printable } from '../printable.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { sitemapCommand } from './import-sitemap.ts';

interface FeedCommandOptions extends SharedOptions {
  readonly atOnce?: number;
  readonly dryRun?: boolean;
  readonly base?: string;
  readonly tabs?: boolean;
  readonly semicolons?: boolean;
}

const NAMED = 10;

interface FeedCommand {
  readonly name: FeedKind;
  readonly argument: string;
  /** What a file of this kind is, for who gave another. */
  readonly expected: string;
  readonly about: string;
  readonly example: string;
}

const KINDS: readonly FeedCommand[] = [
  {
    name: 'warc',
    argument: 'a WARC, ARC or WACZ file, or a folder of them',
    expected: 'a WARC, ARC or WACZ file',
    about: 'Import the pages of WARC, ARC and WACZ files.',
    example: 'peregrine import warc crawl-00042.warc.gz',
  },
  {
    name: 'ndjson',
    argument: 'lines of JSON, packed (.gz) or not; "-" reads standard input',
    expected: 'one JSON object a line, with an address and content',
    about:
      'Import one JSON object a line: an export of ours, a dump of others, or the body of an Elasticsearch _bulk.',
    example: 'peregrine import ndjson pages.ndjson.gz',
  },
  {
    name: 'csv',
    argument: 'a table whose first row names the columns; "-" reads standard input',
    expected: 'a table whose first row names its columns, among them an address and content',
    about: 'Import the rows of a CSV or TSV table: url, title, content and whatever else there is.',
    example: 'peregrine import csv products.csv --base https://shop.example.org/products/',
  },
  {
    name: 'folder',
    argument: 'a folder; everything below it is read, hidden files left out',
    expected: 'a folder of documents',
    about: 'Import the files of a folder.',
    example: 'peregrine import folder ./handbook --base https://handbook.example.org/',
  },
  {
    name: 'mbox',
    argument: 'a mail archive, packed (.gz) or not',
    expected: 'a mail archive (mbox)',
    about: 'Import the messages of a mail archive (mbox); single messages (.eml) are files of a folder.',
    example: 'peregrine import mbox list.mbox --base https://lists.example.org/birds/',
  },
];

export function addFeedCommands(
  parent: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  for (const kind of KINDS) {
    const command = addSharedOptions(parent.command(kind.name))
      .description(kind.about)
      .argument('<path>', kind.argument)
      .option('--at-once <n>', 'documents in flight at most (default: 32)', wholeNumber(1, 100))
      .option('--dry-run', 'read, parse and count everything, store nothing')
      .addHelpText('after', `\nExample:\n  ${kind.example}`);
    if (kind.name !== 'warc')
      command.option('--base <url>', 'address below which documents without one are known');
    if (kind.name === 'csv') {
      command
        .option('--tabs', 'cells are parted by tabs')
        .option('--semicolons', 'cells are parted by semicolons');
    }
    command.action(async (path: string, options: FeedCommandOptions) => {
      await importPath(terminal, kind, path, options);
    });
  }
  sitemapCommand(parent.command('sitemap'), terminal, setExitCode);
}

async function importPath(
  terminal: Terminal,
  kind: FeedCommand,
  path: string,
  options: FeedCommandOptions,
): Promise<void> {
  const { base, atOnce, dryRun, tabs, semicolons } = options;
  const isTabs = tabs === true || /\.tsv(?:\.gz)?$/i.test(path);
  const spooled = path === '-' ? await spoolInput(terminal.input) : undefined;
  try {
    const report = await runTransfer(terminal, options, {
      task: {
        task: 'import',
        kind: kind.name,
        path: spooled?.path ?? resolve(path),
        separator: isTabs ? '\t' : semicolons === true ? ';' : ',',
        isDryRun: dryRun === true,
        ...(base === undefined ? {} : { base }),
        ...(atOnce === undefined ? {} : { atOnce }),
      },
    });
    const words = await import('../../transfer/index.ts');
    await tell(terminal, report, words, options);
    if (isNothing(report)) {
      throw new PeregrineError(
        'UNSUPPORTED_TYPE',
        `Nothing of ${path} could be read. It should be ${kind.expected}.`,
      );
    }
  } finally {
    await spooled?.release();
  }
}

/** Not one record was of use, and some were refused or lost: most likely it is another kind of file. */
function isNothing({ read, skipped, failed, lost_bytes }: FeedReport): boolean {
  return failed + lost_bytes > 0 && read - skipped - failed === 0;
}

/** The files of a folder, by the address that they have on this machine. */
export async function importFolder(terminal: Terminal, path: string, options: SharedOptions): Promise<void> {
  const kind = KINDS.find(({ name }) => name === 'folder');
  if (kind !== undefined) await importPath(terminal, kind, path, options);
}

/** Standard input as a file: the process that reads it may be another one. */
async function spoolInput(input: Readable): Promise<{ path: string; release: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'peregrine-input-'));
  const path = join(directory, 'standard-input');
  await pipeline(input, createWriteStream(path, { mode: 0o600 }));
  return { path, release: async () => rm(directory, { recursive: true, force: true }) };
}

/** How a report is told: loaded with what imports. */
type Words = Pick<typeof Transfer, 'reasonsInWords' | 'placeInWords'>;

async function tell(
  terminal: Terminal,
  report: FeedReport,
  words: Words,
  options: FeedCommandOptions,
): Promise<void> {
  const { problems, ...counts } = report;
  const { reasonsInWords, placeInWords } = words;
  if (options.quiet !== true) {
    const verb = options.dryRun === true ? 'would be imported' : 'imported';
    const { read, imported, unchanged, superseded, skipped, failed, lost_bytes } = report;
    const { count, counted, size } = await import('../../server/index.ts');
    const others = [
      [unchanged, 'there already'],
      [superseded, 'older'],
      [skipped, 'no pages'],
      [failed, 'refused'],
    ] as const;
    const parts = others.filter(([times]) => times > 0).map(([times, what]) => `${count(times)} ${what}`);
    if (lost_bytes > 0) parts.push(`${size(lost_bytes)} lost`);
    terminal.err(
      `${[`${counted(read, 'record', 'records')}: ${count(imported)} ${verb}`, ...parts].join(', ')}.`,
    );
    const why = reasonsInWords(report.reasons);
    if (why !== '') terminal.err(`  Why: ${printable(why)}.`);
    for (const { url, why: because, ...place } of problems.slice(0, NAMED)) {
      terminal.err(`  ${printable(`${placeInWords(place)}: ${url === '' ? '' : `${url}: `}${because}`)}`);
    }
    if (problems.length > NAMED) terminal.err(`  and ${problems.length - NAMED} more`);
  }
  if (options.json === true) terminal.out(JSON.stringify(counts));
}
