/**
 * Answers kept for who asks the same again. An answer is of a view: while the view stands it is the answer; when the
 * collection has changed it serves only those who say how old an answer may be, and its age is told.
 */

import type { CollectionId } from '../base/index.ts';
import type { CompiledRules, SearchRequest, SearchResponse } from '../query/index.ts';

/** Answers that are kept, of all collections. */
const MAX_ANSWERS = 500;
/** Older ones are not served: words such as `after:1d` mean another time by then. */
const MAX_AGE_MS = 60_000;

interface KeptAnswer {
  readonly versions: string;
  readonly rules: CompiledRules;
  readonly at_ms: number;
  readonly response: SearchResponse;
}

export class ResultCache {
  /** The least recently asked first. */
  readonly #answers = new Map<string, KeptAnswer>();

  /** `versions`: of the views; `rules`: those in force. */
  get(
    collection: CollectionId,
    request: SearchRequest,
    state: { readonly versions: string; readonly rules: CompiledRules; readonly now_ms: number },
  ): SearchResponse | undefined {
    const key = keyOf(collection, request);
    const kept = this.#answers.get(key);
    if (kept === undefined || kept.rules !== state.rules) return undefined;
    const age_ms = state.now_ms - kept.at_ms;
    const isOfView = kept.versions === state.versions;
    // Of another view nobody knows which writes it showed.
    const older_ms = request.minSeq === undefined ? (request.maxAge_ms ?? 0) : 0;
    const most_ms = isOfView ? MAX_AGE_MS : Math.min(MAX_AGE_MS, older_ms);
    if (age_ms < 0 || age_ms > most_ms || (!isOfView && age_ms === most_ms)) return undefined;
    this.#answers.delete(key);
    this.#answers.set(key, kept);
    return { ...kept.response, age_ms };
  }

  put(collection: CollectionId, request: SearchRequest, answer: KeptAnswer): void {
    // What is missing from an answer in parts may be there the next time.
    if (answer.response.partial) return;
    const key = keyOf(collection, request);
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }
}

function keyOf(collection: CollectionId, request: SearchRequest): string {
  const entries = Object.entries(request)
    .filter(([name]) => name !== 'maxAge_ms' && name !== 'deadline_ms' && name !== 'minSeq')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([collection, entries]);
}
