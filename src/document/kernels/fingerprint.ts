/** Reads the words of a text in NFKC and lower case, and lets their shingles vote on its SimHash: docs/formats/title-record.md. */

import {
  ENDED,
  FOLD_DEPENDS,
  FOLD_OF_WORD,
  FOLD_PARTS,
  FOLDED_KINDS,
  FOLDS,
  MAX_SHINGLES,
  MET_UNIT,
  S_FOLD_AT,
  S_FOLD_BEFORE,
  S_FOLD_HASH,
  S_FOLD_IS_OPEN,
  S_FOLD_LAST,
  S_FOLD_USED,
  S_FOLD_WORDS,
  S_FOLDED,
  S_HIGH,
  S_LOW,
  S_PENDING,
  S_SEEN_MASK,
  S_SEEN_ZERO,
  S_SHINGLES,
  S_TEXT,
  SEEN,
  SEEN_BYTES,
  VOTE_COUNTS,
  VOTES,
  VOTES_END,
} from './layout.ts';
import { countBits, fillBytes, load16, load32, load8, multiply, store32, store8 } from './memory.ts';
import type { i32 } from './types.ts';

/** FNV-1a over UTF-16 units. */
const HASH_START: i32 = -2128831035;
const HASH_PRIME: i32 = 16777619;
const LOW_START: i32 = -1640531527;
const HIGH_START: i32 = -2048144789;
const SHINGLE_WORDS: i32 = 3;
const LEAST_SLOTS: i32 = 16;
const SPACE: i32 = 0x20;
/** A narrow counter is a byte. */
const MAX_PENDING: i32 = 255;

/** Begins a text of `length` units. */
export function openFold(length: i32): void {
  store32(S_FOLD_AT, 0);
  store32(S_FOLD_USED, 0);
  store32(S_FOLD_WORDS, 0);
  store32(S_FOLD_IS_OPEN, 0);
  store32(S_SEEN_ZERO, 0);
  store32(S_SHINGLES, 0);
  store32(S_PENDING, 0);
  fillBytes(VOTES, 0, VOTES_END - VOTES);
  // Words have white space between them: the slots are four fifths full at most, and a quarter of what people write.
  let slots: i32 = LEAST_SLOTS;
  while (slots << 3 < (length + 2) * 5 && slots << 2 < SEEN_BYTES) slots <<= 1;
  store32(S_SEEN_MASK, slots - 1);
  fillBytes(SEEN, 0, slots << 2);
}

/** Reads on to the end; stops at a unit of which the program around must tell, of a text that `isFolded` by {@link takeUnits}. */
export function fold(length: i32, isFolded: boolean): i32 {
  const text = load32(S_TEXT);
  const folded = load32(S_FOLDED);
  let at = load32(S_FOLD_AT);
  let used = load32(S_FOLD_USED);
  let hash = load32(S_FOLD_HASH);
  let isOpen: boolean = load32(S_FOLD_IS_OPEN) !== 0;
  while (at < length) {
    let unit = load16(text + (at << 1));
    if (isFolded) {
      const kind = load8(FOLDED_KINDS + unit);
      if (kind !== FOLD_OF_WORD) unit = kind;
    } else {
      unit = load16(FOLDS + (unit << 1));
    }
    if (unit <= FOLD_DEPENDS) {
      if (unit !== FOLD_PARTS) break;
      if (isOpen) endWord(hash);
      isOpen = false;
      at += 1;
      continue;
    }
    if (!isOpen) {
      isOpen = true;
      hash = HASH_START;
      if (used > 0) {
        store8(folded + used, SPACE);
        used += 1;
      }
    }
    hash = multiply(hash ^ unit, HASH_PRIME);
    at += 1;
    if (unit < 0x80) {
      store8(folded + used, unit);
      used += 1;
    } else if (unit < 0x800) {
      store8(folded + used, 0xc0 | (unit >> 6));
      store8(folded + used + 1, 0x80 | (unit & 0x3f));
      used += 2;
    } else {
      store8(folded + used, 0xe0 | (unit >> 12));
      store8(folded + used + 1, 0x80 | ((unit >> 6) & 0x3f));
      store8(folded + used + 2, 0x80 | (unit & 0x3f));
      used += 3;
    }
  }
  store32(S_FOLD_AT, at);
  store32(S_FOLD_USED, used);
  store32(S_FOLD_HASH, hash);
  store32(S_FOLD_IS_OPEN, isOpen ? 1 : 0);
  if (at < length) return MET_UNIT;
  if (isOpen) endWord(hash);
  store32(S_FOLD_IS_OPEN, 0);
  finish();
  return ENDED;
}

