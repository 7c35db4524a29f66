import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileKernels } from '../../../scripts/build-kernels.ts';
import {
  docIdOf,
  documentOf,
  randomDocument,
  randomFields,
  seededRandom,
  segmentOf,
} from '../../../testing/index-fixtures.ts';
import { hash64, PeregrineError, toCollectionId } from '../../base/index.ts';
import {
  type AnalysedDocument,
  decodeAnalysedDocument,
  encodeAnalysedDocument,
  wordHash,
} from '../../text/index.ts';
import { IndexMemory } from '../index-memory.ts';
import type { KernelKind } from '../kernel-host.ts';
import { LiveBits } from '../live-bits.ts';
import { magnitudeAbove, magnitudeBelow, MAGNITUDES } from '../magnitude-code.ts';
import { PendingDocuments } from '../pending-documents.ts';
import { buildSegment } from '../segment-builder.ts';
import { mergeNow } from '../segment-merger.ts';
import { Segment } from '../segment.ts';
import { verifySegment } from '../verify-segment.ts';
import * as magnitude from './magnitude.ts';
import * as twin from './main.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

test('kernels.wasm is what its sources compile to', () => {
  const committed = readFileSync(new URL('./kernels.wasm', import.meta.url));
  assert.ok(committed.equals(compileKernels('index/write-kernels')), 'run npm run kernels');
});

test('both kinds of kernels offer the same', () => {
  const { writing } = new IndexMemory(2 ** 18, 'wasm');
  const offered = Object.keys(writing).filter((name) => name !== 'memory');
  assert.deepEqual(offered.sort(), Object.keys(twin).sort());
});

test('magnitude codes are those of the program', () => {
  for (let count = 0; count < 600_000; count += 1 + (count >> 6)) {
    assert.equal(magnitude.magnitudeBelow(count), magnitudeBelow(count));
    assert.equal(magnitude.magnitudeAbove(count), magnitudeAbove(count));
  }
  MAGNITUDES.forEach((count, code) => assert.equal(magnitude.magnitudeOf(code), count));
});

test('both kinds of kernels write the same segments, and merge them to the same, to the byte', async () => {
  const random = seededRandom(11);
  // Long lists, short ones, single ones, filters; more than one block table.
  const parts = [8400, 700, 1].map((count, part) =>
    Array.from({ length: count }, (_, number) => ({
      docId: docIdOf(part * 10_000 + number),
      document: randomDocument(random, { words: 12, maxZones: 2, maxZoneTokens: 3 }),
    })),
  );
  const [one, other] = await Promise.all(
    KINDS.map(async (kind) => {
      const written = parts.map((documents) => segmentOf(documents, kind));
      const memory = new IndexMemory(2 ** 20, kind);
      const segments = written.map((finished, i) =>
        Segment.inMemory(memory, { id: i + 1, collection: toCollectionId(1) }, finished),
      );
      const before = memory.linear.allocated_bytes;
      const sources = segments.map((segment) => {
        let live = LiveBits.all(memory.linear, segment.head.documents);
        for (let i = 3; i < segment.head.documents; i += 7) live = live.without(i);
        return { segment, live };
      });
      const merged = mergeNow(memory, sources);
      for (const { live } of sources) live.release();
      assert.equal(memory.linear.allocated_bytes, before, 'a merge gives its memory back');
      const at = { id: 9, collection: toCollectionId(1) };
      const report = await verifySegment(memory, Segment.inMemory(memory, at, merged));
      assert.deepEqual(report.problems, []);
      return [...written, merged].map(({ pages }) => pages);
    }),
  );
  assert.deepEqual(one, other);
});

