/** An immutable list of segments with their live bits, held by a collection and by every view that reads it. */

import { assert, type CollectionId, type DocId, isPeregrineError, PeregrineError } from '../base/index.ts';
import { checkFieldQuery } from './columns/check-field-query.ts';
import { streamMatches } from './field-search.ts';
import { groupOf } from './group-search.ts';
import type { FieldSummary, IndexView, StreamOptions } from './index-contract.ts';
import type { IndexMemory } from './index-memory.ts';
import { isLiveIn } from './owned-segment.ts';
import type { IndexHits, IndexQuery, ScoredTerm, TermStatistics } from './index-query.ts';
import { keyText } from './columns/column.ts';
import { C_DOCS, CURSOR_BYTES } from './kernels/layout.ts';
import { searchSegments } from './search-segments.ts';
import type { Segment } from './segment.ts';
import type { LiveBits } from './live-bits.ts';
import type { LentSegments } from './threads/lent-segments.ts';
import { FIELD_COLUMNS } from './segment-format.ts';
import { type TermCounts, TermFrequencies } from './term-frequencies.ts';
import type { WordList } from './words/word-list.ts';
import { type NearWord, type WordFrequency, wordsNear, wordsWithPrefix } from './words/word-search.ts';

/** Lists up to this long are counted document by document where a segment has deletions; longer ones in proportion. */
const COUNTED_LIST = 4096;
/** Of a segment with so many documents frequencies are remembered beyond a view. */
const REMEMBERED_DOCUMENTS = 4096;
const CURSOR_SCRATCH = 3;
const MAX_LIMIT = 10_000;
const STREAM_BATCH = 1000;
/** Of words near another: more edits than that make any word of any other. */
const MAX_EDITS = 4;
const MAX_NEAR_LENGTH = 64;
/** Beginnings whose words are kept as long as the segments stay the same, and words of each. */
const KEPT_BEGINNINGS = 1_000;
const KEPT_WORDS = 20;

/** A segment of a view, and which of its documents live there. */
export interface SegmentEntry {
  readonly segment: Segment;
  readonly live: LiveBits;
}

export class SegmentSet {
  readonly entries: readonly SegmentEntry[];
  readonly version: number;
  readonly documentCount: number;
  /** Segments of the collection are left out: answers are partial. */
  readonly isPartial: boolean;
  #holders = 1;
  #fieldLengthTotals: readonly number[] | undefined;
  #frequencies: TermFrequencies | undefined;
  /** Words by the beginning that they were asked for with: everybody types the same few letters first. */
  readonly beginnings: Map<string, readonly WordFrequency[]> = new Map();

  /** Holds each segment and its bits until the last release. */
  constructor(entries: readonly SegmentEntry[], version: number, isPartial = false) {
    // The owner's entries change their bits; these do not. The largest first: what it gives is a threshold for the others.
    this.entries = entries
      .map(({ segment, live }) => ({ segment: segment.hold(), live: live.hold() }))
      .sort((a, b) => b.live.documents - a.live.documents);
    this.version = version;
    this.isPartial = isPartial;
    this.documentCount = entries.reduce((sum, { live }) => sum + live.live, 0);
  }

