/** Where the test data lie: they are large, and not part of the repository. Tests skip without them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root =
  process.env['PEREGRINE_TEST_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** The path of a test file or directory, or undefined where the test data are not at hand. */
export function sharedData(path: string): string | undefined {
  const full = join(root, path);
  return existsSync(full) ? full : undefined;
}
