/** Sorted buckets of keys: count, capacity, keys side by side, then an operation's address for each. */

import { reserve } from './arena.ts';
import {
  AT_INSERTED,
  BUCKET_CAPACITY,
  BUCKET_COUNT,
  BUCKET_KEYS,
  FIRST_BUCKET_KEYS,
  MAX_BUCKET_KEYS,
  TABLE_BUCKETS,
  TABLE_CAPACITY,
  TABLE_COUNT,
  TABLE_DIRECTORY,
  TABLE_LAST,
} from './layout.ts';
import { compareBytes, copyBytes, copyWholeKey, load32, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** So many buckets are looked at one after the other before they are searched. */
const NEAR_BUCKETS = 4;

/** Where the operations of a bucket's entries stand. */
export function operationsOf(bucket: i32, keyBytes: i32): i32 {
  return bucket + BUCKET_KEYS + load32(bucket + BUCKET_CAPACITY) * keyBytes;
}

/** Puts the operation on the key at AT_INSERTED where it belongs; 0 where there is no memory for it. */
export function insert(table: i32, keyBytes: i32, operation: i32): i32 {
  if (load32(table + TABLE_BUCKETS) === 0 && addBucket(table, keyBytes, 0, FIRST_BUCKET_KEYS) === 0) return 0;
  let place = load32(table + TABLE_LAST);
  if (isInBucket(table, keyBytes, place) === 0) place = placeOf(table, keyBytes, AT_INSERTED);
  const bucket = bucketAt(table, place);
  return insertAt(table, keyBytes, place, lowerBound(bucket, keyBytes, AT_INSERTED), operation);
}

/** The same for a key that is not below the one that was inserted last. */
export function insertNext(table: i32, keyBytes: i32, operation: i32): i32 {
  const place = placeBehind(table, keyBytes, load32(table + TABLE_LAST));
  const bucket = bucketAt(table, place);
  const count = load32(bucket + BUCKET_COUNT);
  const lastKey: i32 = bucket + BUCKET_KEYS + (count - 1) * keyBytes;
  const isBehind: i32 = count > 0 && compareBytes(lastKey, AT_INSERTED, keyBytes) < 0 ? 1 : 0;
  const at: i32 = isBehind === 1 ? count : lowerBound(bucket, keyBytes, AT_INSERTED);
  return insertAt(table, keyBytes, place, at, operation);
}

/** As {@link placeOf} of a key that is not before the bucket at `from`: most often it is near. */
function placeBehind(table: i32, keyBytes: i32, from: i32): i32 {
  const buckets = load32(table + TABLE_BUCKETS);
  for (let place: i32 = from; place < from + NEAR_BUCKETS; place++) {
    if (place + 1 >= buckets) return place;
    const next = bucketAt(table, place + 1);
    if (compareBytes(next + BUCKET_KEYS, AT_INSERTED, keyBytes) > 0) return place;
  }
  return placeOf(table, keyBytes, AT_INSERTED);
}

function bucketAt(table: i32, place: i32): i32 {
  return load32(load32(table + TABLE_DIRECTORY) + place * 4);
}

function insertAt(table: i32, keyBytes: i32, firstPlace: i32, firstAt: i32, operation: i32): i32 {
  let place = firstPlace;
  let at = firstAt;
  let bucket = bucketAt(table, place);
  const count = load32(bucket + BUCKET_COUNT);
  if (at < count && compareBytes(bucket + BUCKET_KEYS + at * keyBytes, AT_INSERTED, keyBytes) === 0) {
    store32(operationsOf(bucket, keyBytes) + at * 4, operation);
    store32(table + TABLE_LAST, place);
    return 1;
  }
  if (count === load32(bucket + BUCKET_CAPACITY)) {
    if (at === MAX_BUCKET_KEYS && place + 1 === load32(table + TABLE_BUCKETS)) {
      // Behind all: keys that come in order leave full buckets behind them.
      if (addBucket(table, keyBytes, place + 1, MAX_BUCKET_KEYS) === 0) return 0;
      place += 1;
      at = 0;
      bucket = bucketAt(table, place);
    } else {
      if (makeRoom(table, keyBytes, place) === 0) return 0;
      bucket = bucketAt(table, place);
      const half = load32(bucket + BUCKET_COUNT);
      // At a split the upper half went into the next bucket. A key between the halves goes to the end of the lower one.
      if (at > half) {
        at -= half;
        place += 1;
        bucket = bucketAt(table, place);
      }
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
  if (at < count) {
    copyBytes(key + keyBytes, key, (count - at) * keyBytes);
    copyBytes(entry + 4, entry, (count - at) * 4);
  }
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

/** An empty bucket at `place` of the directory; 0 where there is no memory for it. */
export function addBucket(table: i32, keyBytes: i32, place: i32, capacity: i32): i32 {
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
export function placeOf(table: i32, keyBytes: i32, key: i32): i32 {
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

export function lowerBound(bucket: i32, keyBytes: i32, key: i32): i32 {
  let low: i32 = 0;
  let high = load32(bucket + BUCKET_COUNT);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(bucket + BUCKET_KEYS + middle * keyBytes, key, keyBytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
