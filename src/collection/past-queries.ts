/**
 * What was asked before, to complete what is typed: only where the rules of the collection say so, only what found
 * something and was asked several times, and forgotten when the rules say so no longer. Who asked is never known here.
 */

import type { Clock, CollectionId } from '../base/index.ts';
import type { PastQuery, SearchRequest, SearchResponse } from '../query/index.ts';
import { wordsOf } from '../text/index.ts';
import type { JobNotes } from './job-notes.ts';
import type { RuleBook } from './rule-book.ts';

const NOTE = 'search-queries';
/** Asked less often, a query may be of one person: it is counted, and not offered. */
export const LEAST_TIMES = 3;
const MAX_QUERIES = 1_000;
const LONGEST_QUERY = 80;
/** Counts are written after so long; a kill loses those of less. */
const SAVE_AFTER_MS = 60_000;

interface CountedQuery {
  readonly text: string;
  readonly words: readonly string[];
  times: number;
  last_ms: number;
}

interface Remembered {
  /** By their words. */
  readonly counts: Map<string, CountedQuery>;
  saved_ms: number;
  isChanged: boolean;
}

type StoredQuery = readonly [text: string, times: number, last_ms: number];

export class PastQueries {
  readonly #book: RuleBook;
  readonly #notes: JobNotes;
  readonly #clock: Clock;
  readonly #known = new Map<CollectionId, Promise<Remembered>>();

  constructor(book: RuleBook, notes: JobNotes, clock: Clock) {
    this.#book = book;
    this.#notes = notes;
    this.#clock = clock;
  }

  /** Counts a query. What a filter bounds is somebody's own view: it is not counted. */
  async asked(collection: CollectionId, request: SearchRequest, answer: SearchResponse): Promise<void> {
    const text = request.query.trim().replace(/\s+/g, ' ');
    const isFirstPage = (request.first ?? 0) === 0 && request.after === undefined;
    if (!isFirstPage || request.filter !== undefined || answer.corrected !== undefined) return;
    if (answer.matches === 0 || text === '' || text.length > LONGEST_QUERY) return;
    if (!(await this.#isWanted(collection))) return;
    const remembered = await this.#of(collection);
    const words = wordsOf(text);
    const known = remembered.counts.get(words.join(' '));
    const last_ms = this.#clock.now();
    if (known === undefined) {
      if (remembered.counts.size >= 2 * MAX_QUERIES) prune(remembered.counts);
      remembered.counts.set(words.join(' '), { text, words, times: 1, last_ms });
    } else {
      known.times += 1;
      known.last_ms = last_ms;
    }
    remembered.isChanged = true;
    if (last_ms - remembered.saved_ms >= SAVE_AFTER_MS) await this.#save(collection, remembered);
  }

  /** Those that were asked often enough, the most frequent first. */
  async offered(collection: CollectionId): Promise<readonly PastQuery[]> {
    if (!(await this.#isWanted(collection))) return [];
    const { counts } = await this.#of(collection);
    return [...counts.values()]
      .filter(({ times }) => times >= LEAST_TIMES)
      .sort((a, b) => b.times - a.times || b.last_ms - a.last_ms)
      .slice(0, MAX_QUERIES);
  }

  /** To be called when the rules have changed: what may not be remembered is forgotten, on disk as well. */
  async obey(collection: CollectionId): Promise<void> {
    if (await this.#isWanted(collection)) return;
    this.#known.delete(collection);
    await this.#notes.write(collection, new Map([[NOTE, undefined]]));
  }

  /** Writes what was counted since. */
  async close(): Promise<void> {
    for (const [collection, known] of this.#known) {
      const remembered = await known;
      if (remembered.isChanged) await this.#save(collection, remembered);
    }
  }

  /** A collection that was deleted meanwhile takes its counts along. */
  drop(collection: CollectionId): void {
    this.#known.delete(collection);
  }

  async #isWanted(collection: CollectionId): Promise<boolean> {
    return (await this.#book.of(collection)).rules.remembersQueries === true;
  }

  #of(collection: CollectionId): Promise<Remembered> {
    const known = this.#known.get(collection);
    if (known !== undefined) return known;
    const read = this.#read(collection);
    this.#known.set(collection, read);
    // What could not be read is tried again.
    read.catch(() => this.#known.delete(collection));
    return read;
  }

  async #read(collection: CollectionId): Promise<Remembered> {
    const note = await this.#notes.get(collection, NOTE);
    const stored =
      note === undefined ? [] : (JSON.parse(Buffer.from(note).toString()) as readonly StoredQuery[]);
    const counts = stored.map(([text, times, last_ms]): [string, CountedQuery] => {
      const words = wordsOf(text);
      return [words.join(' '), { text, words, times, last_ms }];
    });
    return { counts: new Map(counts), saved_ms: this.#clock.now(), isChanged: false };
  }

  async #save(collection: CollectionId, remembered: Remembered): Promise<void> {
    remembered.isChanged = false;
    remembered.saved_ms = this.#clock.now();
    prune(remembered.counts);
    const stored = Array.from(remembered.counts.values(), ({ text, times, last_ms }): StoredQuery => [
      text,
      times,
      last_ms,
    ]);
    await this.#notes.write(collection, new Map([[NOTE, Buffer.from(JSON.stringify(stored))]]));
  }
}

/** Leaves the most frequent, and of those the latest. */
function prune(counts: Map<string, CountedQuery>): void {
  const ranked = [...counts].sort(([, a], [, b]) => b.times - a.times || b.last_ms - a.last_ms);
  for (const [key] of ranked.slice(MAX_QUERIES)) counts.delete(key);
}
