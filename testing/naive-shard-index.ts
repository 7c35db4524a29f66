/** The index as plain arrays and loops: what tests hold the real one against. Slow, and easy to see through. */

import assert from 'node:assert/strict';

import type { DocId } from '../src/base/index.ts';
import type { AnalysedDocument } from '../src/text/analysed-document.ts';
import { fieldGroup } from '../src/text/field-groups.ts';
import type { IndexView } from '../src/index/index-contract.ts';
import type { IndexHit, IndexQuery, ScoredTerm, TermStatistics } from '../src/index/index-query.ts';
import { MAGNITUDES, magnitudeBelow } from '../src/index/magnitude-code.ts';
import { groupAt, has, meets, positionsOf } from './naive-clauses.ts';
import { capped, type NaiveMatch, passes, sorted, sortValues, valuesOf } from './naive-fields.ts';
import {
  homeBonus,
  type ListWeight,
  listWeights,
  occurrenceWeight,
  rerankFeatures,
  roundScore,
} from '../src/index/ranking-model.ts';

export class NaiveIndex {
  readonly documents: Map<DocId, AnalysedDocument> = new Map();

  put(docId: DocId, document: AnalysedDocument): void {
    this.documents.set(docId, document);
  }

  delete(docId: DocId): void {
    this.documents.delete(docId);
  }

  /** All matches, best first, and the head of them as hits. */
  search(query: IndexQuery): { hits: IndexHit[]; matches: number } {
    const { scored, weights, limit, sort, group } = query;
    const matching = this.matches(query);
    const groupOf = ({ docId }: { docId: DocId }): unknown => {
      const document = this.documents.get(docId);
      if (group === undefined || document === undefined) return docId;
      return group.by === 'site' ? document.columns.siteHash : valuesOf(document, group.by)[0];
    };
    const most = group?.perGroup ?? Infinity;
    if (sort !== undefined || (scored.length === 0 && query.required.length === 0)) {
      const ordered = capped(sorted(matching, sort ?? []), groupOf, most).slice(0, limit);
      const hits = ordered.map(({ docId, document }): IndexHit => {
        const { siteHash, contentHash, language } = document.columns;
        const values = sortValues(document, sort ?? []);
        return { docId, score: 0, features: {}, siteHash, contentHash, language, sortValues: values };
      });
      return { hits, matches: matching.length };
    }
    const isAll = query.rescore === 'all' && weights.rerankDepth > 0;
    const depth = scored.length === 0 ? 0 : isAll ? Infinity : weights.rerankDepth;
    const first = matching
      .map(({ docId, document }) => ({ docId, document, score: firstStageScore(document, query) }))
      .sort((a, b) => b.score - a.score || a.docId - b.docId)
      .slice(0, group === undefined ? Math.max(limit, depth) : Infinity);
    const hits = first.map(({ docId, document, score }, place): IndexHit => {
      const home = isHomeOf(document, query) ? homeBonus(query) : 0;
      const features =
        place < depth ? { text: score - home, ...secondStage(document, query), home } : { text: score };
      const { siteHash, contentHash, language } = document.columns;
      const sum = Object.values(features).reduce((total, part) => total + part, 0);
      return { docId, score: sum, features, siteHash, contentHash, language };
    });
    hits.sort((a, b) => b.score - a.score || a.docId - b.docId);
    return { hits: capped(hits, groupOf, most).slice(0, limit), matches: matching.length };
  }

  /** Every document that matches, in no order. */
  matches(query: IndexQuery): NaiveMatch[] {
    const { scored, required, excluded, filters = [], everything = false } = query;
    const hasWords = scored.length > 0 || required.length > 0;
    if (!hasWords && filters.length === 0 && !everything) return [];
    return [...this.documents]
      .map(([docId, document]) => ({ docId, document }))
      .filter((match) => {
        const { document } = match;
        const isIn =
          required.length > 0 || !hasWords
            ? required.every((clause) => meets(document, clause))
            : scored.some((term) => has(document, term.stem) || has(document, term.surface)) ||
              isHomeOf(document, query);
        return (
          isIn &&
          !excluded.some((clause) => meets(document, clause)) &&
          filters.every((filter) => passes(match, filter))
        );
      });
  }

