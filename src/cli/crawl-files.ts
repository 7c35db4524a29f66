/** Files that the crawl command reads: URL rules, and lists of addresses. */

import { readFileSync } from 'node:fs';
import { messageOf, PeregrineError } from '../base/index.ts';
import { RULE_PROFILES, rulesOfText, RuleTable, type UrlRule } from '../crawl/index.ts';

/** Its number among the open files of a process. */
const STANDARD_INPUT = 0;

/** The rules of a profile, or of a file: JSON, or a rule a line. `BAD_ARGUMENT` for a file that can't be read or holds no rules, with the row that is wrong. */
export function readRules(name: string): readonly UrlRule[] {
  const profile = RULE_PROFILES[name];
  if (profile !== undefined) return profile;
  let rules: unknown;
  try {
    const text = readFileSync(name, 'utf8').trim();
    // Lines begin with an action or a remark.
    rules = /^[a-z#]/.test(text) ? rulesOfText(text) : JSON.parse(text);
  } catch (error) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `The rules in ${name} can't be read: ${messageOf(error)}.`,
      { file: name },
      error,
    );
  }
  if (!Array.isArray(rules) || !rules.every(isRow)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${name} holds no rules: a list of {"when": "…", "action": "skip"} is expected, or lines such as: skip depth > 9.`,
      {
        file: name,
      },
    );
  }
  return RuleTable.of(rules).rules;
}

/** Addresses, one a line, of a file or (`-`) of the standard input; empty lines and what follows a `#` at the beginning of a line are left out. */
export function readAddresses(file: string): readonly string[] {
  try {
    const lines = readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/);
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `The list ${file} can't be read: ${messageOf(error)}.`,
      { file },
      error,
    );
  }
}

function isRow(row: unknown): row is UrlRule {
  return typeof row === 'object' && row !== null && 'when' in row && typeof row.when === 'string';
}
