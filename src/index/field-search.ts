/**
 * Searches that ask of fields: filters, order by columns, facets, groups, all matches one after the other. Filters
 * become bits beside the live ones, so that the kernels search as ever; what needs every match has the kernels mark
 * them in bits, and others count and sort by these.
 */

import type { DocId } from '../base/index.ts';
import type { FieldValue } from '../text/index.ts';
import type { Clause } from './clause.ts';
import type { ColumnFilter, FacetRequest, FacetResult } from './columns/column-query.ts';
import { countFacet, type FacetField, mergeFacets } from './columns/facets.ts';
import { allBits, filterBits, forEachBit, intersect, noBits, subtract } from './columns/match-bits.ts';
import { countPacked, type FieldSegment, markPacked, type MatchBits } from './columns/packed-field.ts';
import { compareSorted, sortDocuments, valueOf } from './columns/sorted-hits.ts';
import { isLive } from './live-bits.ts';
import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexHits, IndexQuery } from './index-query.ts';
import { runFirstStage } from './query-program.ts';
import { type SearchedSegment, searchByScore } from './score-search.ts';
import type { SegmentReader } from './segment-reader.ts';

/** A group's hits may stand far down: the search is repeated for so many times more. */
const GROUP_GROWTH = 4;

/** Whether a query can't be answered by {@link searchByScore} alone. */
export function asksOfFields(query: IndexQuery): boolean {
  const { filters = [], sort, facets = [], group, after } = query;
  return (
    filters.length > 0 ||
    facets.length > 0 ||
    sort !== undefined ||
    after !== undefined ||
    group !== undefined ||
    !hasWords(query)
  );
}

export function searchFields(
  memory: QueryMemory,
  query: IndexQuery,
  entries: readonly SearchedSegment[],
): IndexHits {
  const search = new FieldSearch(memory, query, entries);
  try {
    return search.run();
  } finally {
    search.close();
  }
}

/** All matches in the order of docIds, in arrays of at most `batch`; computed at once. */
export function streamMatches(
  memory: QueryMemory,
  query: IndexQuery,
  entries: readonly SearchedSegment[],
  after: number,
  batch: number,
): Iterable<readonly DocId[]> {
  const search = new FieldSearch(memory, query, entries);
  let lists: Float64Array[];
  try {
    lists = search.matchingDocIds(after);
  } finally {
    search.close();
  }
  const ids = Float64Array.from({ length: lists.reduce((sum, { length }) => sum + length, 0) });
  let filled = 0;
  for (const list of lists) {
    ids.set(list, filled);
    filled += list.length;
  }
  return inBatches(ids.sort(), batch);
}

function* inBatches(ids: Float64Array, batch: number): Generator<readonly DocId[], void, undefined> {
  for (let at = 0; at < ids.length; at += batch) {
    yield [...ids.subarray(at, at + batch)] as readonly number[] as readonly DocId[];
  }
}

function hasWords({ scored, required }: IndexQuery): boolean {
  return scored.length > 0 || required.length > 0;
}

class FieldSearch {
  readonly #memory: QueryMemory;
  readonly #query: IndexQuery;
  readonly #entries: readonly SearchedSegment[];
  readonly #searched: readonly SearchedSegment[];
  /** Bits in linear memory, to be freed. */
  readonly #allocated: number[] = [];
  #isPartial = false;
  #blocksRead = 0;
  #positionsRead = 0;

