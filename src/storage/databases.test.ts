import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { toCollectionId, toSlot } from '../base/index.ts';
import { KeyReader, KeyWriter } from './databases.ts';

const fields = fc.record({
  slot: fc.nat(4095),
  collection: fc.nat(2 ** 31),
  number: fc.oneof(fc.nat(300), fc.integer({ min: 2 ** 32 - 9, max: 2 ** 32 + 9 }), fc.nat(2 ** 48 - 1)),
});

it('A key is read back as it was written, big-endian, and another may be written in its bytes', () => {
  const shared = new KeyWriter('titles', toSlot(0), toCollectionId(1));
  fc.assert(
    fc.property(fields, ({ slot, collection, number }) => {
      const [inSlot, inCollection] = [toSlot(slot), toCollectionId(collection)];
      const key = new KeyWriter('titles', inSlot, inCollection).u48(number).finish();
      const reader = new KeyReader(key);
      assert.deepEqual([reader.slot, reader.collection, reader.u48()], [slot, collection, number]);
      const digits = slot.toString(16).padStart(4, '0') + collection.toString(16).padStart(8, '0');
      assert.equal(Buffer.from(key).toString('hex'), `${digits}${number.toString(16).padStart(12, '0')}01`);
      assert.deepEqual(shared.again(inSlot, inCollection).u48(number).finish(), key);
    }),
  );
});

const begin = (): KeyWriter => new KeyWriter('sites', toSlot(1), toCollectionId(1));

it('A field that a key has no room for is refused', () => {
  for (const number of [-1, 0.5, Number.NaN]) assert.throws(() => begin().u8(number), /fits its bytes/);
  assert.throws(() => begin().u8(256), /fits its bytes/);
  assert.throws(() => begin().u16(2 ** 16), /fits its bytes/);
  assert.throws(() => begin().u32(2 ** 32), /fits its bytes/);
  assert.throws(() => begin().u48(2 ** 48), /fits its bytes/);
});
