/** From what was typed to what every shard is asked: read, settled, planned, with statistics over all of them. */

import { PeregrineError } from '../base/index.ts';
import { HOME_NAME } from '../document/index.ts';
import type { FieldSummary, HomeClause, IndexView, TermStatistics } from '../index/index.ts';
import { filterHash, stemHash, wordHash } from '../text/index.ts';
import type { SearchInput } from './search-input.ts';
import type { PreparedBoost } from './boosted-search.ts';
import { EVERY_DOCUMENT, withSomeWish } from './conditions.ts';
import { type ColumnPlan, planColumns } from './column-plan.ts';
import { FieldColumns } from './field-columns.ts';
import { planQuery, type QueryPlan } from './plan.ts';
import { parseQuery } from './query-language.ts';
import type { ParsedQuery, QueryNode, RangeNode } from './query-syntax.ts';
import { DEFAULT_WEIGHTS } from './ranking-weights.ts';
import {
  blockingConditions,
  boundingConditions,
  type FilterConditions,
  filterConditions,
} from './search-filter.ts';
import { NO_RULES } from './search-rules.ts';
import { metaNameHash, settleFields } from './settle-fields.ts';
import type { ShardQuery, ShardSearch } from './shard-search.ts';
import { nearestWord } from './spelling.ts';
import { chooseStems, type ChosenWord } from './stem-choice.ts';
import { expand, type Expansion } from './vocabulary.ts';
import { wordAlternatives } from './word-alternatives.ts';
import { ViewVocabulary } from './view-vocabulary.ts';

export interface PreparedSearch {
  readonly parsed: ParsedQuery;
  readonly vocabulary: ViewVocabulary;
  readonly plan: QueryPlan;
  readonly columns: ColumnPlan;
  /** One for each scored term of `query`. */
  readonly chosen: readonly ChosenWord[];
  readonly statistics: TermStatistics;
  readonly boosts: readonly PreparedBoost[];
  readonly query: Omit<ShardQuery, 'limit'>;
}

/** `TOO_LARGE` for a query with too many words. `instead`: what is searched for instead of what was typed. */
export function prepareSearch(
  input: SearchInput,
  shards: ShardSearch,
  instead?: ParsedQuery,
): PreparedSearch {
  const { request, collection } = input;
  const vocabulary = new ViewVocabulary(input.views);
  const allFields = once(() => fieldsOf(input.views));
  const columnsOf = once(() => new FieldColumns(allFields(), input.clock.now()));
  const parsed = settleFields(instead ?? readQuery(request.query), {
    hasField: (name) => shards.frequency(metaNameHash(name)) > 0,
    whyText: (range) => columnsOf().whyText(range),
  });
  const held = input.collectionLanguages ?? [];
  const expansionsOf = (node: QueryNode): Expansion => expand(node, vocabulary);
  const { rules, synonyms } = input.rules ?? NO_RULES;
  const isSilent = request.spelling === 'off' || request.spelling === 'suggest';
  const asked = planQuery(parsed, request.language, held, expansionsOf, (words, language, stemsOf) =>
    wordAlternatives(words, language, synonyms, {
      frequency: (word) => shards.frequency(wordHash(word)),
      isHeld: (token) => stemsOf(token).some((form) => shards.frequency(stemHash(form)) > 0),
      nearest: (word) => (isSilent ? undefined : nearestWord(word, vocabulary)),
    }),
  );
  const canCompare = (range: RangeNode): boolean => columnsOf().canCompare(range);
  const filtered = bounded(asked, boundingConditions(request.filter, held, expansionsOf, canCompare));
  const blocking = blockingConditions(rules.blocks ?? [], held, expansionsOf);
  const plan = reaching(bounded(filtered, blocking));
  const columns = planColumns(
    { fields: plan.fields, sort: parsed.sort, facets: parsed.facets },
    allFields,
    input.clock.now(),
  );
  const chosen = chooseStems(plan, (terms) => shards.statistics(terms));
  const scored = chosen.map(({ term }) => term);
  return {
    parsed,
    vocabulary,
    plan,
    columns,
    chosen,
    statistics: shards.statistics(scored),
    boosts: (rules.boosts ?? []).map(({ filter, factor }): PreparedBoost => {
      const { required, excluded, fields } = filterConditions(filter, held, expansionsOf);
      const { filters } = planColumns({ fields, sort: [], facets: [] }, allFields, input.clock.now());
      return { factor, required: withSomeWish([], plan.wishes, required), excluded, filters };
    }),
    query: {
      collection,
      scored,
      required: plan.required,
      excluded: plan.excluded,
      weights: { ...(input.weights ?? DEFAULT_WEIGHTS), ...rules.weights },
      ...((request.rescore ?? rules.rescore) === 'all' && { rescore: 'all' as const }),
      ...homeClause(plan, shards),
      ...(columns.filters.length > 0 && { filters: columns.filters }),
      ...(columns.sort.length > 0 && { sort: columns.sort }),
      ...(columns.facets.length > 0 && { facets: columns.facets.map(({ request: facet }) => facet) }),
      ...(asksOfColumnsAlone(plan, parsed) && { everything: true }),
    },
  };
}

/** As a collection grows, so may what a pattern stands for: no search fails for that. What is kept away is not told. */
const CUT_RULE =
  'A rule of this collection keeps away less than it says: a pattern in it stands for too many words.';

/** The plan within the conditions of a filter. */
function bounded(plan: QueryPlan, { required, excluded, fields, cutPatterns }: FilterConditions): QueryPlan {
  return {
    ...plan,
    ...(cutPatterns.length > 0 && { warnings: [...plan.warnings, CUT_RULE] }),
    required: withSomeWish(plan.required, plan.wishes, required),
    excluded: [...plan.excluded, ...excluded],
    fields: [...plan.fields, ...fields],
  };
}

/**
 * Words stand in a condition beside a field, as in `jazz OR price:<5`, and nowhere else: a document that meets it by the
 * field need hold none of them.
 */
function reaching(plan: QueryPlan): QueryPlan {
  const { words, wishes, required, fields } = plan;
  const isOfConditions = words.length > 0 && wishes.length + required.length === 0 && fields.length > 0;
  return isOfConditions ? { ...plan, required: [EVERY_DOCUMENT] } : plan;
}

/** Conditions on fields, order or counts, and no word: every document is meant. */
function asksOfColumnsAlone({ words, required, fields }: QueryPlan, { sort, facets }: ParsedQuery): boolean {
  return words.length + required.length === 0 && fields.length + sort.length + facets.length > 0;
}

/** `make`, and what it made from then on. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Fields of all shards. */
export function fieldsOf(views: readonly IndexView[]): readonly FieldSummary[] {
  const sums = new Map<string, FieldSummary>();
  for (const field of views.flatMap((view) => view.fields())) {
    const key = `${field.type}:${field.name}`;
    sums.set(key, { ...field, documents: field.documents + (sums.get(key)?.documents ?? 0) });
  }
  return [...sums.values()];
}

/** What has too many words to be answered as a whole is not answered in part. */
function readQuery(query: string): ParsedQuery {
  const parsed = parseQuery(query);
  if (!parsed.isTooLong) return parsed;
  throw new PeregrineError('TOO_LARGE', parsed.warnings.join(' '), {
    characters: query.length,
  });
}

function homeClause({ siteName }: QueryPlan, shards: ShardSearch): { readonly home?: HomeClause } {
  if (siteName === '') return {};
  const hash = filterHash(HOME_NAME, siteName);
  const documents = shards.frequency(hash);
  return documents === 0 ? {} : { home: { hash, documents } };
}
