import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { inflateInto } from './inflate-context.ts';

/** What comes of a stream: its bytes and how many it had, or that it is damaged. */
function inflated(packed: Uint8Array, room = 20_000): { bytes: Uint8Array; taken: number } | 'damaged' {
  const to = new Uint8Array(room);
  try {
    const found = inflateInto(packed, to);
    assert.ok(found !== undefined, 'this runtime has the context');
    return { bytes: to.subarray(0, found.written), taken: found.taken };
  } catch {
    return 'damaged';
  }
}

describe('The kept context of zlib', () => {
  it('unpacks what the runtime packs, and tells where the stream ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 20 }), (plain, behind) => {
        const packed = deflateSync(plain);
        const found = inflated(Buffer.concat([packed, behind]));
        assert.deepEqual(found, { bytes: plain, taken: packed.length });
      }),
      { numRuns: 50 },
    );
  });

  it('finds damaged what the runtime finds damaged, and nothing is left of that in the next', async () => {
    const plain = new TextEncoder().encode('What was said once. '.repeat(50));
    const packed = deflateSync(plain);
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length), (at, byte, length) => {
        const harmed = Uint8Array.from(packed.subarray(0, length));
        if (at < length) harmed[at] = byte;
        let wanted: Uint8Array | 'damaged';
        try {
          wanted = new Uint8Array(inflateSync(harmed));
        } catch {
          wanted = 'damaged';
        }
        const found = inflated(harmed);
        assert.deepEqual(found === 'damaged' ? found : found.bytes, wanted);
        assert.deepEqual(inflated(packed), { bytes: plain, taken: packed.length });
      }),
      { numRuns: 100 },
    );
    // Errors of streams are told a turn later, to nobody.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('writes no more than there is room for', () => {
    const packed = deflateSync(new Uint8Array(5000));
    const found = inflated(packed, 4999);
    assert.ok(found !== 'damaged');
    assert.equal(found.bytes.length, 4999);
  });
});
