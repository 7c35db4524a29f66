/** The table of words: from the units of a word in a language to its place in the pool, where its terms stand. */

import {
  KEY,
  LENGTH_BITS,
  MAX_REMEMBERED_LENGTH,
  PLACE_BITS,
  POOL_AT,
  S_TABLE,
  S_TEXT,
  SLOT_MASK,
  SLOTS_AT,
  UNITS,
} from './layout.ts';
import { areSame, load32, multiply } from './memory.ts';
import type { i32 } from './types.ts';

const PLACE_MASK: i32 = (1 << PLACE_BITS) - 1;

/** Mixes the hash of a word's units with the number of the language. */
export function keyedHash(hash: i32, language: i32): i32 {
  return multiply(hash ^ language, -1640531535);
}

/** Which slot is looked at first. */
export function slotOf(keyed: i32): i32 {
  return (keyed ^ (keyed >>> 15)) & SLOT_MASK;
}

/** What a slot holds of the word at a place. */
export function slotWith(keyed: i32, place: i32): i32 {
  return (keyed & ~PLACE_MASK) | place;
}

/** Address of the terms of the word at an address: behind its units, of which a long word keeps none. */
export function termsOf(word: i32): i32 {
  const length: i32 = load32(word + (KEY << 2)) & ((1 << LENGTH_BITS) - 1);
  return word + ((UNITS + (length > MAX_REMEMBERED_LENGTH ? 0 : (length + 1) >> 1)) << 2);
}

/** Place in the pool of the word at `start` to `end` of the text, whose units have `hash`; 0 where it is not there. */
export function find(start: i32, end: i32, hash: i32, language: i32): i32 {
  return findIn(load32(S_TABLE), start, end, hash, language);
}

/** The same of a table of one's choice. */
export function findIn(table: i32, start: i32, end: i32, hash: i32, language: i32): i32 {
  const length: i32 = end - start;
  if (length > MAX_REMEMBERED_LENGTH) return 0;
  const keyed = keyedHash(hash, language);
  const key: i32 = (language << LENGTH_BITS) | length;
  const slots: i32 = table + SLOTS_AT;
  const pool: i32 = table + POOL_AT;
  const from: i32 = load32(S_TEXT) + (start << 1);
  const tag = slotWith(keyed, 0);
  let slot = slotOf(keyed);
  let held = load32(slots + (slot << 2));
  while (held !== 0) {
    const place: i32 = held & PLACE_MASK;
    if ((held ^ place) === tag && isSpelled(pool + (place << 2), from, length, key)) return place;
    slot = (slot + 1) & SLOT_MASK;
    held = load32(slots + (slot << 2));
  }
  return 0;
}

/** What the slot holds that is looked at first, so that a look at it finds it near. */
export function slotAhead(table: i32, hash: i32, language: i32): i32 {
  return load32(table + SLOTS_AT + (slotOf(keyedHash(hash, language)) << 2));
}

/** The same of the word that a slot holds. */
export function wordAhead(table: i32, held: i32): i32 {
  return load32(table + POOL_AT + ((held & PLACE_MASK) << 2) + (KEY << 2));
}

function isSpelled(word: i32, from: i32, length: i32, key: i32): boolean {
  return load32(word + (KEY << 2)) === key && areSame(word + (UNITS << 2), from, length);
}
