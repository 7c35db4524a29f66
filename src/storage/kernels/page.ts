/** A memtable's entries as data pages: docs/formats/part.md. */

import {
  AT_RESULT,
  AT_TABLES,
  BUCKET_COUNT,
  BUCKET_KEYS,
  MAX_PAGE_ENTRIES,
  PAGE_RESTART_INTERVAL,
  RESULT_AT,
  RESULT_BEGUN,
  RESULT_ENTRIES,
  RESULT_IS_LONG,
  RESULT_LAST_KEY,
  RESULT_PLACE,
  RESULT_POINTS,
  RESULT_STORED,
  RESULT_STORED_BYTES,
  RESULT_TOMBSTONES,
  RESULT_VALUES,
  SINK_HASHES,
  TABLE_BUCKETS,
  TABLE_BYTES,
  TABLE_DIRECTORY,
  TABLE_KEY_BYTES,
} from './layout.ts';
import { operationsOf } from './bucket.ts';
import { FETCHED, fetchOperations } from './fetch.ts';
import {
  commonBytes,
  copyBytes,
  copyKey,
  copyValue,
  hashBytes,
  load32,
  load8,
  store32,
  store8,
} from './memory.ts';
import { closePage, contentAt, hasRoom, targetOf } from './sink.ts';
import type { i32 } from './types.ts';

/**
 * Pages of entries from RESULT_PLACE and RESULT_AT on into `sink`, as many as it has room for; says there where it ended.
 * Ends before a value longer than `maxInline`, on a page that is begun, and goes on there once RESULT_STORED says where that value
 * stands. `restarts` is scratch for the restart points, which stays as it is while a page is begun.
 */
export function encodePages(
  number: i32,
  sink: i32,
  maxInline: i32,
  dropTombstones: i32,
  restarts: i32,
): void {
  const keyBytes = load32(AT_TABLES + number * TABLE_BYTES + TABLE_KEY_BYTES);
  // The first one fits, however little is left of the part.
  let fits: i32 = 1;
  while (fits === 1) {
    const hashes = load32(sink + SINK_HASHES);
    const size = encodePage(
      number,
      contentAt(sink),
      targetOf(sink),
      maxInline,
      dropTombstones,
      hashes,
      restarts,
    );
    if (size === 0) return;
    const entries = load32(AT_RESULT + RESULT_ENTRIES);
    const tombstones = load32(AT_RESULT + RESULT_TOMBSTONES);
    const values = load32(AT_RESULT + RESULT_VALUES);
    closePage(sink, size, keyBytes, entries, tombstones, values, load32(AT_RESULT + RESULT_LAST_KEY));
    fits = hasRoom(sink);
  }
}

/**
 * Writes entries from RESULT_PLACE and RESULT_AT on as a page to `to`, until it has `target` bytes but one at least, and
 * each key's hash to `hashes`; says in RESULT_PLACE and RESULT_AT where it ended. Returns the size of the page, 0 where nothing was left or
 * a value longer than `maxInline` comes next, of which RESULT_STORED says nothing.
 */
