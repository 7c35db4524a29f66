/** A set of positive safe integers in eight to sixteen bytes each, bounded: what comes when it is full is not taken. */

const FIRST_SLOTS = 1_024;
const MIX = 0x9e37_79b1;

export class NumberSet {
  /** A number and one in each slot, so that 0 is an empty one. */
  #slots: Float64Array = new Float64Array(FIRST_SLOTS);
  #size = 0;
  readonly #most: number;
  /** Numbers came that found no room. */
  isCut = false;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  has(value: number): boolean {
    return this.#slots[this.#slotOf(value)] === value + 1;
  }

  add(value: number): void {
    const slot = this.#slotOf(value);
    if (this.#slots[slot] === value + 1) return;
    if (this.#size >= this.#most) {
      this.isCut = true;
      return;
    }
    this.#slots[slot] = value + 1;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
  }

  /** Where the number stands, or the empty slot where it would. */
  #slotOf(value: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul((value ^ Math.floor(value / 0x1_0000_0000)) | 0, MIX) >>> 0;
    for (slot = (slot ^ (slot >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const there = this.#slots[slot];
      if (there === 0 || there === value + 1) return slot;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    for (const there of before) if (there !== 0) this.#slots[this.#slotOf(there - 1)] = there;
  }
}
