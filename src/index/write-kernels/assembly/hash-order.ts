/** Whether hashes ascend, two compared in a step; counterpart of ../hash-order.ts. AssemblyScript. */

export function isAscending(from: i32, past: i32): i32 {
  if (((past - from) & 7) !== 0) return 0;
  // Flips the signs, so that comparing signed numbers orders unsigned ones.
  const sign = i64x2.splat(i64.MIN_VALUE);
  let odd = i64x2.splat(0);
  let hash = from;
  for (; hash + 24 <= past; hash += 16) {
    const two = v128.xor(v128.load(hash), sign);
    odd = v128.or(odd, i64x2.ge_s(two, v128.xor(v128.load(hash + 8), sign)));
  }
  if (v128.any_true(odd)) return 0;
  return hash + 16 > past || load<u64>(hash) < load<u64>(hash + 8) ? 1 : 0;
}
