/** The second stage: looks at positions, title and rank of the first stage's best, and adds bounded bonuses. */

import { highHalf, lowHalf } from './hash-halves.ts';
import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexQuery } from './index-query.ts';
import { fieldGroup } from '../text/index.ts';
import { BEHIND_POSITIONS, C_DOCS, C_INDEX, CURSOR_BYTES, MENU_GROUP } from './kernels/layout.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import type { FirstStageHit } from './query-program.ts';
import { homeBonus, listWeights, rerankFeatures, type RerankFeatures } from './ranking-model.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Occurrences of one term that proximity looks at: the first so many. */
export const MAX_RERANK_POSITIONS = 4096;
const CURSOR_SCRATCH = 3;
const POSITION_SCRATCH = 0;
const TITLE = fieldGroup('title');
const MENUS = 1 << MENU_GROUP;
const NOTHING = new Uint32Array(0);

/**
 * Hits with all features, best first. Hits of the first stage beyond `rerankDepth` keep their score; so do, where time is
 * over, those that were not looked at before.
 */
export function rerank(
  memory: QueryMemory,
  query: IndexQuery,
  firstStage: readonly FirstStageHit[],
  segments: readonly SegmentReader[],
): { readonly hits: IndexHit[]; readonly isPartial: boolean } {
  const depth = query.scored.length === 0 ? 0 : query.weights.rerankDepth;
  if (depth === 0) return { hits: firstStage.map(textHitOf), isPartial: false };
  const head = firstStage.slice(0, depth);
  const reader = new PositionReader(memory, query);
  const features = new Map<FirstStageHit, RerankFeatures & { readonly home: number }>();
  // In the order of segments and documents, for cursors only go forward.
  for (const hit of head.toSorted((a, b) => a.segment - b.segment || a.document - b.document)) {
    if (memory.isExpired()) break;
    features.set(hit, reader.features(segments[hit.segment] as SegmentReader, hit.document));
  }
  const hits = firstStage
    .map((hit) => hitOf(hit, features.get(hit)))
    .sort((a, b) => b.score - a.score || a.docId - b.docId);
  return { hits, isPartial: features.size < head.length };
}

function textHitOf({ docId, score, siteHash, contentHash, language }: FirstStageHit): IndexHit {
  return { docId, score, features: { text: score }, siteHash, contentHash, language };
}

function hitOf(hit: FirstStageHit, own: (RerankFeatures & { readonly home: number }) | undefined): IndexHit {
  if (own === undefined) return textHitOf(hit);
  const { docId, siteHash, contentHash, language } = hit;
  // What the front page gets is part of the first stage, so that pruning knows of it.
  const text = hit.score - own.home;
  const bonus = Object.values(own).reduce((sum, part) => sum + part, 0);
  return { docId, score: text + bonus, features: { text, ...own }, siteHash, contentHash, language };
}

/** Reads what {@link rerankFeatures} wants of documents, in the order of segments and documents. */
class PositionReader {
  readonly #memory: QueryMemory;
  readonly #query: IndexQuery;
  readonly #masses: readonly number[];
  readonly #places: readonly number[];
  readonly #cursors: number;
  readonly #homeBonus: number;
  #segment: SegmentReader | undefined;

  constructor(memory: QueryMemory, query: IndexQuery) {
    this.#memory = memory;
    this.#query = query;
    const { scored, statistics, weights } = query;
    this.#masses = scored.map((term, place) => listWeights(term, place, statistics, weights).mass);
    this.#places = scored.map(({ place }) => place);
    // One more for the name of a site.
    const size = (scored.length + 1) * CURSOR_BYTES;
    this.#homeBonus = homeBonus(query);
    this.#cursors = memory.scratch(CURSOR_SCRATCH, size);
    for (let i = 0; i <= scored.length; i++) {
      const cursor = this.#cursors + i * CURSOR_BYTES;
      memory.linear.bytes.fill(0, cursor, cursor + C_DOCS);
    }
  }

  features(segment: SegmentReader, document: number): RerankFeatures & { readonly home: number } {
    if (segment !== this.#segment) this.#open(segment);
    const { kernels, linear } = this.#memory;
    const positions: Uint32Array[] = [];
    const titleFrequencies: number[] = [];
    this.#query.scored.forEach((_, term) => {
      const cursor = this.#cursors + term * CURSOR_BYTES;
      if (kernels.nextAtLeast(cursor, document) !== document) {
        positions.push(NOTHING);
        titleFrequencies.push(0);
        return;
      }
      const index = linear.words[(cursor + C_INDEX) >> 2] ?? 0;
      positions.push(this.#positions(segment, document, cursor, index));
      titleFrequencies.push(kernels.frequencyIn(cursor, index, 1 << TITLE));
    });
    const features = rerankFeatures(
      {
        masses: this.#masses,
        places: this.#places,
        positions,
        titleFrequencies,
        titleLength: MAGNITUDES[segment.lengthCode(document, TITLE)] ?? 0,
        bodyStart: this.#bodyStart(segment, document),
        rank: segment.rank(document),
      },
      this.#query.weights,
    );
    return { ...features, home: this.#isHome(document) ? this.#homeBonus : 0 };
  }

  /** Where a term stands, but for menus: every page of a site says there what the others do. */
  #positions(segment: SegmentReader, document: number, cursor: number, index: number): Uint32Array {
    const { kernels, linear } = this.#memory;
    const count = kernels.occurrences(cursor, index);
    const inMenus = kernels.frequencyIn(cursor, index, MENUS);
    if (inMenus === count) return NOTHING;
    const buffer = this.#memory.scratch(POSITION_SCRATCH, (count + BEHIND_POSITIONS) * 4);
    kernels.readPositions(cursor, index, buffer, 0);
    const own =
      inMenus === 0 ? count : kernels.keepWithin(segment.descriptor, document, ~MENUS, buffer, count);
    const kept = Math.min(own, MAX_RERANK_POSITIONS);
    return new Uint32Array(linear.words.subarray(buffer >> 2, (buffer >> 2) + kept));
  }

  #isHome(document: number): boolean {
    if (this.#homeBonus === 0) return false;
    const cursor = this.#cursors + this.#query.scored.length * CURSOR_BYTES;
    return this.#memory.kernels.nextAtLeast(cursor, document) === document;
  }

  #open(segment: SegmentReader): void {
    this.#segment = segment;
    const { scored, home } = this.#query;
    scored.forEach(({ stem }, term) => this.#openCursor(segment, term, stem));
    if (home !== undefined) this.#openCursor(segment, scored.length, home.hash);
  }

  #openCursor({ descriptor }: SegmentReader, place: number, hash: bigint): void {
    const cursor = this.#cursors + place * CURSOR_BYTES;
    this.#memory.kernels.openCursor(cursor, descriptor, highHalf(hash), lowHalf(hash));
  }

  /** Start of the first zone that is no title. */
  #bodyStart({ descriptor }: SegmentReader, document: number): number {
    const { kernels } = this.#memory;
    const zones = kernels.zonesOf(descriptor, document);
    if (zones < 0) return 0;
    const count = kernels.loadWord(descriptor, zones);
    for (let i = 1; i <= count; i++) {
      const zone = kernels.loadWord(descriptor, zones + i);
      if ((zone & 15) !== TITLE) return zone >>> 4;
    }
    return 0;
  }
}
