import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { ByteReader, ByteWriter, compareBytes, isPeregrineError } from './index.ts';

const isCorrupt = (error: unknown): boolean => isPeregrineError(error, 'CORRUPT');

describe('A byte writer and reader', () => {
  it('give back any sequence of values', () => {
    const value = fc.oneof(
      fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
      fc.record({ kind: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
      fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
      fc.record({ kind: fc.constant('u64' as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
      fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
      fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
      fc.record({ kind: fc.constant('blob' as const), value: fc.uint8Array({ maxLength: 300 }) }),
      fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'binary' }) }),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const writer = new ByteWriter(1);
        for (const { kind, value } of values) (writer[kind] as (value: unknown) => void)(value);
        const bytes = writer.finish();
        const reader = new ByteReader(bytes);
        for (const { kind, value } of values) assert.deepEqual(reader[kind](), value);
        assert.equal(reader.remaining, 0);
      }),
    );
  });

  it('put integers little-endian and short numbers short', () => {
    const bytes = new ByteWriter().u16(0x0102).u32(0x0304_0506).varint(127).varint(128).varint(300).finish();
    assert.deepEqual([...bytes], [2, 1, 6, 5, 4, 3, 127, 128, 1, 172, 2]);
    assert.equal(new ByteWriter().varint(Number.MAX_SAFE_INTEGER).finish().length, 8);
  });

  it('patch a length that is known only later', () => {
    const writer = new ByteWriter(4).u32(0).text('hello');
    writer.patchU32(0, writer.length);
    assert.equal(new ByteReader(writer.finish()).u32(), 10);
  });

  it('report what ends too early, wherever it is cut', () => {
    const bytes = new ByteWriter().u64(1n).text('hello').blob(new Uint8Array(9)).finish();
    for (let end = 0; end < bytes.length; end++) {
      const reader = new ByteReader(bytes.subarray(0, end));
      assert.throws(() => [reader.u64(), reader.text(), reader.blob()], isCorrupt);
    }
  });

  it('report numbers beyond 53 bits, lengths beyond the end and text that is not UTF-8', () => {
    assert.throws(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint(), isCorrupt);
    assert.throws(
      () => new ByteReader(new Uint8Array([255, 255, 255, 255, 255, 255, 255, 16])).varint(),
      isCorrupt,
    );
    assert.throws(() => new ByteReader(new Uint8Array([255, 255, 3, 1])).blob(), isCorrupt);
    assert.throws(() => new ByteReader(new Uint8Array([1, 0xff])).text(), isCorrupt);
  });

  it('never read garbage from garbage: only values or CORRUPT', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.constantFrom('varint', 'text', 'u32')),
        (bytes, kinds) => {
          const reader = new ByteReader(bytes);
          try {
            for (const kind of kinds) reader[kind]();
          } catch (error) {
            assert.ok(isCorrupt(error));
          }
        },
      ),
    );
  });

  it('keep a byte order mark, and read from shared memory', () => {
    const bytes = new ByteWriter().text('\uFEFFx').finish();
    assert.equal(new ByteReader(bytes).text(), '\uFEFFx');
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    assert.equal(new ByteReader(shared).text(), '\uFEFFx');
  });

  it('work inside a larger buffer', () => {
    const bytes = new Uint8Array([9, 9, 5, 0, 7]).subarray(2);
    const reader = new ByteReader(bytes);
    assert.equal(reader.u16(), 5);
    assert.equal(reader.offset, 2);
    assert.deepEqual([...reader.raw(1)], [7]);
  });
});

describe('The order of bytes', () => {
  it('is that of Buffer.compare', () => {
    const bytes = fc.uint8Array({ maxLength: 6, max: 3 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
      }),
    );
  });
});
