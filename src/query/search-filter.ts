/**
 * A filter: a query by which a program bounds what another query can find. It is read by itself and joined as
 * conditions, not as text, so that no parenthesis, quote or operator of the other query reaches out of it. It adds
 * nothing to scores. What can't be taken to the letter is refused, not searched as text: a bound that isn't kept is none.
 */

import { PeregrineError } from '../base/index.ts';
import type { FieldCondition } from './conditions.ts';
import { type Expansions, planQuery, type QueryPlan } from './plan.ts';
import { parseQuery } from './query-language.ts';
import { printQuery } from './query-printer.ts';
import type { QueryNode, RangeNode } from './query-syntax.ts';

/** `cutPatterns`: see {@link QueryPlan}; the conditions hold for the most frequent words of those alone. */
export type FilterConditions = Pick<QueryPlan, 'required' | 'excluded' | 'fields' | 'cutPatterns'>;

/** What all of `filters` ask for. `BAD_ARGUMENT` for one that is empty, orders or counts, or can't be read as a whole. */
export function filterConditions(
  filters: string | readonly string[] | undefined,
  held: readonly string[],
  expansionsOf: Expansions,
): FilterConditions {
  return joined([filters ?? []].flat().map((filter) => readFilter(filter, held, expansionsOf)));
}

/**
 * The same for who relies on them: `BAD_ARGUMENT` where a pattern stands for too many words to be kept to, or the bounds of a
 * range mean nothing in its field.
 */
export function boundingConditions(
  filters: string | readonly string[] | undefined,
  held: readonly string[],
  expansionsOf: Expansions,
  canCompare: (range: RangeNode) => boolean,
): FilterConditions {
  const conditions = filterConditions(filters, held, expansionsOf);
  const [pattern] = conditions.cutPatterns;
  if (pattern !== undefined) {
    throw refused(pattern, 'it stands for too many words of the collection. Name more letters.');
  }
  const strange = conditions.fields.flatMap(rangesIn).find((range) => !canCompare(range));
  if (strange === undefined) return conditions;
  throw refused(printQuery(strange), `it can't be compared with what the field ${strange.name} holds.`);
}

function rangesIn(condition: FieldCondition): readonly RangeNode[] {
  if (condition.kind === 'range') return [condition];
  if (condition.kind === 'not') return rangesIn(condition.condition);
  return condition.kind === 'all' || condition.kind === 'any' ? condition.conditions.flatMap(rangesIn) : [];
}

/** Conditions under which nothing is found that any of `blocks` finds. */
export function blockingConditions(
  blocks: readonly string[],
  held: readonly string[],
  expansionsOf: Expansions,
): FilterConditions {
  return joined(blocks.map((block) => readFilter(block, held, expansionsOf, true)));
}

function joined(plans: readonly QueryPlan[]): FilterConditions {
  return {
    required: plans.flatMap(({ required }) => required),
    excluded: plans.flatMap(({ excluded }) => excluded),
    fields: plans.flatMap(({ fields }) => fields),
    cutPatterns: plans.flatMap(({ cutPatterns }) => cutPatterns),
  };
}

function readFilter(
  filter: string,
  held: readonly string[],
  expansionsOf: Expansions,
  isBlock = false,
): QueryPlan {
  const parsed = parseQuery(filter);
  const { root } = parsed;
  if (root === undefined) throw refused(filter, 'it asks for nothing');
  if (parsed.sort.length + parsed.facets.length > 0) throw refused(filter, 'it can neither order nor count');
  // Every part of it must hold, words side by side too.
  const whole: QueryNode = { kind: 'refine', node: root };
  const asked: QueryNode = isBlock ? { kind: 'not', node: whole } : whole;
  const plan = planQuery({ ...parsed, root: asked }, undefined, held, expansionsOf);
  const { isTooLong, warnings } = parsed;
  if (isTooLong || warnings.length > 0) throw refused(filter, warnings.join(' '));
  return plan;
}

function refused(filter: string, why: string): PeregrineError {
  return new PeregrineError('BAD_ARGUMENT', `The filter "${filter.slice(0, 200)}" can't be used: ${why}`, {
    filter: filter.slice(0, 200),
  });
}
