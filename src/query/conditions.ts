/** Conditions of a query as the index takes them: clauses of which all, or none, must hold, and ranges of fields. */

import { type DocId, PeregrineError, toDocId } from '../base/index.ts';
import { ALL_GROUPS, type Clause, type GroupMask } from '../index/index.ts';
import {
  fieldGroup,
  type FieldGroupName,
  filterHash,
  type Token,
  tokenize,
  wordHash,
} from '../text/index.ts';
import { META_VALUE, META_WORD, metaTerm } from '../document/index.ts';
import type { FieldName, FieldNode, MetaNode, NearNode, QueryNode, RangeNode } from './query-syntax.ts';
import { splitSite } from './site-name.ts';

/** Words of one side of NEAR are taken in this many forms: every pair of forms is a clause. */
const MAX_NEAR_FORMS = 8;

/** Parts of a document that a field of text looks in. */
const GROUPS_OF_FIELD: Partial<Readonly<Record<FieldName, GroupMask>>> = {
  intitle: groups('title'),
  inurl: groups('url'),
  inheading: groups('heading'),
  inanchor: groups('anchor', 'siteAnchor'),
};
/** A menu names what other pages are about: whoever says "without museum" doesn't mean it. */
const OUTSIDE_MENUS: GroupMask = ALL_GROUPS & ~groups('menu');

/** What every document meets. */
export const EVERY_DOCUMENT: Clause = { kind: 'not', clause: { kind: 'any', clauses: [] } };

/** A condition on fields of a document: a tree over ranges, and over what is asked of words in one breath with them. */
export type FieldCondition =
  | RangeNode
  | { readonly kind: 'document'; readonly docId: DocId }
  | { readonly kind: 'words'; readonly clause: Clause }
  | { readonly kind: 'not'; readonly condition: FieldCondition }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly FieldCondition[] };

export interface Conditions {
  readonly required: readonly Clause[];
  readonly excluded: readonly Clause[];
  readonly fields: readonly FieldCondition[];
  /** The words that are wishes: documents lack some of them, and are about none without all. */
  readonly wishes: readonly Clause[];
}

/** What the words of a query stand for in the index. */
export interface WordForms {
  /** All hashes by which a document may know the word of a token: its stems and itself. */
  hashesOf(token: Token): readonly bigint[];
  /** Words of the collection that a pattern, or a word with slips, stands for. */
  expansionsOf(node: QueryNode): readonly string[];
}

/** What documents must and must not hold. Words side by side at the top are wishes, no conditions. */
export function conditionsOf(root: QueryNode, forms: WordForms): Conditions {
  const builder = new ConditionBuilder(forms);
  builder.wish(root);
  return builder.conditions();
}

/**
 * All conditions: those of the query (`own`), and others that bound it. Such as nothing but fields must meet, like `site:`, and
 * those that bound a query would let in every document that meets them; where words are asked for beside them, a document must
 * hold one.
 */
export function withSomeWish(
  own: readonly Clause[],
  wishes: readonly Clause[],
  bounds: readonly Clause[] = [],
): readonly Clause[] {
  const all = [...own, ...bounds];
  if (all.length === 0 || wishes.length === 0 || !own.every(isOfFieldsAlone)) return all;
  return [...all, anyOf(wishes)];
}

/** Some form of a word, wherever it stands. */
export function heldClause(hashes: readonly bigint[]): Clause {
  return anyOf(hashes.map((hash) => termClause(hash, ALL_GROUPS)));
}

function isOfFieldsAlone(clause: Clause): boolean {
  if (clause.kind === 'not') return isOfFieldsAlone(clause.clause);
  if (clause.kind === 'any' || clause.kind === 'all') return clause.clauses.every(isOfFieldsAlone);
  return clause.kind === 'filter';
}

class ConditionBuilder {
  readonly #forms: WordForms;
  readonly #required: Clause[] = [];
  readonly #excluded: Clause[] = [];
  readonly #fields: FieldCondition[] = [];
  readonly #wishes: Clause[] = [];
  /** Words asked for in one breath with fields. */
  readonly #words: Clause[] = [];

  constructor(forms: WordForms) {
    this.#forms = forms;
  }

  conditions(): Conditions {
    return {
      required: this.#required,
      excluded: this.#excluded,
      fields: this.#fields,
      wishes: this.#wishes.length === 0 ? [] : [...this.#wishes, ...this.#words],
    };
  }

