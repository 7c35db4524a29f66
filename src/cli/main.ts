/** The `peregrine` command. Looks at the version of Node before anything modern is loaded. */

import process from 'node:process';

const LEAST_NODE = 24;

if (Number(process.versions.node.split('.', 1)[0]) < LEAST_NODE) {
  process.stderr.write(
    `Peregrine needs Node 24 or later, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org/.\n`,
  );
  process.exitCode = 1;
} else {
  const { beginFrugally, isStaying } = await import('./frugal-memory.ts');
  beginFrugally();
  // Most of a short command's time is reading its own sources: Node keeps what it made of them in the temporary directory.
  // A program that stays would rather have the few megabytes that this takes.
  if (!isStaying()) (await import('node:module')).enableCompileCache();
  const { systemTerminal } = await import('./terminal.ts');
  const { run } = await import('./program.ts');
  process.exitCode = await run(process.argv.slice(2), systemTerminal());
}
