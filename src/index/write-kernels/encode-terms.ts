/** Makes lists of the terms of a part that was inverted, in the order of their hashes. */

import { BLOCK_POSTINGS } from '../kernels/layout.ts';
import { load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { reserve, take } from './buffers.ts';
import { beginBlock, beginTerm, endTerm, waiting, writeInline } from './list-writer.ts';
import {
  B_ADDRESS,
  I_OCCURRENCE,
  I_OCCURRENCES,
  I_ORDER,
  I_POSTING,
  I_POSTINGS,
  I_RANK,
  I_TERM_COUNT,
  I_TERMS,
  POSITION_BITS,
  POSITION_MASK,
  T_HIGH,
  T_LOW,
  T_POSTINGS,
  TERM_SHIFT,
  W_DOCS,
  W_FREQUENCIES,
  W_GAPS,
  W_MASK,
} from './write-layout.ts';

/** Writes lists until `limit` words wait to be handed out; 0 when all are written. */
export function encodeTerms(inversion: i32, writer: i32, limit: i32): i32 {
  const table: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const order: i32 = load32(inversion + I_ORDER + B_ADDRESS);
  const placed: i32 = load32(inversion + I_POSTINGS + B_ADDRESS);
  const count: i32 = load32(inversion + I_TERM_COUNT);
  let rank: i32 = load32(inversion + I_RANK);
  let posting: i32 = load32(inversion + I_POSTING);
  let occurrence: i32 = load32(inversion + I_OCCURRENCE);
  while (rank < count && waiting(writer) < limit) {
    const term: i32 = table + (load32(order + (rank << 2)) << TERM_SHIFT);
    const past: i32 = load32(term + T_POSTINGS);
    const high: i32 = load32(term + T_HIGH);
    const low: i32 = load32(term + T_LOW);
    const own: i32 = load32(placed + (posting << 3) + 4);
    if (past - posting === 1 && own <= 1) {
      const document: i32 = load32(placed + (posting << 3));
      const found: i32 =
        own === 0 ? -1 : load32(load32(inversion + I_OCCURRENCES + B_ADDRESS) + (occurrence << 2));
      if (own === 0) writeInline(writer, high, low, document, 0, -1);
      else writeInline(writer, high, low, document, found & POSITION_MASK, found >> POSITION_BITS);
      posting++;
      occurrence += own;
    } else {
      beginTerm(writer, high, low, past - posting);
      while (posting < past) {
        const count: i32 = past - posting < BLOCK_POSTINGS ? past - posting : BLOCK_POSTINGS;
        occurrence = encodeBlock(inversion, writer, posting, count, occurrence);
        posting += count;
      }
      endTerm(writer);
    }
    rank++;
  }
  store32(inversion + I_RANK, rank);
  store32(inversion + I_POSTING, posting);
  store32(inversion + I_OCCURRENCE, occurrence);
  return rank < count ? 1 : 0;
}

/** Gathers `count` postings, at most a block; returns the occurrence behind the last's. */
function encodeBlock(inversion: i32, writer: i32, posting: i32, count: i32, occurrence: i32): i32 {
  beginBlock(writer, count);
  const place: i32 = load32(inversion + I_POSTINGS + B_ADDRESS) + (posting << 3);
  const first: i32 = load32(inversion + I_OCCURRENCES + B_ADDRESS) + (occurrence << 2);
  let occurrences: i32 = 0;
  for (let i: i32 = 0; i < count << 3; i += 8) occurrences += load32(place + i + 4);
  let gaps: i32 = reserve(writer + W_GAPS, occurrences);
  take(writer + W_GAPS, occurrences);
  let found: i32 = first;
  let mask: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    store32(writer + W_DOCS + (i << 2), load32(place + (i << 3)));
    const own: i32 = load32(place + (i << 3) + 4);
    const frequencies: i32 = writer + W_FREQUENCIES + (i << 2);
    if (own === 1) {
      const word: i32 = load32(found);
      const group: i32 = word >>> POSITION_BITS;
      store32(frequencies + (group << 9), 1);
      store32(gaps, word & POSITION_MASK);
      mask = mask | (1 << group);
      found += 4;
      gaps += 4;
      continue;
    }
    // Those of one group stand side by side, as a rule, and are counted together.
    let group: i32 = 0;
    let same: i32 = 0;
    for (const past: i32 = found + (own << 2); found < past; found += 4) {
      const word: i32 = load32(found);
      const next: i32 = word >>> POSITION_BITS;
      store32(gaps, word & POSITION_MASK);
      gaps += 4;
      if (next !== group) {
        if (same > 0) mask = mask | addFrequency(frequencies, group, same);
        group = next;
        same = 0;
      }
      same++;
    }
    if (same > 0) mask = mask | addFrequency(frequencies, group, same);
  }
  store32(writer + W_MASK, mask);
  return occurrence + ((found - first) >> 2);
}

/** Counts `count` more occurrences in a group, of the posting whose frequencies begin at `frequencies`; returns the group as a mask. */
function addFrequency(frequencies: i32, group: i32, count: i32): i32 {
  const at: i32 = frequencies + (group << 9);
  store32(at, load32(at) + count);
  return 1 << group;
}
