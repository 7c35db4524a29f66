/** What somebody types, and what it may become. */

export interface CompletionRequest {
  /** As it stands in the field. */
  readonly text: string;
  /** Default 8, at most {@link MAX_COMPLETIONS}. */
  readonly count?: number;
  /** As of a search. */
  readonly filter?: string | readonly string[];
}

export interface Completion {
  readonly text: string;
  readonly kind: 'title' | 'heading' | 'word' | 'query';
}

/** A query of before, with its folded words. */
export interface PastQuery {
  readonly text: string;
  readonly words: readonly string[];
}

export const DEFAULT_COMPLETIONS = 8;
export const MAX_COMPLETIONS = 20;
