/** `peregrine remove` and `peregrine reindex`: what is done with every document that a query finds. */

import type { Command } from 'commander';

import { toTheLetter } from '../../transfer/index.ts';
import { reachEngine } from '../engine-access.ts';
import { runTransfer } from '../run-transfer.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface RemoveOptions extends SharedOptions {
  readonly yes?: boolean;
}

export function removeCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Remove every document that a query finds.')
    .argument('<query>', 'which documents, to the letter')
    .option('--yes', 'remove them; without it, only tell how many there are')
    .addHelpText(
      'after',
      `
A crawl that meets their addresses again brings them back; "peregrine forget" keeps them away.

Examples:
  peregrine remove "site:old.example.org"
  peregrine remove "site:old.example.org" --yes
  peregrine remove "url:example.org/page" --yes`,
    )
    .action(async (query: string, options: RemoveOptions) => {
      if (options.yes === true) {
        const report = await runTransfer(terminal, options, {
          task: { task: 'remove', query },
          mustExist: true,
        });
        if (options.json === true) terminal.out(JSON.stringify(report));
        else terminal.out(report.sentence);
      } else await tellHowMany(terminal, query, options);
    });
}

async function tellHowMany(terminal: Terminal, query: string, options: RemoveOptions): Promise<void> {
  const { calls } = await reachEngine(terminal, options, { mustExist: true });
  try {
    const { matches } = await calls.search(options.collection, { ...toTheLetter(query), count: 0 });
    if (options.json === true) terminal.out(JSON.stringify({ matches }));
    else terminal.out(`${matches} documents are found. Nothing is removed: --yes removes them.`);
  } finally {
    await calls.close();
  }
}

export function reindexCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Read and index anew, from its stored bytes, every document that a query finds.')
    .argument('<query>', 'which documents, to the letter')
    .addHelpText(
      'after',
      `
For documents that an earlier version of the program read less well; "peregrine rebuild" makes the index anew of what was
read then.

Examples:
  peregrine reindex "type:pdf"
  peregrine reindex "site:docs.example.org spidered:..2026-01"`,
    )
    .action(async (query: string, options: SharedOptions) => {
      const report = await runTransfer(terminal, options, {
        task: { task: 'reindex', query },
        mustExist: true,
      });
      if (options.json === true) terminal.out(JSON.stringify(report));
      else for (const line of [report.sentence, ...report.problems]) terminal.out(line);
    });
}
