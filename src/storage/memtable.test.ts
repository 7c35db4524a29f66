import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { Memtable } from './memtable.ts';

const KEY_BYTES = 5;

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  new DataView(key.buffer).setUint32(0, number);
  key[KEY_BYTES - 1] = 1;
  return key;
}

const numberOf = (key: Uint8Array): number => new DataView(key.buffer, key.byteOffset).getUint32(0);
const LEAST = new Uint8Array(KEY_BYTES);
const GREATEST = new Uint8Array(KEY_BYTES).fill(0xff);

describe('A memtable', () => {
  it('holds what a sorted map holds, through batches of puts and deletions', () => {
    const operation = fc.record({
      number: fc.nat(700),
      value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
    });
    const property = fc.property(
      fc.array(fc.array(operation, { maxLength: 60 }), { maxLength: 30 }),
      (batches) => {
        const memtable = new Memtable(KEY_BYTES);
        const model = new Map<number, Uint8Array | undefined>();
        for (const batch of batches) {
          memtable.apply(batch.map(({ number, value }) => ({ key: keyOf(number), value })));
          for (const { number, value } of batch) model.set(number, value);
        }
        assert.equal(memtable.count, model.size);
        const found = [...memtable.entries(LEAST, GREATEST)].map(({ key, value }) => [numberOf(key), value]);
        assert.deepEqual(
          found,
          [...model].sort(([a], [b]) => a - b),
        );
        for (let number = 0; number < 700; number += 37) {
          const expected = model.has(number) ? (model.get(number) ?? null) : undefined;
          assert.deepEqual(memtable.get(keyOf(number)), expected);
        }
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  it('walks from one key to another, both inclusive, over thousands of keys in any order', () => {
    const memtable = new Memtable(KEY_BYTES);
    const count = 3_000;
    for (let i = 0; i < count; i++) memtable.put(keyOf((i * 7_919) % count), new Uint8Array([i & 255]));
    const numbers = [...memtable.entries(keyOf(100), keyOf(2_000))].map(({ key }) => numberOf(key));
    assert.deepEqual(
      numbers,
      Array.from({ length: 1_901 }, (_, i) => 100 + i),
    );
  });

  it('keeps its order when each key is below all that it holds, and every bucket is full', () => {
    const memtable = new Memtable(KEY_BYTES);
    const count = 2_000;
    for (let number = count - 1; number >= 0; number--) memtable.put(keyOf(number), new Uint8Array([7]));
    assert.deepEqual(
      [...memtable.entries(LEAST, GREATEST)].map(({ key }) => numberOf(key)),
      Array.from({ length: count }, (_, i) => i),
    );
    assert.deepEqual(memtable.get(keyOf(0)), new Uint8Array([7]));
  });

  it('accounts for every byte it occupies', () => {
    const memtable = new Memtable(KEY_BYTES);
    assert.equal(memtable.memory_bytes, 0);
    memtable.put(keyOf(1), new Uint8Array(100));
    const first_bytes = memtable.memory_bytes;
    // A block of 4 KiB, and a bucket of 16 keys with three words each.
    assert.equal(first_bytes, 4_096 + 16 * (KEY_BYTES + 12));
    memtable.put(keyOf(2), new Uint8Array(1024 * 1024));
    assert.equal(memtable.memory_bytes, first_bytes + 1024 * 1024);
  });

  it('keeps the values of entries that were read before', () => {
    const memtable = new Memtable(KEY_BYTES);
    memtable.put(keyOf(1), new Uint8Array([1]));
    const [entry] = memtable.entries(LEAST, GREATEST);
    memtable.put(keyOf(0), new Uint8Array([9]));
    memtable.put(keyOf(1), new Uint8Array([2]));
    assert.deepEqual(entry, { key: keyOf(1), value: new Uint8Array([1]) });
  });
});
