/** The words of a line; counterpart of ../line-words.ts. AssemblyScript. */

import { ENDS_AT_ONCE, findEnds, hashWords, prepareHashes } from './word-hashes';
import { prepareNumbers, writeNumbers } from './numbers';
import { findWords, openTable, orderWords, tableBytes, WORD_BYTES, WORD_COUNT, WORD_NEXT, writeHashes } from './word-table';

/** First its end, then its hash, then where its word is and its position less what it is at least. */
const TOKEN_BYTES: i32 = 8;
const DELTA: usize = 4;

let firstToken: i32 = 0;
let nextToken: i32 = 0;
/** Whether the table was begun, which is when it is known how many words there are. */
let isOpen: bool = false;
let table: i32 = 0;
let words: i32 = 0;
let order: i32 = 0;
let orderEnd: i32 = 0;

export function wordBytes(most: i32): i32 {
  return (most + 2 * ENDS_AT_ONCE) * TOKEN_BYTES + (most + 1) * WORD_BYTES + (most + 4) * 4 + tableBytes(most);
}

export function openWords(at: i32, most: i32): void {
  prepareHashes();
  prepareNumbers();
  firstToken = at;
  nextToken = at;
  words = at + (most + 2 * ENDS_AT_ONCE) * TOKEN_BYTES;
  order = words + (most + 1) * WORD_BYTES;
  table = order + (most + 4) * 4;
  isOpen = false;
}

export function readWords(at: i32): i32 {
  const first = nextToken;
  nextToken = findEnds(at, first);
  const end = load<i32>(nextToken);
  hashWords(at, first, nextToken);
  return end;
}

export function wordsRead(): i32 {
  return (nextToken - firstToken) >> 3;
}

export function placeWords(first: i32, past: i32, position: i32): void {
  if (!isOpen) openTable(table, words, wordsRead());
  isOpen = true;
  findWords(firstToken + first * TOKEN_BYTES, firstToken + past * TOKEN_BYTES, position);
}

export function writeTerms(to: i32): i32 {
  if (!isOpen) openTable(table, words, 0);
  orderEnd = orderWords(order);
  return writeHashes(order, orderEnd, to);
}

export function writeLists(to: i32): i32 {
  // The table is not asked any more.
  const numbers = table;
  let next = numbers;
  for (let rank = order; rank < orderEnd; rank += 4) {
    const word = load<i32>(rank);
    const count = load<i32>(word, WORD_COUNT);
    store<i32>(next, count);
    store<i32>(word, next + 4, WORD_NEXT);
    next += (count << 2) + 4;
  }
  for (let token = firstToken; token < nextToken; token += TOKEN_BYTES) {
    const word = load<i32>(token);
    const number = load<i32>(word, WORD_NEXT);
    store<i32>(number, load<i32>(token, DELTA));
    store<i32>(word, number + 4, WORD_NEXT);
  }
  return writeNumbers(numbers, next, to);
}
