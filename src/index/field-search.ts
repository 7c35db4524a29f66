/**
 * Searches that ask of fields: filters, order by columns, facets, groups, all matches one after the other. Filters
 * become bits beside the live ones, so that the kernels search as ever; what needs every match has the kernels mark
 * them in bits, and works on those.
 */

import type { DocId } from '../base/index.ts';
import type { FieldValue } from '../text/index.ts';
import type { Clause } from './clause.ts';
import type { FacetResult } from './columns/column-query.ts';
import { countFacet, mergeFacets } from './columns/facets.ts';
import {
  allBits,
  countBits,
  filterBits,
  forEachBit,
  intersect,
  type MatchBits,
  noBits,
  subtract,
} from './columns/match-bits.ts';
import { compareSorted, sortDocuments, valueOf } from './columns/sorted-hits.ts';
import { isLive } from './live-bits.ts';
import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexHits, IndexQuery } from './index-query.ts';
import { runFirstStage } from './query-program.ts';
import { type SearchedSegment, searchByScore } from './score-search.ts';

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
      count = matches.reduce((sum, bits) => sum + countBits(bits), 0);
      isPruned = false;
    }
    return {
      hits,
      matches: count,
      countIsExact: !isPruned && !this.#isPartial,
      partial: this.#isPartial,
      ...(matches && { facets: this.#facets(matches) }),
      counters: {
        segments: this.#entries.length,
        blocksRead: this.#blocksRead,
        positionsRead: this.#positionsRead,
      },
    };
  }

  matchingDocIds(after: number): Float64Array[] {
    return this.#entries.map(({ segment }, place) => {
      const bits = this.#matchesOf(place);
      const docIds = segment.fields.docIds();
      const found = new Float64Array(countBits(bits));
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
    for (const filter of filters) {
      intersect(
        bits,
        filterBits(filter, {
          documents,
          column: (key) => segment.fields.get(key),
          find: (docId) => segment.find(docId),
          meeting: (clause) => this.#marked({ segment, liveBits: 0 }, this.#ofClause(clause)),
        }),
      );
    }
    const address = this.#memory.linear.allocate(Math.max(4, bits.length * 4));
    this.#allocated.push(address);
    this.#memory.linear.words.set(bits, address >> 2);
    return { segment, liveBits: address };
  }

  /** Documents with nothing but their words to ask for. */
  #ofClause(clause: Clause): IndexQuery {
    return { ...this.#query, scored: [], required: [clause], excluded: [] };
  }

  #liveBits(address: number, documents: number): MatchBits {
    if (address === 0) return allBits(documents);
    const from = address >> 2;
    const bits = this.#memory.linear.words.slice(from, from + ((documents + 31) >> 5));
    // Bits behind the last document may be set.
    intersect(bits, allBits(documents));
    return bits;
  }

  #matchesOf(place: number): MatchBits {
    const { scored, required, excluded } = this.#query;
    const searched = this.#searched[place] as SearchedSegment;
    if (required.length > 0) return this.#marked(searched, { ...this.#query, scored: [] });
    if (scored.length > 0) return this.#marked(searched, this.#query);
    const bits = this.#liveBits(searched.liveBits, searched.segment.head.documents);
    if (excluded.length > 0) {
      subtract(bits, this.#marked(searched, this.#ofClause({ kind: 'any', clauses: excluded })));
    }
    return bits;
  }

  /** Documents of one segment that match the words of a query. */
  #marked({ segment, liveBits }: SearchedSegment, query: IndexQuery): MatchBits {
    const bits = noBits(segment.head.documents);
    const { linear } = this.#memory;
    const address = linear.allocateZeroed(Math.max(4, bits.length * 4));
    try {
      const all = { ...query, exhaustive: true };
      const target = [{ segment, liveBits }];
      const { isPartial, blocksRead, positionsRead } = runFirstStage(this.#memory, all, 1, target, address);
      this.#isPartial ||= isPartial;
      this.#blocksRead += blocksRead;
      this.#positionsRead += positionsRead;
      bits.set(linear.words.subarray(address >> 2, (address >> 2) + bits.length));
    } finally {
      linear.free(address);
    }
    return bits;
  }

  #sorted(matches: readonly MatchBits[], limit: number): IndexHit[] {
    const { sort = [], after } = this.#query;
    const compare = compareSorted(sort);
    return this.#entries
      .flatMap(({ segment }, place) =>
        sortDocuments(
          {
            get: (key) => segment.fields.get(key),
            docIds: () => segment.fields.docIds(),
          },
          segment.head.documents,
          matches[place] as MatchBits,
          sort,
          limit,
          after,
        ).map(({ document, docId, values }) => ({ document, docId, values, segment })),
      )
      .sort(compare)
      .slice(0, limit)
      .map(({ segment, document, values }): IndexHit => {
        const { docId, siteHash, contentHash, language } = segment.columns(document);
        return { docId, score: 0, features: {}, siteHash, contentHash, language, sortValues: values };
      });
  }

  #facets(matches: readonly MatchBits[]): readonly FacetResult[] {
    const { facets = [] } = this.#query;
    const none = new Int32Array(0);
    return facets.map((request) =>
      mergeFacets([
        countFacet(request, undefined, none),
        ...this.#entries.map(({ segment }, place) =>
          countFacet(request, segment.fields.get(request.column), matches[place] as MatchBits),
        ),
      ]),
    );
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
