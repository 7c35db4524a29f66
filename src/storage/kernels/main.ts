/**
 * The memtables of a store as kernels: batches are taken as they stand in the log, keys go into sorted buckets, values
 * stay where the batch has them.
 */

import { operationsOf } from './bucket.ts';
import type { i32 } from './types.ts';
import {
  AT_INSERTED,
  AT_KEY,
  AT_NEXT,
  AT_RESULT,
  AT_TABLES,
  BUCKET_CAPACITY,
  BUCKET_COUNT,
  BUCKET_KEYS,
  FIRST_BUCKET_KEYS,
  MAX_BUCKET_KEYS,
  TABLE_BUCKETS,
  TABLE_BYTES,
  TABLE_CAPACITY,
  TABLE_COUNT,
  TABLE_DIRECTORY,
  TABLE_KEY_BYTES,
  TABLE_LAST,
} from './layout.ts';
import {
  compareBytes,
  copyBytes,
  copyKey,
  copyWholeKey,
  ensureMemory,
  hashBytes,
  load32,
  load8,
  store32,
  store8,
} from './memory.ts';

export { mergePages } from './merge.ts';
export { encodePages } from './page.ts';

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

/**
 * Keeps the records of a batch that stands in the room at `address`, not what follows them, and applies them in order;
 * a later one on the same key wins. Returns the address behind them, or 0 where there is no memory for more.
 */
