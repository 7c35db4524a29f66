/** Packs numbers into words, as the kernels unpack them: four lanes for full blocks, one stream else. */

/** Bits that the largest of numbers needs whose bitwise or is `all`. */
export function bitsFor(all: number): number {
  return 32 - Math.clz32(all);
}

/** Words that `count` numbers of `width` bits take. */
export function packedWords(width: number, count: number): number {
  return (width * count + 31) >>> 5;
}

/** Packs `count` numbers at `from` to `to`; returns the words written. 128 numbers go into four lanes. */
export function pack(
  source: Int32Array,
  from: number,
  count: number,
  width: number,
  target: Int32Array,
  to: number,
): number {
  const words = packedWords(width, count);
  target.fill(0, to, to + words);
  if (width === 0) return 0;
  if (count === 128) packLanes(source, from, width, target, to);
  else packStream(source, from, count, width, target, to);
  return words;
}

function packLanes(source: Int32Array, from: number, width: number, target: Int32Array, to: number): void {
  for (let i = 0; i < 128; i++) {
    const value = source[from + i] as number;
    const bit = (i >> 2) * width;
    const at = to + ((bit >> 5) << 2) + (i & 3);
    const shift = bit & 31;
    target[at] = (target[at] as number) | (value << shift);
    if (shift + width > 32) target[at + 4] = (target[at + 4] as number) | (value >>> (32 - shift));
  }
}

/** Packs `count` numbers one after the other. The target must be zero. */
export function packStream(
  source: Int32Array,
  from: number,
  count: number,
  width: number,
  target: Int32Array,
  to: number,
): void {
  let at = to;
  let shift = 0;
  for (let i = 0; i < count; i++) {
    const value = source[from + i] as number;
    target[at] = (target[at] as number) | (value << shift);
    if (shift + width > 32) target[at + 1] = (target[at + 1] as number) | (value >>> (32 - shift));
    shift += width;
    if (shift >= 32) {
      shift -= 32;
      at += 1;
    }
  }
}

export function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
