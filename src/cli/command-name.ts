/** How the person who reads our hints starts the command. */

import type { Terminal } from './terminal.ts';

/** `npx peregrine` where npm started us (a working copy, most likely), else `peregrine`. */
export function commandName({ env }: Pick<Terminal, 'env'>): string {
  return env['npm_command'] === undefined ? 'peregrine' : 'npx peregrine';
}
