import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { seededRandom } from '../../testing/index-fixtures.ts';
import { toCollectionId, toDocId } from '../base/index.ts';
import { filterBits, filterPlace, filterWords } from './docid-filter.ts';
import { borrowPutHead, decodeIndexOperation, encodeIndexOperation } from './index-operation-codec.ts';
import { LinearMemory } from './linear-memory.ts';
import { LiveBits } from './live-bits.ts';
import { magnitudeAbove, magnitudeBelow, MAGNITUDES, MAX_MAGNITUDE } from './magnitude-code.ts';
import {
  MAX_LIVE_SEGMENTS,
  planLiveMerge,
  planMerge,
  SEGMENTS_A_BULK_TIER,
  SEGMENTS_A_TIER,
} from './merge-policy.ts';

const segment = (
  size_bytes: number,
  deleted = 0,
): { size_bytes: number; documents: number; deleted: number } => ({
  size_bytes,
  documents: 100,
  deleted,
});

describe('magnitude codes', () => {
  test('are exact to 31, ascend, and round to either side', () => {
    for (let code = 1; code < 256; code++) assert.ok(MAGNITUDES[code]! > MAGNITUDES[code - 1]!);
    assert.equal(MAGNITUDES[255], MAX_MAGNITUDE);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_MAGNITUDE }), (count) => {
        const below = MAGNITUDES[magnitudeBelow(count)]!;
        const above = MAGNITUDES[magnitudeAbove(count)]!;
        assert.ok(below <= count && count <= above && above - below <= Math.max(0, count / 15));
        if (count < 32) assert.equal(below, count);
      }),
    );
    assert.equal(magnitudeBelow(1_000_000), 255);
  });
});

describe('the filter of docIds', () => {
  test('admits every docId that it holds and few others', () => {
    const random = seededRandom(1);
    const ids = Array.from(
      { length: 2000 },
      () => [random.below(2 ** 21), random.below(2 ** 32) | 0] as const,
    );
    const words = new Int32Array(filterWords(1000));
    const place = (high: number, low: number): number => filterPlace(high, low, words.length);
    for (const [high, low] of ids.slice(0, 1000)) words[place(high, low)]! |= filterBits(high, low);
    const admitted = ids.map(
      ([high, low]) => (words[place(high, low)]! & filterBits(high, low)) === filterBits(high, low),
    );
    assert.ok(admitted.slice(0, 1000).every(Boolean));
    assert.ok(admitted.slice(1000).filter(Boolean).length < 100);
  });
});

describe('linear memory', () => {
  test('hands out pieces that never overlap, and joins what comes back', () => {
    const random = seededRandom(2);
    const memory = new LinearMemory();
    const held = new Map<number, number>();
    for (let step = 0; step < 3000; step++) {
      if (held.size > 0 && random.below(5) < 2) {
        const [address] = [...held][random.below(held.size)]!;
        memory.free(address);
        held.delete(address);
        continue;
      }
      const size = 1 + random.below(random.below(4) === 0 ? 60_000 : 600);
      const address = memory.allocate(size);
      assert.equal(address % 64, 0);
      held.set(address, size);
    }
    const pieces = [...held].sort(([a], [b]) => a - b);
    pieces.forEach(([address, size], i) => {
      assert.ok(address >= 256 * 1024 && address + size <= memory.bytes.length);
      assert.ok(i === 0 || pieces[i - 1]![0] + pieces[i - 1]![1] <= address);
    });
    for (const [address] of pieces) memory.free(address);
    assert.equal(memory.allocated_bytes, 0);
    const size = memory.bytes.length;
    memory.allocate(512 * 1024);
    assert.equal(memory.bytes.length, size);
  });
});

describe('live bits', () => {
  test('are copied before a change where somebody else holds them', () => {
    const memory = new LinearMemory();
    const all = LiveBits.all(memory, 70);
    const one = all.without(3);
    assert.equal(one.live, 69);
    const seen = one.hold();
    const two = one.without(64);
    assert.notEqual(two, seen);
    assert.equal(seen.has(64), true);
    assert.equal(two.has(64), false);
    assert.equal(two.without(5), two);
    const again = LiveBits.of(memory, 70, two.bytes);
    assert.deepEqual([again.deleted, again.has(3), again.has(5), again.has(6)], [3, false, false, true]);
    for (const bits of [seen, two, again]) bits.release();
    assert.equal(memory.allocated_bytes, 0);
  });
});

