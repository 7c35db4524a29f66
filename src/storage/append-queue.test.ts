import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { GroupEncoder } from './append-queue.ts';
import { BatchWriter } from './batch-writer.ts';
import { FRAME_HEADER_BYTES, frameBytes, readFrame, writeFrame } from './log-frame.ts';
import { KernelScratch } from './memtable-memory.ts';

const word: fc.Arbitrary<number> = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
/** Sequences on either side of 32 bits. */
const number: fc.Arbitrary<number> = fc.oneof(
  fc.nat(100),
  fc.integer({ min: 2 ** 32 - 9, max: 2 ** 32 }),
  fc.integer({ min: 2 ** 31 - 9, max: 2 ** 31 }),
  fc.integer({ min: 0, max: 2 ** 50 }),
);

for (const kind of ['wasm', 'typescript'] as const) {
  it(`Frames of a group are those that are written one by one, but for their checksums (${kind})`, () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 40 });
    const salt = 0xfedc_ba98;
    const encoder = new GroupEncoder(salt, kind);
    fc.assert(
      fc.property(payloads, number, number, word, (all, first, durableSeq, generation) => {
        const group = all.map((payload, i) => ({ seq: first + i, payload }));
        const { bytes: found } = encoder.encode(group, generation, durableSeq);
        const written = new Uint8Array(all.reduce((sum, { length }) => sum + frameBytes(length), 0));
        let offset = 0;
        for (const { seq, payload } of group) {
          writeFrame(written, offset, { generation, seq, durableSeq }, payload, salt);
          const read = readFrame(found, offset, salt);
          if (generation > 0) assert.deepEqual([read?.seq, read?.payload_bytes], [seq, payload.length]);
          // What a kernel has sealed says so beside its length.
          const end = offset + frameBytes(payload.length);
          assert.deepEqual(found.slice(offset + 8, end), written.subarray(offset + 8, end));
          offset = end;
        }
        assert.equal(found.length, written.length);
      }),
      { numRuns: 300 },
    );
  });

  it(`A frame is sealed with XXH64 as it is read (${kind})`, () => {
    const scratch = new KernelScratch([1024], kind);
    const [at = 0] = scratch.areas;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), number, number, word, word, (payload, seq, ...rest) => {
        const [durableSeq, generation, salt] = rest;
        scratch.bytes.fill(1, at);
        scratch.words[at >> 2] = payload.length;
        scratch.bytes.set(payload, at + FRAME_HEADER_BYTES);
        const halves = [seq, durableSeq].flatMap((n) => [n % 2 ** 32, Math.floor(n / 2 ** 32)]);
        const [low = 0, high = 0, durableLow = 0, durableHigh = 0] = halves;
        scratch.kernels.sealHashed(at, generation, low, high, durableLow, durableHigh, salt);
        const frame = scratch.bytes.slice(at, at + frameBytes(payload.length));
        const found = { offset: 0, payload_bytes: payload.length, generation, seq, durableSeq };
        assert.deepEqual(readFrame(frame, 0, salt), generation === 0 ? undefined : found);
        const copied = new Uint8Array(frame.length);
        writeFrame(copied, 0, { generation, seq, durableSeq }, payload, salt);
        assert.deepEqual(frame.subarray(8), copied.subarray(8));
        assert.equal(scratch.bytes[at + frame.length], 1);
      }),
      { numRuns: 300 },
    );
  });
}

function batchOf(size_bytes: number): BatchWriter {
  return new BatchWriter(size_bytes).derive(1, new Uint8Array(9), new Uint8Array(size_bytes).fill(5));
}

it('Large batches of a group are sealed where they were built, small ones beside them, and all are read', () => {
  const [salt, generation, durableSeq] = [77, 3, 8];
  const writers = [60_000, 10, 5000, 40_000].map(batchOf);
  const group = writers.map((writer, i) => {
    const payload = writer.finish();
    return { seq: 9 + i, payload, frame: writer.frame };
  });
  const { bytes } = new GroupEncoder(salt).encode(group, generation, durableSeq);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isHashed: boolean[] = [];
  let offset = 0;
  for (const { seq, payload } of group) {
    const payload_bytes = payload.length;
    const found = readFrame(bytes, offset, salt);
    assert.deepEqual(found, { offset, payload_bytes, generation, seq, durableSeq });
    const at = offset + FRAME_HEADER_BYTES;
    assert.deepEqual(bytes.slice(at, at + payload_bytes), payload.slice());
    // The highest bit of the length.
    isHashed.push(words.getUint32(offset, true) >= 2 ** 31);
    offset += frameBytes(payload_bytes);
  }
  assert.equal(offset, bytes.length);
  assert.deepEqual(isHashed, [true, false, false, true]);
  for (const writer of writers) writer.release();
});
