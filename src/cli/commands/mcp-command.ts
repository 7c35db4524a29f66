/** `peregrine mcp`: the index for a language model's client that starts programs (Model Context Protocol over stdio). */

import type { Command } from 'commander';

import { programVersion } from '../../base/index.ts';
import { ensureCollection, reachEngine } from '../engine-access.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function mcpCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Speak the Model Context Protocol on standard input and output.')
    .addHelpText(
      'after',
      `
For clients that start programs. In their configuration:

  { "mcpServers": { "peregrine": { "command": "npx", "args": ["peregrine", "mcp", "--data-dir", "/path/to/data"] } } }

A running server speaks it too, over HTTP at /mcp.`,
    )
    .action(async (options: SharedOptions) => {
      const { calls } = await reachEngine(terminal, options);
      const interruption = listenForInterruption(terminal);
      try {
        await ensureCollection(calls, options.collection);
        const { loadMcp } = await import('../../server/index.ts');
        const { mcpServer, serveStdio } = await loadMcp();
        const everything = { mayRead: () => true, mayCrawl: () => true };
        const version = programVersion();
        const served = serveStdio(() =>
          mcpServer({ calls, rights: everything, version, defaultCollection: options.collection }),
        );
        const inputEnded = new Promise<void>((resolve) => terminal.input.once('end', resolve));
        await Promise.race([interruption.happened, inputEnded]);
        await served.close();
      } finally {
        interruption.release();
        await calls.close();
      }
    });
}
