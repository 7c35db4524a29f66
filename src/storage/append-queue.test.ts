import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { GroupEncoder } from './append-queue.ts';
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
