/** The different words of a line, by the uppermost bits of their hashes, so that they stand nearly in order. AssemblyScript. */

/** A word: its hash, what its next position is at least, how often it is there. */
export const WORD_BYTES: i32 = 16;
const LEAST: usize = 8;
export const WORD_COUNT: usize = 12;
/** In the place of the least position, once all are known: where the next number of its list goes. */
export const WORD_NEXT: usize = 8;
/** Once more, and the position goes on by one. */
const ONCE_MORE: u64 = 0x100000001;
const TOKEN_BYTES: i32 = 8;

const PLACE_BYTES: i32 = 4;
/** A quarter of the places are taken at most: a word is met where it is looked for. */
const LOAD_SHIFT: i32 = 2;
/** Of long lines most words are there already. */
const FEWEST_PLACES: i32 = 64;
const TOKEN_PLACES: i32 = 4;
const FIRST_PLACES: i32 = 512;
/** Room for words below which the table grows. */
const LEAST_ROOM: i32 = 8 * WORD_BYTES;

/** Where the words are, 0 where there is none; those of the last places flow over behind these. */
let table: i32 = 0;
let tableEnd: i32 = 0;
let places: i32 = 0;
let words: i32 = 0;
let nextWord: i32 = 0;
/** As many words as the table takes. */
let wordsEnd: i32 = 0;

/** Most bytes of a table of `most` words. */
export function tableBytes(most: i32): i32 {
  return (most + 16) * 10 * PLACE_BYTES + 4096;
}

/** Begins a table at `at` for the words of `tokens`, which stand at `wordsAt`. */
export function openTable(at: i32, wordsAt: i32, tokens: i32): void {
  table = at;
  words = wordsAt;
  nextWord = words;
  clear(max<i32>(FEWEST_PLACES, min<i32>(TOKEN_PLACES * tokens, FIRST_PLACES + tokens)));
}

function clear(least: i32): void {
  places = (least + 63) & -64;
  wordsEnd = words + (places >> LOAD_SHIFT) * WORD_BYTES;
  tableEnd = table + (places + (places >> LOAD_SHIFT)) * PLACE_BYTES;
  memory.fill(table, 0, tableEnd - table);
}

@inline function placeOf(hash: u64, count: u64): i32 {
  return <i32>(((hash >> 32) * count) >> 32) << 2;
}

function grow(): void {
  clear(places << 1);
  for (let word = words; word < nextWord; word += WORD_BYTES) {
    let place = table + placeOf(load<u64>(word), places);
    while (load<i32>(place) != 0) place += PLACE_BYTES;
    store<i32>(place, word);
  }
}

/** From the hashes of tokens to where their words are, and to their positions, from `position` on, less what these are at least. */
export function findWords(first: i32, past: i32, position: i32): void {
  let token = first;
  let own = position;
  while (token < past) {
    if (wordsEnd - nextWord < LEAST_ROOM) grow();
    const stop = min<i32>(past, token + ((wordsEnd - nextWord) >> 1));
    const count = <u64>places;
    let next = nextWord;
    for (; token < stop; token += TOKEN_BYTES) {
      const hash = load<u64>(token);
      // Whether a word is new is guessed wrong too often: it is looked up as if it were written there already.
      store<u64>(next, hash);
      store<u64>(next, 0, LEAST);
      let place = table + placeOf(hash, count);
      let held = load<i32>(place);
      let word = select<i32>(next, held, held == 0);
      while (load<u64>(word) != hash) {
        place += PLACE_BYTES;
        held = load<i32>(place);
        word = select<i32>(next, held, held == 0);
      }
      store<i32>(place, word);
      next += <i32>(held == 0) << 4;
      const seen = load<u64>(word, LEAST);
      const delta = <u64>(<u32>(own - <i32>seen));
      store<u64>(token, <u64>(<u32>word) | (delta << 32));
      store<u64>(word, seen + delta + ONCE_MORE, LEAST);
      own++;
    }
    nextWord = next;
  }
}

/** Writes where the words are in the order of the table, which is nearly theirs, to `order`; returns the address behind. */
export function orderWords(order: i32): i32 {
  const zero = i32x4.splat(0);
  let end = order;
  for (let at = table; at < tableEnd; at += 16 * PLACE_BYTES) {
    const a = i16x8.narrow_i32x4_s(i32x4.eq(v128.load(at), zero), i32x4.eq(v128.load(at, 16), zero));
    const b = i16x8.narrow_i32x4_s(i32x4.eq(v128.load(at, 32), zero), i32x4.eq(v128.load(at, 48), zero));
    let held = i8x16.bitmask(i8x16.narrow_i16x8_s(a, b)) ^ 0xffff;
    const behind = end + (popcnt(held) << 2);
    // A few more than there are: how many is guessed wrong too often.
    while (end < behind) {
      held = putWord(end, at, held, 0);
      held = putWord(end, at, held, 4);
      held = putWord(end, at, held, 8);
      held = putWord(end, at, held, 12);
      end += 16;
    }
    end = behind;
  }
  return end;
}

@inline function putWord(to: i32, at: i32, held: i32, offset: i32): i32 {
  store<i32>(to + offset, load<i32>(at + (ctz(held) << 2)));
  return held & (held - 1);
}

/** Puts words wholly in order and writes their hashes; returns the address behind. */
export function writeHashes(order: i32, past: i32, to: i32): i32 {
  let at = to;
  let last: u64 = 0;
  for (let rank = order; rank < past; rank += 4) {
    const hash = load<u64>(load<i32>(rank));
    if (hash < last) {
      insert(rank, at, hash, order);
    } else {
      store<u64>(at, hash);
      last = hash;
    }
    at += 8;
  }
  return at;
}

/** Moves the word at `rank`, whose hash goes to `to`, to where it belongs among those before. */
function insert(rank: i32, to: i32, hash: u64, order: i32): void {
  const word = load<i32>(rank);
  let own = rank;
  let at = to;
  while (own > order && load<u64>(at - 8) > hash) {
    store<u64>(at, load<u64>(at - 8));
    store<i32>(own, load<i32>(own - 4));
    at -= 8;
    own -= 4;
  }
  store<u64>(at, hash);
  store<i32>(own, word);
}