test('a segment is the same in however many passes its postings were filed', () => {
  const random = seededRandom(15);
  // Some with places that take three bytes.
  const documents = Array.from({ length: 300 }, (_, number) => {
    const isLong = number % 50 === 0;
    const shape = { words: 2000, maxZones: isLong ? 90 : 3, maxZoneTokens: isLong ? 900 : 80 };
    return encodeAnalysedDocument(randomDocument(random, shape));
  });
  const written = KINDS.flatMap((kind) => {
    const memory = new IndexMemory(2 ** 20, kind);
    const pending = new PendingDocuments(memory);
    documents.forEach((bytes, number) => {
      pending.put(docIdOf(number), bytes);
    });
    const before = memory.linear.allocated_bytes;
    const passes = [2 ** 25, 2 ** 19, 2 ** 17].map(
      (bytes) => buildSegment(memory, pending.documents, bytes).pages,
    );
    assert.equal(memory.linear.allocated_bytes, before, 'building gives its memory back');
    return passes;
  });
  for (const pages of written.slice(1)) assert.deepEqual(pages, written[0]);
});

test('documents far apart and words in thousands of places are filed as what is merged of small segments', () => {
  const random = seededRandom(17);
  const { columns } = randomDocument(random, { words: 3 });
  // Nearly all have nothing, so that postings of a part are up to four hundred documents apart; some have more than a chunk holds.
  const documents = Array.from({ length: 600 }, (_, number) => {
    const places = new Map<number, number[]>();
    const isLong = number === 120 || number === 520;
    if (isLong)
      places.set(
        1,
        Array.from({ length: 6000 }, (_, i) => i * 130),
      );
    if (isLong || number < 9 || number % 60 < 2) places.set(2, [number]);
    const filterHashes = BigUint64Array.from(number % 150 === 7 ? [wordHash('2'), wordHash('3')] : []).sort();
    const zoneStarts = Uint32Array.of(0, 300_000);
    const document = documentOf(places, {
      zoneStarts,
      zoneGroups: Uint8Array.of(1, 0),
      fieldLengths: new Uint32Array(9),
      filterHashes,
      columns,
    });
    return { docId: docIdOf(number), document };
  });
  for (const kind of KINDS) {
    const memory = new IndexMemory(2 ** 20, kind);
    const sources = Array.from({ length: 6 }, (_, part) => {
      const finished = segmentOf(documents.slice(part * 100, part * 100 + 100), kind);
      const segment = Segment.inMemory(memory, { id: part + 1, collection: toCollectionId(1) }, finished);
      return { segment, live: LiveBits.all(memory.linear, 100) };
    });
    assert.deepEqual(mergeNow(memory, sources).pages, segmentOf(documents, kind).pages);
  }
});

test('a zone that nothing stands in changes nothing of what is filed', () => {
  const random = seededRandom(18);
  const documents = Array.from({ length: 80 }, () => {
    const document = randomDocument(random, { words: 400, maxZones: 1, maxZoneTokens: 700 });
    const behind = { zoneStarts: Uint32Array.of(0, 999_999), zoneGroups: Uint8Array.of(1, 1) };
    return [document, { ...document, ...behind }] as const;
  });
  for (const kind of KINDS) {
    const [one, other] = [0, 1].map((which) =>
      segmentOf(
        documents.map((pair, number) => ({ docId: docIdOf(number), document: pair[which as 0 | 1] })),
        kind,
      ),
    );
    assert.deepEqual(one?.pages, other?.pages);
  }
});

test('distances of every width are packed alike by both kinds of kernels', async () => {
  const random = seededRandom(16);
  const shape = { words: 3, maxZones: 1 };
  const { zoneStarts, zoneGroups, fieldLengths, filterHashes, columns } = randomDocument(random, shape);
  const rest = { zoneStarts, zoneGroups, fieldLengths, filterHashes, columns };
  // Of one to forty places a document, from side by side to so far apart that there is room for one.
  const documents = Array.from({ length: 60 }, (_, number) => {
    const places = new Map<number, number[]>();
    for (let word = 0; word < 20; word++) {
      let position = random.below(2 ** word);
      for (let left = 1 + random.below(40); left > 0 && position < 1_000_000; left--) {
        places.set(word, [...(places.get(word) ?? []), position]);
        position += 1 + random.below(2 ** word);
      }
    }
    return { docId: docIdOf(number), document: documentOf(places, rest) };
  });
  const [one, other] = KINDS.map((kind) => segmentOf(documents, kind));
  assert.deepEqual(one?.pages, other?.pages);
  const memory = new IndexMemory(2 ** 20, 'wasm');
  assert.ok(one);
  const segment = Segment.inMemory(memory, { id: 1, collection: toCollectionId(1) }, one);
  assert.deepEqual((await verifySegment(memory, segment)).problems, []);
});

