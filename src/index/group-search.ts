/**
 * Searches for all of some words in one field group that alone counts, as completions ask of titles: over the short lists
 * of the group ({@link GroupLists}), not over those of the words. What they find is what any search would.
 */

import { type DocId, must } from '../base/index.ts';
import type { GroupList } from './group-lists.ts';
import type { IndexHit, IndexHits, IndexQuery, RankingWeights, TermStatistics } from './index-query.ts';
import { isLive } from './live-bits.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import type { QueryMemory } from './query-memory.ts';
import { type ListWeight, listWeights, occurrenceWeight, roundScore } from './ranking-model.ts';
import type { SearchedSegment } from './score-search.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Candidates beside twice the documents that are wanted before the best are chosen anew. */
const SPARE = 16;

/** The group, where a query asks for nothing but words in it; else undefined. It asks nothing of fields. */
export function groupOf(query: IndexQuery): number | undefined {
  const { scored, required, excluded, home, weights, exhaustive } = query;
  const [first] = required;
  if (first?.kind !== 'term' || excluded.length > 0 || home !== undefined || exhaustive === true)
    return undefined;
  const { groups } = first;
  const group = 31 - Math.clz32(groups);
  if (
    groups !== 1 << group ||
    !required.every((clause) => clause.kind === 'term' && clause.groups === groups)
  )
    return undefined;
  const isAsked = (hash: bigint): boolean =>
    required.some((clause) => clause.kind === 'term' && clause.hash === hash);
  if (!scored.every(({ stem, surface }) => surface === undefined && isAsked(stem))) return undefined;
  if (weights.rerankDepth > 0 && scored.length > 0) return undefined;
  return weights.fieldWeights.every((weight, other) => other === group || weight === 0) ? group : undefined;
}

/** Answers a query of {@link groupOf}. */
export function searchGroup(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
  group: number,
): IndexHits {
  const hashes = query.required.flatMap((clause) => (clause.kind === 'term' ? [clause.hash] : []));
  const scoring = new GroupScoring(query, group, hashes);
  const best = new BestOfGroup(query.limit, query.anyOfEqual === true);
  const pagesBefore = memory.pages.pagesRead;
  let matches = 0;
  let isPartial = false;
  for (const { segment, liveBits } of searched) {
    isPartial = memory.isExpired();
    if (isPartial) break;
    const lists = listsOf(segment, hashes, group);
    if (lists === undefined) continue;
    const places = lists.map(() => 0);
    const lead = lists.reduce(
      (least, { documents }, i) => (documents.length < lengthOf(lists, least) ? i : least),
      0,
    );
    const { documents } = must(lists[lead], 'a list');
    for (let i = 0; i < documents.length; i++) {
      const document = documents[i] as number;
      places[lead] = i;
      if (lists.length > 1 && !seekAll(lists, places, document)) continue;
      if (!isLive(memory.linear, liveBits, document)) continue;
      matches += 1;
      const score = scoring.of(lists, places);
      if (best.takes(score, segment, document)) {
        best.offer({ score, docId: segment.docId(document), segment, document });
      }
    }
  }
  return {
    hits: best.hits(),
    matches,
    countIsExact: !isPartial,
    partial: isPartial,
    counters: { segments: searched.length, pagesRead: memory.pages.pagesRead - pagesBefore },
  };
}

/** Undefined where one of them is empty. */
function listsOf(segment: SegmentReader, hashes: readonly bigint[], group: number): GroupList[] | undefined {
  const lists: GroupList[] = [];
  for (const hash of hashes) {
    const list = segment.groups.of(hash, group);
    if (list.documents.length === 0) return undefined;
    lists.push(list);
  }
  return lists;
}

function lengthOf(lists: readonly GroupList[], place: number): number {
  return lists[place]?.documents.length ?? 0;
}

/** Moves each list's place to `document`; false where one has it not. */
function seekAll(lists: readonly GroupList[], places: number[], document: number): boolean {
  for (let list = 0; list < lists.length; list++) {
    const { documents } = lists[list] as GroupList;
    const place = placeAtLeast(documents, places[list] as number, document);
    places[list] = place;
    if (documents[place] !== document) return false;
  }
  return true;
}

/** Place of the first number at or after `target` from place `from` on, in growing steps. */
function placeAtLeast(numbers: Int32Array, from: number, target: number): number {
  let first = from;
  let past = from;
  for (let step = 1; past < numbers.length && (numbers[past] as number) < target; step *= 2) {
    first = past + 1;
    past += step;
  }
  past = Math.min(past, numbers.length);
  while (first < past) {
    const middle = (first + past) >> 1;
    if ((numbers[middle] as number) < target) first = middle + 1;
    else past = middle;
  }
  return first;
}

