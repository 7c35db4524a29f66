/**
 * Counts in one byte: exact to 31, then sixteen steps an octave. Field lengths are stored rounded down, the largest
 * frequencies of a block rounded up, so that a bound made of them holds.
 */

/** Largest count that a code can say. */
export const MAX_MAGNITUDE: number = (31 * 2 ** 20) / 64;

/** The count that each code stands for, ascending. */
export const MAGNITUDES: Float64Array = Float64Array.from({ length: 256 }, (_, code) => {
  if (code < 32) return code;
  const octave = Math.floor((code - 32) / 16);
  return (16 + ((code - 32) % 16)) * 2 ** (octave + 1);
});

/** The largest code that says no more than `count`. */
export function magnitudeBelow(count: number): number {
  if (count < 32) return count;
  // 32 … 63 is octave 0, in steps of two.
  const octave = 26 - Math.clz32(Math.min(count, 0x7fffffff));
  const step = Math.floor(count / 2 ** (octave + 1)) - 16;
  return Math.min(255, 32 + octave * 16 + step);
}

/** The smallest code that says no less than `count`; 255 where none does. */
export function magnitudeAbove(count: number): number {
  const below = magnitudeBelow(count);
  return (MAGNITUDES[below] ?? 0) >= count ? below : Math.min(255, below + 1);
}
