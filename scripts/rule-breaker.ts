/**
 * Breaks rules, each in turn, in a copy of the source: the tests that are named by a rule's id must pass with it and fail
 * without. A rule whose tests pass without it, or whose line is not found, is a fault.
 */

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BrokenRule {
  readonly id: string;
  readonly file: string;
  /** Stands in the file; where more than once, the first is meant. */
  readonly find: string;
  readonly replace: string;
}

export interface RuleSet {
  /** The ids in docs/lineage.md that it covers. */
  readonly ids: RegExp;
  /** Those of them whose tests run elsewhere. */
  readonly elsewhere: readonly string[];
  readonly rules: readonly BrokenRule[];
  /** Files that hold the tests. */
  readonly tests: readonly string[];
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIES = ['src', 'testing', 'docs', 'package.json', 'tsconfig.json'];
/** A rule may be the one that keeps a test from waiting for ever, or from never giving its thread back. */
const TEST_TIMEOUT_MS = 10_000;
const PROCESS_TIMEOUT_MS = 30_000;

/** How a table names its rules: files below one folder. */
export function rulesIn(
  folder: string,
): (id: string, file: string, find: string, replace: string) => BrokenRule {
  return (id, file, find, replace) => ({ id, file: `${folder}/${file}`, find, replace });
}

/** Breaks the rules of `ids`, or all; tells what it finds and returns the exit code. */
export async function breakRules(set: RuleSet, ids: readonly string[] = []): Promise<number> {
  const rows = lineageRows(set).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-rules-'));
  const faults: string[] = [];
  let broken = 0;
  try {
    for (const name of COPIES) cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    for (const { id, isVoid } of rows) {
      if (isVoid || set.elsewhere.includes(id)) continue;
      const { isPassed, count } = await testsOf(id, set.tests, directory);
      if (!isPassed || count === 0) {
        faults.push(`${id}: ${count === 0 ? 'no test has its name' : 'its tests fail with it'}`);
        continue;
      }
      const rules = set.rules.filter((one) => one.id === id);
      if (rules.length === 0) faults.push(`${id}: nothing says how to switch it off`);
      for (const one of rules) {
        const fault = await tryWithout(one, set.tests, directory);
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
  return faults.length === 0 ? 0 : 1;
}

interface LineageRow {
  readonly id: string;
  readonly isVoid: boolean;
}

function lineageRows({ ids }: RuleSet): LineageRow[] {
  const text = readFileSync(join(ROOT, 'docs/lineage.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, id = '', , here = ''] = line.split('|').map((cell) => cell.trim());
    return ids.test(id) ? [{ id, isVoid: here.startsWith('void') }] : [];
  });
}

/** Runs the tests whose names begin with an id, or with several of which it is one. */
async function testsOf(
  id: string,
  tests: readonly string[],
  directory: string,
): Promise<{ readonly isPassed: boolean; readonly count: number }> {
  const args = ['--test', '--test-isolation=none', '--test-force-exit', `--test-timeout=${TEST_TIMEOUT_MS}`];
  args.push(`--test-name-pattern=^(?:[A-Z]+\\d+[a-z]? )*${id} `, '--test-reporter=tap');
  const child = spawn(process.execPath, [...args, ...tests], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PROCESS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const count = Number(/^# tests (\d+)/m.exec(output)?.[1] ?? 0);
  return { isPassed: code === 0, count };
}

async function tryWithout(
  { id, file, find, replace }: BrokenRule,
  tests: readonly string[],
  directory: string,
): Promise<string | undefined> {
  const path = join(directory, file);
  const whole = readFileSync(path, 'utf8');
  if (!whole.includes(find)) return `${file} does not hold its line: ${find}`;
  writeFileSync(
    path,
    whole.replace(find, () => replace),
  );
  try {
    const { isPassed } = await testsOf(id, tests, directory);
    return isPassed ? 'its tests pass without it' : undefined;
  } finally {
    writeFileSync(path, whole);
  }
}
