/** Conditions of a query as the index takes them: lists of clauses of which all, or none, must hold. */

import { ALL_GROUPS, type Clause, type GroupMask } from '../index/index.ts';
import { fieldGroup } from '../text/index.ts';
import { filterHash, type Token, tokenize, wordHash } from '../text/index.ts';
import type { FieldNode, OrNode, QueryNode } from './query-syntax.ts';
import { splitSite } from './site-name.ts';

/** `(a b) OR (c d)` is `(a OR c) AND (a OR d) AND …`: products beyond this many conditions are loosened. */
const MAX_PRODUCT = 256;

const TITLE_ONLY: GroupMask = 1 << fieldGroup('title');
const URL_ONLY: GroupMask = 1 << fieldGroup('url');
/** A menu names what other pages are about: whoever says "without museum" doesn't mean it. */
const OUTSIDE_MENUS: GroupMask = ALL_GROUPS & ~(1 << fieldGroup('menu'));

export interface Conditions {
  readonly required: readonly Clause[];
  readonly excluded: readonly Clause[];
  readonly warnings: readonly string[];
}

/** All hashes by which a document may know the word of a token: its stems and itself. */
export type HashesOfToken = (token: Token) => readonly bigint[];

/** What documents must and must not hold. Words side by side at the top are wishes, no conditions. */
export function conditionsOf(root: QueryNode, hashesOfToken: HashesOfToken): Conditions {
  const builder = new ConditionBuilder(hashesOfToken);
  builder.wish(root);
  return builder.conditions();
}

class ConditionBuilder {
  readonly #hashesOfToken: HashesOfToken;
  readonly #required: Clause[] = [];
  readonly #excluded: Clause[] = [];
  readonly #warnings = new Set<string>();

  constructor(hashesOfToken: HashesOfToken) {
    this.#hashesOfToken = hashesOfToken;
  }

  conditions(): Conditions {
    return { required: this.#required, excluded: this.#excluded, warnings: [...this.#warnings] };
  }

  wish(node: QueryNode): void {
    if (node.kind === 'all' && !node.strict) {
      for (const child of node.nodes) this.wish(child);
    } else if (node.kind !== 'word' || node.exact) {
      this.#require(node);
    }
  }

  #require(node: QueryNode): void {
    if (node.kind === 'not') this.#exclude(node.node);
    else if (node.kind === 'all') for (const child of node.nodes) this.#require(child);
    else this.#required.push(...this.#product(node).map(anyOf));
  }

  #exclude(node: QueryNode): void {
    if (node.kind === 'not') {
      this.#require(node.node);
    } else if (node.kind === 'or' || (node.kind === 'all' && !node.strict)) {
      for (const child of node.nodes) this.#exclude(child);
    } else if (node.kind === 'word') {
      this.#excluded.push(exactClause(tokenize(node.text), OUTSIDE_MENUS));
    } else {
      const product = this.#product(node);
      const [alone] = product;
      if (product.length === 1 && alone !== undefined) this.#excluded.push(anyOf(alone));
      else this.#warnings.add("What holds only together can't be excluded; that condition was left out.");
    }
  }

  /** The node as a product of sums: of each list at least one clause must hold. */
  #product(node: QueryNode): Clause[][] {
    if (node.kind === 'word') return [[this.#wordClause(tokenize(node.text), ALL_GROUPS, node.exact)]];
    if (node.kind === 'phrase') return [[exactClause(tokenize(node.text), ALL_GROUPS)]];
    if (node.kind === 'field') return this.#fieldProduct(node);
    if (node.kind === 'all') return node.nodes.flatMap((child) => this.#product(child));
    if (node.kind === 'or') return this.#sumOfProducts(node);
    this.#warnings.add('NOT inside OR was left out.');
    return [];
  }

  #sumOfProducts(node: OrNode): Clause[][] {
    const products = node.nodes.map((child) => this.#product(child)).filter(({ length }) => length > 0);
    const size = products.reduce((total, { length }) => total * length, 1);
    if (size > MAX_PRODUCT) {
      this.#warnings.add('The OR was too large to be taken to the letter; any of its words will do.');
      return [products.flat(2)];
    }
    return products.reduce<Clause[][]>(
      (left, right) => left.flatMap((some) => right.map((others) => [...some, ...others])),
      products.length === 0 ? [] : [[]],
    );
  }

  #fieldProduct({ field, value, quoted }: FieldNode): Clause[][] {
    if (field === 'intitle' || field === 'inurl') {
      const groups = field === 'intitle' ? TITLE_ONLY : URL_ONLY;
      return [[this.#wordClause(tokenize(value), groups, quoted)]];
    }
    if (field !== 'site') return [[{ kind: 'filter', hash: filterHash(field, value) }]];
    const { host, path } = splitSite(value);
    const words = tokenize(path).map((token) => [exactClause([token], URL_ONLY)]);
    return [[{ kind: 'filter', hash: filterHash('site', host) }], ...words];
  }

  /** One token matches in any of its forms; several (`e-mail`) are a phrase. */
  #wordClause(tokens: readonly Token[], groups: GroupMask, exact: boolean): Clause {
    const [token] = tokens;
    if (exact || tokens.length !== 1 || token === undefined) return exactClause(tokens, groups);
    return anyOf(this.#hashesOfToken(token).map((hash) => ({ kind: 'term', hash, groups })));
  }
}

function exactClause(tokens: readonly Token[], groups: GroupMask): Clause {
  const hashes = tokens.map(({ word }) => wordHash(word));
  const [hash] = hashes;
  if (hashes.length === 1 && hash !== undefined) return { kind: 'term', hash, groups };
  return { kind: 'phrase', hashes, offsets: tokens.map(({ position }) => position), groups };
}

function anyOf(clauses: readonly Clause[]): Clause {
  const [alone] = clauses;
  if (clauses.length === 1 && alone !== undefined) return alone;
  return {
    kind: 'any',
    clauses: clauses.flatMap((clause) => (clause.kind === 'any' ? clause.clauses : [clause])),
  };
}
