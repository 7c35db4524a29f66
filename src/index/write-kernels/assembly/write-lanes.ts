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
  // The zeros behind the last add nothing.
  const past = from + (count << 2);
  for (let at = from; at < past; at += 16) sums = i32x4.add(sums, i32x4.shr_u(v128.load(at), shift));
  sums = i32x4.add(sums, i32x4.shuffle(sums, sums, 2, 3, 0, 1));
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
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
