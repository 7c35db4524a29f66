/** A directory for one test, gone after it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes an empty directory and removes it with all it holds when `test` ends. */
export function temporaryDirectory(test: Pick<TestContext, 'after'>): string {
  const path = mkdtempSync(join(tmpdir(), 'peregrine-test-'));
  test.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}
