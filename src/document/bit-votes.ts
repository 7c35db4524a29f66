/** Counts for each of 32 bits how many numbers have it set, eight counters to a machine word. */

const BITS = 32;
/** A counter has four bits; before it could overflow the counters are emptied into wider ones. */
const MAX_PENDING = 15;

/** For each byte its bits, four bits apart. */
const SPREAD = Uint32Array.from({ length: 256 }, (_, byte) => {
  let spread = 0;
  for (let bit = 0; bit < 8; bit++) if (((byte >> bit) & 1) === 1) spread |= 1 << (4 * bit);
  return spread >>> 0;
});

export class BitVotes {
  readonly #counts = new Uint32Array(BITS);
  /** One word of eight counters for each byte of a number. */
  #first = 0;
  #second = 0;
  #third = 0;
  #fourth = 0;
  #pending = 0;
  #total = 0;

  add(value: number): void {
    this.#first = (this.#first + (SPREAD[value & 0xff] as number)) | 0;
    this.#second = (this.#second + (SPREAD[(value >>> 8) & 0xff] as number)) | 0;
    this.#third = (this.#third + (SPREAD[(value >>> 16) & 0xff] as number)) | 0;
    this.#fourth = (this.#fourth + (SPREAD[value >>> 24] as number)) | 0;
    this.#pending += 1;
    this.#total += 1;
    if (this.#pending === MAX_PENDING) this.#empty();
  }

  /** The number whose bits are set in more than half of all numbers. */
  majority(): number {
    this.#empty();
    let value = 0;
    for (let bit = 0; bit < BITS; bit++) {
      if ((this.#counts[bit] as number) * 2 > this.#total) value |= 1 << bit;
    }
    return value >>> 0;
  }

  #empty(): void {
    this.#spill(0, this.#first);
    this.#spill(8, this.#second);
    this.#spill(16, this.#third);
    this.#spill(24, this.#fourth);
    this.#first = this.#second = this.#third = this.#fourth = 0;
    this.#pending = 0;
  }

  #spill(from: number, counters: number): void {
    for (let i = 0; i < 8; i++) {
      this.#counts[from + i] = (this.#counts[from + i] as number) + ((counters >>> (4 * i)) & 0xf);
    }
  }
}
