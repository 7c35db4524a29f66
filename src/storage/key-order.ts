/**
 * Order of keys that lie side by side in byte arrays. The lowest bit of a key's last byte only tells record from
 * tombstone: inside the store keys are compared with that bit set. Hot: plain loops.
 */

import { PeregrineError } from '../base/index.ts';
import { DATABASES, type DatabaseName } from './databases.ts';

/** Order of two keys of `keyBytes` bytes at their offsets, as memcmp: negative, zero or positive. */
export function compareKeysAt(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  keyBytes: number,
): number {
  for (let i = 0; i < keyBytes; i++) {
    const difference = (a[aOffset + i] as number) - (b[bOffset + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Order of two whole keys of one database. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return compareKeysAt(a, 0, b, 0, a.length);
}

/** Place of the first of `count` keys, side by side from `offset` on, that is not below `key`. */
export function lowerBound(
  keys: Uint8Array,
  offset: number,
  stride: number,
  count: number,
  key: Uint8Array,
  keyBytes: number,
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeysAt(keys, offset + middle * stride, key, 0, keyBytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `BAD_ARGUMENT` for a key of a wrong length. */
export function checkKey(database: DatabaseName, key: Uint8Array): void {
  const { keyBytes } = DATABASES[database];
  if (key.length === keyBytes) return;
  const facts = { database, size_bytes: key.length };
  throw new PeregrineError(
    'BAD_ARGUMENT',
    `A key of ${database} has ${keyBytes} bytes, not ${key.length}.`,
    facts,
  );
}

/** A copy with the tombstone bit set, as the store holds keys. `BAD_ARGUMENT` for a key of a wrong length. */
export function recordKey(database: DatabaseName, key: Uint8Array): Uint8Array {
  checkKey(database, key);
  const { keyBytes } = DATABASES[database];
  const copy = new Uint8Array(key);
  copy[keyBytes - 1] = (copy[keyBytes - 1] as number) | 1;
  return copy;
}

/** The key itself where its tombstone bit is set, as nearly always; else {@link recordKey}. `BAD_ARGUMENT`. */
export function asRecordKey(database: DatabaseName, key: Uint8Array): Uint8Array {
  const { keyBytes } = DATABASES[database];
  const isRecord = key.length === keyBytes && ((key[keyBytes - 1] as number) & 1) === 1;
  return isRecord ? key : recordKey(database, key);
}

/** The least record key above `key`, or undefined behind the last one. */
export function keyAfter(key: Uint8Array): Uint8Array | undefined {
  const next = new Uint8Array(key);
  const last = next.length - 1;
  let carry = 2;
  for (let i = last; i >= 0 && carry > 0; i--) {
    const sum = (next[i] as number) + carry;
    next[i] = sum & 0xff;
    carry = sum >> 8;
  }
  return carry > 0 ? undefined : next;
}

/** The greatest record key below `key`; the least key itself where there is none. */
export function keyBefore(key: Uint8Array): Uint8Array {
  const before = new Uint8Array(key);
  let borrow = 2;
  for (let i = before.length - 1; i >= 0 && borrow > 0; i--) {
    const difference = (before[i] as number) - borrow;
    before[i] = difference & 0xff;
    borrow = difference < 0 ? 1 : 0;
  }
  return borrow > 0 ? new Uint8Array(key) : before;
}

/** For messages and error facts. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex');
}
