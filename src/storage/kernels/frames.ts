/** Heads of log frames that stand side by side: docs/formats/log.md. They are read by log-frame.ts as those that it writes. */

import { AT_RESULT, FRAME_HEADER_BYTES, FRAME_IS_HASHED } from './layout.ts';
import { hashBytes, load32, store32, store8 } from './memory.ts';
import type { i32 } from './types.ts';

const SIGN: i32 = -2147483648;

/**
 * Heads, padding and checksums of the frames from `begin` to `end`, of which lengths and payloads stand there, as
 * {@link sealHashed} makes them. Numbers of 64 bits are given as their halves, low one first; sequences count up.
 */
export function sealFrames(
  begin: i32,
  end: i32,
  generation: i32,
  firstLow: i32,
  firstHigh: i32,
  durableLow: i32,
  durableHigh: i32,
  salt: i32,
): void {
  let seqLow: i32 = firstLow;
  let seqHigh: i32 = firstHigh;
  let frame: i32 = begin;
  while (frame < end) {
    const next: i32 = (frame + FRAME_HEADER_BYTES + load32(frame) + 7) & ~7;
    sealHashed(frame, generation, seqLow, seqHigh, durableLow, durableHigh, salt);
    const following: i32 = (seqLow + 1) | 0;
    if ((following ^ SIGN) < (seqLow ^ SIGN)) seqHigh += 1;
    seqLow = following;
    frame = next;
  }
}

/** Head, padding and checksum, made of XXH64, of the one frame at `frame`, of which length and payload stand there. */
export function sealHashed(
  frame: i32,
  generation: i32,
  seqLow: i32,
  seqHigh: i32,
  durableLow: i32,
  durableHigh: i32,
  salt: i32,
): void {
  const size: i32 = FRAME_HEADER_BYTES + load32(frame);
  store32(frame, load32(frame) | FRAME_IS_HASHED);
  store32(frame + 4, salt);
  store32(frame + 8, generation);
  store32(frame + 12, seqLow);
  store32(frame + 16, seqHigh);
  store32(frame + 20, durableLow);
  store32(frame + 24, durableHigh);
  hashBytes(frame, size, AT_RESULT);
  store32(frame + 4, load32(AT_RESULT) ^ load32(AT_RESULT + 4));
  for (let at: i32 = size; (at & 7) !== 0; at++) store8(frame + at, 0);
}
