import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { hash64 } from '../base/index.ts';
import { type ContentFingerprint, fingerprintDistance, fingerprintOf } from './content-fingerprint.ts';

const TEXT = Array.from({ length: 400 }, (_, i) => `word${(i * 7919) % 211} and${i % 17}`).join(' ');

describe('the fingerprint of a document', () => {
  test('is frozen', () => {
    assert.deepEqual(fingerprintOf('The quick brown fox', 'u'), {
      contentHash: '150018d41c31b193',
      fingerprint: '1a4149428448a414',
    });
  });

  test('does not see case, punctuation and white space', () => {
    assert.deepEqual(
      fingerprintOf('The quick, brown\n fox!', 'a'),
      fingerprintOf('the QUICK brown fox', 'b'),
    );
  });

  test('is near for near texts and far for others', () => {
    const original = fingerprintOf(TEXT, 'u');
    const edited = fingerprintOf(TEXT.replace('word0', 'another'), 'u');
    const other = fingerprintOf(TEXT.replaceAll(/word(\d)/g, 'term$1x'), 'u');
    assert.notEqual(edited.contentHash, original.contentHash);
    assert.ok(fingerprintDistance(edited.fingerprint, original.fingerprint) <= 6);
    assert.ok(fingerprintDistance(other.fingerprint, original.fingerprint) > 15);
    assert.equal(fingerprintDistance('ffffffffffffffff', '0000000000000000'), 64);
  });

  test('of a document without words is its own', () => {
    assert.notEqual(fingerprintOf(' …', 'u1').contentHash, fingerprintOf(' …', 'u2').contentHash);
  });
});

test('words are folded, hashed and voted on as by the plainest code, by the kernels of both kinds', () => {
  const piece = fc.constantFrom(
    ...'word|Ärger|日本語|Σας ΟΔΟΣ|ﬁn|e\u0301|𝒳y|😀|\ud800|\udc00|,|\n|한국|\u1100\u1161|ภาษา|हिन्दी|x|\0|İ|①|…|™|❤\ufe0f'.split(
      '|',
    ),
  );
  const text = fc.array(fc.oneof(piece, fc.constant(' '), fc.string({ maxLength: 3 })), {
    maxLength: 400,
    size: 'max',
  });
  fc.assert(
    fc.property(text, fc.constantFrom('wasm', 'typescript'), (pieces, kind) => {
      const said = pieces.join('');
      assert.deepEqual(fingerprintOf(said, 'u', kind), plainly(said));
    }),
    { numRuns: 200 },
  );
});

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
function majority(numbers: readonly number[]): string {
  let value = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (numbers.filter((number) => ((number >>> bit) & 1) === 1).length * 2 > numbers.length)
      value |= 1 << bit;
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** By the plainest code. */
function plainly(text: string): ContentFingerprint {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  if (words.length === 0) return fingerprintOf('', 'u');
  const hashes = words.map((word) => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    return hash;
  });
  const shingles = new Map<number, number>();
  for (let i = 0; i < Math.max(1, hashes.length - 2); i++) {
    let [low, high] = [0x9e3779b9, 0x85ebca6b];
    for (const hash of hashes.slice(i, i + 3)) [low, high] = [mix(low ^ hash), mix((high + hash) | 0)];
    if (!shingles.has(low)) shingles.set(low, high);
  }
  return {
    contentHash: hash64(Buffer.from(words.join(' ')))
      .toString(16)
      .padStart(16, '0'),
    fingerprint: majority([...shingles.values()]) + majority([...shingles.keys()]),
  };
}
