import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { toShardId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { DerivedOperation, RecordOperation } from './batch.ts';
import { BatchWriter } from './batch-writer.ts';
import { openStore } from './index.ts';
import { FRAME_HEADER_BYTES, frameBytes, readFrame, writeFrame } from './log-frame.ts';
import { PayloadRun } from './payload-run.ts';

const KEY = new Uint8Array(13).fill(7);

describe('A batch of bytes', () => {
  it('gives its bytes to the next one when it is applied, and is written once', () => {
    const first = new BatchWriter(64 * 1024).put('titles', KEY, new Uint8Array(20_000).fill(1));
    const payload = first.finish();
    first.release();
    assert.throws(() => first.finish(), /written once/);
    const second = new BatchWriter(64 * 1024).put('titles', KEY, new Uint8Array(20_000).fill(2));
    assert.equal(second.finish().buffer, payload.buffer);
    // Released again, it would give away what is another's.
    first.release();
    const third = new BatchWriter(64 * 1024);
    assert.notEqual(third.finish().buffer, payload.buffer);
    assert.deepEqual(second.decoded().records[0]?.value, new Uint8Array(20_000).fill(2));
    for (const batch of [second, third]) batch.release();
  });

  it('gives on those of derived states, too', () => {
    const batch = new BatchWriter(64 * 1024, 64 * 1024).put('titles', KEY, new Uint8Array(20_000));
    batch.derive(1, Uint8Array.of(1), new Uint8Array(30_000).fill(2));
    const payload = batch.finish();
    assert.deepEqual(batch.decoded().derived?.[0]?.payload.subarray(0, 3), Uint8Array.of(1, 2, 2));
    batch.release();
    const next = [0, 1, 2].map(() => new BatchWriter(64 * 1024));
    assert.ok(next.some((each) => each.finish().buffer === payload.buffer));
    for (const each of next) each.release();
  });

  it('of any size lies in its frame as the log writes it', () => {
    const sizes = Array.from({ length: 43 }, (_, i) => 4_000 + i * 7);
    for (const size of [...sizes, 40_001, 1_000_003, 3_000_001]) {
      const batch = new BatchWriter(size % 3 === 0 ? 10 : size).put(
        'titles',
        KEY,
        new Uint8Array(size).fill(5),
      );
      const payload = batch.finish();
      const header = { generation: 3, seq: size + 2 ** 33, durableSeq: size - 1 };
      const { frame } = batch;
      assert.equal(frame === undefined, payload.length <= 4096);
      if (frame === undefined) continue;
      // Sealed anew for another place, it is as if it had not been before.
      frame.seal({ ...header, generation: 2 }, 99);
      const sealed = frame.seal(header, 99);
      const found = { ...header, offset: 0, payload_bytes: payload.length };
      assert.deepEqual(readFrame(new Uint8Array(sealed), 0, 99), found);
      const copied = new Uint8Array(frameBytes(payload.length)).fill(1);
      writeFrame(copied, 0, header, payload, 99);
      const isHashed = size > 32_000 && size < 2_000_000;
      assert.equal(Buffer.compare(sealed, copied) !== 0, isHashed);
      assert.equal(Buffer.compare(sealed.subarray(8), copied.subarray(8)), 0);
      assert.equal(batch.decoded().records[0]?.value?.length, size);
      batch.release();
    }
  });

  it('holds what was put and derived, in order, whatever was expected of either', () => {
    const expected = fc.constantFrom(0, 10, 3_000, 40_000, 3_000_000);
    const size = fc.constantFrom(0, 1, 40, 700, 5_000, 60_000);
    const steps = fc.array(fc.record({ size, isDerived: fc.boolean() }), { maxLength: 24 });
    fc.assert(fc.property(expected, expected, steps, checkBuilt), { numRuns: 40 });
  });

  it('of many bytes has a checksum in its frame that tells of every changed byte', () => {
    const batch = new BatchWriter(40_000).put('titles', KEY, new Uint8Array(39_000).fill(5));
    batch.finish();
    const frame = new Uint8Array(batch.seal({ generation: 3, seq: 9, durableSeq: 8 }, 99));
    assert.equal(readFrame(frame, 0, 98), undefined);
    // But of those that fill it up to a multiple of eight.
    for (let at = 0; at < FRAME_HEADER_BYTES + batch.finish().length; at += at < 100 ? 1 : 97) {
      frame[at]! ^= 1 << (at & 7);
      assert.equal(readFrame(frame, 0, 99), undefined, `byte ${at}`);
      frame[at]! ^= 1 << (at & 7);
    }
    assert.equal(readFrame(frame, 0, 99)?.seq, 9);
    batch.release();
  });

  it('is read back as it was written, however many large ones are on their way', async () => {
    const disk = new MemoryDisk();
    const options = { disk, directory: 'store', shard: toShardId(0), memory_bytes: 1024 * 1024 };
    const store = await openStore(options);
    for (let round = 0; round < 10; round++) {
      const numbers = Array.from({ length: 8 }, (_, i) => round * 8 + i);
      const write = (number: number): Promise<unknown> =>
        store.append(new BatchWriter(12_000).put('titles', keyOf(number), valuesOf(number)));
      await Promise.all(numbers.map(write));
    }
    await store.close();
    const again = await openStore(options);
    for (let number = 0; number < 80; number++) {
      assert.deepEqual(await again.get('titles', keyOf(number)), valuesOf(number));
    }
    await again.close();
  });
});

function keyOf(number: number): Uint8Array {
  return new Uint8Array(13).fill(number * 2 + 1, 6);
}

function valuesOf(number: number): Uint8Array {
  return new Uint8Array(10_000).fill(number);
}

interface Step {
  readonly size: number;
  readonly isDerived: boolean;
}

/** Builds a batch, of which so much is expected, and reads it again. */
function checkBuilt(records_bytes: number, derived_bytes: number, all: readonly Step[]): void {
  const batch = new BatchWriter(records_bytes, derived_bytes);
  const records: RecordOperation[] = [];
  const derived: DerivedOperation[] = [];
  for (const [i, step] of all.entries()) {
    const body = new Uint8Array(step.size).fill(i + 1);
    if (step.isDerived) {
      batch.derive(1, Uint8Array.of(i), body);
      derived.push({ state: 1, payload: Uint8Array.of(i, ...body) });
    } else {
      batch.put('titles', keyOf(i), body);
      records.push({ database: 'titles', key: keyOf(i), value: body });
    }
  }
  const payload = batch.finish();
  assert.deepEqual(batch.decoded(), { records, derived });
  assert.equal(new PayloadRun(payload, batch.records_bytes).left, derived.length);
  const sealed = batch.frame?.seal({ generation: 3, seq: 9, durableSeq: 8 }, 99);
  if (sealed !== undefined) {
    assert.equal(readFrame(new Uint8Array(sealed), 0, 99)?.payload_bytes, payload.length);
    assert.equal(
      Buffer.compare(sealed.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + payload.length), payload),
      0,
    );
    assert.ok(sealed.subarray(FRAME_HEADER_BYTES + payload.length).every((byte) => byte === 0));
  }
  batch.release();
}
