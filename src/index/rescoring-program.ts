/** Writes what the second stage wants to know of a query as its kernels take it: terms, masses, factors, tables of shares. */

import { highHalf, lowHalf } from './hash-halves.ts';
import type { IndexQuery } from './index-query.ts';
import { C_DOCS, CURSOR_BYTES } from './kernels/layout.ts';
import {
  APART_TOKENS,
  CANDIDATES_BYTES,
  FEATURES,
  MOST_BOUNDED,
  PAIR_SATURATION,
  PHRASE_SATURATION,
  POSITIONS_BYTES,
  Q_CANDIDATES,
  Q_CLOSE,
  Q_CLOSE_COUNT,
  Q_CURSORS,
  Q_DOC,
  Q_ENDS,
  Q_FEATURES,
  Q_FLOOR,
  Q_FREQUENCIES,
  Q_HASHES,
  Q_HEADS,
  Q_IS_BOUNDED,
  Q_LOOKED,
  Q_MASSES,
  Q_MEAN,
  Q_MOST,
  Q_PHRASE,
  Q_PLACES,
  Q_POSITIONS,
  Q_POSSIBLE,
  Q_RESCORED,
  Q_SEGMENT,
  Q_TABLES,
  Q_TERMS,
  Q_TITLES,
  Q_TOTAL,
  QT_BYTES,
  QT_CLOSENESS,
  QT_PAIR,
  QT_PHRASE,
  QT_SATURATED,
  RESCORING_BYTES,
} from './kernels/rescoring-layout.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import type { QueryMemory } from './query-memory.ts';
import { closenessAt, closeTerms, listWeights, type RerankFeatures } from './ranking-model.ts';

/** The scratch buffer of the second stage. */
const RESCORING_SCRATCH = 5;
/** More than any rounding of a score's parts. */
const SLACK = 1e-6;

export class RescoringProgram {
  readonly address: number;
  readonly #memory: QueryMemory;
  readonly #isBoundable: boolean;

  /** One at a time: each takes the place of the last. */
  constructor(memory: QueryMemory, query: IndexQuery) {
    this.#memory = memory;
    this.#isBoundable = query.exhaustive !== true && isBoundable(query);
    const { scored, statistics, weights } = query;
    const terms = scored.length;
    const masses = scored.map((term, place) => listWeights(term, place, statistics, weights).mass);
    const close = closeTerms(masses);
    const parts = {
      program: RESCORING_BYTES,
      tables: QT_BYTES,
      candidates: CANDIDATES_BYTES,
      masses: terms * 8,
      hashes: terms * 8,
      words: terms * 6 * 4,
      cursors: terms * CURSOR_BYTES,
      positions: (terms + 1) * POSITIONS_BYTES,
    };
    const address = memory.scratch(
      RESCORING_SCRATCH,
      Object.values(parts).reduce((sum, size) => sum + size, 0),
    );
    this.address = address;
    const tables = address + parts.program;
    const candidates = tables + parts.tables;
    const massAt = candidates + parts.candidates;
    const hashes = massAt + parts.masses;
    const words = hashes + parts.hashes;
    const cursors = words + parts.words;
    const set = (field: number, value: number): void => {
      memory.linear.words[(address + field) >> 2] = value;
    };
    const row = (number: number): number => words + number * terms * 4;
    set(Q_TERMS, terms);
    set(Q_HASHES, hashes);
    set(Q_CURSORS, cursors);
    set(Q_SEGMENT, 0);
    set(Q_DOC, -1);
    set(Q_MASSES, massAt);
    set(Q_PLACES, row(0));
    set(Q_CLOSE, row(1));
    set(Q_CLOSE_COUNT, close.length);
    set(Q_TABLES, tables);
    set(Q_POSITIONS, cursors + parts.cursors);
    set(Q_ENDS, row(2));
    set(Q_FREQUENCIES, row(3));
    set(Q_TITLES, row(4));
    set(Q_HEADS, row(5));
    set(Q_CANDIDATES, candidates);
    set(Q_IS_BOUNDED, 0);
    set(Q_LOOKED, 0);
    set(Q_RESCORED, 0);
    for (let term = 0; term < terms; term++) {
      const { stem, place } = scored[term] as (typeof scored)[number];
      memory.linear.words[(hashes >> 2) + term * 2] = highHalf(stem);
      memory.linear.words[(hashes >> 2) + term * 2 + 1] = lowHalf(stem);
      memory.linear.words[(row(0) >> 2) + term] = place;
      // Opening a cursor sets what comes behind its head.
      const cursor = cursors + term * CURSOR_BYTES;
      memory.linear.bytes.fill(0, cursor, cursor + C_DOCS);
    }
    memory.linear.words.set(close, row(1) >> 2);
    memory.linear.floats.set(masses, massAt >> 3);
    this.#writeFactors(query, masses, close);
    writeTables(memory, tables);
  }

