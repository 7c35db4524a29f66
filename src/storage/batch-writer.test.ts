import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { toShardId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { BatchWriter } from './batch-writer.ts';
import { openStore } from './index.ts';
import { frameBytes, sealFrame, writeFrame } from './log-frame.ts';

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
    assert.notEqual(new BatchWriter(64 * 1024).finish().buffer, payload.buffer);
    assert.deepEqual(second.decoded().records[0]?.value, new Uint8Array(20_000).fill(2));
  });

  it('gives on those of derived states, too', () => {
    const batch = new BatchWriter(64 * 1024, 64 * 1024).put('titles', KEY, new Uint8Array(20_000));
    batch.derive(1, Uint8Array.of(1), new Uint8Array(30_000).fill(2));
    const payload = batch.finish();
    assert.deepEqual(batch.decoded().derived?.[0]?.payload.subarray(0, 3), Uint8Array.of(1, 2, 2));
    batch.release();
    const next = [0, 1, 2].map(() => new BatchWriter(64 * 1024).finish().buffer);
    assert.ok(next.includes(payload.buffer));
  });

  it('of any size lies in its frame as the log writes it', () => {
    for (let size = 4_000; size < 4_300; size += 7) {
      const batch = new BatchWriter(size % 3 === 0 ? 10 : size).put(
        'titles',
        KEY,
        new Uint8Array(size).fill(5),
      );
      const payload = batch.finish();
      const copied = new Uint8Array(frameBytes(payload.length)).fill(1);
      const header = { generation: 3, seq: size, durableSeq: size - 1 };
      writeFrame(copied, 0, header, payload, 99);
      const { frame } = batch;
      assert.equal(frame === undefined, payload.length <= 4096);
      if (frame === undefined) continue;
      sealFrame(frame, 0, header, payload.length, 99);
      assert.deepEqual(new Uint8Array(frame), copied);
      assert.equal(batch.decoded().records[0]?.value?.length, size);
    }
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
