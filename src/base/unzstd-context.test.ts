import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { unzstdInto } from './unzstd-context.ts';

const packed = (plain: Uint8Array): Uint8Array => new Uint8Array(zstdCompressSync(plain));
const text = fc
  .array(fc.constantFrom('row ', 'of ', 'words ', '\n', 'ß'), { minLength: 1, maxLength: 2000 })
  .map((words) => new TextEncoder().encode(words.join('')));

function opens(frame: Uint8Array, plain: Uint8Array): void {
  const to = new Uint8Array(plain.length);
  assert.ok(unzstdInto(frame, to));
  assert.deepEqual(to, plain);
}

describe('The context that takes frames apart', () => {
  it('gives what was compressed, frame after frame', () => {
    const plain = fc.oneof(text, fc.uint8Array({ minLength: 1, maxLength: 5000 }));
    fc.assert(
      fc.property(plain, (bytes) => opens(packed(bytes), bytes)),
      { numRuns: 50 },
    );
    const long = new Uint8Array(300_000).map((_, i) => (i * i) >>> 7);
    opens(packed(long), long);
  });

  it('refuses what is cut short, changed, or of another length, and goes on with the next', () => {
    const plain = new TextEncoder().encode('What was said once, and then again. '.repeat(100));
    const frame = packed(plain);
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        assert.ok(!unzstdInto(frame.subarray(0, at), new Uint8Array(plain.length)));
        opens(frame, plain);
        const changed = frame.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        // What only a checksum finds may pass, and have the next one refused; then all is well again.
        unzstdInto(changed, new Uint8Array(plain.length));
        const to = new Uint8Array(plain.length);
        if (unzstdInto(frame, to)) assert.deepEqual(to, plain);
        else opens(frame, plain);
      }),
      { numRuns: 200 },
    );
    assert.ok(!unzstdInto(frame, new Uint8Array(plain.length - 1)));
    assert.ok(!unzstdInto(frame, new Uint8Array(plain.length + 1)));
    assert.ok(!unzstdInto(new Uint8Array(0), new Uint8Array(1)));
    opens(frame, plain);
  });
});
