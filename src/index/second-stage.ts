/** The second stage: looks at positions, title and rank of the first stage's best, or of all matches, and adds bounded bonuses. */

import { highHalf, lowHalf } from './hash-halves.ts';
import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexQuery } from './index-query.ts';
import { C_DOCS, CURSOR_BYTES } from './kernels/layout.ts';
import type { FirstStageHit } from './query-program.ts';
import { homeBonus, type RerankFeatures } from './ranking-model.ts';
import { RescoringProgram } from './rescoring-program.ts';
import type { SegmentReader } from './segment-reader.ts';

const CURSOR_SCRATCH = 3;

type Features = RerankFeatures & { readonly home: number };

export class SecondStage {
  /** For the kernels to ask all matches. */
  readonly program: RescoringProgram;
  readonly #memory: QueryMemory;
  readonly #query: IndexQuery;
  readonly #segments: readonly SegmentReader[];
  readonly #homeBonus: number;
  #homeSegment: SegmentReader | undefined;

  constructor(memory: QueryMemory, query: IndexQuery, segments: readonly SegmentReader[]) {
    this.#memory = memory;
    this.#query = query;
    this.#segments = segments;
    this.#homeBonus = homeBonus(query);
    this.program = new RescoringProgram(memory, query);
  }

  /**
   * Hits with all features, best first. Hits of the first stage beyond `depth` keep their score; so do, where time is
   * over, those that were not looked at before.
   */
  rerank(
    firstStage: readonly FirstStageHit[],
    depth: number,
  ): { readonly hits: IndexHit[]; readonly isPartial: boolean } {
    const head = firstStage.slice(0, depth);
    this.#homeSegment = undefined;
    const features = new Map<FirstStageHit, Features>();
    for (const hit of inOrder(head)) {
      if (this.#memory.isExpired()) break;
      features.set(hit, this.#features(hit));
    }
    const hits = firstStage.map((hit) => hitOf(hit, features.get(hit))).sort(byScore);
    return { hits, isPartial: features.size < head.length };
  }

  /** The same of documents whose score has all features, best first. */
  explain(rescored: readonly FirstStageHit[]): IndexHit[] {
    this.#homeSegment = undefined;
    return inOrder(rescored)
      .map((hit) => {
        const features = this.#features(hit);
        // Parts of scores are sums of powers of two, so that this is what the first stage gave.
        return hitOf({ ...hit, score: hit.score - bonusOf(features) + features.home }, features);
      })
      .sort(byScore);
  }

  #features({ segment, document }: FirstStageHit): Features {
    const reader = this.#segments[segment] as SegmentReader;
    const features = this.program.features(reader.descriptor, document);
    return { ...features, home: this.#isHome(reader, document) ? this.#homeBonus : 0 };
  }

  #isHome(segment: SegmentReader, document: number): boolean {
    const { home } = this.#query;
    if (this.#homeBonus === 0 || home === undefined) return false;
    const { kernels, linear } = this.#memory;
    const cursor = this.#memory.scratch(CURSOR_SCRATCH, CURSOR_BYTES);
    if (segment !== this.#homeSegment) {
      this.#homeSegment = segment;
      linear.bytes.fill(0, cursor, cursor + C_DOCS);
      kernels.openCursor(cursor, segment.descriptor, highHalf(home.hash), lowHalf(home.hash));
    }
    return kernels.nextAtLeast(cursor, document) === document;
  }
}

/** Hits of the first stage alone. */
export function textHits(firstStage: readonly FirstStageHit[]): IndexHit[] {
  return firstStage.map((hit) => hitOf(hit, undefined));
}

/** In the order of segments and documents, for cursors only go forward. */
function inOrder(hits: readonly FirstStageHit[]): FirstStageHit[] {
  return hits.toSorted((a, b) => a.segment - b.segment || a.document - b.document);
}

export function byScore(a: IndexHit, b: IndexHit): number {
  return b.score - a.score || a.docId - b.docId;
}

function bonusOf(features: Features): number {
  return Object.values(features).reduce((sum, part) => sum + part, 0);
}

function hitOf(hit: FirstStageHit, own: Features | undefined): IndexHit {
  const { docId, score, siteHash, contentHash, language } = hit;
  if (own === undefined) {
    return { docId, score, features: { text: score }, siteHash, contentHash, language };
  }
  // What the front page gets is part of the first stage, so that pruning knows of it.
  const text = score - own.home;
  return {
    docId,
    score: text + bonusOf(own),
    features: { text, ...own },
    siteHash,
    contentHash,
    language,
  };
}