  constructor(memory: QueryMemory, query: IndexQuery, entries: readonly SearchedSegment[]) {
    this.#memory = memory;
    this.#query = query;
    this.#entries = entries;
    try {
      this.#searched = entries.map((entry) => this.#filtered(entry));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const address of this.#allocated.splice(0)) this.#memory.linear.free(address);
  }

  run(): IndexHits {
    const { sort, facets = [] } = this.#query;
    const isSorted = sort !== undefined || !hasWords(this.#query);
    const needsAll = isSorted || facets.length > 0;
    const matches = needsAll ? this.#entries.map((_, place) => this.#matchesOf(place)) : undefined;
    const counts = matches?.map((address, place) => this.#count(address, place)) ?? [];
    let [count, isPruned] = [0, false];
    const byScore = (limit: number): IndexHit[] => {
      const { hits, first } = searchByScore(this.#memory, this.#query, this.#searched, limit);
      [count, isPruned] = [first.matches, first.isPruned];
      this.#isPartial ||= first.isPartial;
      this.#blocksRead += first.blocksRead;
      this.#positionsRead += first.positionsRead;
      return hits;
    };
    const hits = this.#grouped(
      isSorted && matches !== undefined ? (limit) => this.#sorted(matches, limit) : byScore,
    );
    if (matches !== undefined) {
      count = counts.reduce((sum, own) => sum + own, 0);
      isPruned = false;
    }
    const counted = matches && this.#facets(matches, counts);
    return {
      hits,
      matches: count,
      countIsExact: !isPruned && !this.#isPartial,
      partial: this.#isPartial,
      ...(counted && { facets: counted }),
      counters: {
        segments: this.#entries.length,
        blocksRead: this.#blocksRead,
        positionsRead: this.#positionsRead,
      },
    };
  }

  matchingDocIds(after: number): Float64Array[] {
    return this.#entries.map(({ segment }, place) => {
      const bits = this.#copied(this.#matchesOf(place), segment.head.documents);
      const docIds = segment.fields.docIds();
      const found = new Float64Array(segment.head.documents);
      let filled = 0;
      forEachBit(bits, (document) => {
        const docId = docIds[document] as number;
        if (docId > after) found[filled++] = docId;
      });
      return found.subarray(0, filled);
    });
  }

  /** A segment with the bits of its documents that live and pass the filters. */
  #filtered({ segment, liveBits }: SearchedSegment): SearchedSegment {
    const { filters = [] } = this.#query;
    if (filters.length === 0) return { segment, liveBits };
    const { documents } = segment.head;
    const bits = this.#liveBits(liveBits, documents);
    const isWhole = this.#wholly(() => this.#filter(segment, filters, bits));
    // What a filter would have kept out must not get in because time was over.
    return { segment, liveBits: this.#placed(isWhole ? bits : noBits(documents)) };
  }

  /** Leaves in `bits` what passes all filters. */
  #filter(segment: SegmentReader, filters: readonly ColumnFilter[], bits: MatchBits): void {
    const { documents } = segment.head;
    for (const filter of filters) {
      intersect(
        bits,
        filterBits(filter, {
          documents,
          field: (key) => segment.fields.packed(key),
          marked: (field, span, accepted) =>
            this.#orNone(
              markPacked(this.#memory, fieldSegment(segment), field, span, accepted),
              noBits(documents),
            ),
          find: (docId) => segment.find(docId),
          meeting: (clause) =>
            this.#copied(this.#marked({ segment, liveBits: 0 }, this.#ofClause(clause)), documents),
        }),
      );
    }
  }

