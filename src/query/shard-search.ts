/** One query over the views of several shards: statistics summed first, so that scores don't depend on the number of shards. */

import { type Clock, isPeregrineError, PeregrineError } from '../base/index.ts';
import {
  compareSorted,
  type FacetResult,
  type IndexHit,
  type IndexHits,
  type IndexQuery,
  type IndexView,
  mergeFacets,
  NOTHING_READABLE,
  type ScoredTerm,
  type SortKey,
  type SortPlace,
  stemRarity,
  type TermStatistics,
} from '../index/index.ts';

export interface MergedHits {
  /** Best first; equal scores by ascending docId. At most `limit`. */
  readonly hits: readonly IndexHit[];
  readonly matches: number;
  /** In the order of the query's facets. */
  readonly facets: readonly FacetResult[];
  readonly countIsExact: boolean;
  readonly partial: boolean;
  /** Time was over, or shards are missing: who asks for more gets no more. */
  readonly isCut: boolean;
  /** Part of the index could not be read; what is left answers as ever. */
  readonly isDamaged: boolean;
}

/** What a query asks of every shard. */
export type ShardQuery = Omit<IndexQuery, 'statistics' | 'deadline_ms'>;

/**
 * The views of a query. A view that fails, or that the deadline left no time for at all, is missing from then on; one that has answered
 * and can't be asked once more is not, and what is asked then is cut short. Of a shard whose index can't be read nothing is found, and the
 * answer says that it is damaged.
 */
export class ShardSearch {
  readonly #clock: Clock;
  /** On the monotonic clock; Infinity where there is none. */
  readonly #deadline_ms: number;
  readonly #signal: AbortSignal | undefined;
  #views: readonly IndexView[];
  #missing: number;
  /** Those that have answered a search. */
  readonly #heard = new WeakSet<IndexView>();

  /** `missing`: shards that have no view at all. `signal`: nobody waits any more, every search is `CANCELLED`. */
  constructor(
    views: readonly IndexView[],
    clock: Clock,
    deadline_ms: number,
    missing = 0,
    signal?: AbortSignal,
  ) {
    this.#missing = missing;
    this.#signal = signal;
    this.#views = views;
    this.#clock = clock;
    this.#deadline_ms = deadline_ms;
  }

  /** Shards that did not answer. */
  get missing(): number {
    return this.#missing;
  }

  get documentCount(): number {
    return this.#views.reduce((sum, { documentCount }) => sum + documentCount, 0);
  }

  get remaining_ms(): number {
    return this.#deadline_ms - this.#clock.monotonic();
  }

  statistics(scored: readonly ScoredTerm[]): TermStatistics {
    const parts = this.#ask((view) => view.statistics(scored));
    return {
      documentCount: parts.reduce((sum, { documentCount }) => sum + documentCount, 0),
      documentFrequencies: sumColumns(parts.map((part) => part.documentFrequencies)),
      surfaceFrequencies: sumColumns(parts.map((part) => part.surfaceFrequencies)),
      menuOnlyFrequencies: sumColumns(parts.map((part) => part.menuOnlyFrequencies)),
      menuOnlySurfaceFrequencies: sumColumns(parts.map((part) => part.menuOnlySurfaceFrequencies)),
      fieldLengthTotals: sumColumns(parts.map((part) => part.fieldLengthTotals)),
    };
  }

  /** Documents that have a term. */
  frequency(hash: bigint): number {
    return this.statistics([termOf(hash)]).documentFrequencies[0] ?? 0;
  }

  /** How much a term says by being rare. */
  rarity(hash: bigint): number {
    return stemRarity(this.statistics([termOf(hash)]), 0);
  }

