/** Reads the words of a text and posts them: what src/text/word-reader.ts reads without asking its rules. */

import {
  BATCH,
  BATCH_BYTES,
  DIGIT,
  ENDED,
  FULL,
  KINDS,
  MAX_BATCH,
  MET_RULES,
  MET_UNIT,
  MET_WORD,
  NO_ROOM,
  OF_WORD,
  PAIRED,
  PARTS,
  S_AHEAD,
  S_AT,
  S_END,
  S_HASH,
  S_LAST_POSITION,
  S_POSITION,
  S_RUN_END,
  S_START,
  S_TABLE,
  S_TEXT,
  SIGN,
  UNSEEN,
} from './layout.ts';
import { load16, load32, load8, multiply, store32 } from './memory.ts';
import { hasRoom, post, postTail } from './postings.ts';
import type { i32 } from './types.ts';
import { find, slotAhead, wordAhead } from './words.ts';

/** FNV-1a over UTF-16 units. */
const HASH_START: i32 = -2128831035;
const HASH_PRIME: i32 = 16777619;

const DOT: i32 = 0x2e;
const COMMA: i32 = 0x2c;
const HASH_SIGN: i32 = 0x23;
const PLUS: i32 = 0x2b;
const MIDDLE_DOT: i32 = 0xb7;
const LETTER_N: i32 = 0x6e;
/** `F#` is a word, `chapter#` none. */
const LONGEST_SHARP: i32 = 3;
/** An apostrophe begins a contraction of at most two letters. */
const NO_CONTRACTION: i32 = 3;

/** How a word ends whose letters and digits do: there, as the rules say, as the unit says behind them or the one after that. */
const ENDS: i32 = 0;
const BY_RULES: i32 = 1;
const BY_UNIT: i32 = 2;
const BY_NEXT_UNIT: i32 = 3;

/** Posts the words of the text of `length` units from the unit `from` on; stops where the program around must help. */
export function scan(from: i32, length: i32, language: i32): i32 {
  const text = load32(S_TEXT);
  let at = from;
  if (load32(S_RUN_END) > 0) {
    const answer = postPairs(at, language);
    if (answer !== ENDED) return answer;
    at = load32(S_AT);
  }
  let batch: i32 = BATCH;
  while (at < length) {
    const unit = load16(text + (at << 1));
    const kind = load8(KINDS + unit);
    if (kind === PARTS) {
      at += 1;
      continue;
    }
    if ((kind & OF_WORD) !== 0) {
      let hash: i32 = HASH_START;
      let end = at;
      let last: i32 = kind;
      let next: i32 = kind;
      do {
        last = next;
        hash = multiply(hash ^ load16(text + (end << 1)), HASH_PRIME);
        end += 1;
        if (end === length) {
          next = PARTS;
          break;
        }
        next = load8(KINDS + load16(text + (end << 1)));
      } while ((next & OF_WORD) !== 0);
      const ending: i32 =
        next === PARTS || next === PAIRED ? ENDS : endingAt(text, at, end, length, last, next);
      if (ending === ENDS) {
        store32(batch, at);
        store32(batch + 4, end);
        store32(batch + 8, hash);
        batch += BATCH_BYTES;
        at = end;
        if (batch < BATCH + MAX_BATCH * BATCH_BYTES) continue;
      }
      const answer = postBatch(batch, language);
      batch = BATCH;
      if (answer !== ENDED) return answer;
      if (ending === ENDS) continue;
      if (ending === BY_RULES) return metRules(at);
      return metUnit(ending === BY_UNIT ? end : end + 1, at);
    }
    // Alone a sign parts words, but `.NET` is one.
    if (
      kind === SIGN &&
      (unit !== DOT || at + 1 >= length || (load16(text + (at << 1) + 2) | 0x20) !== LETTER_N)
    ) {
      at += 1;
      continue;
    }
    const answer = postBatch(batch, language);
    batch = BATCH;
    if (answer !== ENDED) return answer;
    if (kind !== PAIRED) return kind === UNSEEN ? metUnit(at, at) : metRules(at);
    const paired = postRun(text, at, length, language);
    if (paired !== ENDED) return paired;
    at = load32(S_AT);
  }
  store32(S_AT, length);
  return postBatch(batch, language);
}

/**
 * Posts the words from {@link BATCH} to `behind`. What the table holds of them is asked for first, of all at once: one
 * after the other each would wait for memory alone.
 */