/** Scores as the kernels give them, to the bit. */
class GroupScoring {
  readonly #k1: number;
  readonly #weights: readonly ListWeight[];
  /** Of each scored term: the place of its list. */
  readonly #lists: readonly number[];
  readonly #norms: Float64Array;
  /** Scores of each term for one occurrence, by length code: nearly all titles have one. 0: not computed yet. */
  readonly #ofOne: readonly Float64Array[];

  constructor({ scored, statistics, weights }: IndexQuery, group: number, hashes: readonly bigint[]) {
    this.#k1 = weights.k1;
    this.#weights = scored.map((term, place) => listWeights(term, place, statistics, weights).stem);
    this.#lists = scored.map(({ stem }) => hashes.indexOf(stem));
    this.#norms = normsOf(group, statistics, weights);
    this.#ofOne = scored.map(() => new Float64Array(MAGNITUDES.length));
  }

  of(lists: readonly GroupList[], places: readonly number[]): number {
    let score = 0;
    for (let term = 0; term < this.#lists.length; term++) {
      const list = this.#lists[term] as number;
      const mark = (lists[list] as GroupList).marks[places[list] as number] as number;
      score += mark >>> 8 === 1 ? this.#scoreOfOne(term, mark & 255) : this.#score(term, mark);
    }
    return score;
  }

  #scoreOfOne(term: number, code: number): number {
    const known = this.#ofOne[term] as Float64Array;
    if (known[code] === 0) known[code] = this.#score(term, 256 | code);
    return known[code] as number;
  }

  #score(term: number, mark: number): number {
    const { alpha, beta } = this.#weights[term] as ListWeight;
    const weighed = (mark >>> 8) * (this.#norms[mark & 255] as number);
    return (weighed > 0 ? roundScore((alpha * weighed) / (this.#k1 + weighed)) : 0) + beta;
  }
}

interface KnownNorms {
  readonly group: number;
  readonly statistics: TermStatistics;
  readonly norms: Float64Array;
}

/** Who completes a word asks many times with the same weights. */
const knownNorms = new WeakMap<RankingWeights, KnownNorms>();

/** Weight of an occurrence by length code. */
function normsOf(group: number, statistics: TermStatistics, weights: RankingWeights): Float64Array {
  const known = knownNorms.get(weights);
  if (known?.group === group && known.statistics === statistics) return known.norms;
  const norms = MAGNITUDES.map((length) => occurrenceWeight(group, length, statistics, weights));
  knownNorms.set(weights, { group, statistics, norms });
  return norms;
}

interface Candidate {
  readonly score: number;
  readonly docId: DocId;
  readonly segment: SegmentReader;
  readonly document: number;
}

/** The best so far, and some more that are left out when there are too many. */
class BestOfGroup {
  readonly #limit: number;
  readonly #takesEqual: boolean;
  /** Candidates from which on the best are chosen anew. */
  readonly #most: number;
  readonly #kept: Candidate[] = [];
  /** Score of the worst of the best and the upper half of its docId: who comes behind is none of them. */
  #least: number;
  #leastHigh = 0;

  constructor(limit: number, anyOfEqual: boolean) {
    this.#limit = limit;
    this.#takesEqual = !anyOfEqual;
    // Where no equal ones come, few come at all once there are enough.
    this.#most = anyOfEqual ? limit : limit * 2 + SPARE;
    this.#least = limit === 0 ? Infinity : -Infinity;
  }

  takes(score: number, segment: SegmentReader, document: number): boolean {
    if (score !== this.#least) return score > this.#least;
    return this.#takesEqual && segment.docIdHigh(document) <= this.#leastHigh;
  }

  offer(candidate: Candidate): void {
    this.#kept.push(candidate);
    if (this.#kept.length >= this.#most) this.#cut();
  }

  hits(): IndexHit[] {
    this.#cut();
    return this.#kept.map(({ score, segment, document }) => ({
      score,
      features: { text: score },
      ...segment.columns(document),
    }));
  }

  #cut(): void {
    this.#kept.sort((a, b) => b.score - a.score || a.docId - b.docId);
    const worst = this.#kept[this.#limit - 1];
    if (worst === undefined) return;
    this.#kept.length = this.#limit;
    this.#least = worst.score;
    this.#leastHigh = Math.floor(worst.docId / 2 ** 32);
  }
}
