/** A whole query over the segments of a view: one call. Chooses the way through each segment. */

import {
  C_DF,
  CURSOR_BYTES,
  P_BLOCKS_READ,
  P_CORE,
  P_CORE_COUNT,
  P_CURSORS,
  P_K1,
  P_MATCHES,
  P_NORMS,
  P_PARTIAL,
  P_PLAIN_COUNT,
  P_POSITIONS_READ,
  P_PRUNED,
  P_REQUIRED,
  P_RESIDUE_COUNT,
  P_SLOT_TABLE,
  P_SLOTS,
} from './layout.ts';
import { takeBlocksRead } from './block.ts';
import { boundOfAll } from './block-bounds.ts';
import { searchAligned } from './conjunction.ts';
import { findCore } from './core-lists.ts';
import { countAny, countPlain, isCountOfAny } from './counting.ts';
import { openCursor } from './cursor.ts';
import { searchAny } from './disjunction.ts';
import { beginHeap, finishHeap, threshold } from './heap.ts';
import { searchByLead } from './lead-walk.ts';
import { divide, load32, loadF64, store32 } from './memory.ts';
import { beginOffers, rescoreWaiting } from './offers.ts';
import { takePositionsRead } from './positions.ts';
import { beginQuery, beginSegment, isPruning, matches, program, segment } from './query-state.ts';
import { setScoring } from './scoring.ts';
import { searchStepwise } from './stepwise.ts';
import type { i32 } from './types.ts';

/** Where the second shortest list is so many times as long as the shortest, its documents are looked up. */
const LONGER: i32 = 4;
/** The same for the longest list. */
const SKEW: i32 = 24;

/** Runs `queryProgram` over `count` segments: pairs of descriptor and live bits (0 = all live) at `segments`. */
export function search(queryProgram: i32, segments: i32, count: i32): void {
  beginQuery(queryProgram, segments);
  beginHeap();
  beginOffers();
  setScoring(load32(program + P_NORMS), loadF64(program + P_K1));
  takeBlocksRead();
  takePositionsRead();
  for (let i: i32 = 0; i < count; i++) {
    beginSegment(i);
    searchSegment();
    rescoreWaiting();
    if (load32(program + P_PARTIAL) === 1) break;
  }
  finishHeap();
  store32(program + P_MATCHES, matches);
  store32(program + P_BLOCKS_READ, takeBlocksRead());
  store32(program + P_POSITIONS_READ, takePositionsRead());
}

function searchSegment(): void {
  const slots: i32 = load32(program + P_SLOTS);
  const table: i32 = load32(program + P_SLOT_TABLE);
  const cursors: i32 = load32(program + P_CURSORS);
  for (let i: i32 = 0; i < slots; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    openCursor(cursor, segment, load32(table + (i << 3)), load32(table + (i << 3) + 4));
  }
  if (isPruning === 1 && boundOfAll() < threshold()) {
    store32(program + P_PRUNED, 1);
    return;
  }
  if (load32(program + P_REQUIRED) === 0) {
    searchAny();
    return;
  }
  if (isCountOfAny() === 1) {
    countAny();
    return;
  }
  findCore();
  if (load32(program + P_CORE_COUNT) === 0) {
    if (load32(program + P_PLAIN_COUNT) > 0) countPlain();
    else searchStepwise();
    return;
  }
  if (load32(program + P_RESIDUE_COUNT) > 0 || isLevel() === 1) searchAligned();
  else searchByLead();
}

/** 1 where the lists that every match stands in are of lengths not too different. */
function isLevel(): i32 {
  const count: i32 = load32(program + P_CORE_COUNT);
  if (count === 1) return 1;
  const core: i32 = load32(program + P_CORE);
  const least: i32 = load32(load32(core) + C_DF);
  if (divide(load32(load32(core + 4) + C_DF), LONGER) >= least) return 0;
  const most: i32 = load32(load32(core + ((count - 1) << 2)) + C_DF);
  return divide(most, SKEW) <= least ? 1 : 0;
}
