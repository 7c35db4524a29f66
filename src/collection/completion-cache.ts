/**
 * Completions kept for who types the same: everybody begins with the same few letters. They are those of a view; while the
 * collection changes they may be a second old, for nobody misses in what is offered what came a moment ago.
 */

import type { CollectionId } from '../base/index.ts';
import type { CompiledRules, Completion, CompletionRequest } from '../query/index.ts';

/** Kept, of all collections. */
const MAX_KEPT = 2_000;
/** So old they may be although the collection has changed. */
export const COMPLETION_AGE_MS = 1_000;
/** Older ones are not given, whatever the view: words of a filter such as `after:1d` mean another time by then. */
const MAX_AGE_MS = 60_000;

interface Kept {
  readonly rules: CompiledRules;
  readonly versions: string;
  readonly at_ms: number;
  readonly found: readonly Completion[];
}

export class CompletionCache {
  /** The least recently asked first. */
  readonly #kept = new Map<string, Kept>();

  /** `versions`: of the views; without them, what is new enough whatever they are. */
  get(
    collection: CollectionId,
    request: CompletionRequest,
    state: { readonly rules: CompiledRules; readonly now_ms: number; readonly versions?: string },
  ): readonly Completion[] | undefined {
    const key = keyOf(collection, request);
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.rules !== state.rules) return undefined;
    const age_ms = state.now_ms - kept.at_ms;
    if (age_ms < 0 || age_ms >= (kept.versions === state.versions ? MAX_AGE_MS : COMPLETION_AGE_MS))
      return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.found;
  }

  put(collection: CollectionId, request: CompletionRequest, kept: Kept): void {
    const key = keyOf(collection, request);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function keyOf(collection: CollectionId, { text, count, filter }: CompletionRequest): string {
  return JSON.stringify([collection, text, count ?? null, filter ?? null]);
}
