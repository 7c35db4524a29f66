/** A query with one more condition, as text: what the links beside results ask. */

import { parseQuery } from './query-language.ts';

/** `condition`: such as `site:example.org` or `sort:date`. It holds for the whole of the query, OR or not. */
export function narrowedQuery(query: string, condition: string): string {
  const joined = `${query} ${condition}`.trim();
  // An order stands nowhere in the tree.
  if (parseQuery(condition).root === undefined) return joined;
  const { root } = parseQuery(joined);
  // Side by side binds tighter than OR: it would hold for the last choice alone.
  if (root?.kind === 'or') return `(${query}) ${condition}`;
  const isOrdered = root?.kind === 'all' && root.nodes.some(({ kind }) => kind === 'refine');
  // A bar can't stand in parentheses.
  if (isOrdered && root.nodes.at(-1)?.kind === 'or') return `${condition} | ${query}`;
  return joined;
}
