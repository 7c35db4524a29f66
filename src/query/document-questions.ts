/** Asks the index about one document: does it meet this part of a query, this filter? */

import type { DocId } from '../base/index.ts';
import { planColumns } from './column-plan.ts';
import { planQuery } from './plan.ts';
import { fieldsOf, type PreparedSearch } from './prepared-search.ts';
import { printQuery } from './query-printer.ts';
import type { QueryNode } from './query-syntax.ts';
import { type FilterConditions, filterConditions } from './search-filter.ts';
import type { SearchInput } from './search-input.ts';
import type { ShardSearch } from './shard-search.ts';
import { expand, type Expansion } from './vocabulary.ts';

/** A part of a query that a document must meet. */
export interface Demand {
  /** As it can be typed. */
  readonly text: string;
  /** It asks for something not to be there. */
  readonly keepsAway: boolean;
}

export class DocumentQuestions {
  readonly #input: SearchInput;
  readonly #shards: ShardSearch;
  readonly #prepared: PreparedSearch;
  readonly #docId: DocId;

  constructor(input: SearchInput, shards: ShardSearch, prepared: PreparedSearch, docId: DocId) {
    this.#input = input;
    this.#shards = shards;
    this.#prepared = prepared;
    this.#docId = docId;
  }

  /** The first part of the query, or filter of the request, that the document does not meet. */
  async unmetDemand(): Promise<Demand | undefined> {
    const { root } = this.#prepared.parsed;
    for (const node of root === undefined ? [] : demandsOf(root)) {
      // Every part of it must hold, words side by side too.
      const whole: QueryNode = { kind: 'refine', node };
      const plan = planQuery(
        { ...this.#prepared.parsed, root: whole },
        this.#input.request.language,
        this.#languages,
        this.#expansionsOf,
      );
      if (await this.meets(plan)) continue;
      const isNot = node.kind === 'not';
      return { text: printQuery(isNot ? node.node : node), keepsAway: isNot };
    }
    for (const filter of [this.#input.request.filter ?? []].flat()) {
      if (!(await this.meetsFilter(filter))) return { text: filter, keepsAway: false };
    }
    return undefined;
  }

  meetsFilter(filter: string): Promise<boolean> {
    return this.meets(filterConditions(filter, this.#languages, this.#expansionsOf));
  }

  /** Throws {@link IndexUnreadable} where damage may be why it does not. */
  async meets({ required, excluded, fields }: Omit<FilterConditions, 'cutPatterns'>): Promise<boolean> {
    const { query, statistics } = this.#prepared;
    const { filters } = planColumns(
      { fields, sort: [], facets: [] },
      () => fieldsOf(this.#input.views),
      this.#input.clock.now(),
    );
    const { matches, isDamaged } = await this.#shards.search(
      {
        collection: query.collection,
        scored: [],
        required,
        excluded,
        filters: [{ kind: 'documents', docIds: [this.#docId] }, ...filters],
        everything: true,
        weights: query.weights,
        limit: 0,
      },
      { ...statistics, documentFrequencies: [], surfaceFrequencies: [] },
    );
    if (matches === 0 && isDamaged) throw new IndexUnreadable();
    return matches > 0;
  }

  get #languages(): readonly string[] {
    return this.#input.collectionLanguages ?? [];
  }

  readonly #expansionsOf = (node: QueryNode): Expansion => expand(node, this.#prepared.vocabulary);
}

/** Whether a document meets something, an index can't say whose part with the document may be damaged. */
export class IndexUnreadable extends Error {}

/** The parts of a query that are no wishes, each by itself. */
function demandsOf(node: QueryNode, isRequired = false): readonly QueryNode[] {
  if (node.kind === 'boost') return demandsOf(node.node, isRequired);
  if (node.kind === 'refine') return demandsOf(node.node, true);
  if (node.kind === 'all') return node.nodes.flatMap((child) => demandsOf(child, isRequired || node.strict));
  if (node.kind === 'word' && !node.exact && !isRequired) return [];
  if (node.kind !== 'not') return [node];
  const { node: inner } = node;
  // `-(a b)` keeps away a and b, each by itself; so does `-(a OR b)`.
  if (inner.kind !== 'or' && (inner.kind !== 'all' || inner.strict)) return [node];
  return inner.nodes.flatMap((child) => demandsOf({ kind: 'not', node: child }, true));
}