  wish(node: QueryNode): void {
    if (node.kind === 'boost') this.wish(node.node);
    else if (node.kind === 'all' && !node.strict) for (const child of node.nodes) this.wish(child);
    else if (node.kind !== 'word' || node.exact) this.#require(node);
    else this.#wishes.push(this.#clause(node));
  }

  #require(node: QueryNode): void {
    if (node.kind === 'boost' || node.kind === 'refine') this.#require(node.node);
    else if (node.kind === 'not') this.#exclude(node.node);
    else if (node.kind === 'all') for (const child of node.nodes) this.#require(child);
    else if (asksOfColumns(node)) this.#fields.push(this.#condition(node));
    else this.#required.push(...partsOf(this.#clause(node)));
  }

  #exclude(node: QueryNode): void {
    if (node.kind === 'boost') this.#exclude(node.node);
    else if (node.kind === 'not') this.#require(node.node);
    else if (isEachKeptAway(node)) for (const child of node.nodes) this.#exclude(child);
    else if (asksOfColumns(node)) this.#fields.push({ kind: 'not', condition: this.#condition(node) });
    else this.#excluded.push(this.#excludedClause(node));
  }

  /** What must hold of words and columns together: a tree over columns, whose words the index turns into documents. */
  #condition(node: QueryNode): FieldCondition {
    if (node.kind === 'range') return node;
    if (node.kind === 'field' && node.field === 'docid') {
      return { kind: 'document', docId: toDocId(Number(node.value)) };
    }
    if (!asksOfColumns(node)) {
      const clause = this.#clause(node);
      if (clause.kind !== 'not') this.#words.push(clause);
      return { kind: 'words', clause };
    }
    if (node.kind === 'boost' || node.kind === 'refine') return this.#condition(node.node);
    if (node.kind === 'not') return this.#contrary(node.node);
    if (node.kind !== 'all' && node.kind !== 'or') throw unreachable(node);
    const conditions = node.nodes.map((child) => this.#condition(child));
    return { kind: node.kind === 'or' ? 'any' : 'all', conditions };
  }

  /** What holds where nothing of `node` does. */
  #contrary(node: QueryNode): FieldCondition {
    if (!asksOfColumns(node)) return { kind: 'words', clause: this.#negated(node) };
    if (node.kind === 'boost') return this.#contrary(node.node);
    if (node.kind === 'not') return this.#condition(node.node);
    if (!isEachKeptAway(node)) return { kind: 'not', condition: this.#condition(node) };
    return { kind: 'all', conditions: node.nodes.map((child) => this.#contrary(child)) };
  }

  #clause(node: QueryNode): Clause {
    switch (node.kind) {
      case 'word':
        return this.#wordClause(tokenize(node.text), ALL_GROUPS, node.exact);
      case 'phrase':
        return exactClause(tokenize(node.text), ALL_GROUPS);
      case 'pattern':
      case 'fuzzy':
        return anyOf(this.#forms.expansionsOf(node).map((word) => termClause(wordHash(word), ALL_GROUPS)));
      case 'field':
        return this.#fieldClause(node);
      case 'meta':
        return metaClause(node);
      case 'near':
        return this.#nearClause(node);
      case 'boost':
      case 'refine':
        return this.#clause(node.node);
      case 'all':
        return allOf(node.nodes.map((child) => this.#clause(child)));
      case 'or':
        return anyOf(node.nodes.map((child) => this.#clause(child)));
      case 'not':
        return this.#negated(node.node);
      case 'range':
        throw unreachable(node);
      default:
        return node satisfies never;
    }
  }

  #negated(node: QueryNode): Clause {
    if (node.kind === 'not') return this.#clause(node.node);
    if (isEachKeptAway(node)) return allOf(node.nodes.map((child) => this.#negated(child)));
    return { kind: 'not', clause: this.#excludedClause(node) };
  }

  /** What is kept away: of a word the form that was typed. */
  #excludedClause(node: QueryNode): Clause {
    return node.kind === 'word' ? exactClause(tokenize(node.text), OUTSIDE_MENUS) : this.#clause(node);
  }

  #fieldClause({ field, value, quoted }: FieldNode): Clause {
    const mask = GROUPS_OF_FIELD[field];
    if (mask !== undefined) return this.#wordClause(tokenize(value), mask, quoted);
    if (field !== 'site') return { kind: 'filter', hash: filterHash(field, value) };
    const { host, path } = splitSite(value);
    return allOf([
      { kind: 'filter', hash: filterHash('site', host) },
      ...tokenize(path).map((token) => exactClause([token], groups('url'))),
    ]);
  }

  /** Of several words the nearest ones must stand near; each side must be there as a whole. */
  #nearClause({ left, right, distance, isOrdered }: NearNode): Clause {
    const before = tokenize(left.text);
    const after = tokenize(right.text);
    const sides = [
      ...(before.length > 1 ? [exactClause(before, ALL_GROUPS)] : []),
      ...(after.length > 1 ? [exactClause(after, ALL_GROUPS)] : []),
    ];
    const pairs = this.#nearForms(left, before.at(-1)).flatMap((first) =>
      this.#nearForms(right, after[0]).map((second): Clause => ({
        kind: 'near',
        hashes: [first, second],
        distance,
        isOrdered,
      })),
    );
    return allOf([anyOf(pairs), ...sides]);
  }

  #nearForms(node: NearNode['left'], token: Token | undefined): readonly bigint[] {
    if (token === undefined) return [];
    if (node.kind === 'phrase' || node.exact) return [wordHash(token.word)];
    return this.#forms.hashesOf(token).slice(0, MAX_NEAR_FORMS);
  }

  /** One token matches in any of its forms; several (`e-mail`) are a phrase. */
  #wordClause(tokens: readonly Token[], mask: GroupMask, exact: boolean): Clause {
    const [token] = tokens;
    if (exact || tokens.length !== 1 || token === undefined) return exactClause(tokens, mask);
    return anyOf(this.#forms.hashesOf(token).map((hash) => termClause(hash, mask)));
  }
}

