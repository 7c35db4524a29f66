/** `peregrine key`: a new admin key for who has lost the old one. */

import { resolve } from 'node:path';

import type { Command } from 'commander';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import { commandName } from '../command-name.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function keyCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Make a new admin key. The old one opens nothing from then on.')
    .option('--new', 'yes, make a new one')
    .action(async (options: SharedOptions & { readonly new?: boolean }) => {
      if (options.new !== true) {
        throw new PeregrineError(
          'BAD_ARGUMENT',
          `The admin key can not be shown again: only its hash is kept. Make a new one with: ${commandName(terminal)} key --new`,
        );
      }
      const key = await renew(resolve(options.dataDir));
      terminal.out(options.json === true ? JSON.stringify({ key }) : key);
    });
}

/** By the running server where there is one, so that the key is valid there at once. */
async function renew(dataDirectory: string): Promise<string> {
  const { connectToEngine, openAdminKey } = await import('../../server/index.ts');
  try {
    const client = await connectToEngine(dataDirectory);
    try {
      return await client.renewAdminKey();
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!isPeregrineError(error, 'LOCKED')) throw error;
  }
  const { key, created } = await openAdminKey(dataDirectory);
  return created ?? key.renew();
}
