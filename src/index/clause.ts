/** What a document must or must not hold, in terms of hashes: a tree over words, phrases and filter terms. */

/** Field groups to look in, as bits (1 << group); {@link ALL_GROUPS} for everywhere. */
export type GroupMask = number;
export const ALL_GROUPS: GroupMask = 0xffff;

/** A word as the index knows it. Alternatives (stem, surface form, synonym) count as one term, the best weight wins. */
export interface TermClause {
  readonly kind: 'term';
  readonly hash: bigint;
  readonly groups: GroupMask;
}

/** Words at given distances from the first: `offsets[i]` is the place of `hashes[i]`. */
export interface PhraseClause {
  readonly kind: 'phrase';
  readonly hashes: readonly bigint[];
  readonly offsets: readonly number[];
  readonly groups: GroupMask;
}

/** A term without positions: `site:`, `lang:`, `type:`. */
export interface FilterClause {
  readonly kind: 'filter';
  readonly hash: bigint;
}

/** Any of these. */
export interface AnyClause {
  readonly kind: 'any';
  readonly clauses: readonly Clause[];
}

/** All of these; at least one. */
export interface AllClause {
  readonly kind: 'all';
  readonly clauses: readonly Clause[];
}

export interface NotClause {
  readonly kind: 'not';
  readonly clause: Clause;
}

/** Two words at different places, at most `distance` places apart. */
export interface NearClause {
  readonly kind: 'near';
  readonly hashes: readonly [bigint, bigint];
  readonly distance: number;
  /** The second behind the first; else in either order. */
  readonly isOrdered: boolean;
}

export type Clause =
  | TermClause
  | PhraseClause
  | FilterClause
  | AnyClause
  | AllClause
  | NotClause
  | NearClause;
