/**
 * Frames of the records of tagdb and spiderdb: a key of 16 bytes, lowest first, and for what is no tombstone a size of four
 * bytes. Nothing checks them but their order and the bits that are zero in every key, so behind damage a few in a row
 * have to fit.
 */

import { readInt32 } from './record-frame.ts';
import type { SplitFile } from './split-file.ts';

/** `tagdb` or `spiderdb`: the name in front of the files' numbers. */
export type SideDatabase = 'tagdb' | 'spiderdb';

export const SIDE_KEY_BYTES = 16;
/** Records are a struct and a short text; what says that it is longer is damage. */
export const MAX_SIDE_RECORD_BYTES = 65_536;
/** Frames in a row, keys rising, that are no chance. */
const SURE_FRAMES = 4;
const STEP_BYTES = 65_536;

/** Bits of a key's first bytes that are never set. */
const ZERO_BITS: Readonly<Record<SideDatabase, readonly number[]>> = {
  tagdb: [0xfe, 0xff, 0xff, 0xff],
  spiderdb: [0xfe, 0x01],
};

export interface SideFrame {
  readonly key: Uint8Array;
  readonly isTombstone: boolean;
  readonly length: number;
}

/** The record that begins at `at`; undefined where none does that ends before `end`. */
export async function readSideFrame(
  file: SplitFile,
  database: SideDatabase,
  at: number,
  end: number,
): Promise<SideFrame | undefined> {
  const head = await file.read(at, Math.min(SIDE_KEY_BYTES + 4, end - at));
  if (head.length < SIDE_KEY_BYTES || !hasZeroBits(head, 0, database)) return undefined;
  const key = head.slice(0, SIDE_KEY_BYTES);
  if (((key[0] ?? 0) & 1) === 0) return { key, isTombstone: true, length: SIDE_KEY_BYTES };
  const size = readInt32(head, SIDE_KEY_BYTES);
  const isSane = head.length === SIDE_KEY_BYTES + 4 && size >= 0 && size <= MAX_SIDE_RECORD_BYTES;
  const length = SIDE_KEY_BYTES + 4 + size;
  return isSane && at + length <= end ? { key, isTombstone: false, length } : undefined;
}

/** Where records go on at or behind `from`: some of them in a row, or one and then the end. `end` where they don't. */
export async function findNextSideRecord(
  file: SplitFile,
  database: SideDatabase,
  from: number,
  end: number,
): Promise<number> {
  for (let at = from; at < end; at += STEP_BYTES) {
    const bytes = (await file.read(at, Math.min(STEP_BYTES + SIDE_KEY_BYTES, end - at))).slice();
    const last = Math.min(STEP_BYTES, bytes.length - SIDE_KEY_BYTES);
    for (let i = 0; i <= last; i++) {
      // One that is no tombstone: zeros alone would look like many of them.
      if (bytes[i] !== 1 || !hasZeroBits(bytes, i, database)) continue;
      if (await goesOn(file, database, at + i, end)) return at + i;
    }
  }
  return end;
}

async function goesOn(file: SplitFile, database: SideDatabase, from: number, end: number): Promise<boolean> {
  let at = from;
  let before: Uint8Array | undefined;
  for (let n = 0; n < SURE_FRAMES && at < end; n++) {
    const frame = await readSideFrame(file, database, at, end);
    if (frame === undefined || (before !== undefined && compareKeys(before, frame.key) >= 0)) return false;
    before = frame.key;
    at += frame.length;
  }
  return true;
}

function hasZeroBits(bytes: Uint8Array, at: number, database: SideDatabase): boolean {
  return ZERO_BITS[database].every((bits, i) => ((bytes[at + i] ?? 0) & bits) === 0);
}

/** Lowest byte first. */
function compareKeys(a: Uint8Array, b: Uint8Array): number {
  for (let i = SIDE_KEY_BYTES - 1; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
