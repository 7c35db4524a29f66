/** Packs the distances between positions of a block, in 64 bits; counterpart of ../gap-packing.ts. AssemblyScript. */

export const WORDS_BEHIND: i32 = 4;

export function packGaps(from: i32, count: i32, width: i32, to: i32, words: i32): void {
  // What most terms have fits into a register.
  if (words <= 2) packShort(from, count, width, to);
  else packLong(from, count, width, to, words);
}

function packShort(from: i32, count: i32, width: i32, to: i32): void {
  const mask: i32 = (1 << width) - 1;
  const past = from + (count << 2);
  let shift: i32 = 0;
  let upper = count * width;
  let bits: i64 = 0;
  for (let at = from; at < past; at += 4) {
    const number = load<i32>(at);
    bits |= (<i64>(number & mask)) << shift;
    shift += width;
    upper += number >>> width;
    bits |= (<i64>1) << upper;
    upper++;
  }
  store<i64>(to, bits);
}

/** Stores a word again with each number that it gets something of: where the next begins can't be guessed. */
function packLong(from: i32, count: i32, width: i32, to: i32, words: i32): void {
  const past = from + (count << 2);
  let bit = count * width;
  const upper = to + ((bit >>> 5) << 2);
  for (let at = upper; at < to + (words << 2); at += 16) v128.store(at, i64x2.splat(0));
  if (width > 0) packLower(from, past, width, to);
  // The first upper parts may stand in the last word of the lower ones.
  let ones = load<i32>(upper);
  let word = bit >>> 5;
  for (let at = from; at < past; at += 4) {
    bit += load<i32>(at) >>> width;
    const next = bit >>> 5;
    ones = (ones & -(<i32>(next === word))) | (1 << bit);
    word = next;
    store<i32>(to + (word << 2), ones);
    bit++;
  }
}

/**
 * Two numbers a step, where both and what waits fit into 64 bits; of an odd number of them the last stands before a zero. May write
 * two words behind the last.
 */
function packLower(from: i32, past: i32, width: i32, to: i32): void {
  const mask: i64 = ((<i64>1) << width) - 1;
  const isTwo = width <= 16;
  const second: i64 = isTwo ? mask << width : 0;
  const step: i32 = isTwo ? 8 : 4;
  const more = isTwo ? width << 1 : width;
  const unused = 32 - width;
  let target = to;
  let shift: i32 = 0;
  let bits: i64 = 0;
  for (let at = from; at < past; at += step) {
    const two = load<i64>(at);
    bits |= ((two & mask) | ((two >>> unused) & second)) << shift;
    store<i64>(target, bits);
    shift += more;
    const full = shift & 32;
    target += full >>> 3;
    bits >>>= full;
    shift &= 31;
  }
  store<i32>(target, <i32>bits);
}
