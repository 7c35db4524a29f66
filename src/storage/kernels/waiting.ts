/**
 * Operations that were applied and that nobody has asked for yet. They wait as they came; the first question about their
 * table sorts them, with one another first: keys in order go into buckets at a third of the cost of keys at random.
 */

import { reserve } from './arena.ts';
import { addBucket, insert, insertNext } from './bucket.ts';
import { FETCHED, fetchOperations } from './fetch.ts';
import {
  AT_INSERTED,
  AT_NEXT,
  AT_WAITING,
  BUCKET_KEYS,
  MAX_BUCKET_KEYS,
  MAX_WAITING,
  TABLE_BUCKETS,
  TABLE_KEY_BYTES,
  TABLE_WAITING,
  TABLE_WAITING_AT,
  TABLE_WAITING_CAPACITY,
} from './layout.ts';
import { broken, copyBytes, copyWholeKey, ensureMemory, load32, load8, store32, store8 } from './memory.ts';
import { SORT_BYTES, sortByKey } from './sort.ts';
import type { i32 } from './types.ts';

const FIRST_WAITING = 32;
/** Fewer are not worth a sort. */
const FEW_WAITING = 48;
/** A bucket that was split takes so many keys before it is split again: 2 to this power. */
const HALF_BUCKET_SHIFT = 6;

/** Puts the operation behind those that wait; 0 where there is no memory for it. */
export function wait(table: i32, keyBytes: i32, operation: i32): i32 {
  const count = load32(table + TABLE_WAITING);
  if (count === load32(table + TABLE_WAITING_CAPACITY)) {
    if (count === MAX_WAITING) {
      if (ensureMemory(load32(AT_NEXT) + roomToSettle(table)) === 0) return 0;
      settle(table);
      return wait(table, keyBytes, operation);
    }
    const grown: i32 = count === 0 ? FIRST_WAITING : count * 2;
    const moved = reserve(grown * 4);
    if (moved === 0) return 0;
    copyBytes(moved, load32(table + TABLE_WAITING_AT), count * 4);
    store32(table + TABLE_WAITING_AT, moved);
    store32(table + TABLE_WAITING_CAPACITY, grown);
  }
  store32(load32(table + TABLE_WAITING_AT) + count * 4, operation);
  store32(table + TABLE_WAITING, count + 1);
  store32(AT_WAITING, load32(AT_WAITING) + keyBytes + 4);
  return 1;
}

/**
 * Free bytes that {@link settle} needs at most. They are there from when an operation begins to wait: whoever only reads
 * must not find another memory than before.
 */
export function roomToSettle(table: i32): i32 {
  const count = load32(table + TABLE_WAITING);
  if (count === 0) return 0;
  return bucketRoom(table, count) + SORT_BYTES + count * 16;
}

/** Of buckets, and directories that name them: each may be full at first, and then halves and new ones fill. */
function bucketRoom(table: i32, count: i32): i32 {
  const buckets = load32(table + TABLE_BUCKETS);
  const hit: i32 = count < buckets ? count : buckets;
  const added: i32 = hit + 2 * (count >>> HALF_BUCKET_SHIFT) + 4;
  const bucketBytes: i32 = BUCKET_KEYS + MAX_BUCKET_KEYS * (load32(table + TABLE_KEY_BYTES) + 4) + 8;
  return (added * bucketBytes + (buckets + added) * 16 + 256 + 7) & ~7;
}

/** Sorts what waits into the buckets of the table; a later operation on the same key wins. */
export function settle(table: i32): void {
  const count = load32(table + TABLE_WAITING);
  if (count === 0) return;
  const keyBytes = load32(table + TABLE_KEY_BYTES);
  const waiting = load32(table + TABLE_WAITING_AT);
  const room = bucketRoom(table, count);
  store32(table + TABLE_WAITING, 0);
  store32(AT_WAITING, load32(AT_WAITING) - count * (keyBytes + 4));
  if (count < FEW_WAITING) {
    for (let i: i32 = 0; i < count; i++) {
      const operation = takeKey(load32(waiting + i * 4), keyBytes);
      if (insert(table, keyBytes, operation) === 0) broken();
    }
    return;
  }
  const sorted = sortByKey(waiting, count, keyBytes, load32(AT_NEXT) + room);
  if (load32(table + TABLE_BUCKETS) === 0 && addBucket(table, keyBytes, 0, MAX_BUCKET_KEYS) === 0) broken();
  if (insert(table, keyBytes, takeKey(load32(sorted + 4), keyBytes)) === 0) broken();
  for (let i: i32 = 1; i < count; i++) {
    if ((i & (FETCHED - 1)) === 1) fetchOperations(sorted + i * 8 + 4, sorted + count * 8, 8);
    const operation = takeKey(load32(sorted + i * 8 + 4), keyBytes);
    if (insertNext(table, keyBytes, operation) === 0) broken();
  }
}

/** The key of an operation, as the store holds keys, to AT_INSERTED. */
function takeKey(operation: i32, keyBytes: i32): i32 {
  copyWholeKey(AT_INSERTED, operation + 1, keyBytes);
  store8(AT_INSERTED + keyBytes - 1, load8(AT_INSERTED + keyBytes - 1) | 1);
  return operation;
}
