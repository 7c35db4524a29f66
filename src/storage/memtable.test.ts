import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { compileKernels } from '../../scripts/build-kernels.ts';
import { BEFORE_HIGH_HALF, contentsOf } from '../../testing/framed-pages.ts';
import { readFileSync } from 'node:fs';
import { hash64, seededRandom, toCollectionId, toSlot } from '../base/index.ts';
import { encodeBatch } from './batch-codec.ts';
import { BatchWriter } from './batch-writer.ts';
import { DataPageWriter } from './data-page-writer.ts';
import { DATABASES, KeyWriter } from './databases.ts';
import { KeyHasher } from './key-hashes.ts';
import { keyText } from './key-order.ts';
import { MAX_WAITING } from './kernels/layout.ts';
import { type KernelKind, MemtableMemory } from './memtable-memory.ts';
import { MemtableSet } from './memtable-set.ts';
import { PayloadRun } from './payload-run.ts';
import { TOMBSTONE_LENGTH } from './record-block.ts';
import type { MemtableSlice } from './memtable.ts';
import { MAX_INLINE_BYTES } from './part-format.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

function keyOf(number: number): Uint8Array {
  return new KeyWriter('titles', toSlot(1), toCollectionId(2)).u32(number).finish();
}

/** A batch of so many records. */
function numbers(count: number, number: (i: number) => number): Uint8Array {
  const batch = new BatchWriter();
  for (let i = 0; i < count; i++) batch.put('titles', keyOf(number(i)), Uint8Array.of(1));
  return batch.finish();
}

const LEAST = keyOf(0);
const GREATEST = keyOf(0xffff_ffff);

interface Operation {
  readonly number: number;
  readonly value: Uint8Array | undefined;
}

function apply(set: MemtableSet, operations: readonly Operation[]): void {
  const records = operations.map(({ number, value }) => ({
    database: 'titles' as const,
    key: keyOf(number),
    value,
  }));
  set.apply(encodeBatch({ records }));
}

function entriesOf({ blocks }: MemtableSlice): [number, Uint8Array | undefined][] {
  return blocks.flatMap(({ count, keyBytes, keys, bytes, offsets, lengths }) =>
    Array.from({ length: count }, (_, i): [number, Uint8Array | undefined] => {
      const number = new DataView(keys.buffer, keys.byteOffset + i * keyBytes + 6).getUint32(0);
      const [offset, length] = [offsets[i]!, lengths[i]!];
      return [number, length === TOMBSTONE_LENGTH ? undefined : bytes.slice(offset, offset + length)];
    }),
  );
}

const all = (set: MemtableSet): [number, Uint8Array | undefined][] =>
  entriesOf(set.of('titles').slice(LEAST, GREATEST, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY));

