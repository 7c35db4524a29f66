/** Weight of an occurrence by field group and length code, as tables that kernels read; kept while nothing changes. */

import type { RankingWeights, TermStatistics } from './index-query.ts';
import { NORM_BYTES, NORM_FREQUENCY_VALUES } from './kernels/layout.ts';
import type { KernelMemory } from './linear-memory.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import { occurrenceWeight } from './ranking-model.ts';
import { FIELD_COLUMNS } from './segment-format.ts';

export class NormTables {
  readonly #memory: KernelMemory;
  #address = 0;
  /** Of the last query: immutable, so that the same object says the same. */
  #totals: readonly number[] | undefined;
  #weights: RankingWeights | undefined;
  /** What the tables were made of: documents, then three numbers a group. */
  readonly #made: Float64Array = new Float64Array(1 + FIELD_COLUMNS * 3);

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  /** Address of the tables for these weights and statistics. */
  prepare(statistics: TermStatistics, weights: RankingWeights): number {
    // A view gives the same totals for every query.
    const isSame =
      statistics.fieldLengthTotals === this.#totals &&
      statistics.documentCount === this.#made[0] &&
      weights === this.#weights;
    if (isSame) return this.#address;
    this.#totals = statistics.fieldLengthTotals;
    this.#weights = weights;
    if (this.#address !== 0 && !this.#differs(statistics, weights)) return this.#address;
    if (this.#address === 0) this.#address = this.#memory.allocate(NORM_BYTES);
    this.#differs(statistics, weights);
    const { floats } = this.#memory;
    const at = this.#address >> 3;
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      for (let code = 0; code < 256; code++) {
        const length = MAGNITUDES[code] ?? 0;
        floats[at + group * 256 + code] = occurrenceWeight(group, length, statistics, weights);
      }
    }
    floats.set(MAGNITUDES, at + (NORM_FREQUENCY_VALUES >> 3));
    return this.#address;
  }

  /** Whether anything is other than it was; remembers it as it is now. */
  #differs(
    { documentCount, fieldLengthTotals }: TermStatistics,
    { fieldWeights, fieldLengthNorms }: RankingWeights,
  ): boolean {
    const made = this.#made;
    let differs = made[0] !== documentCount;
    made[0] = documentCount;
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      const at = 1 + group * 3;
      const total = fieldLengthTotals[group] ?? 0;
      const weight = fieldWeights[group] ?? 0;
      const norm = fieldLengthNorms[group] ?? 0;
      differs ||= made[at] !== total || made[at + 1] !== weight || made[at + 2] !== norm;
      made[at] = total;
      made[at + 1] = weight;
      made[at + 2] = norm;
    }
    return differs;
  }
}
