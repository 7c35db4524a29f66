/** The best documents so far: a heap with the worst on top. Equal scores stand in the order of their docIds. */

import {
  H_DOC,
  H_DOC_ID_HIGH,
  H_DOC_ID_LOW,
  H_SCORE,
  H_SEGMENT,
  HEAP_ENTRY_BYTES,
  P_HEAP,
  P_HEAP_COUNT,
  P_HEAP_LIMIT,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOC_ID_LOW,
} from './layout.ts';
import { copyBytes, load32, loadF64, store32, storeF64 } from './memory.ts';
import { loadWord } from './pages.ts';
import type { f64, i32 } from './types.ts';

const SIGN: i32 = -2147483648;

/** The score below which a document is not among the best; −1 while there is room. */
export function threshold(program: i32): f64 {
  if (load32(program + P_HEAP_COUNT) < load32(program + P_HEAP_LIMIT)) return -1.0;
  return loadF64(load32(program + P_HEAP) + H_SCORE);
}

/** Offers a document; keeps it when it is among the best. */
export function offer(program: i32, score: f64, segmentPlace: i32, segment: i32, document: i32): void {
  if (load32(program + P_HEAP_LIMIT) === 0) return;
  const heap: i32 = load32(program + P_HEAP);
  const count: i32 = load32(program + P_HEAP_COUNT);
  const isFull: i32 = count >= load32(program + P_HEAP_LIMIT) ? 1 : 0;
  if (isFull === 1 && score < loadF64(heap + H_SCORE)) return;
  // One entry behind the last is the place where the newcomer is made.
  const entry: i32 = heap + load32(program + P_HEAP_LIMIT) * HEAP_ENTRY_BYTES;
  storeF64(entry + H_SCORE, score);
  store32(entry + H_DOC_ID_HIGH, loadWord(segment, load32(segment + SEGMENT_DOC_ID_HIGH) + document));
  store32(entry + H_DOC_ID_LOW, loadWord(segment, load32(segment + SEGMENT_DOC_ID_LOW) + document));
  store32(entry + H_SEGMENT, segmentPlace);
  store32(entry + H_DOC, document);
  if (isFull === 1) {
    if (isWorse(heap, entry) === 1) sink(heap, count, entry);
    return;
  }
  store32(program + P_HEAP_COUNT, count + 1);
  let place: i32 = count;
  while (place > 0) {
    const parent: i32 = (place - 1) >> 1;
    if (isWorse(entry, heap + parent * HEAP_ENTRY_BYTES) === 0) break;
    copyBytes(heap + place * HEAP_ENTRY_BYTES, heap + parent * HEAP_ENTRY_BYTES, HEAP_ENTRY_BYTES);
    place = parent;
  }
  // Where the heap is filled by this, the newcomer's own place is behind it and stays intact until here.
  copyBytes(heap + place * HEAP_ENTRY_BYTES, entry, HEAP_ENTRY_BYTES);
}

/** Replaces the worst by `entry`. */
function sink(heap: i32, count: i32, entry: i32): void {
  let place: i32 = 0;
  while (true) {
    let child: i32 = place * 2 + 1;
    if (child >= count) break;
    const right: i32 = child + 1;
    if (right < count && isWorse(heap + right * HEAP_ENTRY_BYTES, heap + child * HEAP_ENTRY_BYTES) === 1)
      child = right;
    if (isWorse(heap + child * HEAP_ENTRY_BYTES, entry) === 0) break;
    copyBytes(heap + place * HEAP_ENTRY_BYTES, heap + child * HEAP_ENTRY_BYTES, HEAP_ENTRY_BYTES);
    place = child;
  }
  copyBytes(heap + place * HEAP_ENTRY_BYTES, entry, HEAP_ENTRY_BYTES);
}

/** 1 where `a` ranks after `b`. */
function isWorse(a: i32, b: i32): i32 {
  const scoreA: f64 = loadF64(a + H_SCORE);
  const scoreB: f64 = loadF64(b + H_SCORE);
  if (scoreA !== scoreB) return scoreA < scoreB ? 1 : 0;
  const highA: i32 = load32(a + H_DOC_ID_HIGH);
  const highB: i32 = load32(b + H_DOC_ID_HIGH);
  if (highA !== highB) return highA > highB ? 1 : 0;
  return (load32(a + H_DOC_ID_LOW) ^ SIGN) > (load32(b + H_DOC_ID_LOW) ^ SIGN) ? 1 : 0;
}
