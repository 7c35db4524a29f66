/** An index view over analysed documents in an array: every query by looking at every document. Slow, and plainly right. */

import type { CollectionId, DocId } from '../src/base/index.ts';
import type {
  AnalysedDocument,
  Clause,
  IndexHit,
  IndexHits,
  IndexQuery,
  IndexView,
  ScoredTerm,
  TermStatistics,
} from '../src/index/index.ts';

export interface NaiveDocument {
  readonly docId: DocId;
  readonly document: AnalysedDocument;
}

export class NaiveIndexView implements IndexView {
  readonly collection: CollectionId;
  readonly version = 1;
  readonly #documents: readonly NaiveDocument[];

  constructor(collection: CollectionId, documents: readonly NaiveDocument[]) {
    this.collection = collection;
    this.#documents = documents;
  }

  get documentCount(): number {
    return this.#documents.length;
  }

  statistics(scored: readonly ScoredTerm[]): TermStatistics {
    const count = (hash: bigint | undefined): number =>
      hash === undefined ? 0 : this.#documents.filter(({ document }) => holdsTerm(document, hash)).length;
    return {
      documentCount: this.documentCount,
      documentFrequencies: scored.map(({ stem }) => count(stem)),
      surfaceFrequencies: scored.map(({ surface }) => count(surface)),
      fieldLengthTotals: this.#documents.reduce<number[]>((sums, { document }) => {
        document.fieldLengths.forEach((length, group) => (sums[group] = (sums[group] ?? 0) + length));
        return sums;
      }, []),
    };
  }

  search(query: IndexQuery): IndexHits {
    const found = this.#documents
      .filter(({ document }) => matches(document, query))
      .map((entry) => hitOf(entry, query))
      .sort((a, b) => b.score - a.score || a.docId - b.docId);
    return {
      hits: found.slice(0, query.limit),
      matches: found.length,
      countIsExact: true,
      partial: false,
      counters: {},
    };
  }

  has(docId: DocId): boolean {
    return this.#documents.some((entry) => entry.docId === docId);
  }

  release(): void {
    // Nothing is held.
  }
}

function matches(document: AnalysedDocument, { scored, required, excluded }: IndexQuery): boolean {
  if (excluded.some((clause) => holds(document, clause))) return false;
  if (!required.every((clause) => holds(document, clause))) return false;
  return required.length > 0 || scored.some((term) => frequency(document, term) > 0);
}

function holds(document: AnalysedDocument, clause: Clause): boolean {
  if (clause.kind === 'any') return clause.clauses.some((one) => holds(document, one));
  if (clause.kind === 'filter') return document.filterHashes.includes(clause.hash);
  if (clause.kind === 'term') return positionsOf(document, clause.hash, clause.groups).length > 0;
  const [first = 0n, ...rest] = clause.hashes;
  return positionsOf(document, first, clause.groups).some((position) =>
    rest.every((hash, i) =>
      positionsOf(document, hash, clause.groups).includes(
        position + (clause.offsets[i + 1] ?? 0) - (clause.offsets[0] ?? 0),
      ),
    ),
  );
}

function holdsTerm(document: AnalysedDocument, hash: bigint): boolean {
  return document.termHashes.includes(hash) || document.filterHashes.includes(hash);
}

function positionsOf(document: AnalysedDocument, hash: bigint, groups = 0xffff): number[] {
  const term = document.termHashes.indexOf(hash);
  if (term < 0) return [];
  const positions = document.positions.slice(
    document.positionStarts[term],
    document.positionStarts[term + 1],
  );
  return [...positions].filter((position) => {
    const zone = document.zoneStarts.findLastIndex((start) => start <= position);
    return ((groups >> (document.zoneGroups[zone] ?? 0)) & 1) === 1;
  });
}

function frequency(document: AnalysedDocument, { stem, surface }: ScoredTerm): number {
  const ofSurface = surface === undefined ? 0 : positionsOf(document, surface).length;
  return Math.max(positionsOf(document, stem).length, ofSurface);
}

function hitOf({ docId, document }: NaiveDocument, { scored, statistics, weights }: IndexQuery): IndexHit {
  let score = 0;
  scored.forEach((term, i) => {
    const times = frequency(document, term);
    const documents = statistics.documentFrequencies[i] ?? 0;
    const idf = Math.log(1 + (statistics.documentCount - documents + 0.5) / (documents + 0.5));
    score += (term.weight * idf * times) / (times + weights.k1);
  });
  const { siteHash, contentHash, language } = document.columns;
  return { docId, score, features: { words: score }, siteHash, contentHash, language };
}
