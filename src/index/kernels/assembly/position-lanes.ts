/** The steps of ../position-lanes.ts, 64 or 128 bits at a time. AssemblyScript. */

import { AFTER_SUMS, SHUFFLES, ZEROS } from './layout';

export let onesBefore: i32 = 0;
export let behindLast: i32 = 0;
export let passed: i32 = 0;

/** Lower bits that a step of 128 bits can take. */
const MOST_WIDTH: i32 = 24;
/** So few that each, wherever it begins in a byte, stands in two. */
const NARROW: i32 = 9;

export function skipOnes(address: i32, past: i32, hidden: i32, before: i32, place: i32): i32 {
  let at: i32 = address;
  let known: i32 = before;
  let ones: i32 = <i32>popcnt<u64>(load<u64>(address) >> <u64>hidden);
  if (known + ones < place) {
    known += ones;
    at += 8;
    while (at + 32 <= past) {
      const four = popcnt<u64>(load<u64>(at)) + popcnt<u64>(load<u64>(at, 8));
      ones = <i32>(four + popcnt<u64>(load<u64>(at, 16)) + popcnt<u64>(load<u64>(at, 24)));
      if (known + ones >= place) break;
      known += ones;
      at += 32;
    }
    if (at >= past) {
      onesBefore = known;
      return past;
    }
    ones = <i32>popcnt<u64>(load<u64>(at));
  }
  while (known + ones < place) {
    known += ones;
    at += 8;
    if (at >= past) {
      onesBefore = known;
      return past;
    }
    ones = <i32>popcnt<u64>(load<u64>(at));
  }
  onesBefore = known;
  return at;
}

export function behindOne(address: i32, hidden: i32, place: i32): i32 {
  let bits: u64 = (load<u64>(address) >> <u64>hidden) << <u64>hidden;
  let left: i32 = place - 1;
  // Halves first: a loop over ones is guessed wrong at its end.
  let bit: i32 = 0;
  let ones: i32 = <i32>popcnt<u64>(bits << 32);
  let isAbove: i32 = i32(ones <= left);
  left -= ones & -isAbove;
  bit += isAbove << 5;
  bits >>= <u64>(isAbove << 5);
  ones = <i32>popcnt<u64>(bits << 48);
  isAbove = i32(ones <= left);
  left -= ones & -isAbove;
  bit += isAbove << 4;
  bits >>= <u64>(isAbove << 4);
  ones = <i32>popcnt<u64>(bits << 56);
  isAbove = i32(ones <= left);
  left -= ones & -isAbove;
  bit += isAbove << 3;
  bits >>= <u64>(isAbove << 3);
  for (; left > 0; left--) bits &= bits - 1;
  return bit + <i32>ctz<u64>(bits) + 1;
}

export function unpackSums(
  upper: i32,
  past: i32,
  used: i32,
  lower: i32,
  bit: i32,
  width: i32,
  count: i32,
  base: i32,
  zeros: i32,
  to: i32,
): i32 {
  if (width > MOST_WIDTH) return 0;
  // A byte at a time: the zeros before each of its ones stand in a table.
  let at: i32 = upper + (used >> 3);
  if (at >= past) return 0;
  let byte: i32 = <i32>load<u8>(at) & (0xff << (used & 7));
  let before: i32 = -(used & 7);
  let ones: i32 = 0;
  let last: i32 = 0;
  for (;;) {
    last = ones;
    v128.store(zeros + (ones << 1), i16x8.add(v128.load8x8_u(ZEROS + (byte << 3)), i16x8.splat(<i16>before)));
    ones += popcnt(byte);
    if (ones >= count) break;
    before += 8 - (ones - last);
    at++;
    if (at >= past || before > 0x7fff) return 0;
    byte = load<u8>(at);
  }
  const place: i32 = count - 1 - last;
  behindLast = ((at - upper) << 3) + <i32>load<u8>(ZEROS + (byte << 3) + place) + place + 1;
  if (width > NARROW) addLower(lower + (bit >> 3), bit & 7, width, count, base, zeros, to);
  else addNarrow(lower + (bit >> 3), bit & 7, width, count, base, zeros, to);
  endSums(to + (count << 2));
  return 1;
}

