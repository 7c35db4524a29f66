import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bindMemory, load32 } from '../kernels/memory.ts';
import { MAGNITUDES, magnitudeAbove } from '../magnitude-code.ts';
import { noteImpact, notePosting, takeImpacts } from './impacts.ts';
import { WRITER_BYTES } from './write-layout.ts';

const HOST = { loadPage: () => 0, isExpired: () => 0, scratch: () => 0, grow: () => undefined };
const memory = new ArrayBuffer(WRITER_BYTES + 64);
/** Pairs of code of a frequency and code of a length. */
type Pairs = readonly (readonly [frequency: number, length: number])[];

/** Takes impacts of `words` words from the writer at 0. */
function taken(words: number): Pairs {
  takeImpacts(0, WRITER_BYTES, words);
  return Array.from({ length: words }, (_, i) => load32(WRITER_BYTES + i * 4)).flatMap((word): Pairs => [
    [word & 255, (word >>> 8) & 255],
    [(word >>> 16) & 255, word >>> 24],
  ]);
}

const isCovered = (pairs: Pairs, frequency: number, length: number): boolean =>
  pairs.some(([most, least]) => most >= frequency && least <= length);

const postings = fc.array(fc.tuple(fc.integer({ min: 1, max: 900_000 }), fc.nat(255)), { minLength: 1 });
const few = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(60)), { minLength: 1 });

test('impacts cover every posting that was noted, and nothing of those before', () => {
  bindMemory(memory, HOST);
  fc.assert(
    fc.property(fc.oneof(postings, few), fc.constantFrom(1, 2), (noted, words) => {
      for (const [frequency, length] of noted) notePosting(0, frequency, length);
      const pairs = taken(words);
      const codes = noted.map(([frequency, length]) => [magnitudeAbove(frequency), length] as const);
      for (const [code, length] of codes) assert.ok(isCovered(pairs, code, length));
      // No more than needed: each pair has the frequency of a posting and the length of one.
      for (const [most, least] of pairs) {
        assert.ok(codes.some(([code]) => code === most));
        assert.ok(codes.some(([, length]) => length === least));
      }
    }),
  );
});

test('joined impacts cover all that each of them covered', () => {
  bindMemory(memory, HOST);
  const pair = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.nat(255));
  fc.assert(
    fc.property(fc.array(fc.tuple(pair, pair), { minLength: 1, maxLength: 4 }), (impacts) => {
      for (const [[f, l], [g, k]] of impacts) noteImpact(0, f | (l << 8) | (g << 16) | (k << 24));
      const pairs = taken(2);
      for (const [code, length] of impacts.flat()) assert.ok(isCovered(pairs, code, length));
    }),
  );
});

test('as many pairs as there is room for are those of postings themselves', () => {
  bindMemory(memory, HOST);
  // Neither of these beats the other in both; the last is beaten.
  const noted: Pairs = [
    [9, 200],
    [5, 90],
    [3, 40],
    [2, 10],
    [2, 60],
  ];
  for (const [frequency, length] of noted) notePosting(0, frequency, length);
  assert.deepEqual(taken(2), noted.slice(0, 4));
});

test('where there is no room those are joined that promise least together', () => {
  bindMemory(memory, HOST);
  const noted: Pairs = [
    [20, 30],
    [3, 29],
    [2, 28],
  ];
  for (const [frequency, length] of noted) notePosting(0, frequency, length);
  assert.deepEqual(taken(1), [
    [20, 30],
    [3, 28],
  ]);
  assert.equal(MAGNITUDES[30], 30);
});