  /**
   * Has the first stage ask this of all matches: those are kept that reach `floor` with all features. Matches that can't
   * are left out unseen, unless nothing is to be left out.
   */
  askAll(floor: number): void {
    const { words, floats } = this.#memory.linear;
    words[(this.address + Q_IS_BOUNDED) >> 2] = this.#isBoundable ? 1 : 0;
    floats[(this.address + Q_FLOOR) >> 3] = floor;
    if (!this.#isBoundable) floats[(this.address + Q_MOST) >> 3] = Infinity;
  }

  /** Features of a document of the segment with this descriptor; fast where documents come in order. */
  features(descriptor: number, document: number): RerankFeatures {
    this.#memory.kernels.compareDocument(this.address, descriptor, document);
    const at = (this.address + Q_FEATURES) >> 3;
    const [phrase = 0, pairs = 0, closeness = 0, titleMatch = 0, earlyMatch = 0, windowMatch = 0, rank = 0] =
      this.#memory.linear.floats.subarray(at, at + FEATURES);
    return { phrase, pairs, closeness, titleMatch, earlyMatch, windowMatch, rank };
  }

  /** Matches that were bounded since {@link askAll}, and those of them whose positions were looked at. */
  get counted(): { readonly bounded: number; readonly rescored: number } {
    const { words } = this.#memory.linear;
    return {
      bounded: words[(this.address + Q_LOOKED) >> 2] ?? 0,
      rescored: words[(this.address + Q_RESCORED) >> 2] ?? 0,
    };
  }

  #writeFactors({ weights }: IndexQuery, masses: readonly number[], close: readonly number[]): void {
    const { floats } = this.#memory.linear;
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    let possible = 0;
    close.forEach((a, i) => {
      for (const b of close.slice(i + 1)) possible += (masses[a] ?? 0) + (masses[b] ?? 0);
    });
    const { phrase, pairs, closeness, titleMatch, earlyMatch, windowMatch, rank } = weights;
    const factors = [phrase, titleMatch, earlyMatch, windowMatch, rank, closeness].map((own) => own * total);
    const neighbours = masses.slice(1).reduce((sum, mass, i) => sum + (mass + (masses[i] ?? 0)) / 2, 0);
    const most = factors.reduce((sum, own) => sum + own, pairs * neighbours);
    floats[(this.address + Q_TOTAL) >> 3] = total;
    floats[(this.address + Q_POSSIBLE) >> 3] = possible;
    floats[(this.address + Q_MEAN) >> 3] = total / masses.length;
    floats.set(
      [
        phrase * total,
        pairs,
        closeness * total,
        titleMatch * total,
        earlyMatch,
        windowMatch,
        rank * total,
        most + SLACK,
      ],
      (this.address + Q_PHRASE) >> 3,
    );
  }
}

/** Whether more occurrences never make a document worse, so that bounds by their number hold. */
function isBoundable({ weights }: IndexQuery): boolean {
  const { phrase, pairs, closeness, titleMatch, earlyMatch, windowMatch, rank } = weights;
  return [phrase, pairs, closeness, titleMatch, earlyMatch, windowMatch, rank].every((weight) => weight >= 0);
}

const SHARES: Float64Array = Float64Array.from({ length: (QT_BYTES - QT_CLOSENESS) >> 3 }, (_, i) => {
  const row = MOST_BOUNDED + 1;
  const number = i % row;
  if (i < row) return number < APART_TOKENS ? closenessAt(number) : 0;
  if (number === MOST_BOUNDED) return 1;
  const saturations = {
    [QT_PHRASE]: PHRASE_SATURATION,
    [QT_PAIR]: PAIR_SATURATION,
    [QT_SATURATED]: 1,
  };
  const table = QT_CLOSENESS + Math.floor(i / row) * row * 8;
  return number / (number + (saturations[table] ?? 0));
});

function writeTables({ linear }: QueryMemory, tables: number): void {
  linear.floats.set(MAGNITUDES, tables >> 3);
  linear.floats.set(SHARES, (tables + QT_CLOSENESS) >> 3);
}