  /** Tokens of live documents by field group. */
  get fieldLengthTotals(): readonly number[] {
    if (this.#fieldLengthTotals !== undefined) return this.#fieldLengthTotals;
    const totals = Array.from({ length: FIELD_COLUMNS }, () => 0);
    for (const { segment, live } of this.entries) {
      // The search leaves a segment that can't be read out, too, or says that nothing can.
      const own = segment.soundly(() => segment.liveTotals(live), NO_TOTALS);
      own.forEach((total, group) => {
        totals[group] = (totals[group] ?? 0) + total;
      });
    }
    this.#fieldLengthTotals = totals;
    return totals;
  }

  /** Made at the first query: most sets of a collection that is written to see none. */
  get frequencies(): TermFrequencies {
    return (this.#frequencies ??= new TermFrequencies());
  }

  hold(): this {
    this.#holders += 1;
    return this;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    for (const { segment, live } of this.entries) {
      live.release();
      segment.release();
    }
  }
}

/** A reader's hold on a {@link SegmentSet}. */
export class PinnedView implements IndexView {
  readonly collection: CollectionId;
  readonly #memory: IndexMemory;
  readonly #set: SegmentSet;
  #isReleased = false;

  constructor(memory: IndexMemory, collection: CollectionId, set: SegmentSet) {
    this.#memory = memory;
    this.collection = collection;
    this.#set = set.hold();
  }

  get version(): number {
    return this.#set.version;
  }

  get documentCount(): number {
    return this.#set.documentCount;
  }

  search(query: IndexQuery): IndexHits {
    const { entries } = this.#open();
    checkQuery(query);
    if (isEmptyQuery(query)) return NO_HITS;
    return this.#memory.within(query.deadline_ms, () => this.#searchSound(query, entries));
  }

  async searchAside(query: IndexQuery, signal?: AbortSignal): Promise<IndexHits> {
    const { entries } = this.#open();
    checkQuery(query);
    if (isEmptyQuery(query)) return NO_HITS;
    const { lent } = this.#memory;
    // What one group holds is kept here, and soon looked through.
    const isShort = groupOf(query) !== undefined || holderOf(query, entries) !== undefined;
    if (lent === undefined || isShort || !lent.takes(query, entries.map(searchedOf))) {
      return this.search(query);
    }
    // Whether or not this view is released meanwhile.
    const set = this.#set.hold();
    try {
      return await this.#searchLent(lent, query, signal);
    } finally {
      set.release();
    }
  }

  /** Leaves out the segments that can't be read; fails where that is all of them. */
  #searchSound(query: IndexQuery, entries: readonly SegmentEntry[]): IndexHits {
    let sound = entries;
    const holder = holderOf(query, entries);
    if (holder !== undefined) {
      try {
        return searchSegments(this.#memory, query, [searchedOf(holder)]);
      } catch (thrown) {
        sound = this.#soundAfter(thrown, sound);
      }
    }
    for (;;) {
      try {
        return this.#answerOf(searchSegments(this.#memory, query, sound.map(searchedOf)), sound);
      } catch (thrown) {
        sound = this.#soundAfter(thrown, sound);
      }
    }
  }

  /** The same on a query thread; where none can make it, here. */
  async #searchLent(lent: LentSegments, query: IndexQuery, signal?: AbortSignal): Promise<IndexHits> {
    const { deadline_ms = Infinity } = query;
    const end_ms = performance.now() + deadline_ms;
    let sound = this.#set.entries;
    for (;;) {
      const left_ms = end_ms - performance.now();
      const left = left_ms === Infinity ? query : { ...query, deadline_ms: Math.max(0, left_ms) };
      try {
        return this.#answerOf(await lent.search(left, sound.map(searchedOf), signal), sound);
      } catch (thrown) {
        if (!isPeregrineError(thrown, 'UNAVAILABLE') && !isPeregrineError(thrown, 'OUT_OF_MEMORY')) {
          sound = this.#soundAfter(thrown, sound);
          continue;
        }
        return this.#memory.within(left.deadline_ms, () => this.#searchSound(left, sound));
      }
    }
  }

  #answerOf(hits: IndexHits, sound: readonly SegmentEntry[]): IndexHits {
    const isWhole = sound.length === this.#set.entries.length && !this.#set.isPartial;
    return isWhole ? hits : { ...hits, countIsExact: false, partial: true, isDamaged: true };
  }

