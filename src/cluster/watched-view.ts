/** A view of this host's own copy of a shard's index that tells when damage is met in it. */

import { type CollectionId, type DocId, isPeregrineError } from '../base/index.ts';
import type {
  FieldSummary,
  IndexHits,
  IndexQuery,
  IndexView,
  NearWord,
  ScoredTerm,
  StreamOptions,
  TermStatistics,
  WordFrequency,
} from '../index/index.ts';

export class WatchedView implements IndexView {
  readonly #view: IndexView;
  readonly #onDamage: () => void;

  /** `onDamage` may throw: then that is what the question fails with. */
  constructor(view: IndexView, onDamage: () => void) {
    this.#view = view;
    this.#onDamage = onDamage;
  }

  get collection(): CollectionId {
    return this.#view.collection;
  }

  get version(): number {
    return this.#view.version;
  }

  get documentCount(): number {
    return this.#view.documentCount;
  }

  search(query: IndexQuery): IndexHits {
    return this.#looked(this.#tried(() => this.#view.search(query)));
  }

  async searchAside(query: IndexQuery, signal?: AbortSignal): Promise<IndexHits> {
    try {
      return this.#looked(await this.#view.searchAside(query, signal));
    } catch (error) {
      throw this.#told(error);
    }
  }

  statistics(scored: readonly ScoredTerm[]): TermStatistics {
    return this.#tried(() => this.#view.statistics(scored));
  }

  has(docId: DocId): boolean {
    return this.#tried(() => this.#view.has(docId));
  }

  *stream(query: IndexQuery, options?: StreamOptions): Generator<readonly DocId[], void, undefined> {
    const batches = this.#view.stream(query, options);
    // What was handed over can't be taken back: whoever has it is told of the damage itself.
    const first = this.#tried(() => batches.next());
    if (first.done === true) return;
    try {
      yield first.value;
      yield* batches;
    } finally {
      // Whoever stops at the first batch is to end what stands behind it too.
      batches.return();
    }
  }

  wordsWithPrefix(prefix: string, limit: number): readonly WordFrequency[] {
    return this.#tried(() => this.#view.wordsWithPrefix(prefix, limit));
  }

  wordsNear(word: string, edits: number, limit: number): readonly NearWord[] {
    return this.#tried(() => this.#view.wordsNear(word, edits, limit));
  }

  fields(): readonly FieldSummary[] {
    return this.#tried(() => this.#view.fields());
  }

  release(): void {
    this.#view.release();
  }

  #tried<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): unknown {
    if (isPeregrineError(error, 'CORRUPT')) this.#onDamage();
    return error;
  }

  #looked(hits: IndexHits): IndexHits {
    if (hits.isDamaged === true) this.#onDamage();
    return hits;
  }
}
