import assert from 'node:assert/strict';
import { test } from 'node:test';
import { docIdOf, documentOf, seededRandom, segmentOf, wordHash } from '../../../testing/index-fixtures.ts';
import { toCollectionId } from '../../base/index.ts';
import { IndexMemory } from '../index-memory.ts';
import { Segment } from '../segment.ts';
import { CURSOR_BYTES, EVERY_GROUP } from './layout.ts';

type Random = ReturnType<typeof seededRandom>;

const WORDS = 4;
const REST = {
  zoneStarts: Uint32Array.of(0),
  zoneGroups: Uint8Array.of(1),
  fieldLengths: Uint32Array.of(0, 9, 0, 0, 0, 0, 0, 0, 0),
  filterHashes: new BigUint64Array(0),
  columns: { siteHash: 1, language: 1, date_min: 1, rank: 1, depth: 1, contentHash: 1 },
};

/** For each word where it stands: some places, or so many that they are read piece by piece; two forms may share one. */
function placesOf(random: Random): Map<number, number[]> {
  const places = new Map<number, number[]>();
  const length = 4 + random.below(random.below(3) === 0 ? 900 : 30);
  for (let word = 0; word < WORDS; word++) {
    const share = 1 + random.below(random.below(2) === 0 ? 3 : 60);
    const own: number[] = [];
    for (let place = 0; place < length; place++) if (random.below(share) === 0) own.push(place);
    if (own.length > 0) places.set(word, own);
  }
  return places;
}

function stands(places: ReadonlyMap<number, number[]>, words: readonly number[], offsets: number[]): boolean {
  const sets = words.map((word) => new Set(places.get(word)));
  const first = [...(sets[0] ?? [])];
  return first.some((place) => sets.every((set, i) => set.has(place + offsets[i]! - offsets[0]!)));
}

for (const kind of ['wasm', 'typescript'] as const) {
  test(`${kind}: phrases are found among few and many places, a word more than once in them, too`, () => {
    const random = seededRandom(83);
    const documents = Array.from({ length: 120 }, () => placesOf(random));
    const memory = new IndexMemory(2 ** 18, kind);
    const { kernels, linear } = memory;
    const finished = segmentOf(
      documents.map((places, i) => ({ docId: docIdOf(i), document: documentOf(places, REST) })),
    );
    const segment = Segment.inMemory(memory, { id: 1, collection: toCollectionId(1) }, finished);
    const cursors = linear.allocate(WORDS * CURSOR_BYTES);
    const items = linear.allocate(64);
    let found = 0;
    for (let round = 0; round < 30; round++) {
      const words = Array.from({ length: 2 + random.below(3) }, () => random.below(WORDS));
      let offset = -1;
      const offsets = words.map(() => (offset += 1 + random.below(random.below(3) === 0 ? 5 : 1)));
      for (let word = 0; word < WORDS; word++) {
        const [high, low] = [wordHash(word) >> 32n, wordHash(word)].map((half) =>
          Number(BigInt.asIntN(32, half)),
        );
        kernels.openCursor(cursors + word * CURSOR_BYTES, segment.descriptor, high!, low!);
      }
      words.forEach((word, i) => {
        linear.words[(items >> 2) + i * 2] = cursors + word * CURSOR_BYTES;
        linear.words[(items >> 2) + i * 2 + 1] = offsets[i]!;
      });
      for (const [document, places] of documents.entries()) {
        if (random.below(3) === 0 || words.some((word) => !places.has(word))) continue;
        for (const word of words) kernels.nextAtLeast(cursors + word * CURSOR_BYTES, document);
        const isExpected = stands(places, words, offsets);
        const isFound = kernels.hasPhrase(items, words.length, EVERY_GROUP) === 1;
        assert.equal(
          isFound,
          isExpected,
          `document ${document}, words ${words.join()}, offsets ${offsets.join()}`,
        );
        if (isFound) found += 1;
      }
    }
    assert.ok(found > 100);
    segment.release();
  });
}
