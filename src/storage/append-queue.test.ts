import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { GroupEncoder } from './append-queue.ts';
import { frameBytes, readFrame, writeFrame } from './log-frame.ts';

const word: fc.Arbitrary<number> = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
/** Sequences on either side of 32 bits. */
const number: fc.Arbitrary<number> = fc.oneof(
  fc.nat(100),
  fc.integer({ min: 2 ** 32 - 9, max: 2 ** 32 }),
  fc.integer({ min: 2 ** 31 - 9, max: 2 ** 31 }),
  fc.integer({ min: 0, max: 2 ** 50 }),
);

for (const kind of ['wasm', 'typescript'] as const) {
  it(`Frames of a group are those that are written one by one (${kind})`, () => {
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
          offset += frameBytes(payload.length);
        }
        assert.deepEqual(found.slice(), written);
      }),
      { numRuns: 300 },
    );
  });
}
