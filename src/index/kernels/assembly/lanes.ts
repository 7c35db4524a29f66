/** The steps of ../lanes.ts with 128-bit instructions. AssemblyScript. */

import { END, SHUFFLES, ZEROS } from './layout';

const ROUNDER: f64 = 6291456.0;

export function saturate(weighed: i32, count: i32, alpha: f64, beta: f64, saturation: f64): void {
  const alphas = f64x2.splat(alpha);
  const betas = f64x2.splat(beta);
  const saturations = f64x2.splat(saturation);
  const rounders = f64x2.splat(ROUNDER);
  // An odd count works on one number more: the array has room for 128.
  for (let at: i32 = weighed; at < weighed + (count << 3); at += 16) {
    const frequency = v128.load(at);
    let score = f64x2.div(f64x2.mul(alphas, frequency), f64x2.add(saturations, frequency));
    score = f64x2.sub(f64x2.add(score, rounders), rounders);
    v128.store(at, f64x2.add(score, betas));
  }
}

export function weigh(
  frequencies: i32,
  documents: i32,
  count: i32,
  lengths: i32,
  weights: i32,
  sums: i32,
): void {
  const even: i32 = count & -4;
  for (let i: i32 = 0; i < even; i += 4) {
    const four = v128.load(frequencies + (i << 2));
    // Most groups are empty in most documents.
    if (!v128.any_true(four)) continue;
    const at: i32 = documents + (i << 2);
    const a: i32 = load<u8>(lengths + load<i32>(at));
    const b: i32 = load<u8>(lengths + load<i32>(at, 4));
    const c: i32 = load<u8>(lengths + load<i32>(at, 8));
    const d: i32 = load<u8>(lengths + load<i32>(at, 12));
    const low = v128.load64_lane(weights + (b << 3), v128.load64_zero(weights + (a << 3)), 1);
    const high = v128.load64_lane(weights + (d << 3), v128.load64_zero(weights + (c << 3)), 1);
    const sum: i32 = sums + (i << 3);
    v128.store(sum, f64x2.add(v128.load(sum), f64x2.mul(f64x2.convert_low_i32x4_s(four), low)));
    const upper = i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.mul(f64x2.convert_low_i32x4_s(upper), high)), 16);
  }
  for (let i: i32 = even; i < count; i++) {
    const frequency = load<i32>(frequencies + (i << 2));
    if (frequency == 0) continue;
    const code: i32 = load<u8>(lengths + load<i32>(documents + (i << 2)));
    const at: i32 = sums + (i << 3);
    store<f64>(at, load<f64>(at) + <f64>frequency * load<f64>(weights + (code << 3)));
  }
}

export function greatestPair(pairs: i32, count: i32, values: i32, weights: i32): f64 {
  let most = f64x2.splat(0);
  for (let at: i32 = pairs; at < pairs + (count << 2); at += 4) {
    const first: i32 = values + ((<i32>load<u8>(at)) << 3);
    const second: i32 = values + ((<i32>load<u8>(at, 2)) << 3);
    const firstWeight: i32 = weights + ((<i32>load<u8>(at, 1)) << 3);
    const secondWeight: i32 = weights + ((<i32>load<u8>(at, 3)) << 3);
    const value = v128.load64_lane(second, v128.load64_zero(first), 1);
    const weight = v128.load64_lane(secondWeight, v128.load64_zero(firstWeight), 1);
    // Which is the greatest can't be foretold: no branch.
    most = f64x2.pmax(most, f64x2.mul(value, weight));
  }
  const other = i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return f64x2.extract_lane(f64x2.pmax(most, other), 0);
}

export function copyAdded(from: i32, to: i32, count: i32, base: i32): void {
  const bases = i32x4.splat(base);
  for (let i: i32 = 0; i < count << 2; i += 16) v128.store(to + i, i32x4.add(v128.load(from + i), bases));
}

export function clearSums(sums: i32): void {
  for (let at: i32 = sums; at < sums + 1024; at += 16) v128.store(at, i32x4.splat(0));
}

