/** `peregrine upgrade`: brings what an earlier version wrote into the forms of this one. */

import type { Command } from 'commander';

import { reachEngine } from '../engine-access.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function upgradeCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  return addSharedOptions(command)
    .description(
      'Bring a data directory of an earlier version up to this one: index every collection anew, write files anew.',
    )
    .addHelpText(
      'after',
      `
An earlier version's files are read as they are; this makes use of what has been learned since, such as better words and
smaller files. Searches and crawls go on meanwhile, and it goes on where it was when it is started again.

Example:
  peregrine snapshot take /mnt/backup && peregrine upgrade`,
    )
    .action(async (options: SharedOptions) => {
      const { calls } = await reachEngine(terminal, options, { mustExist: true });
      try {
        const collections = await calls.collections();
        for (const collection of collections) {
          const { sentence } = await calls.indexWork(collection, 'rebuild');
          if (options.quiet !== true) terminal.err(sentence);
        }
        await calls.store({ task: 'merge', force: true });
        const { isSound, sentences } = await calls.store({ task: 'verify', depth: 'sample' });
        if (!isSound) setExitCode(EXIT_FAILED);
        if (options.json === true) terminal.out(JSON.stringify({ collections, isSound }));
        else if (options.quiet !== true) for (const sentence of sentences) terminal.err(sentence);
      } finally {
        await calls.close();
      }
    });
}
