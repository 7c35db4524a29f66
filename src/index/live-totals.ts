/** Lengths of field groups over the live documents of a segment: exact under deletions, kept up by what changed since. */

import type { LiveBits } from './live-bits.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import { FIELD_COLUMNS } from './segment-format.ts';

export class LiveTotals {
  readonly #lengthCode: (document: number, group: number) => number;
  #totals: Float64Array;
  /** Documents of a segment only ever die: their number says which they are. */
  #deleted = 0;
  /** The bits that the totals are of; undefined while every document lives. */
  #bits: Uint8Array | undefined;

  /** `all`: totals of all documents. */
  constructor(all: readonly number[], lengthCode: (document: number, group: number) => number) {
    this.#totals = Float64Array.from({ length: FIELD_COLUMNS }, (_, group) => all[group] ?? 0);
    this.#lengthCode = lengthCode;
  }

  /** Good until the next call. `isPresent`: whether any document has a group. */
  of(live: LiveBits, isPresent: (group: number) => boolean): Float64Array {
    if (live.deleted === this.#deleted) return this.#totals;
    const bits = live.bytes;
    const before = this.#bits;
    // Committed at the end: a page that can't be read leaves all as it was.
    const totals = this.#totals.slice();
    const groups = Array.from({ length: FIELD_COLUMNS }, (_, group) => group).filter(isPresent);
    for (let byte = 0; byte < bits.length; byte++) {
      const now = bits[byte] as number;
      let changed = now ^ (before === undefined ? 255 : (before[byte] as number));
      while (changed !== 0) {
        const bit = 31 - Math.clz32(changed & -changed);
        changed &= changed - 1;
        const document = byte * 8 + bit;
        if (document < live.documents) this.#change(totals, document, groups, (now >> bit) & 1 ? 1 : -1);
      }
    }
    this.#bits = bits;
    this.#deleted = live.deleted;
    this.#totals = totals;
    return this.#totals;
  }

  #change(totals: Float64Array, document: number, groups: readonly number[], sign: number): void {
    for (const group of groups) {
      const length = MAGNITUDES[this.#lengthCode(document, group)] ?? 0;
      totals[group] = (totals[group] as number) + sign * length;
    }
  }
}