export function endWords(words: i32, from: i32): void {
  const past: i32 = words + 512;
  let at: i32 = words + (from << 2);
  for (const even: i32 = words + (((from + 3) & -4) << 2); at < even; at += 4) store<i32>(at, END);
  for (; at < past; at += 16) v128.store(at, i32x4.splat(END));
}

export function clearThirtyTwo(sums: i32): void {
  for (let at: i32 = sums; at < sums + 256; at += 16) v128.store(at, i32x4.splat(0));
}

export function hopefulOf(sums: i32, least: f64): i32 {
  const leasts = f64x2.splat(least);
  let bits: i32 = 0;
  for (let i: i32 = 0; i < 32; i += 8) {
    const at: i32 = sums + (i << 3);
    const a = f64x2.ge(v128.load(at), leasts);
    const b = f64x2.ge(v128.load(at, 16), leasts);
    const c = f64x2.ge(v128.load(at, 32), leasts);
    const d = f64x2.ge(v128.load(at, 48), leasts);
    // All bits of a lane are alike: half of each says the same.
    const low = i32x4.bitmask(i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27));
    const high = i32x4.bitmask(i8x16.shuffle(c, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27));
    bits |= (low | (high << 4)) << i;
  }
  return bits;
}

export function isAnySet(words: i32): i32 {
  return i32(v128.any_true(v128.load(words)));
}

export function withinOf(numbers: i32, first: i32, past: i32): i32 {
  const least = i32x4.splat(first);
  const beyond = i32x4.splat(past);
  let bits: i32 = 0;
  for (let i: i32 = 0; i < 32; i += 4) {
    const four = v128.load(numbers + (i << 2));
    bits |= i32x4.bitmask(v128.and(i32x4.ge_s(four, least), i32x4.lt_s(four, beyond))) << i;
  }
  return bits;
}

export function takeMarks(marks: i32): i32 {
  const low = v128.load(marks);
  const high = v128.load(marks, 16);
  if (!v128.any_true(v128.or(low, high))) return 0;
  v128.store(marks, i32x4.splat(0));
  v128.store(marks, i32x4.splat(0), 16);
  return i8x16.bitmask(i8x16.neg(low)) | (i8x16.bitmask(i8x16.neg(high)) << 16);
}