  statistics(scored: readonly ScoredTerm[]): TermStatistics {
    const documents = [...this.documents.values()];
    const frequency = (hash: bigint | undefined): number =>
      documents.filter((document) => has(document, hash)).length;
    const menuOnly = (hash: bigint | undefined): number =>
      documents.filter((document) => isMenuOnly(document, hash)).length;
    return {
      documentCount: documents.length,
      documentFrequencies: scored.map(({ stem }) => frequency(stem)),
      surfaceFrequencies: scored.map(({ surface }) => frequency(surface)),
      menuOnlyFrequencies: scored.map(({ stem }) => menuOnly(stem)),
      menuOnlySurfaceFrequencies: scored.map(({ surface }) => menuOnly(surface)),
      fieldLengthTotals: Array.from({ length: 16 }, (_, group) =>
        documents.reduce(
          (sum, { fieldLengths }) => sum + (MAGNITUDES[magnitudeBelow(fieldLengths[group] ?? 0)] ?? 0),
          0,
        ),
      ),
    };
  }
}

/** Whether a document has a term in menus and nowhere else. */
function isMenuOnly(document: AnalysedDocument, hash: bigint | undefined): boolean {
  const menu = fieldGroup('menu');
  const positions = hash === undefined ? [] : positionsOf(document, hash);
  return positions.length > 0 && positions.every((at) => groupAt(document, at) === menu);
}

function isHomeOf(document: AnalysedDocument, query: IndexQuery): boolean {
  return homeBonus(query) > 0 && has(document, query.home?.hash);
}

function firstStageScore(document: AnalysedDocument, query: IndexQuery): number {
  const { scored, statistics, weights } = query;
  let score = isHomeOf(document, query) ? homeBonus(query) : 0;
  scored.forEach((term, place) => {
    const { stem, surface } = listWeights(term, place, statistics, weights);
    score += listScore(document, term.stem, stem);
    if (surface !== undefined && term.surface !== undefined)
      score += listScore(document, term.surface, surface);
  });
  return score;

  function listScore(own: AnalysedDocument, hash: bigint, { alpha, beta }: ListWeight): number {
    if (!has(own, hash)) return 0;
    const frequencies = Array.from({ length: 16 }, () => 0);
    for (const at of positionsOf(own, hash)) {
      const group = groupAt(own, at);
      frequencies[group] = (frequencies[group] ?? 0) + 1;
    }
    let weighed = 0;
    frequencies.forEach((frequency, group) => {
      if (frequency === 0) return;
      const length = MAGNITUDES[magnitudeBelow(own.fieldLengths[group] ?? 0)] ?? 0;
      weighed += frequency * occurrenceWeight(group, length, statistics, weights);
    });
    return (weighed > 0 ? roundScore((alpha * weighed) / (weights.k1 + weighed)) : 0) + beta;
  }
}

function secondStage(document: AnalysedDocument, query: IndexQuery): Record<string, number> {
  const { scored, statistics, weights } = query;
  const title = fieldGroup('title');
  const body = document.zoneGroups.findIndex((group) => group !== title);
  const menu = fieldGroup('menu');
  const positions = scored.map(({ stem }) =>
    positionsOf(document, stem).filter((at) => groupAt(document, at) !== menu),
  );
  return rerankFeatures(
    {
      masses: scored.map((term, place) => listWeights(term, place, statistics, weights).mass),
      places: scored.map(({ place }) => place),
      positions,
      titleFrequencies: positions.map((own) => own.filter((at) => groupAt(document, at) === title).length),
      titleLength: MAGNITUDES[magnitudeBelow(document.fieldLengths[title] ?? 0)] ?? 0,
      bodyStart: body < 0 ? 0 : (document.zoneStarts[body] ?? 0),
      rank: document.columns.rank,
    },
    weights,
  );
}

/** Holds an index against the naive one on a query: hits, scores, features and, without pruning, the count. */
export function compareAnswers(
  view: IndexView,
  naive: NaiveIndex,
  query: Omit<IndexQuery, 'statistics'>,
): void {
  const statistics = naive.statistics(query.scored);
  const expected = naive.search({ ...query, statistics });
  const pruned = view.search({ ...query, statistics });
  const exhaustive = view.search({ ...query, statistics, exhaustive: true });
  assert.deepEqual(exhaustive.hits, expected.hits);
  assert.deepEqual(pruned.hits, expected.hits);
  assert.equal(exhaustive.matches, expected.matches);
  assert.equal(exhaustive.countIsExact, true);
  if (pruned.countIsExact) assert.equal(pruned.matches, expected.matches);
  else assert.ok(pruned.matches <= expected.matches);
}
