/** Which lists every match stands in, and which of them are but bits to look at. */

import {
  C_DF,
  C_IS_CORE,
  C_IS_SCORED,
  N_COUNT,
  N_ITEMS,
  N_KIND,
  NODE_FILTER,
  NODE_NEAR,
  NODE_PHRASE,
  NODE_TERM,
  P_CORE,
  P_CORE_COUNT,
  P_PLAIN,
  P_PLAIN_COUNT,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_RESIDUE,
  P_RESIDUE_COUNT,
} from './layout.ts';
import { hasBits } from './bit-lists.ts';
import { isPlain } from './clauses.ts';
import { load32, store32 } from './memory.ts';
import { isCounting, program } from './query-state.ts';
import type { i32 } from './types.ts';

/**
 * Splits the required clauses into lists that every match stands in (P_CORE), those whose bits tell all that is asked of
 * them (P_PLAIN), and questions about such documents. No list is a plain one only unless but the number of matches counts.
 */
export function findCore(): void {
  const count: i32 = load32(program + P_REQUIRED);
  const table: i32 = load32(program + P_REQUIRED_TABLE);
  const residue: i32 = load32(program + P_RESIDUE);
  let questions: i32 = 0;
  store32(program + P_CORE_COUNT, 0);
  store32(program + P_PLAIN_COUNT, 0);
  for (let i: i32 = 0; i < count; i++) {
    const node: i32 = load32(table + (i << 2));
    const kind: i32 = load32(node + N_KIND);
    const items: i32 = load32(node + N_ITEMS);
    if (kind === NODE_PHRASE) {
      const words: i32 = load32(node + N_COUNT);
      for (let word: i32 = 0; word < words; word++) addToCore(load32(items + (word << 3)));
    } else if (kind === NODE_NEAR) {
      addToCore(load32(items));
      addToCore(load32(items + 4));
    } else if (kind === NODE_TERM || kind === NODE_FILTER) {
      if (isPlain(node) === 1 && hasBits(items) === 1 && load32(items + C_IS_SCORED) === 0) addToPlain(items);
      else addToCore(items);
    }
    if (isPlain(node) === 0) {
      store32(residue + (questions << 2), node);
      questions++;
    }
  }
  store32(program + P_RESIDUE_COUNT, questions);
  const plain: i32 = load32(program + P_PLAIN_COUNT);
  if (plain === 0 || load32(program + P_CORE_COUNT) > 0 || isCounting() === 1) return;
  // Something has to lead.
  store32(program + P_PLAIN_COUNT, plain - 1);
  addToCore(load32(load32(program + P_PLAIN) + ((plain - 1) << 2)));
}

/** Puts a cursor behind the others, unless it is part of the core. */
function addToPlain(cursor: i32): void {
  if (load32(cursor + C_IS_CORE) === 1) return;
  const count: i32 = load32(program + P_PLAIN_COUNT);
  store32(load32(program + P_PLAIN) + (count << 2), cursor);
  store32(program + P_PLAIN_COUNT, count + 1);
}

/** Puts a cursor where it belongs by its length, once. */
function addToCore(cursor: i32): void {
  if (load32(cursor + C_IS_CORE) === 1) return;
  store32(cursor + C_IS_CORE, 1);
  const core: i32 = load32(program + P_CORE);
  let place: i32 = load32(program + P_CORE_COUNT);
  store32(program + P_CORE_COUNT, place + 1);
  const df: i32 = load32(cursor + C_DF);
  while (place > 0 && load32(load32(core + ((place - 1) << 2)) + C_DF) > df) {
    store32(core + (place << 2), load32(core + ((place - 1) << 2)));
    place--;
  }
  store32(core + (place << 2), cursor);
}
