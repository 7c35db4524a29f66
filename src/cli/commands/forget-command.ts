/** `peregrine forget`: pages out of the index, out of every file, and not back again. */

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface ForgetOptions extends SharedOptions {
  readonly query?: string;
  readonly within?: number;
  readonly snapshots: boolean;
  readonly undo?: boolean;
}

export function forgetCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description(
      'Forget pages: remove them, write every file that held them anew, and never fetch them again.',
    )
    .argument('[url...]', 'addresses of the pages')
    .option('--query <query>', 'the pages that this query finds, to the letter')
    .option(
      '--within <s>',
      'seconds until every byte has to be gone (default: 3600)',
      wholeNumber(1, 31_536_000),
    )
    .option('--no-snapshots', 'do not look which snapshots hold them still')
    .option('--undo', 'lift the ban from these addresses; what was removed stays removed')
    .addHelpText(
      'after',
      `
Snapshots that were made before are opened, and those that hold the pages are named. They, exports and bundles do so
until you delete them.

Examples:
  peregrine forget https://example.org/private.html
  peregrine forget --query "site:example.org secret"`,
    )
    .action(async (urls: string[], options: ForgetOptions) => {
      await forget(terminal, urls, options);
    });
}

async function forget(terminal: Terminal, urls: readonly string[], options: ForgetOptions): Promise<void> {
  const { query, within, undo, snapshots } = options;
  if (urls.length === 0 && query === undefined) {
    throw new PeregrineError('BAD_ARGUMENT', 'Say which pages: addresses, or --query QUERY.');
  }
  if (undo === true) {
    const lifted = await runTransfer(terminal, options, {
      task: { task: 'remember', urls },
      mustExist: true,
    });
    if (options.json === true) terminal.out(JSON.stringify(lifted));
    return;
  }
  const report = await runTransfer(terminal, options, {
    task: {
      task: 'forget',
      urls,
      ...(query === undefined ? {} : { query }),
      ...(within === undefined ? {} : { within_ms: within * 1000 }),
      ...(snapshots ? {} : { looksIntoSnapshots: false }),
    },
    mustExist: true,
  });
  if (options.json === true) terminal.out(JSON.stringify(report));
  else if (options.quiet !== true) {
    const { counted } = await import('../../server/index.ts');
    const removed = counted(report.removed, 'page', 'pages');
    const banned = counted(report.banned, 'address', 'addresses');
    terminal.err(`${removed} removed, ${banned} banned. ${report.sentence}`);
  }
}
