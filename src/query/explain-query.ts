/** What became of a query: how it was read, what is asked of the index, and what its words are worth. */

import { stemRarity } from '../index/index.ts';
import { ConditionTexts } from './condition-text.ts';
import type { SearchInput } from './search-input.ts';
import { prepareSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { QueryNode } from './query-syntax.ts';
import { ShardSearch } from './shard-search.ts';
import { expand } from './vocabulary.ts';

export interface ExplainedTerm {
  readonly word: string;
  /** The form by which it is looked up. */
  readonly stem: string;
  /** Documents that hold it. */
  readonly documents: number;
  /** Of these, those that hold it in menus and nowhere else; they don't make it common. */
  readonly menuOnly: number;
  /** What it is worth: rarity × weight. */
  readonly mass: number;
  readonly weight: number;
  readonly place: number;
}

export interface ExplainedQuery {
  readonly query: string;
  /** In its normal form. */
  readonly understood: string;
  /** As a tree. */
  readonly tree: QueryNode | undefined;
  readonly language: string;
  readonly terms: readonly ExplainedTerm[];
  /** Conditions, in words: what must and must not hold. */
  readonly required: readonly string[];
  readonly excluded: readonly string[];
  readonly sort: readonly string[];
  readonly facets: readonly string[];
  /** The name of a site that the query may be; empty for none. */
  readonly siteName: string;
  /** Front pages that go by that name. */
  readonly homePages: number;
  readonly documents: number;
  readonly warnings: readonly string[];
}

export function explainQuery(input: SearchInput): ExplainedQuery {
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const { parsed, plan, columns, chosen, statistics, query, vocabulary } = prepareSearch(input, shards);
  const texts = new ConditionTexts(parsed.root, plan, (node) => expand(node, vocabulary));
  return {
    query: input.request.query,
    understood: printParsed(parsed),
    tree: parsed.root,
    language: plan.language,
    terms: chosen.map(({ word, stem }, i) => {
      const { weight, place } = word;
      return {
        word: word.word,
        stem,
        documents: statistics.documentFrequencies[i] ?? 0,
        menuOnly: statistics.menuOnlyFrequencies[i] ?? 0,
        mass: stemRarity(statistics, i) * weight,
        weight,
        place,
      };
    }),
    required: [
      ...plan.required.map((clause) => texts.ofClause(clause)),
      ...plan.fields.map((field) => texts.ofField(field)),
    ],
    excluded: plan.excluded.map((clause) => texts.ofClause(clause)),
    sort: parsed.sort.map(({ name, order }) => `${name} ${order}`),
    facets: parsed.facets.map(({ name }) => name),
    siteName: plan.siteName,
    homePages: query.home?.documents ?? 0,
    documents: statistics.documentCount,
    warnings: [...plan.warnings, ...columns.warnings],
  };
}
