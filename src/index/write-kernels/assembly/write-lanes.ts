/** Packing of full blocks with 128-bit instructions; counterpart of ../write-lanes.ts. AssemblyScript. */

export function packLanes(from: i32, width: i32, to: i32): void {
  let target = to;
  let shift: i32 = 0;
  let word = i32x4.splat(0);
  for (let at = from; at < from + 512; at += 16) {
    const value = v128.load(at);
    word = v128.or(word, i32x4.shl(value, shift));
    shift += width;
    if (shift >= 32) {
      v128.store(target, word);
      target += 16;
      shift -= 32;
      word = shift === 0 ? i32x4.splat(0) : i32x4.shr_u(value, width - shift);
    }
  }
}

export function sumShifted(from: i32, count: i32, shift: i32): i32 {
  let sums = i32x4.splat(0);
  const past = from + (count << 2);
  let at = from;
  for (; at + 16 <= past; at += 16) sums = i32x4.add(sums, i32x4.shr_u(v128.load(at), shift));
  let sum =
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3);
  for (; at < past; at += 4) sum += load<i32>(at) >>> shift;
  return sum;
}

export function joinedBits(from: i32): i32 {
  let bits = v128.load(from);
  for (let at = from + 16; at < from + 512; at += 16) bits = v128.or(bits, v128.load(at));
  return (
    i32x4.extract_lane(bits, 0) |
    i32x4.extract_lane(bits, 1) |
    i32x4.extract_lane(bits, 2) |
    i32x4.extract_lane(bits, 3)
  );
}
