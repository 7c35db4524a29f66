/**
 * The relevance lab of collections: their rules, kept and tried on saved queries before they are live; what the rules
 * were worth over time; and, where the rules ask for it, the queries that found nothing. All of it stands in notes.
 */

import type { Clock, CollectionId } from '../base/index.ts';
import {
  compareAnswers,
  type CompiledRules,
  compileRules,
  type RuleComparison,
  type SearchRequest,
  type SearchResponse,
  type SearchRules,
} from '../query/index.ts';
import type { JobNotes } from './job-notes.ts';
import { PastQueries } from './past-queries.ts';
import type { RuleBook } from './rule-book.ts';

const QUALITY_NOTE = 'search-quality';
const MISSES_NOTE = 'search-misses';
/** Measurements, and queries that found nothing, that are kept: the latest, and the most frequent. */
const MAX_MEASURED = 1_000;
const MAX_MISSES = 1_000;
const MAX_MISS_LENGTH = 200;

/** Measurements after rounds of a crawl lie so far apart, ms. */
const BETWEEN_ROUNDS_MS = 3_600_000;

/** What saved queries were worth at a time. */
export interface MeasuredQuality {
  readonly time_ms: number;
  /** nDCG@10, the mean over the judged queries. */
  readonly ndcg: number;
  readonly queries: number;
  /** After which it was measured: other rules, a round of a crawl, or nothing but the question. */
  readonly after?: 'rules' | 'crawl' | 'request';
}

export interface MissedQuery {
  readonly query: string;
  readonly times: number;
  readonly last_ms: number;
}

export interface SearchQuality {
  readonly measured: readonly MeasuredQuality[];
  /** The most frequent first. */
  readonly missed: readonly MissedQuery[];
}

type Search = (
  collection: CollectionId,
  request: SearchRequest,
  rules: CompiledRules,
) => Promise<SearchResponse>;

export class SearchLab {
  readonly #book: RuleBook;
  readonly #notes: JobNotes;
  readonly #search: Search;
  readonly #clock: Clock;
  /** What was asked before, where that is remembered. */
  readonly past: PastQueries;
  /** Writes of one collection one behind the other. */
  #writing: Promise<void> = Promise.resolve();
  /** Measurements after rounds of crawls, one behind the other. */
  #rounds: Promise<void> = Promise.resolve();
  #isClosing = false;

  constructor(book: RuleBook, notes: JobNotes, search: Search, clock: Clock) {
    this.#book = book;
    this.#notes = notes;
    this.#search = search;
    this.#clock = clock;
    this.past = new PastQueries(book, notes, clock);
  }

  async rules(collection: CollectionId): Promise<SearchRules> {
    return (await this.#book.of(collection)).rules;
  }

  /** Puts rules in force, and measures them where queries are judged. */
  async setRules(collection: CollectionId, rules: SearchRules, who: string): Promise<void> {
    await this.#book.set(collection, rules, who);
    await this.past.obey(collection);
    await this.measure(collection, 'rules');
  }

  /** Asks the judged queries under the rules in force, and writes down what they are worth; undefined where none is judged. */
  async measure(
    collection: CollectionId,
    after: NonNullable<MeasuredQuality['after']>,
  ): Promise<MeasuredQuality | undefined> {
    const rules = await this.rules(collection);
    const judged = (rules.queries ?? []).filter(({ judgements }) => judgements !== undefined);
    const { liveNdcg, queries } = await this.compare(collection, { ...rules, queries: judged });
    if (liveNdcg === undefined) return undefined;
    const now = {
      time_ms: this.#clock.now(),
      ndcg: liveNdcg,
      queries: queries.filter((one) => one.liveNdcg !== undefined).length,
      after,
    };
    await this.#change<MeasuredQuality[]>(collection, QUALITY_NOTE, [], (known) =>
      [...known, now].slice(-MAX_MEASURED),
    );
    return now;
  }

  /** A crawl has changed what can be found. Rejects with what stands in the way of measuring it. */
  roundEnded(collection: CollectionId): Promise<void> {
    const before = this.#rounds;
    const measure = async (): Promise<void> => {
      await before;
      if (this.#isClosing) return;
      const last = (await this.quality(collection)).measured.at(-1);
      if (last !== undefined && this.#clock.now() - last.time_ms < BETWEEN_ROUNDS_MS) return;
      await this.measure(collection, 'crawl');
    };
    const measured = measure();
    this.#rounds = measured.catch(() => undefined);
    return measured;
  }

  /** Writes what was counted, and begins nothing more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#rounds;
    await this.past.close();
  }

  /** Answers to the saved queries of `candidate` as they are, and as they would be under it. */
  async compare(collection: CollectionId, candidate: SearchRules): Promise<RuleComparison> {
    const live = await this.#book.of(collection);
    const tried = compileRules(candidate);
    const ask =
      (rules: CompiledRules) =>
      (query: string): Promise<SearchResponse> =>
        this.#search(collection, { query, snippetLength: 0 }, rules);
    return compareAnswers(candidate.queries ?? [], ask(live), ask(tried));
  }

  async quality(collection: CollectionId): Promise<SearchQuality> {
    const missed = await this.#read<MissedQuery[]>(collection, MISSES_NOTE, []);
    return {
      measured: await this.#read(collection, QUALITY_NOTE, []),
      missed: missed.toSorted((a, b) => b.times - a.times || b.last_ms - a.last_ms),
    };
  }

  /** Remembers what was asked, and what found nothing, as far as the rules say so. */
  async note(collection: CollectionId, request: SearchRequest, answer: SearchResponse): Promise<void> {
    if (answer.matches > 0) await this.past.asked(collection, request, answer);
    else if (!answer.partial) await this.#missed(collection, request.query);
  }

  async #missed(collection: CollectionId, query: string): Promise<void> {
    const text = query.trim().slice(0, MAX_MISS_LENGTH);
    if (text === '' || (await this.rules(collection)).remembersMisses !== true) return;
    await this.#change<MissedQuery[]>(collection, MISSES_NOTE, [], (known) => {
      const times = (known.find((miss) => miss.query === text)?.times ?? 0) + 1;
      const others = known.filter((miss) => miss.query !== text);
      return [...others, { query: text, times, last_ms: this.#clock.now() }]
        .sort((a, b) => b.times - a.times || b.last_ms - a.last_ms)
        .slice(0, MAX_MISSES);
    });
  }

  async #read<T>(collection: CollectionId, name: string, none: T): Promise<T> {
    const note = await this.#notes.get(collection, name);
    return note === undefined ? none : (JSON.parse(Buffer.from(note).toString()) as T);
  }

  #change<T>(collection: CollectionId, name: string, none: T, change: (known: T) => T): Promise<void> {
    const before = this.#writing;
    const write = async (): Promise<void> => {
      await before;
      const changed = change(await this.#read(collection, name, none));
      await this.#notes.write(collection, new Map([[name, Buffer.from(JSON.stringify(changed))]]));
    };
    const written = write();
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
