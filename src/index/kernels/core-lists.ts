/** Which lists every match stands in. */

import {
  C_DF,
  C_IS_CORE,
  EVERY_GROUP,
  N_COUNT,
  N_GROUPS,
  N_ITEMS,
  N_KIND,
  NODE_FILTER,
  NODE_NEAR,
  NODE_PHRASE,
  NODE_TERM,
  P_CORE,
  P_CORE_COUNT,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_RESIDUE,
  P_RESIDUE_COUNT,
} from './layout.ts';
import { load32, store32 } from './memory.ts';
import { program } from './query-state.ts';
import type { i32 } from './types.ts';

/** Splits the required clauses into lists that every match stands in (P_CORE) and questions about such documents. */
export function findCore(): void {
  const count: i32 = load32(program + P_REQUIRED);
  const table: i32 = load32(program + P_REQUIRED_TABLE);
  const residue: i32 = load32(program + P_RESIDUE);
  let questions: i32 = 0;
  store32(program + P_CORE_COUNT, 0);
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
    } else if (kind === NODE_TERM || kind === NODE_FILTER) addToCore(items);
    if (kind !== NODE_FILTER && (kind !== NODE_TERM || load32(node + N_GROUPS) !== EVERY_GROUP)) {
      store32(residue + (questions << 2), node);
      questions++;
    }
  }
  store32(program + P_RESIDUE_COUNT, questions);
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
