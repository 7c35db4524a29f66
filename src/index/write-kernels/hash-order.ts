/** Whether hashes ascend; plain form. With 128-bit instructions: assembly/hash-order.ts. */

import { loadUnaligned } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';

/** Flips the sign so that comparing signed numbers orders unsigned ones. */
const SIGN: i32 = -2147483648;

/** 1 where what stands from `from` to `past` are integers of 64 bits without a sign, each greater than the one before. */
export function isAscending(from: i32, past: i32): i32 {
  if (((past - from) & 7) !== 0) return 0;
  let high: i32 = 0;
  let low: i32 = 0;
  for (let hash: i32 = from; hash < past; hash += 8) {
    const nextLow: i32 = loadUnaligned(hash) ^ SIGN;
    const nextHigh: i32 = loadUnaligned(hash + 4) ^ SIGN;
    if (hash > from && (nextHigh < high || (nextHigh === high && nextLow <= low))) return 0;
    high = nextHigh;
    low = nextLow;
  }
  return 1;
}
