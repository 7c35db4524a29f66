/** Whether the impacts of a list and of its blocks bound every posting: pruning is exact where they do. */

import { countBits, packedWords } from './bit-packing.ts';
import type { IndexMemory } from './index-memory.ts';
import {
  C_BLOCKS,
  C_CHUNK_COUNT,
  C_CHUNK_TABLE,
  C_CHUNKS,
  C_COUNT,
  C_DOCS,
  C_FREQUENCIES,
  C_FREQUENCY_WORD,
  C_KIND,
  C_MASK,
  C_WIDTHS,
  CHUNK_SHIFT,
  EVERY_GROUP,
  LIST_INLINE,
  LIST_SHORT,
} from './kernels/layout.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import { FIELD_COLUMNS, impactWordsOf } from './segment-format.ts';
import type { Segment } from './segment.ts';

/** Impacts of some field groups, side by side from a word of the segment on. */
interface PlacedImpacts {
  readonly mask: number;
  readonly word: number;
  /** Of each group. */
  readonly impactWords: number;
}

export class ImpactCheck {
  readonly #memory: IndexMemory;
  readonly #segment: Segment;
  readonly #cursor: number;
  readonly #tell: (problem: string) => void;

  /** Of the block that stands unpacked in a cursor. */
  constructor(memory: IndexMemory, segment: Segment, cursor: number, tell: (problem: string) => void) {
    this.#memory = memory;
    this.#segment = segment;
    this.#cursor = cursor;
    this.#tell = tell;
  }

  /** Every posting of the block is covered by a pair of its impacts, and by one of the list's. */
  check(ordinal: number, term: number): void {
    const kind = this.#field(C_KIND);
    if (kind === LIST_INLINE) return;
    const { mask, word } = kind === LIST_SHORT ? this.#shortImpacts() : this.#blockImpacts(ordinal);
    if (mask !== this.#field(C_MASK)) this.#tell(`block ${ordinal} of term ${term} has another mask`);
    const impactWords = kind === LIST_SHORT ? 1 : impactWordsOf(this.#segment.head);
    this.#covered({ mask, word, impactWords }, `block ${ordinal} of term ${term}`);
    if (kind === LIST_SHORT) return;
    const table = this.#field(C_CHUNK_TABLE);
    // Before the table: the list's impacts, before those its mask.
    for (let groups = 0; groups <= FIELD_COLUMNS; groups++) {
      const impacts = table - groups * impactWords;
      const listMask = this.#word(impacts - 1) & EVERY_GROUP;
      if (countBits(listMask) !== groups || this.#word(impacts - 2) !== this.#field(C_BLOCKS)) continue;
      if ((listMask & mask) !== mask) this.#tell(`the list of term ${term} lacks a group`);
      this.#covered({ mask: listMask, word: impacts, impactWords }, `the list of term ${term}`);
      return;
    }
    this.#tell(`the list of term ${term} has no head`);
  }

  #shortImpacts(): Pick<PlacedImpacts, 'mask' | 'word'> {
    const mask = this.#field(C_MASK);
    const { bytes } = this.#memory.linear;
    let word = this.#field(C_FREQUENCY_WORD);
    for (let group = 0; group < countBits(mask); group++) {
      word += packedWords(bytes[this.#cursor + C_WIDTHS + group] ?? 0, this.#field(C_COUNT));
    }
    return { mask, word };
  }

  #blockImpacts(ordinal: number): Pick<PlacedImpacts, 'mask' | 'word'> {
    const chunk = ordinal >> CHUNK_SHIFT;
    const place = this.#word(this.#field(C_CHUNK_TABLE) + this.#field(C_CHUNKS) + chunk);
    const word = this.#segment.head.regions.postings + place;
    const block = ordinal - (chunk << CHUNK_SHIFT);
    const meta = this.#word(word + 3 * this.#field(C_CHUNK_COUNT) + block);
    return { mask: meta >>> 16, word: word + (meta & 0xffff) };
  }

  #covered({ mask, word, impactWords }: PlacedImpacts, what: string): void {
    let place = 0;
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      if ((mask & (1 << group)) === 0) continue;
      const pairs = Array.from({ length: impactWords }, (_, i) => this.#word(word + place + i)).flatMap(
        (both) => [both & 0xffff, both >>> 16],
      );
      place += impactWords;
      if ((this.#field(C_MASK) & (1 << group)) === 0) continue;
      const count = this.#field(C_COUNT);
      for (let i = 0; i < count; i++) {
        const frequency = this.#frequency(group, i);
        if (frequency === 0) continue;
        const document = this.#memory.linear.words[((this.#cursor + C_DOCS) >> 2) + i] ?? 0;
        const length = this.#segment.lengthCode(document, group);
        if (pairs.some((pair) => covers(pair, frequency, length))) continue;
        this.#tell(`${what} does not bound document ${document}`);
      }
    }
  }

  #frequency(group: number, index: number): number {
    return this.#memory.linear.words[((this.#cursor + C_FREQUENCIES) >> 2) + group * 128 + index] ?? 0;
  }

  #field(offset: number): number {
    return this.#memory.linear.words[(this.#cursor + offset) >> 2] ?? 0;
  }

  #word(word: number): number {
    return this.#memory.kernels.loadWord(this.#segment.descriptor, word);
  }
}

/** Whether a pair of the impacts bounds a posting of this frequency, in a document of this length code. */
function covers(pair: number, frequency: number, length: number): boolean {
  const most = pair & 255;
  return ((MAGNITUDES[most] ?? 0) >= frequency || most === 255) && pair >>> 8 <= length;
}
