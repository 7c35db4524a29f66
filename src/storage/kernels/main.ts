/**
 * The memtables of a store as kernels: batches are taken as they stand in the log, keys go into sorted buckets once they
 * are asked for, values stay where the batch has them.
 */

import { lowerBound, operationsOf, placeOf } from './bucket.ts';
import {
  AT_KEY,
  AT_NEXT,
  AT_RESULT,
  AT_TABLES,
  BUCKET_COUNT,
  BUCKET_KEYS,
  FRAME_HEADER_BYTES,
  FRAME_IS_HASHED,
  MAX_TABLES,
  TABLE_BUCKETS,
  TABLE_BYTES,
  TABLE_DIRECTORY,
  TABLE_KEY_BYTES,
} from './layout.ts';
import {
  compareBytes,
  copyKey,
  copyValue,
  ensureMemory,
  hashBytes,
  load32,
  load8,
  store32,
  store8,
} from './memory.ts';
import type { i32 } from './types.ts';
import { roomToSettle, settle, wait } from './waiting.ts';

export { reserve, room } from './arena.ts';
export { sealFrames, sealHashed } from './frames.ts';
export { mergePages } from './merge.ts';
export { encodePages } from './page.ts';

/**
 * Keeps the records of a batch that stands in the room at `address`, not what follows them, and applies them in order;
 * a later one on the same key wins. Returns the address behind them, or 0 where there is no memory for more.
 */
export function applyBatch(address: i32): i32 {
  const first = behindVarint(address + 1);
  const end = behindRecords(address);
  store32(AT_NEXT, (end + 7) & ~7);
  return waitAll(first, end) === 0 ? 0 : end;
}

/**
 * The same for the batches of the log frames that stand in the room from `from` to `end`, up to the first that has more
 * than records; of frames nothing is kept. Returns how many it has applied, or -1 where there is no memory for more.
 */
export function applyFrames(from: i32, end: i32): i32 {
  let applied: i32 = 0;
  let kept: i32 = from;
  let frame: i32 = from;
  while (frame < end) {
    const batch: i32 = frame + FRAME_HEADER_BYTES;
    const behind: i32 = batch + (load32(frame) & ~FRAME_IS_HASHED);
    const first = behindVarint(batch + 1);
    const last = behindRecords(batch);
    // Where no derived state has anything, the number of payloads ends the batch, and is 0.
    if (last + 1 !== behind || load8(last) !== 0) break;
    // Frames are longer than what is written behind a copy.
    copyValue(kept, first, last - first);
    kept += last - first;
    applied += 1;
    frame = (behind + 7) & ~7;
  }
  store32(AT_NEXT, (kept + 7) & ~7);
  return waitAll(from, kept) === 0 ? -1 : applied;
}

/** Every record from `first` to `end` waits for its table to be asked; 0 where there is no memory for that. */
function waitAll(first: i32, end: i32): i32 {
  let at = first;
  while (at < end) {
    const table: i32 = AT_TABLES + load8(at) * TABLE_BYTES;
    const keyBytes = load32(table + TABLE_KEY_BYTES);
    if (wait(table, keyBytes, at + 1) === 0) return 0;
    at = behindRecord(at);
  }
  let needed = load32(AT_NEXT);
  for (let number: i32 = 0; number < MAX_TABLES; number++) {
    needed += roomToSettle(AT_TABLES + number * TABLE_BYTES);
  }
  return ensureMemory(needed);
}

/** Address behind the records of the batch at `address`. */
function behindRecords(address: i32): i32 {
  let at = behindVarint(address + 1);
  for (let left = varintAt(address + 1); left > 0; left--) at = behindRecord(at);
  return at;
}

/** What waits goes into the buckets of the table with this number. */
export function settleTable(number: i32): void {
  settle(AT_TABLES + number * TABLE_BYTES);
}

/** A record is the number of its database, its kind, its key, and a value with its length where it is no deletion. */
function behindRecord(at: i32): i32 {
  const keyBytes = load32(AT_TABLES + load8(at) * TABLE_BYTES + TABLE_KEY_BYTES);
  const behindKey: i32 = at + 2 + keyBytes;
  return load8(at + 1) === 0 ? behindKey : behindVarint(behindKey) + varintAt(behindKey);
}

