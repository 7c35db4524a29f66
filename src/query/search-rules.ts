/**
 * What the keepers of a collection say of its answers: synonyms, pages that stand first, pages lifted or lowered, pages
 * left out, other weights; and the queries that a change of these is tried on.
 */

import { PeregrineError } from '../base/index.ts';
import { urlKey } from '../document/index.ts';
import type { Clause, RankingWeights } from '../index/index.ts';
import { filterHash, SynonymTable, tokenize } from '../text/index.ts';
import { NO_EXPANSIONS } from './plan.ts';
import { filterConditions } from './search-filter.ts';

export interface SearchRules {
  /** Lines as {@link SynonymTable} reads them. */
  readonly synonyms?: string;
  /** These pages stand first, in this order, where a query has these words. */
  readonly pins?: readonly { readonly query: string; readonly urls: readonly string[] }[];
  /** Pages that a filter finds gain (or lose) so much of what the words of the query are worth: −5 … 5. All that a page can earn else is about seven. */
  readonly boosts?: readonly { readonly filter: string; readonly factor: number }[];
  /** Filters: what they find is never shown. */
  readonly blocks?: readonly string[];
  /** Instead of the default ones. */
  readonly weights?: Partial<RankingWeights>;
  /** Which matches the second stage looks at, where a search does not say: see `SearchRequest`; default `best`. */
  readonly rescore?: 'best' | 'all';
  /** Keep queries that find nothing, for the lab; default false. */
  readonly remembersMisses?: boolean;
  /** Keep queries that find something, to complete what is typed with those that were asked several times; default false. */
  readonly remembersQueries?: boolean;
  /** Queries with the worth of pages by address: 0 of none, 1 or more of some. */
  readonly queries?: readonly JudgedQuery[];
}

export interface JudgedQuery {
  readonly query: string;
  readonly judgements?: Readonly<Record<string, number>>;
}

export const MAX_RULES = 1_000;
const MAX_BOOSTS = 8;
const MAX_BOOST = 5;
const MAX_PINS = 10;

/** Rules made ready to be kept. */
export interface CompiledRules {
  readonly rules: SearchRules;
  readonly synonyms: SynonymTable;
  readonly pins: ReadonlyMap<string, readonly Clause[]>;
}

export const NO_RULES: CompiledRules = { rules: {}, synonyms: SynonymTable.EMPTY, pins: new Map() };

/** `BAD_ARGUMENT` where a rule can't be kept, with the rule. */
export function compileRules(rules: SearchRules): CompiledRules {
  const { pins = [], boosts = [], blocks = [], queries = [] } = rules;
  for (const [name, list] of Object.entries({ pins, blocks, queries })) {
    if (list.length > MAX_RULES) throw refused(`there may be ${MAX_RULES} ${name} at most`);
  }
  if (boosts.length > MAX_BOOSTS) throw refused(`there may be ${MAX_BOOSTS} boosts at most`);
  for (const { factor } of boosts) {
    if (!(Math.abs(factor) <= MAX_BOOST)) throw refused(`a boost is from -5 to 5, not ${factor}`);
  }
  for (const filter of [...boosts.map((boost) => boost.filter), ...blocks]) {
    filterConditions(filter, [], NO_EXPANSIONS);
  }
  const { table, problems } = SynonymTable.parse(rules.synonyms ?? '');
  const [problem] = problems;
  if (problem !== undefined) throw refused(`line ${problem.line} of the synonyms: ${problem.reason}`);
  const pinned = new Map<string, readonly Clause[]>();
  for (const { query, urls } of pins) {
    if (urls.length > MAX_PINS) throw refused(`a query may have ${MAX_PINS} pins at most`);
    pinned.set(
      ruleKey(query),
      urls.map((url) => ({ kind: 'filter', hash: filterHash('url', urlKey(url)) })),
    );
  }
  return { rules, synonyms: table, pins: pinned };
}

/** Pages of a query that stand first. */
export function pinsOf({ pins }: CompiledRules, query: string): readonly Clause[] {
  return pins.get(ruleKey(query)) ?? [];
}

/** A query as pins know it: its words, whatever stands between them. */
function ruleKey(query: string): string {
  return tokenize(query)
    .map(({ word }) => word)
    .join(' ');
}

function refused(why: string): PeregrineError {
  return new PeregrineError('BAD_ARGUMENT', `These rules can't be kept: ${why}.`);
}
