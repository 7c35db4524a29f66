import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fingerprintDistance, fingerprintOf } from './content-fingerprint.ts';

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