test('what waits to be indexed is what decoding admits', () => {
  const random = seededRandom(13);
  // Some words of some stand in many places, which are looked at together, as are lists of many words.
  const samples = Array.from({ length: 40 }, (_, number) =>
    encodeAnalysedDocument({
      ...randomDocument(random, {
        words: number % 3 === 0 ? 200 : 9,
        maxZones: 3,
        maxZoneTokens: number % 2 === 0 ? 5 : 150,
      }),
      fields: randomFields(random),
    }),
  );
  for (const kind of KINDS) {
    const memory = new IndexMemory(2 ** 18, kind);
    const pending = new PendingDocuments(memory);
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(fc.nat(samples.length - 1), edits, (which, changes) => {
        const bytes = samples[which]!.slice();
        for (const [at, value] of changes) bytes[at % (bytes.length - 8)] = value;
        const end = bytes.length - 8;
        new DataView(bytes.buffer).setBigUint64(end, hash64(bytes.subarray(0, end)), true);
        const refusals = [() => decodeAnalysedDocument(bytes), () => pending.put(docIdOf(which), bytes)].map(
          (read) => {
            try {
              read();
              return 'none';
            } catch (error) {
              assert.ok(error instanceof PeregrineError, String(error));
              return error.code;
            }
          },
        );
        pending.clear();
        assert.equal(refusals[1], refusals[0]);
      }),
      { numRuns: 1500 },
    );
  }
});

/** Words of a document's number. */
const texts = (number: number): string[] => ['all', `even${number % 2}`, `own${number}`];

test('words of segments in memory are joined by hash, and those without a document left go', () => {
  const random = seededRandom(14);
  const memory = new IndexMemory(2 ** 20, 'wasm');
  const documents = Array.from({ length: 20 }, (_, number) => ({
    docId: docIdOf(number),
    document: withWords(randomDocument(random, { words: 3, maxZones: 1, maxZoneTokens: 3 }), texts(number)),
  }));
  const sources = [documents.slice(0, 8), documents.slice(8)].map((part, i) => {
    const segment = Segment.inMemory(memory, { id: i + 1, collection: toCollectionId(1) }, segmentOf(part));
    return { segment, live: LiveBits.all(memory.linear, part.length).without(3) };
  });
  const at = { id: 9, collection: toCollectionId(1) };
  const { words } = Segment.inMemory(memory, at, mergeNow(memory, sources));
  const left = [...documents.keys()].filter((number) => number !== 3 && number !== 11);
  const expected = new Map<string, number>();
  for (const text of left.flatMap(texts)) expected.set(text, (expected.get(text) ?? 0) + 1);
  assert.deepEqual(
    [...words.from('')].map(({ word, documents: count }) => [word, count]),
    [...expected].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  assert.equal(words.count, expected.size);
});

/** The document with words of letters at positions of their own. */
function withWords(document: AnalysedDocument, texts: readonly string[]): AnalysedDocument {
  const terms = texts.map((text, i) => ({ hash: wordHash(text), text, position: 100 + i }));
  terms.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return {
    ...document,
    termHashes: BigUint64Array.from(terms, ({ hash }) => hash),
    positionStarts: Uint32Array.from({ length: terms.length + 1 }, (_, i) => i),
    positions: Uint32Array.from(terms, ({ position }) => position),
    words: {
      lengths: Uint8Array.from(terms, ({ text }) => text.length),
      bytes: new TextEncoder().encode(terms.map(({ text }) => text).join('')),
    },
  };
}
