/** The steps of ../lanes.ts with 128-bit instructions. AssemblyScript. */

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

export function markCommon(a: i32, aFrom: i32, b: i32, bFrom: i32, aBits: i32, bBits: i32): void {
  v128.store(aBits, i32x4.splat(0));
  v128.store(bBits, i32x4.splat(0));
  let i: i32 = aFrom & -4;
  let j: i32 = bFrom & -4;
  // Four of one side against four of the other in all four rotations.
  while (i < 128 && j < 128) {
    const x = v128.load(a + (i << 2));
    const y = v128.load(b + (j << 2));
    const e0 = i32x4.eq(x, y);
    const e1 = i32x4.eq(x, i8x16.shuffle(y, y, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3));
    const e2 = i32x4.eq(x, i8x16.shuffle(y, y, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    const e3 = i32x4.eq(x, i8x16.shuffle(y, y, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    const any = v128.or(v128.or(e0, e1), v128.or(e2, e3));
    // Turned back, the equal lanes stand where the others' numbers do. Without a branch: it would be guessed wrong.
    const r1 = i8x16.shuffle(e1, e1, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    const r2 = i8x16.shuffle(e2, e2, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    const r3 = i8x16.shuffle(e3, e3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
    const other = v128.or(v128.or(e0, r1), v128.or(r2, r3));
    const aWord: i32 = aBits + ((i >> 5) << 2);
    const bWord: i32 = bBits + ((j >> 5) << 2);
    store<i32>(aWord, load<i32>(aWord) | (i32x4.bitmask(any) << (i & 31)));
    store<i32>(bWord, load<i32>(bWord) | (i32x4.bitmask(other) << (j & 31)));
    const lastX = i32x4.extract_lane(x, 3);
    const lastY = i32x4.extract_lane(y, 3);
    i += i32(lastX <= lastY) << 2;
    j += i32(lastY <= lastX) << 2;
  }
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