  /** Whether `work` came to its end before time was over. */
  #wholly(work: () => void): boolean {
    const wasPartial = this.#isPartial;
    this.#isPartial = false;
    work();
    const isWhole = !this.#isPartial;
    this.#isPartial ||= wasPartial;
    return isWhole;
  }

  /** What was found, or, where time was over, nothing, and the answer is partial. */
  #orNone<Found>(found: Found | undefined, nothing: Found): Found {
    if (found === undefined) this.#isPartial = true;
    return found ?? nothing;
  }

  /** Address of zeros for so many documents, there until the search is closed. */
  #room(documents: number): number {
    // Counted two words at a time.
    const address = this.#memory.linear.allocateZeroed(Math.max(1, (documents + 63) >> 6) * 8);
    this.#allocated.push(address);
    return address;
  }

  #placed(bits: MatchBits): number {
    const address = this.#room(bits.length * 32);
    this.#memory.linear.words.set(bits, address >> 2);
    return address;
  }

  #copied(address: number, documents: number): MatchBits {
    const from = address >> 2;
    return this.#memory.linear.words.slice(from, from + ((documents + 31) >> 5));
  }

  #count(address: number, place: number): number {
    const { documents } = (this.#entries[place] as SearchedSegment).segment.head;
    return this.#memory.kernels.countBits(address, ((documents + 63) >> 6) * 2, 0);
  }

  /** Documents with nothing but their words to ask for. */
  #ofClause(clause: Clause): IndexQuery {
    return { ...this.#query, scored: [], required: [clause], excluded: [] };
  }

  #liveBits(address: number, documents: number): MatchBits {
    if (address === 0) return allBits(documents);
    const bits = this.#copied(address, documents);
    // Bits behind the last document may be set.
    intersect(bits, allBits(documents));
    return bits;
  }

  /** Address of the bits of all matches of a segment. */
  #matchesOf(place: number): number {
    const { scored, required, excluded } = this.#query;
    const searched = this.#searched[place] as SearchedSegment;
    if (required.length > 0) return this.#marked(searched, { ...this.#query, scored: [] });
    if (scored.length > 0) return this.#marked(searched, this.#query);
    const { documents } = searched.segment.head;
    const bits = this.#liveBits(searched.liveBits, documents);
    if (excluded.length === 0) return this.#placed(bits);
    let others = 0;
    const isWhole = this.#wholly(() => {
      others = this.#marked(searched, this.#ofClause({ kind: 'any', clauses: excluded }));
    });
    // Nor must what is excluded.
    if (!isWhole) return this.#placed(noBits(documents));
    subtract(bits, this.#copied(others, documents));
    return this.#placed(bits);
  }

  /** Address of the bits of a segment's documents that match the words of a query. */
  #marked({ segment, liveBits }: SearchedSegment, query: IndexQuery): number {
    const address = this.#room(segment.head.documents);
    const all = { ...query, exhaustive: true };
    const target = [{ segment, liveBits }];
    const { isPartial, blocksRead, positionsRead } = runFirstStage(this.#memory, all, 1, target, address);
    this.#isPartial ||= isPartial;
    this.#blocksRead += blocksRead;
    this.#positionsRead += positionsRead;
    return address;
  }

  #sorted(matches: readonly number[], limit: number): IndexHit[] {
    const { sort = [], after } = this.#query;
    return this.#entries
      .flatMap(({ segment }, place) => {
        const keys = sort.map((key) => ({ key, field: segment.fields.packed(key.column) }));
        const bits = matches[place] as number;
        const own = sortDocuments(this.#memory, fieldSegment(segment), bits, keys, limit, after);
        this.#isPartial ||= own.isPartial;
        return own.hits.map(({ document, docId, values }) => ({ document, docId, values, segment }));
      })
      .sort(compareSorted(sort))
      .slice(0, limit)
      .map(({ segment, document, values }): IndexHit => {
        const { docId, siteHash, contentHash, language } = segment.columns(document);
        return { docId, score: 0, features: {}, siteHash, contentHash, language, sortValues: values };
      });
  }

  /** `counts`: of the matches of each segment. */
  #facets(matches: readonly number[], counts: readonly number[]): readonly FacetResult[] {
    const { facets = [] } = this.#query;
    return facets.map((request) =>
      mergeFacets(
        request,
        this.#entries.map(({ segment }, place) =>
          countFacet(
            request,
            this.#facetField(segment, request, matches[place] as number),
            counts[place] ?? 0,
          ),
        ),
      ),
    );
  }

  #facetField(segment: SegmentReader, { column }: FacetRequest, matches: number): FacetField | undefined {
    const field = segment.fields.packed(column);
    if (field === undefined) return undefined;
    return {
      dictionary: field.dictionary,
      isSingle: field.entry.startWidth === 0,
      count: (stepCount, steps) =>
        this.#orNone(countPacked(this.#memory, fieldSegment(segment), field, matches, stepCount, steps), {
          counts: new Int32Array(stepCount),
          documents: 0,
        }),
    };
  }

  /** The first hits of an order, no more of a group than asked. */
  #grouped(fetch: (limit: number) => IndexHit[]): IndexHit[] {
    const { limit, group } = this.#query;
    if (group === undefined) return fetch(limit);
    for (let depth = limit * GROUP_GROWTH; ; depth *= GROUP_GROWTH) {
      const hits = fetch(depth);
      const counts = new Map<FieldValue | undefined, number>();
      const kept = hits.filter((hit) => {
        const key = this.#groupOf(hit);
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        return count <= group.perGroup;
      });
      if (kept.length >= limit || hits.length < depth) return kept.slice(0, limit);
    }
  }

  #groupOf({ docId, siteHash }: IndexHit): FieldValue | undefined {
    const by = this.#query.group?.by ?? 'site';
    if (by === 'site') return siteHash;
    for (const { segment, liveBits } of this.#entries) {
      const document = segment.find(docId);
      if (document < 0 || !isLive(this.#memory.linear, liveBits, document)) continue;
      return valueOf(segment.fields.get(by), { order: 'ascending' }, document);
    }
    return undefined;
  }
}

function fieldSegment({ descriptor, head: { documents } }: SegmentReader): FieldSegment {
  return { descriptor, documents };
}
