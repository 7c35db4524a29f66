/**
 * Switches every kept or mended rule of docs/lineage.md's checklists off, one at a time, in a copy of the source, and
 * looks whether the tests of its name fail: `node scripts/break-storage-rules.ts [id…]`. A rule whose test passes without it, or
 * whose line is not found, makes the run fail.
 */

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BROKEN_RULES, type BrokenRule } from './storage-rules.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A rule may be the one that keeps a test from waiting for ever. */
const TEST_TIMEOUT_MS = 10_000;
const COPIES = ['src', 'testing', 'docs', 'package.json', 'tsconfig.json'];
/** The checklists that this covers, by the letters of their ids. */
const COVERED = /^(?:DV|DS)\d+[a-z]?$/;

interface LineageRow {
  readonly id: string;
  readonly isVoid: boolean;
}

function lineageRows(): LineageRow[] {
  const text = readFileSync(join(ROOT, 'docs/lineage.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, id = '', , here = ''] = line.split('|').map((cell) => cell.trim());
    return COVERED.test(id) ? [{ id, isVoid: here.startsWith('void') }] : [];
  });
}

/** Runs the tests of an id in `directory`. */
async function testsOf(
  id: string,
  directory: string,
): Promise<{ readonly isPassed: boolean; readonly count: number }> {
  const files = ['store-verify', 'retry-policy', 'retrying-reads', 'merge', 'merge-rules', 'merge-worker'];
  const args = ['--test', '--test-isolation=none', '--test-force-exit', `--test-timeout=${TEST_TIMEOUT_MS}`];
  args.push(`--test-name-pattern=^${id} `, '--test-reporter=tap');
  const found = files
    .map((name) => `src/storage/${name}.test.ts`)
    .filter((file) => isThere(join(directory, file)));
  const child = spawn(process.execPath, [...args, ...found], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const count = Number(/^# tests (\d+)/m.exec(output)?.[1] ?? 0);
  return { isPassed: code === 0, count };
}

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

async function tryWithout(
  { id, file, find, replace }: BrokenRule,
  directory: string,
): Promise<string | undefined> {
  const path = join(directory, file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(find).length !== 2) return `${file} does not hold its line once: ${find}`;
  writeFileSync(
    path,
    whole.replace(find, () => replace),
  );
  try {
    const { isPassed } = await testsOf(id, directory);
    return isPassed ? 'its tests pass without it' : undefined;
  } finally {
    writeFileSync(path, whole);
  }
}

const wanted = process.argv.slice(2);
const rows = lineageRows().filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const directory = mkdtempSync(join(tmpdir(), 'peregrine-rules-'));
const faults: string[] = [];
let broken = 0;
try {
  for (const name of COPIES) cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const { id, isVoid } of rows) {
    if (isVoid) continue;
    const { isPassed, count } = await testsOf(id, directory);
    if (!isPassed || count === 0) {
      faults.push(`${id}: ${count === 0 ? 'no test has its name' : 'its tests fail with it'}`);
      continue;
    }
    const rules = BROKEN_RULES.filter((rule) => rule.id === id);
    if (rules.length === 0) faults.push(`${id}: nothing says how to switch it off`);
    for (const rule of rules) {
      const fault = await tryWithout(rule, directory);
      if (fault === undefined) broken += 1;
      else faults.push(`${id}: ${fault}`);
      console.log(`${id} ${fault === undefined ? 'fails without its rule, as it should' : fault}`);
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
const isVoid = rows.filter((row) => row.isVoid).length;
console.log(`${broken} rules switched off and missed, ${isVoid} void, ${faults.length} faults.`);
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
