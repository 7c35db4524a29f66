/** What a query says, as a tree. Made by `query-language`, written out by `query-printer`, turned into hashes by `plan`. */

/** Fields by their canonical names; other spellings stand in `operators`. Other names are those of metadata. */
export type FieldName =
  | 'site'
  | 'host'
  | 'url'
  | 'link'
  | 'sitelink'
  | 'ip'
  | 'intitle'
  | 'inurl'
  | 'inanchor'
  | 'inheading'
  | 'lang'
  | 'type'
  | 'hopcount'
  | 'docid';

/** A word as typed. It can hold several tokens (`e-mail`, `東京タワー`); never none. */
export interface WordNode {
  readonly kind: 'word';
  readonly text: string;
  /** Typed with `+`: this very form must be there. */
  readonly exact: boolean;
}

/** Words in this order, side by side. White space is collapsed. */
export interface PhraseNode {
  readonly kind: 'phrase';
  readonly text: string;
}

/** Any word that fits: `*` stands for letters or none, `?` for one. Folded. */
export interface PatternNode {
  readonly kind: 'pattern';
  readonly pattern: string;
}

/** Any word that is nearly this one. Folded, one token. */
export interface FuzzyNode {
  readonly kind: 'fuzzy';
  readonly text: string;
}

export interface FieldNode {
  readonly kind: 'field';
  readonly field: FieldName;
  /** Normalised by the field's rule. */
  readonly value: string;
  /** For fields of text: the value is a phrase. */
  readonly quoted: boolean;
}

/** A field of a document's own metadata: `author:smith`. */
export interface MetaNode {
  readonly kind: 'meta';
  /** Lower case. */
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** A field between two values, as they were typed; what they mean depends on the type of the field. */
export interface RangeNode {
  readonly kind: 'range';
  /** Lower case. */
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  readonly excludesFrom?: boolean;
  readonly excludesTo?: boolean;
}

/** Two words, or phrases, at most `distance` places apart; `isOrdered`: the right one behind the left one. */
export interface NearNode {
  readonly kind: 'near';
  readonly left: WordNode | PhraseNode;
  readonly right: WordNode | PhraseNode;
  readonly distance: number;
  readonly isOrdered: boolean;
}

/** As it is typed: `NEAR/3`, or `ONEAR/3` where the second stands behind the first. */
export function nearOperator({ distance, isOrdered }: Pick<NearNode, 'distance' | 'isOrdered'>): string {
  return `${isOrdered ? 'ONEAR' : 'NEAR'}/${distance}`;
}

export interface BoostNode {
  readonly kind: 'boost';
  readonly node: QueryNode;
  readonly factor: number;
}

/** Left of `|`: must match, adds nothing to the score. */
export interface RefineNode {
  readonly kind: 'refine';
  readonly node: QueryNode;
}

export interface NotNode {
  readonly kind: 'not';
  readonly node: QueryNode;
}

/** Operands side by side. Where `strict`, each must match (`AND`); else words that are missing only lower a document. */
export interface AllNode {
  readonly kind: 'all';
  readonly nodes: readonly QueryNode[];
  readonly strict: boolean;
}

export interface OrNode {
  readonly kind: 'or';
  readonly nodes: readonly QueryNode[];
}

export type QueryNode =
  | WordNode
  | PhraseNode
  | PatternNode
  | FuzzyNode
  | FieldNode
  | MetaNode
  | RangeNode
  | NearNode
  | BoostNode
  | RefineNode
  | NotNode
  | AllNode
  | OrNode;

/** `sort:-price`: by which field, in which order. */
export interface SortDirective {
  readonly name: string;
  readonly order: 'ascending' | 'descending';
}

/** `facet:size` counts values, `facet:size,0-10,10-20` ranges of them. */
export interface FacetDirective {
  readonly name: string;
  /** From included, to excluded, as typed. */
  readonly ranges: readonly (readonly [from: string, to: string])[];
}

export interface ParsedQuery {
  /** Undefined where the query asks for nothing. */
  readonly root: QueryNode | undefined;
  readonly sort: readonly SortDirective[];
  readonly facets: readonly FacetDirective[];
  /** What could not be read as it was probably meant, as sentences. */
  readonly warnings: readonly string[];
  /** The query has more words or letters than are read: it is not to be answered in part. */
  readonly isTooLong: boolean;
}