export function applyBatch(address: i32): i32 {
  const first = behindVarint(address + 1);
  const count = varintAt(address + 1);
  let at = first;
  for (let left = count; left > 0; left--) at = behindRecord(at);
  const end = at;
  store32(AT_NEXT, (end + 7) & ~7);
  at = first;
  for (let left = count; left > 0; left--) {
    const table: i32 = AT_TABLES + load8(at) * TABLE_BYTES;
    const keyBytes = load32(table + TABLE_KEY_BYTES);
    copyWholeKey(AT_INSERTED, at + 2, keyBytes);
    store8(AT_INSERTED + keyBytes - 1, load8(AT_INSERTED + keyBytes - 1) | 1);
    if (insert(table, keyBytes, at + 1) === 0) return 0;
    at = behindRecord(at);
  }
  return end;
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

function insert(table: i32, keyBytes: i32, operation: i32): i32 {
  if (load32(table + TABLE_BUCKETS) === 0 && addBucket(table, keyBytes, 0, FIRST_BUCKET_KEYS) === 0) return 0;
  let place = load32(table + TABLE_LAST);
  if (isInBucket(table, keyBytes, place) === 0) place = placeOf(table, keyBytes, AT_INSERTED);
  let bucket = load32(load32(table + TABLE_DIRECTORY) + place * 4);
  let at = lowerBound(bucket, keyBytes, AT_INSERTED);
  const count = load32(bucket + BUCKET_COUNT);
  if (at < count && compareBytes(bucket + BUCKET_KEYS + at * keyBytes, AT_INSERTED, keyBytes) === 0) {
    store32(operationsOf(bucket, keyBytes) + at * 4, operation);
    store32(table + TABLE_LAST, place);
    return 1;
  }
  if (count === load32(bucket + BUCKET_CAPACITY)) {
    if (makeRoom(table, keyBytes, place) === 0) return 0;
    bucket = load32(load32(table + TABLE_DIRECTORY) + place * 4);
    const half = load32(bucket + BUCKET_COUNT);
    // At a split the upper half went into the next bucket. A key between the halves goes to the end of the lower one.
    if (at > half) {
      at -= half;
      place += 1;
      bucket = load32(load32(table + TABLE_DIRECTORY) + place * 4);
    }
  }
  put(bucket, keyBytes, at, operation);
  store32(table + TABLE_LAST, place);
  store32(table + TABLE_COUNT, load32(table + TABLE_COUNT) + 1);
  return 1;
}

function put(bucket: i32, keyBytes: i32, at: i32, operation: i32): void {
  const count = load32(bucket + BUCKET_COUNT);
  const key: i32 = bucket + BUCKET_KEYS + at * keyBytes;
  const entry: i32 = operationsOf(bucket, keyBytes) + at * 4;
  copyBytes(key + keyBytes, key, (count - at) * keyBytes);
  copyBytes(entry + 4, entry, (count - at) * 4);
  copyWholeKey(key, AT_INSERTED, keyBytes);
  store32(entry, operation);
  store32(bucket + BUCKET_COUNT, count + 1);
}

/** A small bucket becomes a larger one; of a large one the upper half moves into a new one behind it. */
function makeRoom(table: i32, keyBytes: i32, place: i32): i32 {
  const slot: i32 = place * 4;
  const full = load32(load32(table + TABLE_DIRECTORY) + slot);
  const count = load32(full + BUCKET_COUNT);
  if (count < MAX_BUCKET_KEYS) {
    const grown = newBucket(keyBytes, count * 2);
    if (grown === 0) return 0;
    moveEntries(full, 0, count, grown, keyBytes);
    store32(load32(table + TABLE_DIRECTORY) + slot, grown);
    return 1;
  }
  if (addBucket(table, keyBytes, place + 1, MAX_BUCKET_KEYS) === 0) return 0;
  const upper = load32(load32(table + TABLE_DIRECTORY) + slot + 4);
  const half = count >>> 1;
  moveEntries(full, half, count - half, upper, keyBytes);
  store32(full + BUCKET_COUNT, half);
  return 1;
}

function moveEntries(from: i32, first: i32, count: i32, to: i32, keyBytes: i32): void {
  copyBytes(to + BUCKET_KEYS, from + BUCKET_KEYS + first * keyBytes, count * keyBytes);
  copyBytes(operationsOf(to, keyBytes), operationsOf(from, keyBytes) + first * 4, count * 4);
  store32(to + BUCKET_COUNT, count);
}

/** An empty bucket at `place` of the directory. */
function addBucket(table: i32, keyBytes: i32, place: i32, capacity: i32): i32 {
  const bucket = newBucket(keyBytes, capacity);
  if (bucket === 0) return 0;
  const count = load32(table + TABLE_BUCKETS);
  if (count === load32(table + TABLE_CAPACITY)) {
    const grown: i32 = count === 0 ? 16 : count * 2;
    const moved = reserve(grown * 4);
    if (moved === 0) return 0;
    copyBytes(moved, load32(table + TABLE_DIRECTORY), count * 4);
    store32(table + TABLE_DIRECTORY, moved);
    store32(table + TABLE_CAPACITY, grown);
  }
  const slot: i32 = load32(table + TABLE_DIRECTORY) + place * 4;
  copyBytes(slot + 4, slot, (count - place) * 4);
  store32(slot, bucket);
  store32(table + TABLE_BUCKETS, count + 1);
  return 1;
}

function newBucket(keyBytes: i32, capacity: i32): i32 {
  const bucket = reserve(BUCKET_KEYS + capacity * (keyBytes + 4));
  if (bucket === 0) return 0;
  store32(bucket + BUCKET_COUNT, 0);
  store32(bucket + BUCKET_CAPACITY, capacity);
  return bucket;
}

/** Place of the last bucket whose first key is not above the key; the first bucket for keys before all. */
function placeOf(table: i32, keyBytes: i32, key: i32): i32 {
  const directory = load32(table + TABLE_DIRECTORY);
  let low: i32 = 0;
  let high = load32(table + TABLE_BUCKETS);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(load32(directory + middle * 4) + BUCKET_KEYS, key, keyBytes) <= 0) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? low - 1 : 0;
}

/** Whether {@link placeOf} would find `place` for the key that is inserted, told without a search. */
function isInBucket(table: i32, keyBytes: i32, place: i32): i32 {
  const slot: i32 = load32(table + TABLE_DIRECTORY) + place * 4;
  const bucket = load32(slot);
  if (load32(bucket + BUCKET_COUNT) === 0) return 1;
  if (compareBytes(bucket + BUCKET_KEYS, AT_INSERTED, keyBytes) > 0) return 0;
  if (place + 1 === load32(table + TABLE_BUCKETS)) return 1;
  return compareBytes(load32(slot + 4) + BUCKET_KEYS, AT_INSERTED, keyBytes) > 0 ? 1 : 0;
}

function lowerBound(bucket: i32, keyBytes: i32, key: i32): i32 {
  let low: i32 = 0;
  let high = load32(bucket + BUCKET_COUNT);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(bucket + BUCKET_KEYS + middle * keyBytes, key, keyBytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
