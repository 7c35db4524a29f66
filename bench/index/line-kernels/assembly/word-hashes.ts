/** From the text of a line to the hashes of its words. AssemblyScript. */

import { P1, P2 } from './xxh64';

const SPACE: i32 = 32;
const TAB: i32 = 9;
/** Sixteen bytes of ones, then as many of zeros; spaces; tabs. */
const MASKS: i32 = 128;
const SPACES: i32 = 160;
const TABS: i32 = 176;

/** Ends of words that are written whether they are there or not, and room behind the last one for them. */
export const ENDS_AT_ONCE: i32 = 12;
const TOKEN_BYTES: i32 = 8;

export function prepareHashes(): void {
  v128.store(MASKS, i8x16.splat(-1));
  v128.store(SPACES, i8x16.splat(<i8>SPACE));
  v128.store(TABS, i8x16.splat(<i8>TAB));
}

/** A bit for each of sixty-four bytes that is the same as in `sign`. */
@inline function bitsOf(a: v128, b: v128, c: v128, d: v128, sign: v128): u64 {
  const low = <u64>i8x16.bitmask(i8x16.eq(a, sign)) | (<u64>i8x16.bitmask(i8x16.eq(b, sign)) << 16);
  const high = <u64>i8x16.bitmask(i8x16.eq(c, sign)) | (<u64>i8x16.bitmask(i8x16.eq(d, sign)) << 16);
  return low | (high << 32);
}

@inline function putEnd(token: i32, at: i32, bits: u64, place: i32): u64 {
  store<i32>(token + place * TOKEN_BYTES, at + <i32>ctz(bits));
  return bits & (bits - 1);
}

/**
 * Where each word from `from` to the next tab ends, for its token, the first of which stands at `tokens`: sixty-four bytes at a time,
 * so that no word waits for the one before it, and a few more than there are, so that how many is hardly ever guessed wrong.
 * Returns the address behind the last token, where it is written where the tab stands.
 */
export function findEnds(from: i32, tokens: i32): i32 {
  const space = v128.load(SPACES);
  const tab = v128.load(TABS);
  let token = tokens;
  let at = from;
  let past = 0;
  do {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    let bits = bitsOf(a, b, c, d, space);
    const isTab = v128.or(v128.or(i8x16.eq(a, tab), i8x16.eq(b, tab)), v128.or(i8x16.eq(c, tab), i8x16.eq(d, tab)));
    if (v128.any_true(isTab)) {
      const first = ctz(bitsOf(a, b, c, d, tab));
      bits &= (<u64>1 << first) - 1;
      past = at + <i32>first;
    }
    const behind = token + (<i32>popcnt(bits) << 3);
    do {
      bits = putEnd(token, at, bits, 0);
      bits = putEnd(token, at, bits, 1);
      bits = putEnd(token, at, bits, 2);
      bits = putEnd(token, at, bits, 3);
      bits = putEnd(token, at, bits, 4);
      bits = putEnd(token, at, bits, 5);
      bits = putEnd(token, at, bits, 6);
      bits = putEnd(token, at, bits, 7);
      bits = putEnd(token, at, bits, 8);
      bits = putEnd(token, at, bits, 9);
      bits = putEnd(token, at, bits, 10);
      bits = putEnd(token, at, bits, 11);
      token += ENDS_AT_ONCE * TOKEN_BYTES;
    } while (token < behind);
    token = behind;
    at += 64;
  } while (past == 0);
  // No word behind a space that nothing follows.
  if (past > from && <i32>load<u8>(past - 1) != SPACE) {
    store<i32>(token, past);
    token += TOKEN_BYTES;
  }
  store<i32>(token, past);
  return token;
}

@inline function mixed(value: u64): u64 {
  let z = value;
  z = (z ^ (z >> 32)) * P1;
  z = (z ^ (z >> 29)) * P2;
  return z ^ (z >> 32);
}

/** From the ends of the words to their hashes; the first word begins at `from`. */
export function hashWords(from: i32, tokens: i32, past: i32): void {
  let start = from;
  for (let token = tokens; token < past; token += TOKEN_BYTES) {
    const end = load<i32>(token);
    let at = start;
    let acc: u64 = 0;
    for (; at + 16 <= end; at += 16) acc = mixed(acc ^ load<u64>(at)) + rotl(load<u64>(at, 8) * P2, 31);
    const mask = MASKS + 16 - (end - at);
    const low = load<u64>(at) & load<u64>(mask);
    const high = load<u64>(at, 8) & load<u64>(mask, 8);
    store<u64>(token, mixed((acc ^ low) * P1 + rotl((high ^ <u64>(end - start)) * P2, 31)));
    start = end + 1;
  }
}
