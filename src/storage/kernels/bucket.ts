/** Inside a bucket: count, capacity, keys side by side, then an operation's address for each. */

import { BUCKET_CAPACITY, BUCKET_KEYS } from './layout.ts';
import { load32 } from './memory.ts';
import type { i32 } from './types.ts';

/** Where the operations of a bucket's entries stand. */
export function operationsOf(bucket: i32, keyBytes: i32): i32 {
  return bucket + BUCKET_KEYS + load32(bucket + BUCKET_CAPACITY) * keyBytes;
}
