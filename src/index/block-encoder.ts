/** Gathers up to 128 postings of one term and packs them: documents, frequencies by group, positions, impacts. */

import { bitsFor, pack } from './bit-packing.ts';
import { magnitudeAbove } from './magnitude-code.ts';
import { FIELD_COLUMNS } from './segment-format.ts';

export const BLOCK_POSTINGS = 128;
/** A block takes at most this: head, widths, documents, sixteen groups of frequencies. */
const BLOCK_WORDS_BOUND = 1 + 4 + 128 + FIELD_COLUMNS * 128;

export class BlockEncoder {
  count = 0;
  /** Groups that any posting of the block has. */
  mask = 0;
  occurrences = 0;
  readonly documents: Int32Array = new Int32Array(BLOCK_POSTINGS);
  readonly frequencies: Int32Array = new Int32Array(FIELD_COLUMNS * BLOCK_POSTINGS);
  /** Distances between positions, each less one; the first of a posting as it is. */
  gaps: Int32Array = new Int32Array(1024);
  /** Packed form after {@link encode}, and its size. */
  readonly words: Int32Array = new Int32Array(BLOCK_WORDS_BOUND);
  wordCount = 0;
  readonly impacts: Int32Array = new Int32Array(FIELD_COLUMNS);
  impactCount = 0;
  positionWidth = 0;
  #gapBits = 0;
  #before = 0;

  begin(document: number): void {
    this.documents[this.count] = document;
    this.#before = -1;
    this.count += 1;
  }

  /** Of the posting begun last. */
  addFrequency(group: number, frequency: number): void {
    const at = group * BLOCK_POSTINGS + this.count - 1;
    this.frequencies[at] = (this.frequencies[at] as number) + frequency;
    this.mask |= 1 << group;
  }

  /** Of the posting begun last, ascending. */
  addPosition(position: number): void {
    if (this.occurrences === this.gaps.length) {
      const grown = new Int32Array(this.gaps.length * 2);
      grown.set(this.gaps);
      this.gaps = grown;
    }
    const gap = position - this.#before - 1;
    this.#before = position;
    this.gaps[this.occurrences++] = gap;
    this.#gapBits |= gap;
  }

  /** Packs the block into {@link words} and its impacts into {@link impacts}. `base`: the document before the block. */
  encode(base: number, lengths: readonly (Uint8Array | undefined)[]): void {
    const { count, mask, words } = this;
    const isSingle = mask !== 0 && (mask & (mask - 1)) === 0;
    const lessOne = isSingle && this.#everyPostingHas(31 - Math.clz32(mask));
    const gaps = new Int32Array(count);
    let before = base;
    let gapBits = 0;
    for (let i = 0; i < count; i++) {
      const document = this.documents[i] as number;
      const gap = document - before - 1;
      gaps[i] = gap;
      gapBits |= gap;
      before = document;
    }
    const width = bitsFor(gapBits);
    this.positionWidth = bitsFor(this.#gapBits);
    words[0] = width | (this.positionWidth << 6) | (lessOne ? 1 << 12 : 0) | (mask << 16);
    const groups = countBits(mask);
    const widthWords = (groups + 3) >> 2;
    words.fill(0, 1, 1 + widthWords);
    let at = 1 + widthWords;
    at += pack(gaps, 0, count, width, words, at);
    let place = 0;
    this.impactCount = 0;
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      if ((mask & (1 << group)) === 0) continue;
      const from = group * BLOCK_POSTINGS;
      this.impacts[this.impactCount++] = this.#impact(group, lengths[group]);
      let bits = 0;
      for (let i = from; i < from + count; i++) {
        if (lessOne) this.frequencies[i] = (this.frequencies[i] as number) - 1;
        bits |= this.frequencies[i] as number;
      }
      const frequencyWidth = bitsFor(bits);
      const word = 1 + (place >> 2);
      words[word] = (words[word] as number) | (frequencyWidth << ((place & 3) * 8));
      at += pack(this.frequencies, from, count, frequencyWidth, words, at);
      place += 1;
    }
    this.wordCount = at;
  }

  clear(): void {
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      if ((this.mask & (1 << group)) === 0) continue;
      this.frequencies.fill(0, group * BLOCK_POSTINGS, (group + 1) * BLOCK_POSTINGS);
    }
    this.count = 0;
    this.mask = 0;
    this.occurrences = 0;
    this.#gapBits = 0;
  }

  #everyPostingHas(group: number): boolean {
    for (let i = 0; i < this.count; i++) {
      if (this.frequencies[group * BLOCK_POSTINGS + i] === 0) return false;
    }
    return true;
  }

  /** Two pairs of (frequency, length) that no posting of the block beats in both. Before frequencies lose their one. */
  #impact(group: number, lengths: Uint8Array | undefined): number {
    let pairs = 0;
    let isFirst = true;
    for (let i = 0; i < this.count; i++) {
      const frequency = this.frequencies[group * BLOCK_POSTINGS + i] as number;
      if (frequency === 0) continue;
      const code = lengths?.[this.documents[i] as number] ?? 0;
      const pair = magnitudeAbove(frequency) | (code << 8);
      pairs = isFirst ? pair | (pair << 16) : joinImpacts(pairs, pair | (pair << 16));
      isFirst = false;
    }
    return pairs;
  }
}

/**
 * Pairs that cover what either of two impacts covers. An impact is a word: frequency code, length code, and a second
 * pair above. The pair with the highest frequency is kept with the shortest length it came with; the other takes the
 * shortest length of all and the highest frequency among what is shorter than the first.
 */
export function joinImpacts(a: number, b: number): number {
  const f0 = a & 255;
  const l0 = (a >>> 8) & 255;
  const f1 = (a >>> 16) & 255;
  const l1 = a >>> 24;
  const g0 = b & 255;
  const k0 = (b >>> 8) & 255;
  const g1 = (b >>> 16) & 255;
  const k1 = b >>> 24;
  const most = Math.max(f0, f1, g0, g1);
  let lengthOfMost = 255;
  if (f0 === most) lengthOfMost = Math.min(lengthOfMost, l0);
  if (f1 === most) lengthOfMost = Math.min(lengthOfMost, l1);
  if (g0 === most) lengthOfMost = Math.min(lengthOfMost, k0);
  if (g1 === most) lengthOfMost = Math.min(lengthOfMost, k1);
  const shortest = Math.min(l0, l1, k0, k1);
  let other = 0;
  if (l0 < lengthOfMost) other = Math.max(other, f0);
  if (l1 < lengthOfMost) other = Math.max(other, f1);
  if (k0 < lengthOfMost) other = Math.max(other, g0);
  if (k1 < lengthOfMost) other = Math.max(other, g1);
  if (other === 0) return most | (lengthOfMost << 8) | (most << 16) | (lengthOfMost << 24);
  return other | (shortest << 8) | (most << 16) | (lengthOfMost << 24);
}

export function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