describe('the merge policy', () => {
  test('merges a full tier, the smallest first, and leaves the rest', () => {
    const small = Array.from({ length: SEGMENTS_A_TIER }, () => segment(2 ** 16));
    assert.equal(planMerge(small.slice(1)), undefined);
    assert.deepEqual(planMerge([segment(2 ** 33), ...small])?.toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('waits for twice as many where it is told to, and merges all of them then', () => {
    const some = Array.from({ length: SEGMENTS_A_BULK_TIER }, () => segment(2 ** 24));
    assert.equal(planMerge(some.slice(1), { tier: SEGMENTS_A_BULK_TIER }), undefined);
    assert.equal(planMerge(some, { tier: SEGMENTS_A_BULK_TIER })?.length, SEGMENTS_A_BULK_TIER);
  });

  test('writes a segment anew that lost much', () => {
    assert.deepEqual(planMerge([segment(2 ** 20), segment(2 ** 20, 60)]), [1]);
    assert.equal(planMerge([segment(2 ** 20, 10)]), undefined);
  });

  test('forced, merges everything up to the cap, and a lone segment only where something was deleted', () => {
    assert.deepEqual(planMerge([segment(5), segment(3)], { force: true }), [1, 0]);
    assert.equal(planMerge([segment(5)], { force: true }), undefined);
    assert.deepEqual(planMerge([segment(5, 1)], { force: true }), [0]);
    assert.deepEqual(
      planMerge([segment(50), segment(30), segment(30)], { force: true, cap_bytes: 70 }),
      [1, 2],
    );
  });

  test('keeps live segments few and copies each document seldom', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 200 }), (added) => {
        let sizes: number[] = [];
        for (const size of added) {
          sizes.push(size);
          sizes = mergedLive(sizes).sizes;
          assert.ok(sizes.length <= MAX_LIVE_SEGMENTS);
        }
      }),
    );
  });

  test('copies a live document seldom, however many come before the flush, and much at once more seldom still', () => {
    let sizes: number[] = [];
    let copied = 0;
    let large = 0;
    const pieces = 4_000;
    for (let piece = 0; piece < pieces; piece++) {
      const after = mergedLive([...sizes, 20_000]);
      sizes = after.sizes;
      copied += after.copied;
      if (after.copied > 2 ** 20) large += 1;
    }
    assert.ok(copied < 12 * pieces * 20_000, `each was copied ${copied / pieces / 20_000} times`);
    assert.ok(large < pieces / 20, `${large} large merges`);
  });
});

function mergedLive(before: readonly number[]): { readonly sizes: number[]; readonly copied: number } {
  let sizes = [...before];
  let copied = 0;
  for (let plan = planLiveMerge(sizes); plan !== undefined; plan = planLiveMerge(sizes)) {
    const { first, count } = plan;
    assert.ok(count >= 2 && first >= 0 && first + count <= sizes.length);
    const merged = sizes.slice(first, first + count).reduce((sum, one) => sum + one, 0);
    sizes = [...sizes.slice(0, first), merged, ...sizes.slice(first + count)];
    copied += merged;
  }
  return { sizes, copied };
}

describe('index operations', () => {
  test('come back as they went', () => {
    const collection = toCollectionId(0xffff_fffe);
    const docId = toDocId(Number.MAX_SAFE_INTEGER);
    for (const operation of [
      { kind: 'put', collection, docId, document: Uint8Array.of(1, 2, 3) },
      { kind: 'delete', collection, docId },
      { kind: 'drop', collection },
    ] as const) {
      assert.deepEqual(decodeIndexOperation(encodeIndexOperation(operation)), operation);
    }
    const document = Uint8Array.of(9, 8);
    assert.deepEqual(
      [...borrowPutHead(collection, docId), ...document],
      [...encodeIndexOperation({ kind: 'put', collection, docId, document })],
    );
  });

  test('have the bytes of version 1', () => {
    const bytes = encodeIndexOperation({
      kind: 'delete',
      collection: toCollectionId(5),
      docId: toDocId(2 ** 40 + 3),
    });
    assert.equal(Buffer.from(bytes).toString('hex'), '0102050000000300000000010000');
  });

  test('of other versions, unknown kinds or too few bytes are refused', () => {
    assert.throws(() => decodeIndexOperation(Uint8Array.of(2, 1)), { code: 'UNSUPPORTED_VERSION' });
    assert.throws(() => decodeIndexOperation(Uint8Array.of(1, 9, 0, 0, 0, 0)), { code: 'CORRUPT' });
    assert.throws(() => decodeIndexOperation(Uint8Array.of(1, 2, 0, 0, 0, 0, 1)), { code: 'CORRUPT' });
  });
});
