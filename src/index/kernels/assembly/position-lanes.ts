/** The steps of ../position-lanes.ts, 64 bits at a time. AssemblyScript. */

export let onesBefore: i32 = 0;
export let behindLast: i32 = 0;

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

export function unpackGaps(
  upper: i32,
  past: i32,
  used: i32,
  lower: i32,
  bit: i32,
  width: i32,
  count: i32,
  to: i32,
): i32 {
  const mask: i32 = (1 << width) - 1;
  let at: i32 = upper;
  // Place of the one before, counted from the unit at hand.
  let before: i32 = used - 1;
  let lowerBit: i32 = bit;
  let bits: u64 = used > 63 ? 0 : (load<u64>(at) >> <u64>used) << <u64>used;
  const end: i32 = to + (count << 2);
  for (let target: i32 = to; target < end; target += 4) {
    while (bits == 0) {
      at += 8;
      if (at >= past) return 0;
      before -= 64;
      bits = load<u64>(at);
    }
    const one: i32 = <i32>ctz<u64>(bits);
    bits &= bits - 1;
    const low: i32 = <i32>(load<u64>(lower + (lowerBit >> 3)) >> <u64>(lowerBit & 7)) & mask;
    lowerBit += width;
    store<i32>(target, ((one - before - 1) << width) | low);
    before = one;
  }
  behindLast = ((at - upper) << 3) + before + 1;
  return 1;
}
