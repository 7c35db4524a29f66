/** Documents that meet every required clause, one after the other: for clauses without a list that every match stands in. */

import {
  C_INDEX,
  CURSOR_BYTES,
  END,
  P_CURSORS,
  P_PARTIAL,
  P_PRUNED,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_SCORED,
  SEGMENT_DOCUMENTS,
} from './layout.ts';
import { postingScore } from './block.ts';
import { boundAt, boundUntil } from './block-bounds.ts';
import { orderByCost, seekClause } from './clauses.ts';
import { nextAtLeast } from './cursor.ts';
import { threshold } from './heap.ts';
import { offer } from './offers.ts';
import { isExpired, load32, store32 } from './memory.ts';
import { isExcluded, isLive, isPruning, program, segment, take } from './query-state.ts';
import type { f64, i32 } from './types.ts';

/** Candidates between two looks at the time. */
const CLOCK_STEPS: i32 = 256;

/** Led by the rarest clause; scored terms add to what meets all. */
export function searchStepwise(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  const count: i32 = load32(program + P_REQUIRED);
  const table: i32 = load32(program + P_REQUIRED_TABLE);
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  orderByCost(table, count);
  let target: i32 = 0;
  let boundEnd: i32 = -1;
  let bound: f64 = 0;
  let steps: i32 = 0;
  while (target < documents) {
    if (isPruning === 1) {
      const least: f64 = threshold();
      if (least > 0) {
        if (target > boundEnd) {
          bound = boundAt(target);
          boundEnd = boundUntil;
        }
        if (bound < least) {
          store32(program + P_PRUNED, 1);
          if (boundEnd === END) return;
          target = boundEnd + 1;
          continue;
        }
      }
    }
    steps++;
    if (steps === CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    let agreed: i32 = 0;
    while (agreed < count) {
      const document: i32 = seekClause(load32(table + (agreed << 2)), target);
      if (document !== target) {
        target = document;
        break;
      }
      agreed++;
    }
    if (agreed < count) continue;
    if (isLive(target) === 1 && isExcluded(target) === 0) {
      take(target);
      let score: f64 = 0;
      for (let i: i32 = 0; i < scored; i++) {
        const cursor: i32 = cursors + i * CURSOR_BYTES;
        if (nextAtLeast(cursor, target) === target) score += postingScore(cursor, load32(cursor + C_INDEX));
      }
      offer(score, target);
    }
    target++;
  }
}