  /** The segments without that which can't be read; throws where it is another failure, or nothing is left. */
  #soundAfter(thrown: unknown, sound: readonly SegmentEntry[]): readonly SegmentEntry[] {
    const error = this.#memory.explain(thrown);
    const left = without(sound, error);
    if (left.length === sound.length) throw error;
    this.#memory.reportDamage(error);
    if (left.length === 0) throw error;
    return left;
  }

  statistics(scored: readonly ScoredTerm[]): TermStatistics {
    const set = this.#open();
    const stems = scored.map(({ stem }) => set.frequencies.of(stem, this.#count));
    const surfaces = scored.map(({ surface }) =>
      surface === undefined ? NO_COUNTS : set.frequencies.of(surface, this.#count),
    );
    return {
      documentCount: this.documentCount,
      documentFrequencies: stems.map(({ documents }) => documents),
      surfaceFrequencies: surfaces.map(({ documents }) => documents),
      menuOnlyFrequencies: stems.map(({ menuOnly }) => menuOnly),
      menuOnlySurfaceFrequencies: surfaces.map(({ menuOnly }) => menuOnly),
      fieldLengthTotals: set.fieldLengthTotals,
    };
  }

  *stream(
    query: IndexQuery,
    { after = -1, batch = STREAM_BATCH, skipDamaged = false }: StreamOptions = {},
  ): Generator<readonly DocId[], void, undefined> {
    checkFieldQuery(query);
    if (isEmptyQuery(query)) return;
    if (this.#open().isPartial && !skipDamaged) {
      throw new PeregrineError('CORRUPT', "A segment of the index can't be read: repair the index.");
    }
    const stream = (entries: readonly SegmentEntry[]): Iterable<readonly DocId[]> =>
      streamMatches(this.#memory, query, entries.map(searchedOf), after, batch);
    yield* skipDamaged ? this.#soundly(stream) : stream(this.#open().entries);
  }

  fields(): readonly FieldSummary[] {
    const sums = new Map<string, FieldSummary>();
    for (const { segment } of this.#open().entries) {
      for (const { name, type, rows } of segment.soundly(() => segment.fields.entries, [])) {
        const key = keyText({ name, type });
        sums.set(key, { name, type, documents: rows + (sums.get(key)?.documents ?? 0) });
      }
    }
    return [...sums.values()].sort((a, b) => b.documents - a.documents || (a.name < b.name ? -1 : 1));
  }

  wordsWithPrefix(prefix: string, limit: number): readonly WordFrequency[] {
    const { beginnings } = this.#open();
    const question = `${limit} ${prefix}`;
    const known = beginnings.get(question);
    if (known !== undefined) return known;
    const words = this.#soundly((entries) => wordsWithPrefix(wordLists(entries), prefix, limit));
    if (words.length <= KEPT_WORDS && beginnings.size < KEPT_BEGINNINGS) beginnings.set(question, words);
    return words;
  }

  wordsNear(word: string, edits: number, limit: number): readonly NearWord[] {
    const bounded = Array.from(word).slice(0, MAX_NEAR_LENGTH).join('');
    return this.#soundly((entries) =>
      wordsNear(wordLists(entries), bounded, Math.min(edits, MAX_EDITS), limit),
    );
  }

  has(docId: DocId): boolean {
    return this.#open().entries.some(({ segment, live }) => {
      const document = segment.soundly(() => segment.find(docId), -1);
      return document >= 0 && live.has(document);
    });
  }

  release(): void {
    assert(!this.#isReleased, 'a view is released once');
    this.#isReleased = true;
    this.#set.release();
  }

  /** What `ask` finds in the segments that can be read. */
  #soundly<T>(ask: (entries: readonly SegmentEntry[]) => T): T {
    let { entries } = this.#open();
    for (;;) {
      try {
        return ask(entries);
      } catch (thrown) {
        const error = this.#memory.explain(thrown);
        const left = without(entries, error);
        if (left.length === entries.length) throw error;
        this.#memory.reportDamage(error);
        entries = left;
      }
    }
  }

  /** Live documents with a term: exact while its list is short or nothing was deleted. */
  readonly #count = (high: number, low: number): TermCounts => {
    let documents = 0;
    let menuOnly = 0;
    for (const { segment, live } of this.#set.entries) {
      // The search leaves the segment out, too, or says that nothing can be read.
      const found = segment.soundly(() => this.#countIn(segment, live, high, low), NO_COUNTS);
      documents += found.documents;
      menuOnly += found.menuOnly;
    }
    return { documents, menuOnly };
  };

  /** Remembered of a large segment, which is part of one view after another. */
  #countIn(segment: Segment, live: LiveBits, high: number, low: number): TermCounts {
    if (live.documents < REMEMBERED_DOCUMENTS) return this.#countNow(segment, live, high, low);
    return segment.frequencies(live).ofHalves(high, low, () => this.#countNow(segment, live, high, low));
  }

  #countNow(segment: Segment, live: LiveBits, high: number, low: number): TermCounts {
    const counts = segment.termCounts(high, low);
    const { documents, menuOnly } = counts;
    if (documents === 0 || live.deleted === 0) return counts;
    if (documents > COUNTED_LIST) {
      const share = live.live / live.documents;
      const all = Math.round(documents * share);
      // A word of its own in one document stays one.
      const own = documents === menuOnly ? 0 : Math.max(1, Math.round((documents - menuOnly) * share));
      return { documents: all, menuOnly: Math.max(0, all - own) };
    }
    const { kernels, linear } = this.#memory;
    const cursor = this.#memory.scratch(CURSOR_SCRATCH, CURSOR_BYTES);
    const counted = (count: (cursor: number, liveBits: number) => number): number => {
      linear.bytes.fill(0, cursor, cursor + C_DOCS);
      kernels.openCursor(cursor, segment.descriptor, high, low);
      return count(cursor, live.address);
    };
    return {
      documents: counted(kernels.countLive),
      menuOnly: menuOnly === 0 ? 0 : counted(kernels.countMenuOnly),
    };
  }

  #open(): SegmentSet {
    if (this.#isReleased) throw new PeregrineError('CLOSED', 'This view of the index was released.');
    return this.#set;
  }
}