function varintAt(address: i32): i32 {
  let at = address;
  let byte = load8(at);
  let value: i32 = byte & 127;
  for (let shift: i32 = 7; byte > 127; shift += 7) {
    at += 1;
    byte = load8(at);
    value |= (byte & 127) << shift;
  }
  return value;
}

function behindVarint(address: i32): i32 {
  let at = address;
  while (load8(at) > 127) at += 1;
  return at + 1;
}

/**
 * The entries of a data page side by side: keys at `keysTo`, and behind each other at `numbersTo` the offset and the
 * length of each value. A tombstone has the length -1. Returns where it came to: `end`, where all fits; -1 for a value
 * that stands elsewhere or is long, which this does not read; -2 for a page that makes no sense.
 */
export function decodePage(page: i32, end: i32, count: i32, keyBytes: i32, keysTo: i32, numbersTo: i32): i32 {
  const last: i32 = keyBytes - 1;
  let at: i32 = page;
  let key: i32 = keysTo;
  let offsetTo: i32 = numbersTo;
  let lengthTo: i32 = numbersTo + count * 4;
  for (let i: i32 = 0; i < count; i++) {
    if (at >= end) return -2;
    const shared = load8(at);
    if (shared > last || (i === 0 && shared > 0)) return -2;
    // Keys are short: what is shared is copied with some more, which is then written over.
    if (shared > 0) copyKey(key, key - keyBytes, shared);
    copyKey(key + shared, at + 1, keyBytes - shared);
    at += 1 + keyBytes - shared;
    const final = load8(key + last);
    if ((final & 1) === 0) {
      store8(key + last, final | 1);
      store32(offsetTo, 0);
      store32(lengthTo, -1);
    } else {
      const first = load8(at);
      if ((first & 1) !== 0) return -1;
      let length: i32 = first >> 1;
      at += 1;
      if (first >= 128) {
        const second = load8(at);
        if (second >= 128) return -1;
        length = ((first & 127) | (second << 7)) >> 1;
        at += 1;
      }
      store32(offsetTo, at - page);
      store32(lengthTo, length);
      at += length;
    }
    key += keyBytes;
    offsetTo += 4;
    lengthTo += 4;
  }
  return at;
}

/** XXH64 of `count` keys side by side at `from`: high and low word of each, one behind the other, at `to`. */
export function hashKeys(from: i32, count: i32, keyBytes: i32, to: i32): void {
  for (let i: i32 = 0; i < count; i++) hashBytes(from + i * keyBytes, keyBytes, to + i * 8);
}

/** Address of the operation on the key at AT_KEY, or 0 where the table says nothing of it. */
export function find(number: i32): i32 {
  const table: i32 = AT_TABLES + number * TABLE_BYTES;
  settle(table);
  if (load32(table + TABLE_BUCKETS) === 0) return 0;
  const keyBytes = load32(table + TABLE_KEY_BYTES);
  const bucket = load32(load32(table + TABLE_DIRECTORY) + placeOf(table, keyBytes, AT_KEY) * 4);
  const at = lowerBound(bucket, keyBytes, AT_KEY);
  if (at === load32(bucket + BUCKET_COUNT)) return 0;
  if (compareBytes(bucket + BUCKET_KEYS + at * keyBytes, AT_KEY, keyBytes) !== 0) return 0;
  return load32(operationsOf(bucket, keyBytes) + at * 4);
}

/** Place of the bucket and of the entry in it that is not below the key at AT_KEY, into AT_RESULT. */
export function seek(number: i32): void {
  const table: i32 = AT_TABLES + number * TABLE_BYTES;
  settle(table);
  if (load32(table + TABLE_BUCKETS) === 0) {
    store32(AT_RESULT, 0);
    store32(AT_RESULT + 4, 0);
    return;
  }
  const keyBytes = load32(table + TABLE_KEY_BYTES);
  const place = placeOf(table, keyBytes, AT_KEY);
  store32(AT_RESULT, place);
  store32(AT_RESULT + 4, lowerBound(load32(load32(table + TABLE_DIRECTORY) + place * 4), keyBytes, AT_KEY));
}