function postBatch(behind: i32, language: i32): i32 {
  const table = load32(S_TABLE);
  let ahead: i32 = 0;
  for (let word: i32 = BATCH; word < behind; word += BATCH_BYTES) {
    ahead ^= slotAhead(table, load32(word + 8), language);
  }
  for (let word: i32 = BATCH; word < behind; word += BATCH_BYTES) {
    ahead ^= wordAhead(table, slotAhead(table, load32(word + 8), language));
  }
  store32(S_AHEAD, ahead);
  for (let word: i32 = BATCH; word < behind; word += BATCH_BYTES) {
    const start = load32(word);
    const end = load32(word + 4);
    const hash = load32(word + 8);
    if (load32(S_POSITION) >= load32(S_LAST_POSITION)) return FULL;
    if (!hasRoom()) return lacksRoom(start);
    const place = find(start, end, hash, language);
    if (place === 0) return metWord(start, end, hash, start);
    post(place);
  }
  return ENDED;
}

/** How a word ends whose letters and digits are followed by something else than what parts words. */
function endingAt(text: i32, start: i32, end: i32, length: i32, last: i32, next: i32): i32 {
  if (next === UNSEEN) return BY_UNIT;
  if (next !== SIGN) return BY_RULES;
  return atSign(text, start, end, length, last);
}

/** The run of letters that are read in pairs, which begins at `start`; ends with its end in S_AT. */
function postRun(text: i32, start: i32, length: i32, language: i32): i32 {
  let end: i32 = start + 1;
  while (end < length && load8(KINDS + load16(text + (end << 1))) === PAIRED) end += 1;
  if (end < length) {
    const next = load8(KINDS + load16(text + (end << 1)));
    if (next === UNSEEN) return metUnit(end, start);
    if (next !== PARTS && next !== SIGN && (next & OF_WORD) === 0) return metRules(start);
  }
  store32(S_RUN_END, end);
  return postPairs(start, language);
}

/** A run of letters, pair by pair from `from` on; a lone one by itself, the last one with its pair. */
function postPairs(from: i32, language: i32): i32 {
  const text = load32(S_TEXT);
  const end = load32(S_RUN_END);
  let at = from;
  for (;;) {
    const isPair: boolean = at + 1 < end;
    const behind: i32 = isPair ? at + 2 : end;
    const first = multiply(HASH_START ^ load16(text + (at << 1)), HASH_PRIME);
    const second: i32 = isPair ? load16(text + (at << 1) + 2) : 0;
    const hash: i32 = isPair ? multiply(first ^ second, HASH_PRIME) : first;
    if (load32(S_POSITION) >= load32(S_LAST_POSITION)) return FULL;
    if (!hasRoom()) return lacksRoom(at);
    const place = find(at, behind, hash, language);
    if (place === 0) return metWord(at, behind, hash, at);
    if (behind < end || !isPair) {
      post(place);
    } else {
      const tailHash = multiply(HASH_START ^ second, HASH_PRIME);
      const tail = find(at + 1, end, tailHash, language);
      if (tail === 0) return metWord(at + 1, end, tailHash, at);
      const position = load32(S_POSITION);
      post(place);
      if (load32(S_POSITION) > position) postTail(tail);
    }
    if (behind >= end) break;
    at += 1;
  }
  store32(S_RUN_END, 0);
  store32(S_AT, end);
  return ENDED;
}

/** A sign stands at `end`, behind letters and digits that begin at `start`: most end the word, whatever follows. */
function atSign(text: i32, start: i32, end: i32, length: i32, last: i32): i32 {
  const sign = load16(text + (end << 1));
  const canStandInside: boolean = sign !== HASH_SIGN && sign !== PLUS && sign !== MIDDLE_DOT;
  if (canStandInside) {
    if (end + 1 >= length) return ENDS;
    const next = load8(KINDS + load16(text + (end << 1) + 2));
    if (next === PARTS) return ENDS;
    if (next === UNSEEN) return BY_NEXT_UNIT;
  }
  if (last === DIGIT) return BY_RULES;
  if (sign === DOT || sign === COMMA) return sign === COMMA || end - start > 1 ? ENDS : BY_RULES;
  if (sign === HASH_SIGN) return end - start > LONGEST_SHARP ? ENDS : BY_RULES;
  if (!canStandInside || end + NO_CONTRACTION >= length) return BY_RULES;
  for (let i: i32 = 1; i <= NO_CONTRACTION; i++) {
    if (load8(KINDS + load16(text + ((end + i) << 1))) !== OF_WORD) return BY_RULES;
  }
  return ENDS;
}

function metUnit(unit: i32, from: i32): i32 {
  store32(S_START, unit);
  store32(S_AT, from);
  return MET_UNIT;
}

function lacksRoom(from: i32): i32 {
  store32(S_AT, from);
  return NO_ROOM;
}

function metRules(from: i32): i32 {
  store32(S_AT, from);
  return MET_RULES;
}

function metWord(start: i32, end: i32, hash: i32, from: i32): i32 {
  store32(S_START, start);
  store32(S_END, end);
  store32(S_HASH, hash);
  store32(S_AT, from);
  return MET_WORD;
}
