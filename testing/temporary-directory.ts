/** A directory for one test, gone after it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inUse = new Set<string>();
const finished = new Set<string>();

/**
 * Makes an empty directory that is removed when `test` is over. Clean-ups of a test run in the order in which they were
 * asked for, so this one only marks the directory: whatever the test closes later may still write into it. Marked
 * directories go when the next one is made, or with the process.
 */
export function temporaryDirectory(test: { after(cleanUp: () => void): void }): string {
  for (const path of finished) remove(path);
  finished.clear();
  const path = mkdtempSync(join(tmpdir(), 'peregrine-test-'));
  inUse.add(path);
  test.after(() => {
    inUse.delete(path);
    finished.add(path);
  });
  return path;
}

process.on('exit', () => {
  for (const path of [...finished, ...inUse]) remove(path);
});

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
