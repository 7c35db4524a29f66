/** Clauses that a document must or must not meet, as nodes over cursors. */

import {
  C_DF,
  C_INDEX,
  END,
  EVERY_GROUP,
  N_COST,
  N_COUNT,
  N_GROUPS,
  N_ITEMS,
  N_KIND,
  NODE_ALL,
  NODE_ANY,
  NODE_FILTER,
  NODE_NEAR,
  NODE_NOT,
  NODE_PHRASE,
  NODE_TERM,
} from './layout.ts';
import { frequencyIn } from './block.ts';
import { nextAtLeast } from './cursor.ts';
import { load32, store32 } from './memory.ts';
import { hasNear, hasPhrase } from './positions.ts';
import type { i32 } from './types.ts';

/**
 * `target` where that document meets the clause; else a document after `target` before which none does (END: none at
 * all). Targets never go back.
 */
export function seekClause(node: i32, target: i32): i32 {
  const kind: i32 = load32(node + N_KIND);
  const items: i32 = load32(node + N_ITEMS);
  const groups: i32 = load32(node + N_GROUPS);
  if (kind === NODE_PHRASE) return seekPhrase(items, load32(node + N_COUNT), groups, target);
  if (kind === NODE_ANY) {
    let nearest: i32 = END;
    const count: i32 = load32(node + N_COUNT);
    for (let i: i32 = 0; i < count; i++) {
      const document: i32 = seekClause(load32(items + (i << 2)), target);
      if (document === target) return target;
      if (document < nearest) nearest = document;
    }
    return nearest;
  }
  if (kind === NODE_ALL) {
    const count: i32 = load32(node + N_COUNT);
    for (let i: i32 = 0; i < count; i++) {
      const document: i32 = seekClause(load32(items + (i << 2)), target);
      if (document !== target) return document;
    }
    return target;
  }
  if (kind === NODE_NOT) return seekClause(load32(items), target) === target ? target + 1 : target;
  if (kind === NODE_NEAR)
    return seekNear(load32(items), load32(items + 4), groups, load32(node + N_COUNT), target);
  const document: i32 = nextAtLeast(items, target);
  if (kind !== NODE_TERM || document !== target || groups === EVERY_GROUP || document === END)
    return document;
  return frequencyIn(items, load32(items + C_INDEX), groups) > 0 ? target : target + 1;
}

function seekNear(left: i32, right: i32, distance: i32, isOrdered: i32, target: i32): i32 {
  let document: i32 = nextAtLeast(left, target);
  if (document !== target || target === END) return document;
  document = nextAtLeast(right, target);
  if (document !== target) return document;
  return hasNear(left, right, distance, isOrdered) === 1 ? target : target + 1;
}

function seekPhrase(items: i32, count: i32, groups: i32, target: i32): i32 {
  for (let i: i32 = 0; i < count; i++) {
    const document: i32 = nextAtLeast(load32(items + (i << 3)), target);
    if (document !== target) return document;
  }
  if (target === END) return END;
  if (groups !== EVERY_GROUP) {
    for (let i: i32 = 0; i < count; i++) {
      const cursor: i32 = load32(items + (i << 3));
      // A phrase never leaves its zone, so every word of it stands in one of the groups.
      if (frequencyIn(cursor, load32(cursor + C_INDEX), groups) === 0) return target + 1;
    }
  }
  return hasPhrase(items, count, groups) === 1 ? target : target + 1;
}

/** 1 where every document of the clause's list meets it, and no other. */
export function isPlain(node: i32): i32 {
  const kind: i32 = load32(node + N_KIND);
  return kind === NODE_FILTER || (kind === NODE_TERM && load32(node + N_GROUPS) === EVERY_GROUP) ? 1 : 0;
}

/** Sets the cost of a node: documents that it can match at most. */
export function costOf(node: i32): i32 {
  const kind: i32 = load32(node + N_KIND);
  const items: i32 = load32(node + N_ITEMS);
  const count: i32 = load32(node + N_COUNT);
  let cost: i32 = 0;
  if (kind === NODE_ANY) {
    for (let i: i32 = 0; i < count; i++) {
      cost += costOf(load32(items + (i << 2)));
      if (cost < 0) cost = END;
    }
  } else if (kind === NODE_ALL) {
    orderByCost(items, count);
    cost = load32(load32(items) + N_COST);
  } else if (kind === NODE_NOT) {
    costOf(load32(items));
    cost = END;
  } else if (kind === NODE_NEAR) {
    cost = load32(load32(items) + C_DF);
    const other: i32 = load32(load32(items + 4) + C_DF);
    if (other < cost) cost = other;
  } else if (kind === NODE_PHRASE) {
    cost = END;
    for (let i: i32 = 0; i < count; i++) {
      const df: i32 = load32(load32(items + (i << 3)) + C_DF);
      if (df < cost) cost = df;
    }
  } else {
    cost = load32(items + C_DF);
  }
  store32(node + N_COST, cost);
  return cost;
}

/** Orders a table of nodes by cost, cheapest first, phrases after plain terms of the same cost. */
export function orderByCost(table: i32, count: i32): void {
  for (let i: i32 = 0; i < count; i++) costOf(load32(table + (i << 2)));
  for (let i: i32 = 1; i < count; i++) {
    const node: i32 = load32(table + (i << 2));
    let place: i32 = i;
    while (place > 0 && isDearer(load32(table + ((place - 1) << 2)), node) === 1) {
      store32(table + (place << 2), load32(table + ((place - 1) << 2)));
      place--;
    }
    store32(table + (place << 2), node);
  }
}

function isDearer(a: i32, b: i32): i32 {
  const costA: i32 = load32(a + N_COST);
  const costB: i32 = load32(b + N_COST);
  if (costA !== costB) return costA > costB ? 1 : 0;
  return load32(a + N_KIND) > load32(b + N_KIND) ? 1 : 0;
}