for (const kind of KINDS) {
  describe(`A memtable (${kind})`, () => {
    it('holds what a sorted map holds, through batches of puts and deletions', () => {
      const operation = fc.record({
        number: fc.nat(700),
        value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
      });
      const property = fc.property(
        fc.array(fc.array(operation, { maxLength: 60 }), { maxLength: 30 }),
        (batches) => {
          const set = new MemtableSet(kind);
          const memtable = set.of('titles');
          const model = new Map<number, Uint8Array | undefined>();
          for (const batch of batches) {
            apply(set, batch);
            for (const { number, value } of batch) model.set(number, value);
          }
          assert.equal(memtable.count, model.size);
          assert.deepEqual(
            all(set),
            [...model].sort(([a], [b]) => a - b),
          );
          for (let number = 0; number < 700; number += 37) {
            const expected = model.has(number) ? (model.get(number) ?? null) : undefined;
            assert.deepEqual(memtable.get(keyOf(number)), expected);
          }
          set.release();
        },
      );
      fc.assert(property, { numRuns: 40 });
    });

    it('walks from one key to another, both inclusive, over thousands of keys in any order', () => {
      const set = new MemtableSet(kind);
      const count = 3_000;
      for (let i = 0; i < count; i++) {
        apply(set, [{ number: (i * 7_919) % count, value: new Uint8Array([i & 255]) }]);
      }
      const slice = set.of('titles').slice(keyOf(100), keyOf(2_000), 1e9, 1e9);
      assert.deepEqual(
        entriesOf(slice).map(([number]) => number),
        Array.from({ length: 1_901 }, (_, i) => 100 + i),
      );
      assert.equal(slice.upTo, undefined);
    });

    it('keeps its order when keys only fall or only grow, and every bucket is full', () => {
      for (const order of [(i: number): number => i, (i: number): number => 1_999 - i]) {
        const set = new MemtableSet(kind);
        for (let i = 0; i < 2_000; i++) apply(set, [{ number: order(i), value: new Uint8Array([7]) }]);
        assert.deepEqual(
          all(set).map(([number]) => number),
          Array.from({ length: 2_000 }, (_, i) => i),
        );
        assert.deepEqual(set.of('titles').get(keyOf(0)), new Uint8Array([7]));
      }
    });

    it('hands over slices that stand still, and says where they end', () => {
      const set = new MemtableSet(kind);
      const numbers = Array.from({ length: 1_000 }, (_, number) => number);
      apply(
        set,
        numbers.map((number) => ({ number, value: new Uint8Array([1]) })),
      );
      const slice = set.of('titles').slice(LEAST, GREATEST, 1, 1e9);
      const before = entriesOf(slice);
      assert.ok(before.length > 0 && before.length < 1_000);
      assert.deepEqual(slice.upTo, keyOf(before.length - 1));
      apply(
        set,
        numbers.map((number) => ({ number, value: new Uint8Array(2_000) })),
      );
      assert.deepEqual(entriesOf(slice), before);
    });

    it('accounts for what it occupies, and is empty after its release', () => {
      const set = new MemtableSet(kind);
      assert.equal(set.memory_bytes, 0);
      assert.ok(set.isEmpty);
      apply(set, [{ number: 1, value: new Uint8Array(1024 * 1024) }]);
      const first_bytes = set.memory_bytes;
      // The batch as it came, a bucket of 16 keys and a directory.
      assert.ok(first_bytes > 1024 * 1024 && first_bytes < 1024 * 1024 + 1024);
      set.release();
      assert.equal(set.memory_bytes, 0);
      apply(set, [{ number: 2, value: undefined }]);
      assert.deepEqual(all(set), [[2, undefined]]);
    });

    it('becomes the pages that an entry-by-entry writer makes, which lead to values that are too long for one', () => {
      const short = fc.uint8Array({ maxLength: 200 });
      const long = fc.integer({ min: MAX_INLINE_BYTES - 1, max: MAX_INLINE_BYTES + 3 });
      const operation = fc.record({
        number: fc.nat(3_000),
        value: fc.oneof(
          { weight: 30, arbitrary: short },
          { weight: 5, arbitrary: fc.constant(undefined) },
          { weight: 2, arbitrary: long.map((length) => new Uint8Array(length).fill(length & 255)) },
        ),
      });
      const property = fc.property(
        fc.array(operation, { maxLength: 900, size: 'max' }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(40, 2_000),
        // Less than what any page takes is what is left of a part that is nearly full.
        fc.oneof(fc.nat(40), fc.constant(7_000), fc.constant(2 ** 40)),
        (operations, drop, compresses, page_bytes, left_bytes) => {
          const set = new MemtableSet(kind);
          apply(set, operations);
          const aim = { partNumber: 2 ** 24 + 5, offset: BEFORE_HIGH_HALF, left_bytes, page_bytes };
          const found: [number, Uint8Array | undefined][] = [];
          const longValues = new Map<number, Uint8Array>();
          const source = set.of('titles').pages(drop, compresses);
          for (let step = source?.next(aim); step !== undefined; step = source?.next(aim)) {
            if (step.kind === 'value') {
              const size_bytes = step.bytes.length + 20;
              longValues.set(aim.offset, step.bytes);
              source?.moved(step.bytes.length, { offset: aim.offset, size_bytes });
              aim.offset += size_bytes;
              continue;
            }
            const { pages } = step;
            const contents = contentsOf(pages, aim);
            if (compresses) assert.equal(contents.length, 1);
            aim.offset += pages.bytes.length;
            const { hashes } = pages;
            let index = 0;
            for (const { content, entries } of contents) {
              const written = new DataPageWriter(pages.lastKey.length);
              for (const { key, value } of entries) {
                written.add(key, value);
                const hash = (BigInt(hashes[2 * index]!) << 32n) | BigInt(hashes[2 * index + 1]!);
                assert.equal(hash, hash64(key));
                const number = new DataView(key.buffer, key.byteOffset + 6).getUint32(0);
                const bytes = value.kind === 'stored' ? longValues.get(value.offset)! : undefined;
                if (value.kind === 'stored')
                  assert.deepEqual(
                    [value.value_bytes, value.size_bytes],
                    [bytes!.length, bytes!.length + 20],
                  );
                const inline = value.kind === 'inline' ? new Uint8Array(value.bytes) : undefined;
                const stands = bytes === undefined ? inline : bytes.slice();
                assert.equal((stands?.length ?? 0) > MAX_INLINE_BYTES, value.kind === 'stored');
                found.push([number, stands]);
                index += 1;
              }
              assert.deepEqual(written.finish(), new Uint8Array(content));
            }
            assert.equal(hashes.length, 2 * index);
          }
          assert.deepEqual(
            found,
            all(set).filter(([, value]) => !drop || value !== undefined),
          );
          set.release();
        },
      );
      fc.assert(property, { numRuns: 40 });
    });

    it('begins with a page of its own after one that was given up before a long value', () => {
      const set = new MemtableSet(kind);
      const [short, long] = [new Uint8Array(3).fill(1), new Uint8Array(5_000).fill(2)];
      apply(set, [
        { number: 1, value: short },
        { number: 2, value: long },
      ]);
      const aim = { partNumber: 1, offset: 0, left_bytes: 2 ** 20, page_bytes: 2_000 };
      const givenUp = set.of('titles').pages(false, false);
      assert.deepEqual(givenUp?.next(aim), { kind: 'value', bytes: long });
      assert.ok(givenUp?.isOnPage);
      givenUp?.moved(5_000, { offset: 0, size_bytes: 5_024 });
      const again = set.of('titles').pages(false, false);
      assert.deepEqual(again?.next(aim), { kind: 'value', bytes: long });
      again?.moved(5_000, { offset: 5_024, size_bytes: 5_024 });
      // The value has filled the part: its key stands on the page that was begun all the same.
      const full = { ...aim, offset: 10_048, left_bytes: 0 };
      const step = again?.next(full);
      const contents = step?.kind === 'pages' ? contentsOf(step.pages, full) : [];
      assert.deepEqual(
        contents.map(({ entries }) => entries.map(({ value }) => value.kind)),
        [['inline', 'stored']],
      );
      assert.ok(!again?.isOnPage);
      assert.equal(again?.next(aim), undefined);
    });

    it('sorts what waits, in few or many places alike, as it comes and with questions in between', () => {
      const all = [10, 60, 2_000].flatMap((count) => [0, 6, 24].map((alike) => ({ count, alike })));
      // More than wait at most.
      if (kind === 'wasm') all.push({ count: MAX_WAITING + 500, alike: 6 });
      for (const { count, alike } of all) {
        const random = seededRandom(count + alike);
        const set = new MemtableSet(kind);
        const model = new Map<string, Uint8Array | undefined>();
        let batch = new BatchWriter();
        const applied = (): void => {
          set.apply(batch.finish());
          batch = new BatchWriter();
        };
        for (let i = 0; i < count; i++) {
          // Bytes of two values only: heads are alike, and whole keys come again.
          const key = new Uint8Array(32).map((_, at) => random.below(at < 32 - alike ? 2 : 256));
          key.fill(7, 2, 6);
          const value = i % 7 === 0 ? undefined : Uint8Array.of(i & 255, i >>> 8);
          if (value === undefined) batch.delete('links', key);
          else batch.put('links', key, value);
          key[31]! |= 1;
          model.set(keyText(key), value);
          if (random.below(900) === 0) applied();
          if (random.below(4_000) === 0) assert.ok(set.of('links').get(key) !== null);
        }
        applied();
        const memory_bytes = set.memory_bytes;
        const { blocks } = set
          .of('links')
          .slice(new Uint8Array(32), new Uint8Array(32).fill(255), 2 ** 40, 2 ** 40);
        const found = blocks.flatMap(({ count: entries, keys, bytes, offsets, lengths }) =>
          Array.from({ length: entries }, (_, i): [string, Uint8Array | undefined] => {
            const isDeleted = lengths[i] === TOMBSTONE_LENGTH;
            const value = isDeleted ? undefined : bytes.slice(offsets[i], offsets[i]! + lengths[i]!);
            return [keyText(keys.subarray(i * 32, (i + 1) * 32)), value];
          }),
        );
        assert.deepEqual(
          found,
          [...model].toSorted(([a], [b]) => (a < b ? -1 : 1)),
        );
        assert.equal(set.of('links').count, model.size);
        assert.ok(set.memory_bytes < 3 * memory_bytes + 2 ** 14);
        set.release();
      }
    });

    it('finds room for what waits before it is asked: who only reads finds the same memory', () => {
      for (const [first, ...others] of [
        // Full buckets, of which each is hit.
        [numbers(9_000, (i) => i * 1_000), numbers(90, (i) => i * 100_000 + 7)],
        [numbers(9_000, (i) => i * 1_000), numbers(9_000, (i) => i * 1_000 + 7)],
        [numbers(9_000, (i) => i * 1_000), numbers(9_000, (i) => i + 7)],
        [numbers(1, (i) => i), numbers(20, (i) => i), numbers(47, (i) => i * 5), numbers(300, (i) => i * 3)],
        [numbers(20_000, (i) => i)],
      ] as const) {
        const memory = MemtableMemory.take(kind);
        for (const payload of [first, ...others]) {
          memory.apply(payload);
          const { bytes } = memory;
          const { buffer } = bytes;
          const counted = memory.countOf(DATABASES.titles.number);
          assert.ok(counted > 0 && buffer.byteLength === bytes.length && bytes.length > 0);
          assert.equal(bytes[memory.find(DATABASES.titles.number, keyOf(0))], 1);
        }
      }
    });

    it('takes a batch without objects as it takes one with them', () => {
      const [objects, bytes] = [new MemtableSet(kind), new MemtableSet(kind)];
      const writer = new BatchWriter();
      for (let i = 0; i < 500; i++) {
        const number = (i * 37) % 300;
        const value = i % 5 === 0 ? undefined : new Uint8Array(i * 3).fill(i);
        apply(objects, [{ number, value }]);
        if (value === undefined) writer.delete('titles', keyOf(number));
        else writer.put('titles', keyOf(number), value);
      }
      // Payloads for derived states stand behind the records, whenever they came.
      const derived = [1, 300].map((state) => ({ state, payload: new Uint8Array(state).fill(state) }));
      for (const { state, payload } of derived) {
        writer.derive(state, payload.subarray(0, 1), payload.subarray(1));
        writer.delete('titles', keyOf(state));
        apply(objects, [{ number: state, value: undefined }]);
      }
      const payload = writer.finish();
      const alone = new MemtableSet(kind);
      assert.equal(alone.apply(payload, writer.records_bytes), writer.records_bytes);
      const run = new PayloadRun(payload, bytes.apply(payload));
      for (const operation of derived ?? []) assert.deepEqual(run.take(), operation);
      assert.equal(run.left, 0);
      assert.deepEqual(writer.decoded().derived, derived);
      assert.deepEqual(all(bytes), all(objects));
      assert.deepEqual(all(alone), all(objects));
    });
  });

  it(`Keys are hashed as XXH64 says (${kind})`, () => {
    for (const keyBytes of [13, 16, 24, 32, 34]) {
      const keys = new Uint8Array(keyBytes * 5).map((_, i) => (i * 41) & 255);
      const hashes = new KeyHasher(kind).hash(keys, 5, keyBytes);
      for (let i = 0; i < 5; i++) {
        const hash = hash64(keys.subarray(i * keyBytes, (i + 1) * keyBytes));
        assert.equal((BigInt(hashes[2 * i]!) << 32n) | BigInt(hashes[2 * i + 1]!), hash);
      }
    }
  });
}

it('The kernels of the store are what their sources compile to', () => {
  const committed = readFileSync(new URL('./kernels/kernels.wasm', import.meta.url));
  assert.ok(committed.equals(compileKernels('storage/kernels')), 'run npm run kernels');
});