  /** Views that search on other threads do so side by side. */
  async search(query: ShardQuery, statistics: TermStatistics): Promise<MergedHits> {
    this.#assertWanted();
    const parts = await this.#askAside((view) => {
      const left_ms = this.remaining_ms;
      if (left_ms <= 0) return undefined;
      const timed = { ...query, statistics, ...(left_ms < Infinity && { deadline_ms: left_ms }) };
      return readable(view.searchAside(timed, this.#signal));
    });
    // What was cut short for that is no answer.
    this.#assertWanted();
    const isLate = parts.length < this.#views.length;
    return {
      hits: parts
        .flatMap(({ hits }) => hits)
        .sort(query.sort === undefined ? byScore : bySortValues(query.sort))
        .slice(0, query.limit),
      facets: (query.facets ?? []).map((request, i) =>
        mergeFacets(
          request,
          parts.flatMap(({ facets }) => facets?.[i] ?? []),
        ),
      ),
      matches: parts.reduce((sum, { matches }) => sum + matches, 0),
      countIsExact: this.#missing === 0 && !isLate && parts.every(({ countIsExact }) => countIsExact),
      partial: this.#missing > 0 || isLate || parts.some(({ partial }) => partial),
      isCut:
        this.#missing > 0 ||
        isLate ||
        this.remaining_ms <= 0 ||
        parts.some(({ partial, isDamaged = false }) => partial && !isDamaged),
      isDamaged: parts.some(({ isDamaged = false }) => isDamaged),
    };
  }

  #assertWanted(): void {
    if (this.#signal?.aborted === true)
      throw new PeregrineError('CANCELLED', 'The search is no longer wanted.');
  }

  /** The answers of the views that have one. Fails only when every shard failed. */
  #ask<T>(question: (view: IndexView) => T | undefined): T[] {
    return this.#answersOf(
      this.#views.map((view): Outcome<T> => {
        try {
          return { answer: question(view) };
        } catch (error) {
          return { error };
        }
      }),
    );
  }

  async #askAside<T>(question: (view: IndexView) => Promise<T> | undefined): Promise<T[]> {
    const outcomes = this.#views.map(async (view): Promise<Outcome<T>> => {
      try {
        const answer = await question(view);
        if (answer !== undefined) this.#heard.add(view);
        return { answer };
      } catch (error) {
        return { error };
      }
    });
    return this.#answersOf(await Promise.all(outcomes));
  }

  #answersOf<T>(outcomes: readonly Outcome<T>[]): T[] {
    const answers: T[] = [];
    let failure: PeregrineError | undefined;
    const alive = this.#views.filter((view, i) => {
      const outcome = outcomes[i] ?? { answer: undefined };
      if (!('error' in outcome)) {
        if (outcome.answer === undefined) return this.#heard.has(view);
        answers.push(outcome.answer);
        return true;
      }
      const { error } = outcome;
      if (!isPeregrineError(error) || error.code === 'INTERNAL' || error.code === 'BAD_ARGUMENT') throw error;
      failure = error;
      return false;
    });
    this.#missing += this.#views.length - alive.length;
    this.#views = alive;
    if (failure !== undefined && alive.length === 0) throw failure;
    return answers;
  }
}

/** Where no segment of a shard can be read it has nothing to tell, as a damaged one beside sound ones has: what is missing is said. */
async function readable(answer: Promise<IndexHits>): Promise<IndexHits> {
  try {
    return await answer;
  } catch (error) {
    if (isPeregrineError(error, 'CORRUPT')) return NOTHING_READABLE;
    throw error;
  }
}

/** What a view answered, undefined for nothing, or what it threw. */
type Outcome<T> = { readonly answer: T | undefined } | { readonly error: unknown };

function termOf(hash: bigint): ScoredTerm {
  return { stem: hash, surface: undefined, weight: 1, place: 0 };
}

function byScore(a: IndexHit, b: IndexHit): number {
  return b.score - a.score || a.docId - b.docId;
}

function bySortValues(keys: readonly SortKey[]): (a: IndexHit, b: IndexHit) => number {
  const compare = compareSorted(keys);
  return (a, b) => compare(placeOf(a), placeOf(b));
}

function placeOf({ docId, sortValues = [] }: IndexHit): SortPlace {
  return { docId, values: sortValues };
}

function sumColumns(columns: readonly (readonly number[])[]): number[] {
  const sums: number[] = [];
  for (const column of columns) column.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value));
  return sums;
}
