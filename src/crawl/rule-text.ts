/**
 * URL rules as lines that people write: an action, what else the row says as `name:number`, then its condition. A remark
 * right above a row is its note.
 */

import { PeregrineError } from '../base/index.ts';
import { isRuleAction, RULE_NUMBERS, type UrlRule } from './rule-table.ts';

const NUMBER_NAMES: readonly string[] = [...Object.keys(RULE_NUMBERS), 'weight'];

/** `skip path ^= "/private/"`, `crawl priority:3 maxPagesPerHost:100 depth > 2`. `BAD_ARGUMENT` for a line that is no row. */
export function rulesOfText(text: string): readonly UrlRule[] {
  const rules: UrlRule[] = [];
  let remark: string | undefined;
  for (const line of text.split('\n').map((said) => said.trim())) {
    if (line.startsWith('#')) remark = line.slice(1).trim();
    else if (line !== '') {
      rules.push({ ...rowOf(line), ...(remark !== undefined && remark !== '' && { note: remark }) });
      remark = undefined;
    } else remark = undefined;
  }
  return rules;
}

function rowOf(line: string): UrlRule {
  const [action = '', ...words] = line.split(/\s+/);
  if (!isRuleAction(action)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `"${line}" does not begin with crawl, leaf, follow, skip or delete.`,
    );
  }
  const numbers: Record<string, number> = {};
  let rest = line.slice(action.length).trimStart();
  for (const word of words) {
    const [, name = '', number = ''] = /^([A-Za-z_]+):(\d+(?:\.\d+)?)$/.exec(word) ?? [];
    if (name === '') break;
    if (!NUMBER_NAMES.includes(name))
      throw new PeregrineError(
        'BAD_ARGUMENT',
        `"${line}": there is no ${name}; use ${NUMBER_NAMES.join(', ')}.`,
      );
    numbers[name] = Number(number);
    rest = rest.slice(word.length).trimStart();
  }
  if (rest === '')
    throw new PeregrineError('BAD_ARGUMENT', `"${line}" has no condition; always holds for all.`);
  return { action, when: rest, ...numbers };
}

export function textOfRules(rules: readonly UrlRule[]): string {
  return rules
    .map(({ action = 'crawl', when, note, ...numbers }) => {
      const remark = note === undefined ? '' : `# ${note.replaceAll(/\s+/g, ' ')}\n`;
      const said = Object.entries(numbers).map(([name, number]) => `${name}:${number} `);
      return `${remark}${action} ${said.join('')}${when.trim() === '' ? 'always' : when.trim()}`;
    })
    .join('\n');
}