/** The same as {@link addLower} of few lower bits: eight at a time in lanes of 16 bits. */
function addNarrow(lower: i32, bit: i32, width: i32, count: i32, base: i32, zeros: i32, to: i32): void {
  const bits = i16x8.add(i16x8.mul(i16x8.splat(<i16>width), i16x8(0, 1, 2, 3, 4, 5, 6, 7)), i16x8.splat(<i16>bit));
  const words = i16x8.add(i16x8.mul(i16x8.shr_u(bits, 3), i16x8.splat(0x0101)), i16x8.splat(0x0100));
  // Two to the bits that are missing to seven before each number.
  const powers = i8x16(-128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const factors = i8x16.swizzle(powers, v128.or(v128.and(bits, i16x8.splat(7)), i16x8.splat(-256)));
  const mask = i16x8.splat(<i16>((<i32>1 << width) - 1));
  const one = i16x8.splat(1);
  const zero = i16x8.splat(0);
  let sum = i32x4.splat(base);
  let from: i32 = lower;
  const past: i32 = to + (count << 2);
  for (let target: i32 = to; target < past; target += 32) {
    let v = i16x8.mul(i8x16.swizzle(v128.load(from), words), factors);
    v = i16x8.add(v128.and(i16x8.shr_u(v, 7), mask), one);
    v = i16x8.add(v, i8x16.shuffle(zero, v, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
    v = i16x8.add(v, i8x16.shuffle(zero, v, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
    v = i16x8.add(v, i8x16.shuffle(zero, v, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23));
    const before = v128.load(zeros);
    const low = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_u(before), width), i32x4.extend_low_i16x8_u(v));
    const high = i32x4.extend_high_i16x8_u(v);
    v128.store(target, i32x4.add(low, sum));
    const upper = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_u(before), width), high);
    v128.store(target, i32x4.add(upper, sum), 16);
    sum = i32x4.add(sum, lastOf(high));
    from += width;
    zeros += 16;
  }
}

/** Adds up lower bits, eight a round, with the zeros before each and one for each. Eight take whole bytes. */
function addLower(lower: i32, bit: i32, width: i32, count: i32, base: i32, zeros: i32, to: i32): void {
  // Where in the bytes of a step each of four numbers begins, and what brings it to bit 7 of its word.
  const bits = i32x4.add(i32x4.mul(i32x4.splat(width), i32x4(0, 1, 2, 3)), i32x4.splat(bit));
  const secondBit: i32 = bit + (width << 2);
  const second: i32 = secondBit >> 3;
  const secondBits = i32x4.add(bits, i32x4.splat((width << 2) - (second << 3)));
  const words = bytesOf(bits);
  const factors = factorsOf(bits);
  const secondWords = bytesOf(secondBits);
  const secondFactors = factorsOf(secondBits);
  const mask = i32x4.splat((1 << width) - 1);
  const ramp = i32x4(1, 2, 3, 4);
  let sum = i32x4.splat(base);
  let from: i32 = lower;
  const past: i32 = to + (count << 2);
  for (let target: i32 = to; target < past; target += 32) {
    let v = v128.and(i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(from), words), factors), 7), mask);
    v = added(v, sum);
    sum = i32x4.add(lastOf(v), i32x4.splat(4));
    v = i32x4.add(v, ramp);
    v128.store(target, i32x4.add(v, i32x4.shl(v128.load16x4_u(zeros), width)));
    v = v128.load(from + second);
    v = v128.and(i32x4.shr_u(i32x4.mul(i8x16.swizzle(v, secondWords), secondFactors), 7), mask);
    v = added(v, sum);
    sum = i32x4.add(lastOf(v), i32x4.splat(4));
    v = i32x4.add(v, ramp);
    v128.store(target, i32x4.add(v, i32x4.shl(v128.load16x4_u(zeros, 8), width)), 16);
    from += width;
    zeros += 16;
  }
}

/** For each number the four bytes in which it stands. */
@inline function bytesOf(bits: v128): v128 {
  return i32x4.add(i32x4.mul(i32x4.shr_u(bits, 3), i32x4.splat(0x01010101)), i32x4.splat(0x03020100));
}