/** The segment of the one document that a question is about: no other, damaged or not, has a say in the answer. */
function holderOf({ filters = [] }: IndexQuery, entries: readonly SegmentEntry[]): SegmentEntry | undefined {
  for (const filter of filters) {
    const [docId, ...others] = filter.kind === 'documents' ? filter.docIds : [];
    if (docId !== undefined && others.length === 0) return entries.find((entry) => isLiveIn(entry, docId));
  }
  return undefined;
}

/** The segments that a failure says nothing of; the one whose page it names is damaged from now on. */
function without(entries: readonly SegmentEntry[], error: unknown): readonly SegmentEntry[] {
  return entries.filter(({ segment }) => {
    const isHurt = segment.isDamage(error);
    if (isHurt) segment.isDamaged = true;
    return !isHurt;
  });
}

function searchedOf({ segment, live }: SegmentEntry): { segment: Segment; liveBits: number } {
  return { segment, liveBits: live.address };
}

function wordLists(entries: readonly SegmentEntry[]): readonly WordList[] {
  return entries.map(({ segment: { words } }) => words);
}

function checkQuery(query: IndexQuery): void {
  if (query.limit < 0 || query.limit > MAX_LIMIT) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `A search gives 0 to ${MAX_LIMIT} documents, not ${query.limit}.`,
    );
  }
  checkFieldQuery(query);
}

function isEmptyQuery({ scored, required, filters = [], everything = false }: IndexQuery): boolean {
  return scored.length === 0 && required.length === 0 && filters.length === 0 && !everything;
}

const NO_TOTALS = new Float64Array(0);
const NO_COUNTS: TermCounts = { documents: 0, menuOnly: 0 };

const NO_HITS: IndexHits = { hits: [], matches: 0, countIsExact: true, partial: false, counters: {} };