/** Whether columns have a say in it: a range, or the number of a document. */
function asksOfColumns(node: QueryNode): boolean {
  switch (node.kind) {
    case 'range':
      return true;
    case 'field':
      return node.field === 'docid';
    case 'boost':
    case 'refine':
    case 'not':
      return asksOfColumns(node.node);
    case 'all':
    case 'or':
      return node.nodes.some(asksOfColumns);
    case 'word':
    case 'phrase':
    case 'pattern':
    case 'fuzzy':
    case 'meta':
    case 'near':
      return false;
    default:
      return node satisfies never;
  }
}

function unreachable({ kind }: QueryNode): PeregrineError {
  return new PeregrineError('INTERNAL', `Columns are asked for where no clause can hold them: ${kind}.`);
}

/** `-(a b)` keeps away a and b, each by itself; so does `-(a OR b)`. */
function isEachKeptAway(node: QueryNode): node is Extract<QueryNode, { nodes: readonly QueryNode[] }> {
  return node.kind === 'or' || (node.kind === 'all' && !node.strict);
}

function metaClause({ name, value, quoted }: MetaNode): Clause {
  const words = tokenize(value).map(({ word }) => word);
  const kinds = quoted
    ? [filterHash(META_VALUE, metaTerm(name, words.join(' ')))]
    : words.map((word) => filterHash(META_WORD, metaTerm(name, word)));
  return allOf(kinds.map((hash): Clause => ({ kind: 'filter', hash })));
}

function exactClause(tokens: readonly Token[], mask: GroupMask): Clause {
  const hashes = tokens.map(({ word }) => wordHash(word));
  const [hash] = hashes;
  if (hashes.length === 1 && hash !== undefined) return termClause(hash, mask);
  return { kind: 'phrase', hashes, offsets: tokens.map(({ position }) => position), groups: mask };
}

function termClause(hash: bigint, mask: GroupMask): Clause {
  return { kind: 'term', hash, groups: mask };
}

function partsOf(clause: Clause): readonly Clause[] {
  return clause.kind === 'all' ? clause.clauses : [clause];
}

/** No document where there is none. */
function anyOf(clauses: readonly Clause[]): Clause {
  const [alone] = clauses;
  if (clauses.length === 1 && alone !== undefined) return alone;
  return {
    kind: 'any',
    clauses: clauses.flatMap((clause) => (clause.kind === 'any' ? clause.clauses : [clause])),
  };
}

/** Every document where there is none. */
function allOf(clauses: readonly Clause[]): Clause {
  const [alone] = clauses;
  if (clauses.length === 1 && alone !== undefined) return alone;
  if (clauses.length === 0) return EVERY_DOCUMENT;
  return { kind: 'all', clauses: clauses.flatMap(partsOf) };
}

function groups(...names: readonly FieldGroupName[]): GroupMask {
  return names.reduce((mask, name) => mask | (1 << fieldGroup(name)), 0);
}
