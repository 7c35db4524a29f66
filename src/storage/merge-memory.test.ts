import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { BEFORE_HIGH_HALF, contentsOf } from '../../testing/framed-pages.ts';
import { DataPageWriter } from './data-page-writer.ts';
import { MERGE_DAMAGED, MERGE_END, MERGE_PAGE, MERGE_STORED } from './kernels/layout.ts';
import { type MergeManner, MergeMemory } from './merge-memory.ts';
import type { KernelKind } from './memtable-memory.ts';

const KEY_BYTES = 13;
const MANNER = { keyBytes: KEY_BYTES, dropTombstones: false, compresses: false };
const AIM = { partNumber: 3, offset: 0, left_bytes: 2 ** 20, page_bytes: 1000 };

/** Of one key: a value's bytes, a deletion, or a value with a page of its own. */
type Said = Uint8Array | null | { readonly stored: number };
type Source = ReadonlyMap<number, Said>;

describe('A merge in its memory', () => {
  for (const kind of ['wasm', 'typescript'] as const) {
    it(`gives the newest version of each key, in order, by the kernels in ${kind}`, () => {
      const said: fc.Arbitrary<Said> = fc.oneof(
        { weight: 8, arbitrary: fc.uint8Array({ maxLength: 300 }) },
        { weight: 2, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.nat({ max: 2 ** 30 }).map((stored) => ({ stored: stored * 999 })) },
      );
      const source = fc
        .array(fc.tuple(fc.nat({ max: 400 }), said), { maxLength: 120 })
        .map((entries): Source => new Map(entries.toSorted(([a], [b]) => a - b)));
      fc.assert(
        fc.property(
          fc.array(source, { minLength: 1, maxLength: 6 }),
          fc.boolean(),
          fc.boolean(),
          fc.nat({ max: 4000 }),
          fc.oneof(fc.nat({ max: 4000 }), fc.constant(2 ** 40)),
          fc.integer({ min: 1, max: 60 }),
          (sources, dropTombstones, compresses, page_bytes, left_bytes, perPage) => {
            const expected = new Map<number, Said>();
            for (const older of sources.toReversed())
              for (const [key, value] of older) expected.set(key, value);
            const wanted = [...expected].filter(([, value]) => !dropTombstones || value !== null);
            const manner = { keyBytes: KEY_BYTES, dropTombstones, compresses };
            const merged = mergeAll(sources, { manner, page_bytes, left_bytes, perPage, kind });
            assert.deepEqual(
              merged,
              wanted.toSorted(([a], [b]) => a - b),
            );
          },
        ),
        { numRuns: 80 },
      );
    });
  }

  it('begins at a key in the middle of a page, and reuses the memory of the one before', () => {
    const page = pagesOf(new Map([1, 2, 3, 4].map((key) => [key, Uint8Array.of(key)])), 60)[0]!;
    for (const start of [1, 3, 4]) {
      const memory = MergeMemory.take(1, MANNER);
      memory.skipTo(0, keyOf(start));
      memory.aim(AIM);
      assert.equal(memory.step(), 0);
      assert.equal(give(memory, 0, page), 'whole');
      assert.equal(memory.step(), 0);
      memory.endSource(0);
      assert.equal(memory.step(), MERGE_END);
      assert.equal(memory.takePages()?.entries, 5 - start);
      memory.giveBack();
    }
  });

  it('tells of a page whose entries make no sense or are out of order', () => {
    const good = pagesOf(new Map([[5, Uint8Array.of(1, 2, 3)]]), 60)[0]!;
    const below = pagesOf(new Map([[4, null]]), 60)[0]!;
    const long = good.slice();
    // The value says that it goes on beyond the entries.
    long[1 + KEY_BYTES] = 126;
    const sharing = good.slice();
    sharing[0] = 3;
    for (const pages of [[long], [sharing], [good, below], [good, good]]) {
      const memory = MergeMemory.take(1, MANNER);
      memory.aim(AIM);
      let answer = memory.step();
      for (const page of pages) {
        assert.equal(answer, 0);
        give(memory, 0, page);
        answer = memory.step();
      }
      assert.equal(answer, MERGE_DAMAGED);
    }
    const memory = MergeMemory.take(1, MANNER);
    assert.equal(give(memory, 0, good.subarray(0, 7)), 'damaged');
    assert.equal(give(memory, 0, good.subarray(0, good.length - 1)), 'damaged');
  });
});

function mergeAll(
  sources: readonly Source[],
  how: {
    readonly manner: MergeManner;
    readonly page_bytes: number;
    readonly left_bytes: number;
    readonly perPage: number;
    readonly kind: KernelKind;
  },
): [number, Said][] {
  const memory = MergeMemory.take(sources.length, how.manner, how.kind);
  const pages = sources.map((source) => pagesOf(source, how.perPage));
  const merged: [number, Said][] = [];
  const { page_bytes, left_bytes } = how;
  let offset = BEFORE_HIGH_HALF;
  const aim = (): void => memory.aim({ partNumber: 9, offset, left_bytes, page_bytes });
  aim();
  const takePages = (): void => {
    const found = memory.takePages();
    if (found === undefined) return;
    const contents = contentsOf(found, { partNumber: 9, offset });
    if (how.manner.compresses) assert.equal(contents.length, 1);
    for (const { key, value } of contents.flatMap(({ entries }) => entries)) {
      const number = new DataView(key.buffer, key.byteOffset).getUint32(4);
      if (value.kind === 'inline') merged.push([number, value.bytes.slice()]);
      else merged.push([number, value.kind === 'tombstone' ? null : { stored: value.offset - 1 }]);
    }
    offset += found.bytes.length;
    aim();
  };
  for (;;) {
    const answer = memory.step();
    if (answer >= 0) {
      const page = pages[answer]!.shift();
      if (page === undefined) memory.endSource(answer);
      else assert.equal(give(memory, answer, page), 'whole');
    } else if (answer === MERGE_STORED) {
      // The value's page stands between those that are whole and the one under way.
      takePages();
      offset += 8 * 700;
      aim();
      const { value } = memory.storedAt(memory.source);
      memory.moveStored(memory.source, { ...value, offset: value.offset + 1 });
    } else {
      assert.ok(answer === MERGE_END || answer === MERGE_PAGE);
      takePages();
      if (answer === MERGE_END) return merged;
    }
  }
}

function give(memory: MergeMemory, source: number, page: Uint8Array): string {
  const at = memory.slots[source]!.page;
  memory.bytes.set(page, at);
  return memory.setPage(source, at, page.length);
}

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  new DataView(key.buffer).setUint32(4, number);
  key[KEY_BYTES - 1] = 1;
  return key;
}

function pagesOf(source: Source, perPage: number): Uint8Array[] {
  const writer = new DataPageWriter(KEY_BYTES);
  const pages: Uint8Array[] = [];
  for (const [number, said] of source) {
    const key = keyOf(number);
    if (said === null) writer.add(key, { kind: 'tombstone' });
    else if (said instanceof Uint8Array) writer.add(key, { kind: 'inline', bytes: said });
    else writer.add(key, { kind: 'stored', value_bytes: 5000, offset: said.stored, size_bytes: 5020 });
    if (writer.count === perPage) pages.push(writer.finish().slice());
  }
  if (writer.count > 0) pages.push(writer.finish().slice());
  return pages;
}