export function runningSums(at: i32): void {
  const zero = i32x4.splat(0);
  let sum = zero;
  for (let address: i32 = at; address < at + 512; address += 16) {
    let v = v128.load(address);
    v = i32x4.add(v, i8x16.shuffle(zero, v, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
    v = i32x4.add(v, i8x16.shuffle(zero, v, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23));
    v = i32x4.add(v, sum);
    sum = i8x16.shuffle(v, v, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
    v128.store(address, v);
  }
}

export function meet(
  a: i32,
  aFrom: i32,
  b: i32,
  bFrom: i32,
  least: i32,
  most: i32,
  common: i32,
  aPlaces: i32,
  bPlaces: i32,
): i32 {
  const lowest = i32x4.splat(least);
  const lanes = i32x4(0, 1, 2, 3);
  let i: i32 = aFrom & -4;
  let j: i32 = bFrom & -4;
  let count: i32 = 0;
  // All that both have up to here is found.
  let reached: i32 = -1;
  // Four of one side against four of the other in all four rotations. Without a branch: it would be guessed wrong.
  while (i < 128 && j < 128 && reached < most) {
    let x = v128.load(a + (i << 2));
    const y = v128.load(b + (j << 2));
    const lastX = i32x4.extract_lane(x, 3);
    const lastY = i32x4.extract_lane(y, 3);
    // What is too small becomes −1, which no document is.
    x = v128.or(x, i32x4.lt_s(x, lowest));
    const e0 = i32x4.eq(x, y);
    const e1 = i32x4.eq(x, i8x16.shuffle(y, y, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3));
    const e2 = i32x4.eq(x, i8x16.shuffle(y, y, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    const e3 = i32x4.eq(x, i8x16.shuffle(y, y, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    const own: i32 = i32x4.bitmask(v128.or(v128.or(e0, e1), v128.or(e2, e3)));
    // Turned back, the equal lanes stand where the others' numbers do.
    const r1 = i8x16.shuffle(e1, e1, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    const r2 = i8x16.shuffle(e2, e2, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    const r3 = i8x16.shuffle(e3, e3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
    const other: i32 = i32x4.bitmask(v128.or(v128.or(e0, r1), v128.or(r2, r3)));
    const front = v128.load(SHUFFLES + (own << 4));
    const at: i32 = count << 2;
    v128.store(common + at, i8x16.swizzle(x, front));
    v128.store(aPlaces + at, i8x16.swizzle(i32x4.add(lanes, i32x4.splat(i)), front));
    v128.store(bPlaces + at, i8x16.swizzle(i32x4.add(lanes, i32x4.splat(j)), v128.load(SHUFFLES + (other << 4))));
    count += popcnt(own);
    reached = min(lastX, lastY);
    i += i32(lastX <= lastY) << 2;
    j += i32(lastY <= lastX) << 2;
  }
  while (count > 0 && load<i32>(common + ((count - 1) << 2)) > most) count--;
  return count;
}

export function intersectBits(to: i32, from: i32, words: i32): void {
  const past: i32 = to + (words << 2);
  let at: i32 = to;
  let other: i32 = from;
  for (; at + 16 <= past; at += 16, other += 16) v128.store(at, v128.and(v128.load(at), v128.load(other)));
  for (; at < past; at += 4, other += 4) store<i32>(at, load<i32>(at) & load<i32>(other));
}

export function uniteBits(to: i32, from: i32, words: i32): void {
  const past: i32 = to + (words << 2);
  let at: i32 = to;
  let other: i32 = from;
  for (; at + 16 <= past; at += 16, other += 16) v128.store(at, v128.or(v128.load(at), v128.load(other)));
  for (; at < past; at += 4, other += 4) store<i32>(at, load<i32>(at) | load<i32>(other));
}

/** Writes eight numbers, of which those of the ones of `byte` come first; returns the address behind these. */
@inline
function put(byte: i32, numbers: v128, at: i32): i32 {
  // Zeros before the i-th one, and i: where it stands.
  v128.store(at, i16x8.add(v128.load_ext<u8>(ZEROS + (byte << 3)), numbers));
  return at + (popcnt(byte) << 1);
}

export function numbersOf(
  from: i32,
  words: i32,
  kept: i32,
  first: i32,
  to: i32,
  enough: i32,
  scratch: i32,
): i32 {
  const eight = i16x8.splat(8);
  let numbers = i16x8(0, 1, 2, 3, 4, 5, 6, 7);
  let at: i32 = scratch;
  const past: i32 = scratch + (enough << 1);
  for (let bits: i32 = load<i32>(from) & kept, byte: i32 = 0; byte < 4; byte++) {
    at = put(bits & 255, numbers, at);
    numbers = i16x8.add(numbers, eight);
    bits >>>= 8;
  }
  const end: i32 = from + (words << 2);
  for (let bytes: i32 = from + 4; bytes < end && at < past; bytes += 4) {
    at = put(load<u8>(bytes), numbers, at);
    numbers = i16x8.add(numbers, eight);
    at = put(load<u8>(bytes, 1), numbers, at);
    numbers = i16x8.add(numbers, eight);
    at = put(load<u8>(bytes, 2), numbers, at);
    numbers = i16x8.add(numbers, eight);
    at = put(load<u8>(bytes, 3), numbers, at);
    numbers = i16x8.add(numbers, eight);
  }
  const firsts = i32x4.splat(first);
  let target: i32 = to;
  for (let source: i32 = scratch; source < at; source += 16, target += 32) {
    const own = v128.load(source);
    v128.store(target, i32x4.add(firsts, i32x4.extend_low_i16x8_u(own)));
    v128.store(target, i32x4.add(firsts, i32x4.extend_high_i16x8_u(own)), 16);
  }
  return (at - scratch) >> 1;
}

export function countBits(address: i32, words: i32, filter: i32): i32 {
  let count: i32 = 0;
  for (let at: i32 = 0; at < words << 2; at += 8) {
    let bits = load<u64>(address + at);
    if (filter !== 0) bits &= load<u64>(filter + at);
    count += <i32>popcnt(bits);
  }
  return count;
}
