/** Runs every test file in one process; its closing lines count tests. Arguments narrow the files by path prefix. */

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const wanted = process.argv.slice(2);
const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'testing/**/*.test.ts'])
  .filter((file) => wanted.length === 0 || wanted.some((prefix) => file.startsWith(prefix)))
  .sort();
const result = spawnSync(
  process.execPath,
  ['--test', '--test-isolation=none', '--test-force-exit', '--test-timeout=120000', ...files],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);
