/** What a query says, as a tree. Made by `query-language`, written out by `query-printer`, turned into hashes by `plan`. */

/** Fields by their canonical names; other spellings stand in `operators`. */
export type FieldName = 'site' | 'host' | 'intitle' | 'inurl' | 'lang' | 'type';

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

export interface FieldNode {
  readonly kind: 'field';
  readonly field: FieldName;
  /** Normalised by the field's rule. */
  readonly value: string;
  /** For fields of text: the value is a phrase. */
  readonly quoted: boolean;
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

export type QueryNode = WordNode | PhraseNode | FieldNode | NotNode | AllNode | OrNode;

export interface ParsedQuery {
  /** Undefined where nothing is asked. */
  readonly root: QueryNode | undefined;
  /** What could not be read as it was probably meant, as sentences for the asker. */
  readonly warnings: readonly string[];
}
