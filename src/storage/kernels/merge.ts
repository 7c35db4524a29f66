/** Data pages of several sources as pages of one: docs/formats/part.md. */

import {
  HEAD_AT,
  HEAD_END,
  HEAD_IS_FIRST,
  HEAD_KEY,
  HEAD_KIND,
  HEAD_LEFT,
  HEAD_SKIPS,
  HEAD_START,
  HEAD_STATE,
  HEAD_VALUE,
  HEAD_VALUE_BYTES,
  HEAD_VALUE_END,
  KIND_INLINE,
  KIND_STORED,
  KIND_TOMBSTONE,
  MAX_PAGE_ENTRIES,
  MERGE_DAMAGED,
  MERGE_DROPS,
  MERGE_END,
  MERGE_ENTRIES,
  MERGE_HAS_LAST,
  MERGE_HASHES,
  MERGE_HEAD_BYTES,
  MERGE_HEADS,
  MERGE_KEY_BYTES,
  MERGE_LAST,
  MERGE_OUT,
  MERGE_PAGE,
  MERGE_POINTS,
  MERGE_RESTARTS,
  MERGE_SINK,
  MERGE_SOURCE,
  MERGE_SOURCES,
  MERGE_STORED,
  MERGE_TARGET,
  MERGE_TO,
  MERGE_TOMBSTONES,
  MERGE_VALUES,
  PAGE_RESTART_INTERVAL,
  SINK_HASHES,
  STATE_ADVANCES,
  STATE_ENDED,
  STATE_HAS_ENTRY,
} from './layout.ts';
import {
  commonBytes,
  compareBytes,
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

/** No answer yet. */
const GOES_ON = -5;
const WHOLE = 0;
const LACKS_PAGE = 1;
const DAMAGED = 2;

/**
 * Goes on with the merge whose state stands at `merge`, until its sink has no room for another page (MERGE_PAGE), a
 * source lacks one (its number), a value with a page of its own is to be moved (MERGE_STORED), a source makes no sense
 * (MERGE_DAMAGED), or nothing is left (MERGE_END, the last entries made a page too). Of equal keys the first source, the
 * newest, wins.
 */
export function mergePages(merge: i32): i32 {
  const sink = load32(merge + MERGE_SINK);
  let answer: i32 = GOES_ON;
  while (answer === GOES_ON) {
    if (load32(merge + MERGE_ENTRIES) === 0) beginPage(merge, sink);
    while (answer === GOES_ON) answer = mergeEntry(merge);
    if (answer !== MERGE_PAGE && answer !== MERGE_END) return answer;
    if (load32(merge + MERGE_ENTRIES) > 0) endPage(merge, sink);
    if (answer === MERGE_PAGE && hasRoom(sink) === 1) answer = GOES_ON;
  }
  return answer;
}

/** One entry. */
function mergeEntry(merge: i32): i32 {
  const sources = load32(merge + MERGE_SOURCES);
  const keyBytes = load32(merge + MERGE_KEY_BYTES);
  let least: i32 = 0;
  let leastSource: i32 = 0;
  let isShared: i32 = 0;
  for (let i: i32 = 0; i < sources; i++) {
    const head: i32 = merge + MERGE_HEADS + i * MERGE_HEAD_BYTES;
    const state = load32(head + HEAD_STATE);
    if (state === STATE_ENDED) continue;
    if (state === STATE_ADVANCES) {
      const outcome = advance(head, keyBytes);
      if (outcome === LACKS_PAGE) return i;
      store32(merge + MERGE_SOURCE, i);
      if (outcome === DAMAGED) return MERGE_DAMAGED;
      store32(head + HEAD_STATE, STATE_HAS_ENTRY);
    }
    const order: i32 = least === 0 ? -1 : compareBytes(head + HEAD_KEY, least + HEAD_KEY, keyBytes);
    if (order === 0) isShared = 1;
    if (order >= 0) continue;
    least = head;
    leastSource = i;
    isShared = 0;
  }
  if (least === 0) return MERGE_END;
  store32(merge + MERGE_SOURCE, leastSource);
  const kind = load32(least + HEAD_KIND);
  if (kind === KIND_STORED) return MERGE_STORED;
  const isFirst: i32 = load32(merge + MERGE_HAS_LAST) === 0 ? 1 : 0;
  if (isFirst === 0 && compareBytes(least + HEAD_KEY, merge + MERGE_LAST, keyBytes) <= 0)
    return MERGE_DAMAGED;
  if (isShared === 1) passEqual(merge, sources, leastSource, keyBytes);
  store32(least + HEAD_STATE, STATE_ADVANCES);
  if (kind === KIND_TOMBSTONE && load32(merge + MERGE_DROPS) === 1) return GOES_ON;
  return writeEntry(merge, least, keyBytes, kind) === 0 ? GOES_ON : MERGE_PAGE;
}

/** Older versions of the key that is written now. */
function passEqual(merge: i32, sources: i32, newest: i32, keyBytes: i32): void {
  const key: i32 = merge + MERGE_HEADS + newest * MERGE_HEAD_BYTES + HEAD_KEY;
  for (let i: i32 = newest + 1; i < sources; i++) {
    const head: i32 = merge + MERGE_HEADS + i * MERGE_HEAD_BYTES;
    if (load32(head + HEAD_STATE) !== STATE_HAS_ENTRY) continue;
    if (compareBytes(head + HEAD_KEY, key, keyBytes) === 0) store32(head + HEAD_STATE, STATE_ADVANCES);
  }
}

/** Reads the source's next entry that is not passed over. */
function advance(head: i32, keyBytes: i32): i32 {
  for (;;) {
    const outcome = readEntry(head, keyBytes);
    if (outcome !== WHOLE || load32(head + HEAD_SKIPS) === 0) return outcome;
    if (compareBytes(head + HEAD_KEY, head + HEAD_START, keyBytes) < 0) continue;
    store32(head + HEAD_SKIPS, 0);
    return WHOLE;
  }
}

function readEntry(head: i32, keyBytes: i32): i32 {
  const last: i32 = keyBytes - 1;
  const end = load32(head + HEAD_END);
  const key: i32 = head + HEAD_KEY;
  const left: i32 = load32(head + HEAD_LEFT) - 1;
  if (left < 0) return LACKS_PAGE;
  let at = load32(head + HEAD_AT);
  if (at >= end) return DAMAGED;
  const shared = load8(at);
  if (shared > last || at + 1 + keyBytes - shared > end) return DAMAGED;
  if (load32(head + HEAD_IS_FIRST) === 1) {
    if (shared > 0) return DAMAGED;
    store32(head + HEAD_IS_FIRST, 0);
  }
  copyKey(key + shared, at + 1, keyBytes - shared);
  at += 1 + keyBytes - shared;
  const final = load8(key + last);
  store32(head + HEAD_VALUE, at);
  let size: i32 = 0;
  if ((final & 1) === 0) {
    store8(key + last, final | 1);
    store32(head + HEAD_KIND, KIND_TOMBSTONE);
  } else {
    let tag: i32 = 0;
    let shift: i32 = 0;
    for (;;) {
      if (at >= end || shift > 28) return DAMAGED;
      const byte = load8(at);
      at += 1;
      tag |= (byte & 127) << shift;
      if (byte < 128) break;
      shift += 7;
    }
    if ((tag & 1) === 0) {
      size = tag >>> 1;
      store32(head + HEAD_KIND, KIND_INLINE);
      if (size > end - at) return DAMAGED;
      at += size;
    } else {
      store32(head + HEAD_KIND, KIND_STORED);
      // Offset and size of the value's page.
      for (let numbers: i32 = 0; numbers < 2; at++) {
        if (at >= end) return DAMAGED;
        if (load8(at) < 128) numbers += 1;
      }
    }
  }
  store32(head + HEAD_VALUE_END, at);
  store32(head + HEAD_VALUE_BYTES, size);
  store32(head + HEAD_AT, at);
  store32(head + HEAD_LEFT, left);
  return left === 0 && at !== end ? DAMAGED : WHOLE;
}

/** Puts the head's entry on the page; 1 where that is full now. */
function writeEntry(merge: i32, head: i32, keyBytes: i32, kind: i32): i32 {
  const key: i32 = head + HEAD_KEY;
  const last: i32 = merge + MERGE_LAST;
  const to = load32(merge + MERGE_TO);
  const entries = load32(merge + MERGE_ENTRIES);
  let points = load32(merge + MERGE_POINTS);
  let out = load32(merge + MERGE_OUT);
  let shared: i32 = 0;
  if (entries % PAGE_RESTART_INTERVAL === 0) {
    store32(load32(merge + MERGE_RESTARTS) + points * 4, out - to);
    points += 1;
    store32(merge + MERGE_POINTS, points);
  } else {
    shared = commonBytes(last, key, keyBytes - 1);
  }
  store8(out, shared);
  out += 1;
  copyKey(out, key + shared, keyBytes - shared);
  out += keyBytes - shared;
  if (kind === KIND_TOMBSTONE) {
    store8(out - 1, load8(out - 1) & 254);
    store32(merge + MERGE_TOMBSTONES, load32(merge + MERGE_TOMBSTONES) + 1);
  } else {
    const value = load32(head + HEAD_VALUE);
    const size: i32 = load32(head + HEAD_VALUE_END) - value;
    copyValue(out, value, size);
    out += size;
    store32(merge + MERGE_VALUES, load32(merge + MERGE_VALUES) + load32(head + HEAD_VALUE_BYTES));
  }
  hashBytes(key, keyBytes, load32(merge + MERGE_HASHES) + entries * 8);
  copyKey(last, key, keyBytes);
  store32(merge + MERGE_HAS_LAST, 1);
  store32(merge + MERGE_OUT, out);
  store32(merge + MERGE_ENTRIES, entries + 1);
  if (entries + 1 >= MAX_PAGE_ENTRIES) return 1;
  return out - to + points * 4 + 8 >= load32(merge + MERGE_TARGET) ? 1 : 0;
}

function beginPage(merge: i32, sink: i32): void {
  store32(merge + MERGE_TO, contentAt(sink));
  store32(merge + MERGE_OUT, contentAt(sink));
  store32(merge + MERGE_TARGET, targetOf(sink));
  store32(merge + MERGE_HASHES, load32(sink + SINK_HASHES));
  store32(merge + MERGE_POINTS, 0);
  store32(merge + MERGE_TOMBSTONES, 0);
  store32(merge + MERGE_VALUES, 0);
}

/** Restart points and counts behind the entries; then it is one of the sink's. */
function endPage(merge: i32, sink: i32): void {
  const out = load32(merge + MERGE_OUT);
  const points = load32(merge + MERGE_POINTS);
  const restarts = load32(merge + MERGE_RESTARTS);
  const entries = load32(merge + MERGE_ENTRIES);
  store32(restarts + points * 4, points);
  store32(restarts + points * 4 + 4, entries);
  copyBytes(out, restarts, points * 4 + 8);
  const size: i32 = out + points * 4 + 8 - load32(merge + MERGE_TO);
  const tombstones = load32(merge + MERGE_TOMBSTONES);
  const keyBytes = load32(merge + MERGE_KEY_BYTES);
  closePage(sink, size, keyBytes, entries, tombstones, load32(merge + MERGE_VALUES), merge + MERGE_LAST);
  store32(merge + MERGE_ENTRIES, 0);
}
