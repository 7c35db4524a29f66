/** Heads of log frames that stand side by side: docs/formats/log.md. The same as log-frame.ts writes one by one. */

import { AT_RESULT, FRAME_HEADER_BYTES, FRAME_IS_HASHED } from './layout.ts';
import { hashBytes, load32, load8, store32, store8 } from './memory.ts';
import type { i32 } from './types.ts';

const TABLE_BYTES = 1024;
/** Polynomial of CRC-32, bits reversed. */
const POLYNOMIAL: i32 = -306674912;
const SIGN: i32 = -2147483648;

/** What {@link sealFrames} looks up: eight tables of 256 words at `tables`, for eight bytes at a time. */
export function makeCrcTables(tables: i32): void {
  for (let byte: i32 = 0; byte < 256; byte++) {
    let crc: i32 = byte;
    for (let bit: i32 = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    store32(tables + byte * 4, crc);
  }
  for (let byte: i32 = 0; byte < 256; byte++) {
    for (let table: i32 = 1; table < 8; table++) {
      const before = load32(tables + (table - 1) * TABLE_BYTES + byte * 4);
      const crc: i32 = (before >>> 8) ^ load32(tables + (before & 255) * 4);
      store32(tables + table * TABLE_BYTES + byte * 4, crc);
    }
  }
}

/**
 * Heads, padding and checksums of the frames from `begin` to `end`, of which lengths and payloads stand there. Numbers of
 * 64 bits are given as their halves, low one first; sequences count up.
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
  tables: i32,
): void {
  let seqLow: i32 = firstLow;
  let seqHigh: i32 = firstHigh;
  let frame: i32 = begin;
  while (frame < end) {
    const length = load32(frame);
    // With the length in the checksum's place all that it covers stands in a row.
    store32(frame + 4, length);
    store32(frame + 8, generation);
    store32(frame + 12, seqLow);
    store32(frame + 16, seqHigh);
    store32(frame + 20, durableLow);
    store32(frame + 24, durableHigh);
    const behind: i32 = frame + FRAME_HEADER_BYTES + length;
    const next: i32 = (behind + 7) & ~7;
    for (let at: i32 = behind; at < next; at++) store8(at, 0);
    store32(frame + 4, checksum(frame + 4, behind, salt, tables));
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

/** CRC-32, begun with `seed`, of what stands from `from`, a multiple of four, to `to`. */
function checksum(from: i32, to: i32, seed: i32, tables: i32): i32 {
  let crc: i32 = ~seed;
  let at: i32 = from;
  for (; at + 8 <= to; at += 8) {
    const low: i32 = load32(at) ^ crc;
    const high = load32(at + 4);
    crc =
      entry(tables, 7, low & 255) ^
      entry(tables, 6, (low >>> 8) & 255) ^
      entry(tables, 5, (low >>> 16) & 255) ^
      entry(tables, 4, low >>> 24) ^
      entry(tables, 3, high & 255) ^
      entry(tables, 2, (high >>> 8) & 255) ^
      entry(tables, 1, (high >>> 16) & 255) ^
      entry(tables, 0, high >>> 24);
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ entry(tables, 0, (crc ^ load8(at)) & 255);
  return ~crc;
}

function entry(tables: i32, table: i32, byte: i32): i32 {
  return load32(tables + table * TABLE_BYTES + byte * 4);
}