/** For each number two to the bits that are missing to seven before it. */
@inline function factorsOf(bits: v128): v128 {
  const powers = i8x16(-128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  return i8x16.swizzle(powers, v128.or(v128.and(bits, i32x4.splat(7)), i32x4.splat(-256)));
}

/** Running sums of four numbers on top of `sum`. */
@inline function added(numbers: v128, sum: v128): v128 {
  const zero = i32x4.splat(0);
  let v = numbers;
  v = i32x4.add(v, i8x16.shuffle(zero, v, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
  v = i32x4.add(v, i8x16.shuffle(zero, v, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23));
  return i32x4.add(v, sum);
}

@inline function lastOf(v: v128): v128 {
  return i8x16.shuffle(v, v, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

export function endSums(at: i32): void {
  v128.store(at, i32x4.splat(AFTER_SUMS));
}

export function differences(sums: i32, count: i32, to: i32): void {
  const one = i32x4.splat(1);
  for (let i: i32 = 0; i < count << 2; i += 16) {
    v128.store(to + i, i32x4.sub(i32x4.sub(v128.load(sums + i), v128.load(sums + i - 4)), one));
  }
}

export function shiftSums(sums: i32, count: i32, shift: i32, to: i32): void {
  const shifts = i32x4.splat(shift);
  for (let i: i32 = 0; i < count << 2; i += 16) {
    v128.store(to + i, i32x4.add(v128.load(sums + i), shifts));
  }
  endSums(to + (count << 2));
}

export function keepCommon(from: i32, count: i32, sums: i32, size: i32, shift: i32, to: i32): i32 {
  const shifts = i32x4.splat(shift);
  const past: i32 = size << 2;
  // Behind the sums may stand others that don't belong here.
  const limit = i32x4.splat(load<i32>(sums + past - 4));
  const end: i32 = count << 2;
  const lastOfAll: i32 = load<i32>(from + end - 4) + shift;
  let i: i32 = 0;
  let j: i32 = 0;
  let kept: i32 = 0;
  // Four of one side against four of the other in all four rotations, as where blocks meet. Sums are above zero.
  while (i < end && j < past) {
    const own = v128.load(from + i);
    const y = v128.load(sums + j);
    let x = i32x4.add(own, shifts);
    // Not out of the lanes: what the next step takes waits for these.
    const lastX: i32 = load<i32>(from + i, 12) + shift;
    const lastY: i32 = load<i32>(sums + j, 12);
    x = v128.or(x, i32x4.gt_s(x, limit));
    const e0 = i32x4.eq(x, y);
    const e1 = i32x4.eq(x, i8x16.shuffle(y, y, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3));
    const e2 = i32x4.eq(x, i8x16.shuffle(y, y, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    const e3 = i32x4.eq(x, i8x16.shuffle(y, y, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    const bits: i32 = i32x4.bitmask(v128.or(v128.or(e0, e1), v128.or(e2, e3)));
    v128.store(to + kept, i8x16.swizzle(own, v128.load(SHUFFLES + (bits << 4))));
    kept += popcnt(bits) << 2;
    // The last four may be fewer.
    i += (i32(lastX <= lastY) | i32(lastOfAll <= lastY)) << 4;
    j += i32(lastY <= lastX) << 4;
  }
  passed = i >> 2;
  endSums(to + kept);
  return kept >> 2;
}

export function findPairs(
  places: i32,
  starts: i32,
  sums: i32,
  otherPlaces: i32,
  otherStarts: i32,
  otherSums: i32,
  count: i32,
  distance: i32,
  number: i32,
  to: i32,
): i32 {
  let found: i32 = 0;
  for (let document: i32 = 0; document < count; document++) {
    const start: i32 = starts + (load<i32>(places + (document << 2)) << 2);
    const otherStart: i32 = otherStarts + (load<i32>(otherPlaces + (document << 2)) << 2);
    const i: i32 = sums + (load<i32>(start) << 2);
    const j: i32 = otherSums + (load<i32>(otherStart) << 2);
    const iPast: i32 = sums + (load<i32>(start, 4) << 2);
    const jPast: i32 = otherSums + (load<i32>(otherStart, 4) << 2);
    const shift: i32 = load<i32>(j - 4) - load<i32>(i - 4) + distance;
    const bits: i32 = isCommon(i, iPast, j, jPast, shift);
    store<i32>(to + (found << 2), number + document);
    found += bits;
  }
  return found;
}

@inline export function isCommon(from: i32, past: i32, sums: i32, sumsPast: i32, shift: i32): i32 {
  let i: i32 = from;
  let j: i32 = sums;
  // Behind the last of either may stand others, all of them above it.
  const lastX: i32 = load<i32>(past - 4) + shift;
  const lastY: i32 = load<i32>(sumsPast - 4);
  const limits = i32x4.splat(min(lastX, lastY));
  const shifts = i32x4.splat(shift);
  let isFound: i32 = 0;
  // Most documents have at most four of each: one round, which is guessed right.
  do {
    let x = i32x4.add(v128.load(i), shifts);
    const y = v128.load(j);
    const endX: i32 = load<i32>(i, 12) + shift;
    const endY: i32 = load<i32>(j, 12);
    x = v128.or(x, i32x4.gt_s(x, limits));
    const e0 = i32x4.eq(x, y);
    const e1 = i32x4.eq(x, i8x16.shuffle(y, y, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3));
    const e2 = i32x4.eq(x, i8x16.shuffle(y, y, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    const e3 = i32x4.eq(x, i8x16.shuffle(y, y, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    isFound = i32(v128.any_true(v128.or(v128.or(e0, e1), v128.or(e2, e3))));
    i += i32(endX <= endY) << 4;
    j += i32(endY <= endX) << 4;
  } while (isFound == 0 && i < past && j < sumsPast);
  return isFound;
}
