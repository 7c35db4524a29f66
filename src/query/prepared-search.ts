/** From what was typed to what every shard is asked: read, settled, planned, with statistics over all of them. */

import { PeregrineError } from '../base/index.ts';
import { HOME_NAME } from '../document/index.ts';
import type { HomeClause, TermStatistics } from '../index/index.ts';
import { filterHash } from '../text/index.ts';
import type { SearchInput } from './search-input.ts';
import { planQuery, type QueryPlan } from './plan.ts';
import { parseQuery } from './query-language.ts';
import { MAX_QUERY_TERMS } from './query-lexer.ts';
import type { ParsedQuery } from './query-syntax.ts';
import { DEFAULT_WEIGHTS } from './ranking-weights.ts';
import { metaNameHash, settleFields } from './settle-fields.ts';
import type { ShardQuery, ShardSearch } from './shard-search.ts';
import { chooseStems, type ChosenWord } from './stem-choice.ts';
import { expand } from './vocabulary.ts';

export interface PreparedSearch {
  readonly parsed: ParsedQuery;
  readonly plan: QueryPlan;
  /** One for each scored term of `query`. */
  readonly chosen: readonly ChosenWord[];
  readonly statistics: TermStatistics;
  readonly query: Omit<ShardQuery, 'limit'>;
}

/** `TOO_LARGE` for a query with too many words. */
export function prepareSearch(input: SearchInput, shards: ShardSearch): PreparedSearch {
  const { request, collection, vocabulary } = input;
  const parsed = settleFields(readQuery(request.query), (name) => shards.frequency(metaNameHash(name)) > 0);
  const plan = planQuery(parsed, request.language, input.collectionLanguages ?? [], (node) =>
    vocabulary === undefined ? [] : expand(node, vocabulary()),
  );
  const chosen = chooseStems(plan, (terms) => shards.statistics(terms));
  const scored = chosen.map(({ term }) => term);
  return {
    parsed,
    plan,
    chosen,
    statistics: shards.statistics(scored),
    query: {
      collection,
      scored,
      required: plan.required,
      excluded: plan.excluded,
      weights: input.weights ?? DEFAULT_WEIGHTS,
      ...homeClause(plan, shards),
    },
  };
}

/** What has too many words to be answered as a whole is not answered in part. */
function readQuery(query: string): ParsedQuery {
  const parsed = parseQuery(query);
  if (!parsed.isTooLong) return parsed;
  throw new PeregrineError('TOO_LARGE', parsed.warnings.join(' '), { terms: MAX_QUERY_TERMS });
}

function homeClause({ siteName }: QueryPlan, shards: ShardSearch): { readonly home?: HomeClause } {
  if (siteName === '') return {};
  const hash = filterHash(HOME_NAME, siteName);
  const documents = shards.frequency(hash);
  return documents === 0 ? {} : { home: { hash, documents } };
}
