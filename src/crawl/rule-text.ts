/** URL rules as lines that people write: an action, then its condition. */

import { PeregrineError } from '../base/index.ts';
import type { UrlRule } from './rule-table.ts';

/** `skip path ^= "/private/"`; `#` begins a remark. `BAD_ARGUMENT` for a line that begins with no action. */
export function rulesOfText(text: string): readonly UrlRule[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, action = '', when = ''] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
      if (action === 'crawl' || action === 'follow' || action === 'skip' || action === 'delete')
        return { action, when };
      throw new PeregrineError(
        'BAD_ARGUMENT',
        `"${line}" does not begin with crawl, follow, skip or delete.`,
      );
    });
}

export function textOfRules(rules: readonly UrlRule[]): string {
  return rules
    .map(({ action = 'crawl', when, note }) => `${note === undefined ? '' : `# ${note}\n`}${action} ${when}`)
    .join('\n');
}
