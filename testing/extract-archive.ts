/** Unpacks archives with the system's `tar`. */

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Unpacks a `.tar` or `.tar.gz` into `directory`, which is made where it does not exist. */
export async function extractArchive(archive: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await run('tar', ['-xf', archive, '-C', directory, '--no-same-owner']);
}
