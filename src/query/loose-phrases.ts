/** A query without its quotes, for when nothing holds what stands in them: among other words they are often no more than emphasis. */

import { tokenize } from '../text/index.ts';
import type { ParsedQuery, QueryNode } from './query-syntax.ts';

export interface LooseQuery {
  readonly parsed: ParsedQuery;
  /** What stood in quotes. */
  readonly phrases: readonly string[];
}

/** `parsed` with the words of its phrases; undefined where there are none beside other words, or all is a condition. */
export function withoutQuotes(parsed: ParsedQuery): LooseQuery | undefined {
  const { root } = parsed;
  if (root?.kind !== 'all' || root.strict || !root.nodes.some(({ kind }) => kind === 'word'))
    return undefined;
  const phrases: string[] = [];
  const nodes = root.nodes.flatMap((node): readonly QueryNode[] => {
    if (node.kind !== 'phrase') return [node];
    phrases.push(node.text);
    return wordsIn(node.text).map((text) => ({ kind: 'word', text, exact: false }));
  });
  return phrases.length === 0 ? undefined : { parsed: { ...parsed, root: { ...root, nodes } }, phrases };
}

/** Words that can be typed as such: in small letters, without signs that mean something in a query. */
function wordsIn(text: string): readonly string[] {
  const words: string[] = [];
  let end = 0;
  for (const token of tokenize(text)) {
    // Pairs of Chinese and Japanese share a character.
    if (token.start < end) words.push(`${words.pop() ?? ''}${text.slice(end, token.end)}`);
    else words.push(token.form);
    end = token.end;
  }
  return words;
}