function encodePage(
  number: i32,
  to: i32,
  target: i32,
  maxInline: i32,
  dropTombstones: i32,
  hashes: i32,
  restarts: i32,
): i32 {
  const table: i32 = AT_TABLES + number * TABLE_BYTES;
  const keyBytes = load32(table + TABLE_KEY_BYTES);
  const directory = load32(table + TABLE_DIRECTORY);
  const buckets = load32(table + TABLE_BUCKETS);
  let place = load32(AT_RESULT + RESULT_PLACE);
  let at = load32(AT_RESULT + RESULT_AT);
  const begun = load32(AT_RESULT + RESULT_BEGUN);
  const isBegun: i32 = begun > 0 ? 1 : 0;
  let out: i32 = to + begun;
  let previous: i32 = isBegun === 1 ? load32(AT_RESULT + RESULT_LAST_KEY) : 0;
  let entries: i32 = isBegun === 1 ? load32(AT_RESULT + RESULT_ENTRIES) : 0;
  let points: i32 = isBegun === 1 ? load32(AT_RESULT + RESULT_POINTS) : 0;
  let tombstones: i32 = isBegun === 1 ? load32(AT_RESULT + RESULT_TOMBSTONES) : 0;
  let values: i32 = isBegun === 1 ? load32(AT_RESULT + RESULT_VALUES) : 0;
  let stored = load32(AT_RESULT + RESULT_STORED_BYTES);
  let isLong: i32 = 0;
  // A value that has a page of its own in the part by now is named there, however little is left of it.
  while (
    place < buckets &&
    isLong === 0 &&
    entries < MAX_PAGE_ENTRIES &&
    (entries === 0 || stored > 0 || out - to + points * 4 + 8 < target)
  ) {
    const bucket = load32(directory + place * 4);
    if (at >= load32(bucket + BUCKET_COUNT)) {
      place += 1;
      at = 0;
      continue;
    }
    const key: i32 = bucket + BUCKET_KEYS + at * keyBytes;
    const operations = operationsOf(bucket, keyBytes);
    if ((at & (FETCHED - 1)) === 0) {
      fetchOperations(operations + at * 4, operations + load32(bucket + BUCKET_COUNT) * 4, 4);
    }
    const operation = load32(operations + at * 4);
    const isTombstone: i32 = load8(operation) === 0 ? 1 : 0;
    if (isTombstone === 1 && dropTombstones === 1) {
      at += 1;
      continue;
    }
    let value: i32 = operation + 1 + keyBytes;
    let size: i32 = 0;
    if (isTombstone === 0) {
      let shift: i32 = 0;
      for (;;) {
        const byte = load8(value);
        value += 1;
        size |= (byte & 127) << shift;
        if (byte < 128) break;
        shift += 7;
      }
      if (size > maxInline && stored === 0) {
        isLong = 1;
        continue;
      }
    }
    let shared: i32 = 0;
    if (entries % PAGE_RESTART_INTERVAL === 0) {
      store32(restarts + points * 4, out - to);
      points += 1;
    } else {
      shared = commonBytes(previous, key, keyBytes - 1);
    }
    store8(out, shared);
    out += 1;
    copyKey(out, key + shared, keyBytes - shared);
    out += keyBytes - shared;
    if (isTombstone === 1) {
      store8(out - 1, load8(out - 1) & 254);
      tombstones += 1;
    } else if (stored > 0) {
      copyBytes(out, AT_RESULT + RESULT_STORED, stored);
      out += stored;
      stored = 0;
    } else {
      let rest: i32 = size * 2;
      for (; rest >= 128; rest >>= 7) {
        store8(out, (rest & 127) | 128);
        out += 1;
      }
      store8(out, rest);
      out += 1;
      copyValue(out, value, size);
      out += size;
      values += size;
    }
    hashBytes(key, keyBytes, hashes + entries * 8);
    previous = key;
    entries += 1;
    at += 1;
  }
  store32(AT_RESULT + RESULT_PLACE, place);
  store32(AT_RESULT + RESULT_AT, at);
  store32(AT_RESULT + RESULT_ENTRIES, entries);
  store32(AT_RESULT + RESULT_TOMBSTONES, tombstones);
  store32(AT_RESULT + RESULT_VALUES, values);
  store32(AT_RESULT + RESULT_IS_LONG, isLong);
  store32(AT_RESULT + RESULT_LAST_KEY, previous);
  store32(AT_RESULT + RESULT_POINTS, points);
  store32(AT_RESULT + RESULT_STORED_BYTES, 0);
  store32(AT_RESULT + RESULT_BEGUN, isLong === 1 ? out - to : 0);
  if (entries === 0 || isLong === 1) return 0;
  store32(restarts + points * 4, points);
  store32(restarts + points * 4 + 4, entries);
  copyBytes(out, restarts, points * 4 + 8);
  return out - to + points * 4 + 8;
}
