/** What people wait for at an engine: answers, completions, and why either is what it is. Counts how long answers took. */

import { type Clock, type CollectionId, Histogram } from '../base/index.ts';
import type {
  Completion,
  CompletionRequest,
  ExplainedQuery,
  SearchRequest,
  SearchResponse,
  StreamedResult,
  StreamOptions,
  WordMatcher,
} from '../query/index.ts';
import type { Courtesy } from './courtesy.ts';
import type { ReadPath } from './read-path.ts';
import type { SearchLab } from './search-lab.ts';
import { whyNot, type WhyNotParts, type WhyNotRequest } from './why-not.ts';
import type { WhyNotAnswer } from './why-not-reason.ts';

export interface EngineSearchesParts extends WhyNotParts {
  readonly clock: Clock;
  /** Nothing can be noted. */
  readonly isReadOnly: boolean;
  readonly readPath: ReadPath;
  readonly courtesy: Courtesy;
  readonly lab: SearchLab;
}

export class EngineSearches {
  readonly #parts: EngineSearchesParts;
  /** Of searches that were answered, ms; of completions, streams and searches that failed nothing. */
  readonly latency: Histogram = new Histogram();

  constructor(parts: EngineSearchesParts) {
    this.#parts = parts;
  }

  /** Goes before what nobody waits for, and is noted where the collection's rules ask for it. */
  async search(
    collection: CollectionId,
    request: SearchRequest,
    signal?: AbortSignal,
  ): Promise<SearchResponse> {
    const { clock, courtesy, isReadOnly, lab, readPath } = this.#parts;
    const started_ms = clock.monotonic();
    const response = await courtesy.first(() => readPath.search(collection, request, undefined, signal));
    this.latency.add(clock.monotonic() - started_ms);
    if (!isReadOnly) await lab.note(collection, request, response);
    return response;
  }

  /** Goes before what nobody waits for; offers what was asked before, where the rules let it be remembered. */
  complete(collection: CollectionId, request: CompletionRequest): Promise<readonly Completion[]> {
    const { courtesy, lab, readPath } = this.#parts;
    return courtesy.first(async () =>
      readPath.complete(collection, request, await lab.past.offered(collection)),
    );
  }

  /** All matches; takes its turns beside others. */
  stream(
    collection: CollectionId,
    request: SearchRequest,
    options?: StreamOptions,
  ): AsyncIterable<StreamedResult> {
    return this.#parts.readPath.stream(collection, request, options);
  }

  explain(collection: CollectionId, request: SearchRequest): Promise<ExplainedQuery> {
    return this.#parts.readPath.explain(collection, request);
  }

  whyNot(collection: CollectionId, request: WhyNotRequest): Promise<WhyNotAnswer> {
    return whyNot(this.#parts, collection, request);
  }

  wordMatcher(collection: CollectionId, query: string, language: string): Promise<WordMatcher> {
    return this.#parts.readPath.wordMatcher(collection, { query }, language);
  }
}
