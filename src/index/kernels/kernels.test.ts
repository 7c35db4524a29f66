import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileKernels } from '../../../scripts/build-kernels.ts';
import {
  docIdOf,
  randomDocument,
  segmentOf,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../../testing/index-fixtures.ts';
import { toCollectionId } from '../../base/index.ts';
import { bitsFor, pack, packedWords } from '../bit-packing.ts';
import { IndexMemory } from '../index-memory.ts';
import type { KernelKind } from '../kernel-host.ts';
import { Segment } from '../segment.ts';
import { fieldGroup } from '../../text/index.ts';
import {
  C_BLOCK_BOUNDS,
  C_COUNT,
  C_DOCS,
  C_SCORES,
  CURSOR_BYTES,
  END,
  MENU_GROUP,
  SEGMENT_SITE,
} from './layout.ts';
import * as twin from './main.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

test('kernels.wasm is what its sources compile to', () => {
  assert.ok(
    readFileSync(new URL('./kernels.wasm', import.meta.url)).equals(compileKernels()),
    'run npm run kernels',
  );
});

test('both kinds of kernels offer the same', () => {
  const { kernels } = new IndexMemory(2 ** 18, 'wasm');
  assert.deepEqual(
    Object.keys(kernels)
      .filter((name) => name !== 'memory')
      .sort(),
    Object.keys(twin).sort(),
  );
});

test('menus are the field group that texts have them in', () => {
  assert.equal(MENU_GROUP, fieldGroup('menu'));
});

test('blocks of every width come back as they were packed', () => {
  const random = seededRandom(5);
  for (const kind of KINDS) {
    const { linear, kernels } = new IndexMemory(2 ** 18, kind);
    const from = linear.allocate(1024);
    const to = linear.allocate(1024);
    for (let width = 0; width <= 32; width++) {
      const numbers = Int32Array.from({ length: 128 }, () =>
        width === 0 ? 0 : Math.floor(random.unit() * 2 ** width) | 0,
      );
      // The largest number of the width stands somewhere.
      if (width > 0) numbers[random.below(128)] = width === 32 ? -1 : 2 ** width - 1;
      assert.equal(
        numbers.reduce((all, number) => Math.max(all, bitsFor(number)), 0),
        width,
      );
      const words = new Int32Array(packedWords(width, 128));
      assert.equal(pack(numbers, 0, 128, width, words, 0), width * 4);
      linear.words.set(words, from >> 2);
      kernels.unpackBlock(width, from, to);
      assert.deepEqual(linear.words.slice(to >> 2, (to >> 2) + 128), numbers, `${kind}, ${width} bits`);
      let sum = 1000;
      const sums = numbers.map((number) => (sum = (sum + number + 1) | 0));
      kernels.unpackDocuments(width, from, to, 1000);
      assert.deepEqual(linear.words.slice(to >> 2, (to >> 2) + 128), sums, `${kind}, sums of ${width} bits`);
      kernels.addToBlock(7, to);
      kernels.addBlock(to, to);
      const doubled = sums.map((number) => (number + 7) * 2);
      assert.deepEqual(linear.words.slice(to >> 2, (to >> 2) + 128), doubled);
    }
  }
});

test('both kinds of kernels find what two blocks have in common', () => {
  const random = seededRandom(8);
  for (const kind of KINDS) {
    const { linear, kernels } = new IndexMemory(2 ** 18, kind);
    const at = linear.allocate(8192);
    const [common, onePlaces, otherPlaces] = [at + 2048, at + 3072, at + 4096];
    for (let round = 0; round < 500; round++) {
      const spread = 1 + random.below(6);
      const [one, other] = [0, 512].map((shift) => {
        let last = 0;
        const numbers = Array.from(
          { length: 1 + random.below(128) },
          () => (last += 1 + random.below(spread)),
        );
        linear.words.fill(END, (at + shift) >> 2, (at + shift + 512) >> 2);
        linear.words.set(numbers, (at + shift) >> 2);
        return numbers;
      }) as [number[], number[]];
      const greatest = Math.min(one.at(-1) ?? 0, other.at(-1) ?? 0);
      const least = random.below(greatest + 1);
      const most = least + random.below(greatest + 1 - least);
      const from = [one, other].map((numbers) => numbers.findIndex((number) => number >= least));
      const [oneFrom = 0, otherFrom = 0] = from;
      const expected = one.filter((number) => number >= least && number <= most && other.includes(number));
      const count = kernels.meet(
        at,
        oneFrom,
        at + 512,
        otherFrom,
        least,
        most,
        common,
        onePlaces,
        otherPlaces,
      );
      const written = (place: number): number[] => [
        ...linear.words.subarray(place >> 2, (place >> 2) + count),
      ];
      assert.deepEqual(written(common), expected, kind);
      assert.deepEqual(
        written(onePlaces).map((place) => one[place]),
        expected,
      );
      assert.deepEqual(
        written(otherPlaces).map((place) => other[place]),
        expected,
      );
    }
  }
});

test('both kinds of kernels saturate and count alike', () => {
  const [one, other] = KINDS.map((kind) => {
    const { linear, kernels } = new IndexMemory(2 ** 18, kind);
    const at = linear.allocate(1024);
    const own = seededRandom(10);
    for (let i = 0; i < 128; i++) linear.floats[(at >> 3) + i] = own.below(4) === 0 ? 0 : own.unit() * 40;
    kernels.saturate(at, 127, 3.7, 0.25, 1.2);
    const scores = linear.floats.slice(at >> 3, (at >> 3) + 127);
    return [...scores, kernels.countBits(at, 64, 0), kernels.countBits(at, 64, at + 256)];
  });
  assert.deepEqual(one, other);
});

test('both kinds of kernels read the same out of a segment, to the bit', () => {
  const random = seededRandom(6);
  const documents = Array.from({ length: 700 }, (_, number) => ({
    docId: docIdOf(number),
    document: randomDocument(random, { words: 50 }),
  }));
  const finished = segmentOf(documents);
  const [one, other] = KINDS.map((kind) => readAll(kind, finished));
  assert.deepEqual(one, other);
});

/** What every kernel export says of a segment, one number after another. */
function readAll(kind: KernelKind, finished: ReturnType<typeof segmentOf>): number[] {
  const memory = new IndexMemory(2 ** 18, kind);
  const { kernels, linear } = memory;
  const segment = Segment.inMemory(memory, { id: 1, collection: toCollectionId(1) }, finished);
  const out: number[] = [];
  const statistics = {
    documentCount: 700,
    documentFrequencies: [],
    surfaceFrequencies: [],
    menuOnlyFrequencies: [],
    menuOnlySurfaceFrequencies: [],
    fieldLengthTotals: finished.head.fieldTotals,
  };
  const norms = memory.norms.prepare(statistics, WEIGHTS);
  kernels.setScoring(norms, 1.2);
  const cursor = linear.allocateZeroed(CURSOR_BYTES);
  const buffer = linear.allocate(4096);
  const floats = (at: number, count: number): Float64Array => linear.floats.slice(at >> 3, (at >> 3) + count);
  for (let word = 0; word < 52; word++) {
    const high = Number(BigInt.asIntN(32, wordHash(word) >> 32n));
    const low = Number(BigInt.asIntN(32, wordHash(word)));
    kernels.setCursorScore(cursor, 3, 0.25);
    out.push(kernels.findTerm(segment.descriptor, high, low));
    out.push(kernels.openCursor(cursor, segment.descriptor, high, low));
    for (let count = kernels.nextBlock(cursor); count > 0; count = kernels.nextBlock(cursor)) {
      kernels.readFrequencies(cursor);
      kernels.readStarts(cursor);
      kernels.readScores(cursor);
      assert.equal(linear.words[(cursor + C_COUNT) >> 2], count);
      out.push(...linear.words.slice((cursor + C_DOCS) >> 2, ((cursor + C_DOCS) >> 2) + count));
      out.push(...floats(cursor + C_SCORES, count), ...floats(cursor + C_BLOCK_BOUNDS, 1));
      for (let i = 0; i < count; i++) {
        out.push(kernels.occurrences(cursor, i), kernels.frequencyIn(cursor, i, 0b110));
        out.push(kernels.postingScore(cursor, i));
        const positions = kernels.readPositions(cursor, i, buffer, 5);
        out.push(...linear.words.slice(buffer >> 2, (buffer >> 2) + positions));
      }
    }
    kernels.openCursor(cursor, segment.descriptor, high, low);
    for (let target = 0; target < 700; target += 37) {
      out.push(kernels.boundWithin(cursor, target, target + 37), kernels.nextAtLeast(cursor, target));
    }
    kernels.openCursor(cursor, segment.descriptor, high, low);
    out.push(kernels.countLive(cursor, 0));
  }
  linear.words[buffer >> 2] = 3 | (9 << 8) | (7 << 16) | (40 << 24);
  linear.words[(buffer >> 2) + 1] = 5 | (9 << 8) | (2 << 16) | (3 << 24);
  out.push(kernels.impactBound(buffer, 1, 0b10, 2, 0.5), kernels.impactBound(buffer, 2, 0b10, 2, 0.5));
  for (let document = 0; document < 700; document += 50) {
    out.push(kernels.zonesOf(segment.descriptor, document), segment.lengthCode(document, 1));
    out.push(kernels.columnValue(segment.descriptor, SEGMENT_SITE, document));
  }
  segment.release();
  return out;
}

test('upper bounds are multiples of 2⁻³⁰: one taken away from their sum leaves the others exactly, so that ties are not lost', () => {
  const random = seededRandom(77);
  const statistics = {
    documentCount: 1000,
    documentFrequencies: [],
    surfaceFrequencies: [],
    menuOnlyFrequencies: [],
    menuOnlySurfaceFrequencies: [],
    fieldLengthTotals: Array.from({ length: 16 }, () => 50_000),
  };
  for (const kind of KINDS) {
    const memory = new IndexMemory(2 ** 18, kind);
    const { linear, kernels } = memory;
    kernels.setScoring(memory.norms.prepare(statistics, WEIGHTS), 1.2);
    const impacts = linear.allocate(64);
    for (let i = 0; i < 200; i++) {
      linear.words[impacts >> 2] = Math.floor(random.unit() * 2 ** 32) | 0;
      const bound = kernels.impactBound(impacts, 1, 1, random.unit() * 10, 0);
      assert.ok(Number.isInteger(bound * 2 ** 30), `${kind}: ${bound}`);
    }
  }
});
