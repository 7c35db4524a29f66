import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { toCollectionId, toSlot } from '../base/index.ts';
import type { RecordOperation } from './batch.ts';
import { encodeBatch } from './batch-codec.ts';
import { BatchWriter } from './batch-writer.ts';
import { KeyWriter } from './databases.ts';
import { frameBytes, writeFrame } from './log-frame.ts';
import { MemtableSet } from './memtable-set.ts';

const NAMES = ['titles', 'links'] as const;

const record: fc.Arbitrary<RecordOperation> = fc
  .tuple(fc.nat(1), fc.nat(30), fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }))
  .map(([name, number, value]) => {
    const database = NAMES[name]!;
    const key = new KeyWriter(database, toSlot(1), toCollectionId(2)).u32(number).finish();
    return { database, key, value };
  });

const batch = fc.record({
  records: fc.array(record, { maxLength: 5 }),
  derived: fc.array(fc.record({ state: fc.constant(1), payload: fc.uint8Array({ maxLength: 9 }) }), {
    maxLength: 2,
  }),
  /** Built without objects: its number of records stands in five bytes. */
  isPlain: fc.boolean(),
});
type TestedBatch = typeof batch extends fc.Arbitrary<infer Batch> ? Batch : never;

function payloadOf({ records, derived, isPlain }: TestedBatch): Uint8Array {
  if (!isPlain) return encodeBatch({ records, derived });
  const writer = new BatchWriter(20);
  for (const { database, key, value } of records) {
    if (value === undefined) writer.delete(database, key);
    else writer.put(database, key, value);
  }
  for (const { state, payload } of derived) writer.derive(state, payload, new Uint8Array(0));
  return writer.finish();
}

function framesOf(payloads: readonly Uint8Array[]): Uint8Array {
  const frames = new Uint8Array(payloads.reduce((sum, { length }) => sum + frameBytes(length), 0));
  let offset = 0;
  for (const [i, payload] of payloads.entries()) {
    writeFrame(frames, offset, { generation: 1, seq: i + 1, durableSeq: i }, payload, 7);
    // As where the checksum is made of XXH64.
    if (i % 2 === 1) frames[offset + 3] = 0x80;
    offset += frameBytes(payload.length);
  }
  return frames;
}

/** Everything that a set says, and what it says it holds. */
function contents(set: MemtableSet): unknown {
  return NAMES.map((name) => {
    const [least, greatest] = [0, 0xffff_ffff].map((number) =>
      new KeyWriter(name, toSlot(1), toCollectionId(2)).u32(number).finish(),
    );
    const { blocks } = set.of(name).slice(least!, greatest!, 1e9, 1e9);
    return blocks.map(({ keys, bytes, lengths }) => [Buffer.from(keys), Buffer.from(bytes), lengths]);
  });
}

for (const kind of ['wasm', 'typescript'] as const) {
  it(`Batches in the frames of a log are applied together as they are one by one, up to one that has more than records (${kind})`, () => {
    const property = fc.property(
      fc.array(fc.array(batch, { minLength: 1, maxLength: 12 }), { maxLength: 6 }),
      fc.boolean(),
      (groups, areDerived) => {
        const [together, single] = [new MemtableSet(kind), new MemtableSet(kind)];
        for (const drawn of groups) {
          const group = areDerived
            ? drawn
            : drawn.map(({ records, isPlain }) => ({ records, isPlain, derived: [] }));
          const payloads = group.map(payloadOf);
          const count = together.applyFrames(framesOf(payloads));
          const first = group.findIndex(({ derived }) => derived.length > 0);
          assert.equal(count, first < 0 ? group.length : first);
          for (const payload of payloads.slice(count)) together.apply(payload);
          for (const payload of payloads) single.apply(payload);
        }
        assert.deepEqual(contents(together), contents(single));
        // Of frames nothing is kept: what is left out are a few bytes of each batch.
        assert.ok(together.memory_bytes <= single.memory_bytes);
        together.release();
        single.release();
      },
    );
    fc.assert(property, { numRuns: 150 });
  });
}
