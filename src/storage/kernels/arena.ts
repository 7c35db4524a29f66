/** Free bytes of the linear memory: what is taken stays taken until all of it is freed. */

import { AT_NEXT } from './layout.ts';
import { ensureMemory, load32, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** Address of `size` free bytes that are used from now on, or 0 where there is no memory for more. */
export function reserve(size: i32): i32 {
  const at = load32(AT_NEXT);
  const next: i32 = (at + size + 7) & ~7;
  if (ensureMemory(next) === 0) return 0;
  store32(AT_NEXT, next);
  return at;
}

/** Address of `size` free bytes, which stay free: for what is looked at before it is kept. As {@link reserve}. */
export function room(size: i32): i32 {
  const at = load32(AT_NEXT);
  return ensureMemory((at + size + 7) & ~7) === 0 ? 0 : at;
}
