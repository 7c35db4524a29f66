import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { borrowZstdFrame, ZSTD_PARAMETERS, zstdFrame } from './zstd-context.ts';

const OPTIONS = { params: ZSTD_PARAMETERS };

function agrees(plain: Uint8Array): void {
  const frame = zstdFrame(plain);
  assert.deepEqual(
    frame,
    new Uint8Array(zstdCompressSync(plain, { ...OPTIONS, pledgedSrcSize: plain.length })),
  );
  assert.deepEqual(new Uint8Array(zstdDecompressSync(frame)), plain);
}

describe('A frame of the kept context', () => {
  it('has the bytes that a context of its own would write, whatever was compressed before it', () => {
    const text = fc
      .array(fc.constantFrom('row ', 'of ', 'words ', '\n', 'ß'), { maxLength: 2000 })
      .map((words) => new TextEncoder().encode(words.join('')));
    fc.assert(fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 5000 })), agrees), { numRuns: 50 });
  });

  it('holds what is larger than the room that is kept, and what grows by being compressed', () => {
    const noise = new Uint8Array(300_000);
    let state = 1;
    for (let i = 0; i < noise.length; i++) {
      state = Math.imul(state, 1_103_515_245) + 12_345;
      noise[i] = state >>> 16;
    }
    for (const size of [0, 1, 131_072, 261_120, 261_121, 300_000]) {
      agrees(noise.subarray(0, size));
      agrees(new Uint8Array(size));
    }
  });

  it('is the same again where others came between', () => {
    const plain = new TextEncoder().encode('What was said once. '.repeat(200));
    const first = zstdFrame(plain);
    zstdFrame(new Uint8Array(9).fill(7));
    assert.deepEqual(zstdFrame(plain), first);
  });

  it('is borrowed until the next, and kept as a copy', () => {
    const plain = new TextEncoder().encode('What was said once. '.repeat(200));
    const kept = zstdFrame(plain);
    const borrowed = borrowZstdFrame(plain);
    assert.deepEqual(borrowed, kept);
    zstdFrame(new Uint8Array(5000).fill(7));
    assert.notDeepEqual(borrowed, kept);
    assert.deepEqual(new Uint8Array(zstdDecompressSync(kept)), plain);
  });
});