/** What stands where {@link fold} stopped, of a folded text: a pair of surrogates that is part of a word, or nothing of one. */
export function takeUnits(isOfWord: boolean): void {
  const text: i32 = load32(S_TEXT) + (load32(S_FOLD_AT) << 1);
  const isOpen: boolean = load32(S_FOLD_IS_OPEN) !== 0;
  if (!isOfWord) {
    if (isOpen) endWord(load32(S_FOLD_HASH));
    store32(S_FOLD_IS_OPEN, 0);
    store32(S_FOLD_AT, load32(S_FOLD_AT) + 1);
    return;
  }
  let used = load32(S_FOLD_USED);
  let to: i32 = load32(S_FOLDED) + used;
  if (!isOpen && used > 0) {
    store8(to, SPACE);
    to += 1;
    used += 1;
  }
  const high = load16(text);
  const low = load16(text + 2);
  const hash = multiply((isOpen ? load32(S_FOLD_HASH) : HASH_START) ^ high, HASH_PRIME);
  const point: i32 = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  store8(to, 0xf0 | (point >> 18));
  store8(to + 1, 0x80 | ((point >> 12) & 0x3f));
  store8(to + 2, 0x80 | ((point >> 6) & 0x3f));
  store8(to + 3, 0x80 | (point & 0x3f));
  store32(S_FOLD_HASH, multiply(hash ^ low, HASH_PRIME));
  store32(S_FOLD_IS_OPEN, 1);
  store32(S_FOLD_USED, used + 4);
  store32(S_FOLD_AT, load32(S_FOLD_AT) + 2);
}

function endWord(hash: i32): void {
  const words: i32 = load32(S_FOLD_WORDS) + 1;
  const last = load32(S_FOLD_LAST);
  if (words >= SHINGLE_WORDS && words < MAX_SHINGLES + SHINGLE_WORDS) {
    const before = load32(S_FOLD_BEFORE);
    const low = mix(mix(mix(LOW_START ^ before) ^ last) ^ hash);
    if (isNew(low)) vote(low, mix(mix(mix(HIGH_START + before) + last) + hash));
  }
  store32(S_FOLD_WORDS, words);
  store32(S_FOLD_BEFORE, last);
  store32(S_FOLD_LAST, hash);
}

/** A text of fewer words than a shingle has is one. */
function finish(): void {
  const words = load32(S_FOLD_WORDS);
  const last = load32(S_FOLD_LAST);
  const before = load32(S_FOLD_BEFORE);
  if (words === 1) vote(mix(LOW_START ^ last), mix(HIGH_START + last));
  if (words === 2) vote(mix(mix(LOW_START ^ before) ^ last), mix(mix(HIGH_START + before) + last));
  spill();
  const half: i32 = load32(S_SHINGLES) >> 1;
  let low: i32 = 0;
  let high: i32 = 0;
  for (let bit: i32 = 0; bit < 32; bit++) {
    if (load32(VOTE_COUNTS + (bit << 2)) > half) low |= 1 << bit;
    if (load32(VOTE_COUNTS + ((bit + 32) << 2)) > half) high |= 1 << bit;
  }
  store32(S_LOW, low);
  store32(S_HIGH, high);
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: i32): i32 {
  let mixed: i32 = value;
  mixed = multiply(mixed ^ (mixed >>> 16), -2048144789);
  mixed = multiply(mixed ^ (mixed >>> 13), -1028477387);
  return mixed ^ (mixed >>> 16);
}

function isNew(value: i32): boolean {
  if (value === 0) {
    const wasThere: boolean = load32(S_SEEN_ZERO) !== 0;
    store32(S_SEEN_ZERO, 1);
    return !wasThere;
  }
  const mask = load32(S_SEEN_MASK);
  let slot: i32 = value & mask;
  let found = load32(SEEN + (slot << 2));
  while (found !== 0) {
    if (found === value) return false;
    slot = (slot + 1) & mask;
    found = load32(SEEN + (slot << 2));
  }
  store32(SEEN + (slot << 2), value);
  return true;
}

function vote(low: i32, high: i32): void {
  countBits(VOTES, low, high);
  store32(S_SHINGLES, load32(S_SHINGLES) + 1);
  const pending: i32 = load32(S_PENDING) + 1;
  store32(S_PENDING, pending);
  if (pending === MAX_PENDING) spill();
}

/** Empties the narrow counters into the wide ones. */
function spill(): void {
  for (let bit: i32 = 0; bit < 64; bit++) {
    const count: i32 = VOTE_COUNTS + (bit << 2);
    store32(count, load32(count) + load8(VOTES + bit));
  }
  fillBytes(VOTES, 0, VOTE_COUNTS - VOTES);
  store32(S_PENDING, 0);
}
