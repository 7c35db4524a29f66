import assert from 'node:assert/strict';
import { test } from 'node:test';
import { docIdOf, documentOf, seededRandom, segmentOf, wordHash } from '../../../testing/index-fixtures.ts';
import { toCollectionId } from '../../base/index.ts';
import { IndexMemory } from '../index-memory.ts';
import { Segment } from '../segment.ts';
import { CURSOR_BYTES } from './layout.ts';

const REST = {
  zoneStarts: Uint32Array.of(0),
  zoneGroups: Uint8Array.of(1),
  fieldLengths: Uint32Array.of(0, 9, 0, 0, 0, 0, 0, 0, 0),
  filterHashes: new BigUint64Array(0),
  columns: { siteHash: 1, language: 1, date_min: 1, rank: 1, depth: 1, contentHash: 1 },
};

/** Documents with few and many positions, near and far: the lists of all go over several pages. */
function documentsOf(random: ReturnType<typeof seededRandom>, count: number): number[][] {
  return Array.from({ length: count }, () => {
    const positions: number[] = [];
    const far = 1 + random.below(random.below(10) === 0 ? 20_000 : 40);
    let at = random.below(far);
    for (let left = 1 + random.below(random.below(6) === 0 ? 700 : 4); left > 0 && at < 900_000; left--) {
      positions.push(at);
      at += 1 + random.below(random.below(8) === 0 ? far : 1 + (far >> 3));
    }
    return positions;
  });
}

test('positions are read in any order, across pages, by both kinds of kernels', () => {
  const random = seededRandom(71);
  for (const size of [2, 60, 128, 300, 520]) {
    const expected = documentsOf(random, size);
    const finished = segmentOf(
      expected.map((positions, number) => ({
        docId: docIdOf(number),
        document: documentOf(new Map([[1, positions]]), REST),
      })),
    );
    for (const kind of ['wasm', 'typescript'] as const) {
      const memory = new IndexMemory(2 ** 18, kind);
      const { kernels, linear } = memory;
      const segment = Segment.inMemory(memory, { id: 1, collection: toCollectionId(1) }, finished);
      const cursor = linear.allocateZeroed(CURSOR_BYTES);
      const buffer = linear.allocate(4096);
      const halves = [wordHash(1) >> 32n, wordHash(1)].map((half) => Number(BigInt.asIntN(32, half)));
      kernels.openCursor(cursor, segment.descriptor, halves[0]!, halves[1]!);
      let before = 0;
      for (let count = kernels.nextBlock(cursor); count > 0; count = kernels.nextBlock(cursor)) {
        const order = Array.from({ length: count * 2 }, (_, i) => (i < count ? i : random.below(count)));
        for (const index of order) {
          if (index < count && random.below(3) === 0) continue;
          const found = kernels.readPositions(cursor, index, buffer, 0);
          const positions = [...linear.words.subarray(buffer >> 2, (buffer >> 2) + found)];
          assert.deepEqual(positions, expected[before + index], `${kind}, document ${before + index}`);
        }
        before += count;
      }
      assert.equal(before, size);
      segment.release();
    }
  }
});
