/** URL rules as a command takes them: the name of a profile, or a JSON file. */

import { readFileSync } from 'node:fs';
import { messageOf, PeregrineError } from '../base/index.ts';
import { RULE_PROFILES, RuleTable, type UrlRule } from '../crawl/index.ts';

/** `BAD_ARGUMENT` for a file that can't be read or holds no rules, with the row that is wrong. */
export function readRules(name: string): readonly UrlRule[] {
  const profile = RULE_PROFILES[name];
  if (profile !== undefined) return profile;
  let rules: unknown;
  try {
    rules = JSON.parse(readFileSync(name, 'utf8'));
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
      `${name} holds no rules: a list of {"when": "…", "action": "skip"} is expected.`,
      {
        file: name,
      },
    );
  }
  return RuleTable.of(rules).rules;
}

function isRow(row: unknown): row is UrlRule {
  return typeof row === 'object' && row !== null && 'when' in row && typeof row.when === 'string';
}
