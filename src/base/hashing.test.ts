import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { hash64, hashString32, hashString64 } from './index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

// Seed 0; the first from the algorithm's specification, the rest as the reference command `xxhsum -H64` prints them.
const XXH64_VECTORS: readonly (readonly [string, bigint])[] = [
  ['', 0xef46db3751d8e999n],
  ['a', 0xd24ec4f1a98c6e5bn],
  ['abc', 0x44bc2cf5ad770999n],
  ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
];

/** XXH64 by its specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md), slowly. */
function specifiedHash64(bytes: Uint8Array): bigint {
  const mask = 2n ** 64n - 1n;
  const p1 = 0x9e3779b185ebca87n;
  const p2 = 0xc2b2ae3d27d4eb4fn;
  const p3 = 0x165667b19e3779f9n;
  const p4 = 0x85ebca77c2b2ae63n;
  const p5 = 0x27d4eb2f165667c5n;
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;
  const round = (acc: bigint, lane: bigint): bigint => (rotate((acc + lane * p2) & mask, 31n) * p1) & mask;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let acc = p5;
  if (bytes.length >= 32) {
    const lanes = [(p1 + p2) & mask, p2, 0n, -p1 & mask];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(at + 8 * i, true));
    }
    acc = lanes.reduce((sum, lane, i) => (sum + rotate(lane, [1n, 7n, 12n, 18n][i]!)) & mask, 0n);
    for (const lane of lanes) acc = ((acc ^ round(0n, lane)) * p1 + p4) & mask;
  }
  acc = (acc + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) {
    acc = (rotate(acc ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4) & mask;
  }
  if (at + 4 <= bytes.length) {
    acc = (rotate(acc ^ ((BigInt(view.getUint32(at, true)) * p1) & mask), 23n) * p2 + p3) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) acc = (rotate(acc ^ ((BigInt(bytes[at]!) * p5) & mask), 11n) * p1) & mask;
  acc = ((acc ^ (acc >> 33n)) * p2) & mask;
  acc = ((acc ^ (acc >> 29n)) * p3) & mask;
  return acc ^ (acc >> 32n);
}

describe('Hashes', () => {
  it('are XXH64 as published', () => {
    for (const [text, hash] of XXH64_VECTORS) {
      assert.equal(hash64(bytesOf(text)), hash, text);
      assert.equal(hashString64(text), hash, text);
    }
  });

  it('are XXH64 as specified, at every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.equal(hash64(bytes), specifiedHash64(bytes));
      }),
    );
  });

  it('of a text are those of its UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(hashString64(text), hash64(bytesOf(text)));
        assert.equal(BigInt(hashString32(text)), hashString64(text) >> 32n);
      }),
    );
  });

  it('hold for bytes inside shared memory and inside a larger buffer', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(20), 3, 3);
    shared.set(bytesOf('abc'));
    assert.equal(hash64(shared), 0x44bc2cf5ad770999n);
  });
});
