/**
 * The words of one list laid out to be compared with another word at once. Words that can't be near are passed by their
 * length and by a mask of their letters; the rest is measured with one word of bits per letter. In memory, made when it
 * is first asked for.
 *
 * The distance: H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003).
 */

/** Letters of a sought word: its bits fit a number. */
export const MAX_TABLE_LETTERS = 31;
/** Words of a list that is laid out so, some 25 bytes each. */
export const MAX_TABLE_WORDS = 2_000_000;
const UNITS = 2 ** 16;

export interface TabledWord {
  readonly word: string;
  readonly documents: number;
}

export class NearTable {
  /** UTF-16 units of all words, one after the other. */
  readonly #units: Uint16Array;
  /** Where each word begins, and where the last ends. */
  readonly #starts: Uint32Array;
  readonly #masks: Int32Array;
  readonly #documents: Uint32Array;
  /** Words with letters of two units, which bits of units can't measure. */
  readonly #odd: readonly number[];

  constructor(words: Iterable<TabledWord>) {
    let units = new Uint16Array(2 ** 12);
    const starts = [0];
    const masks: number[] = [];
    const frequencies: number[] = [];
    const odd: number[] = [];
    let length = 0;
    for (const { word, documents } of words) {
      if (length + word.length > units.length) {
        const larger = new Uint16Array(Math.max(units.length * 2, length + word.length));
        larger.set(units);
        units = larger;
      }
      let mask = 0;
      let hasPair = false;
      for (let i = 0; i < word.length; i++) {
        const unit = word.charCodeAt(i);
        units[length++] = unit;
        mask |= 1 << (unit & 31);
        hasPair ||= unit >= 0xd800 && unit < 0xe000;
      }
      if (hasPair) odd.push(masks.length);
      masks.push(mask);
      frequencies.push(documents);
      starts.push(length);
    }
    this.#units = units.slice(0, length);
    this.#starts = Uint32Array.from(starts);
    this.#masks = Int32Array.from(masks);
    this.#documents = Uint32Array.from(frequencies);
    this.#odd = odd;
  }

  /** Words that must be measured letter by letter. */
  get odd(): readonly TabledWord[] {
    return this.#odd.map((place) => this.#word(place));
  }

  /**
   * Every word at most `edits` from `wanted`, but for the odd. `wanted` has at most {@link MAX_TABLE_LETTERS} letters, of
   * one unit each.
   */
  near(wanted: string, edits: number): (TabledWord & { readonly edits: number })[] {
    const found: (TabledWord & { readonly edits: number })[] = [];
    const bits = new Int32Array(UNITS);
    let wantedMask = 0;
    for (let i = 0; i < wanted.length; i++) {
      const unit = wanted.charCodeAt(i);
      bits[unit] = (bits[unit] as number) | (1 << i);
      wantedMask |= 1 << (unit & 31);
    }
    const odd = new Set(this.#odd);
    const starts = this.#starts;
    const masks = this.#masks;
    const most = edits * 2;
    let start = 0;
    for (let place = 0; place < masks.length; place++) {
      const end = starts[place + 1] as number;
      const longer = end - start - wanted.length;
      // A letter replaced takes one kind away and adds one.
      if (longer <= edits && -longer <= edits && ones((masks[place] as number) ^ wantedMask) <= most) {
        const own = distance(bits, wanted.length, this.#units, start, end, edits);
        if (own <= edits && !odd.has(place)) found.push({ ...this.#word(place), edits: own });
      }
      start = end;
    }
    return found;
  }

  #word(place: number): TabledWord {
    const units = this.#units.subarray(this.#starts[place], this.#starts[place + 1]);
    return { word: String.fromCharCode(...units), documents: this.#documents[place] as number };
  }
}

/** Edits (a letter more, less or other, or two neighbours swapped) from the word of `bits` to units of `text`. */
function distance(
  bits: Int32Array,
  length: number,
  text: Uint16Array,
  start: number,
  end: number,
  edits: number,
): number {
  if (length === 0) return end - start;
  const last = 1 << (length - 1);
  let [vertical, fallen] = [-1, 0];
  let [diagonal, before] = [0, 0];
  let own = length;
  for (let i = start; i < end; i++) {
    const same = bits[text[i] as number] as number;
    const swapped = ((~diagonal & same) << 1) & before;
    diagonal = swapped | (((same & vertical) + vertical) ^ vertical) | same | fallen;
    const more = fallen | ~(diagonal | vertical);
    const less = diagonal & vertical;
    if ((more & last) !== 0) own += 1;
    else if ((less & last) !== 0) own -= 1;
    // Each letter that is left can take one edit back.
    if (own - (end - 1 - i) > edits) return own;
    const shifted = (more << 1) | 1;
    vertical = (less << 1) | ~(diagonal | shifted);
    fallen = shifted & diagonal;
    before = same;
  }
  return own;
}

function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return (((fours + (fours >>> 4)) & 0x0f0f_0f0f) * 0x0101_0101) >>> 24;
}
