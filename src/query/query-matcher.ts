/** What finds the words of a query in a text of a collection. */

import { prepareSearch } from './prepared-search.ts';
import type { SearchInput } from './search-input.ts';
import { ShardSearch } from './shard-search.ts';
import { soughtWords } from './sought-words.ts';
import { WordMatcher } from './word-matcher.ts';

/** `language`: of the texts. */
export function queryMatcher(input: SearchInput, language: string): WordMatcher {
  const shards = new ShardSearch(input.views, input.clock, Infinity, input.shardsMissing);
  const { chosen, statistics } = prepareSearch(input, shards);
  return new WordMatcher(soughtWords(chosen, statistics), language);
}
