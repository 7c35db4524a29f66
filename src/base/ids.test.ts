import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import {
  docIdOfHash,
  hashOfDocId,
  isPeregrineError,
  probeDocId,
  shardOfSlot,
  SLOT_COUNT,
  slotOfDocId,
  slotOfHash,
  slotsOfShard,
  toCollectionId,
  toDocId,
  toSeq,
  toShardId,
  toSlot,
} from './index.ts';

const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('A document id', () => {
  it('is the upper 53 bits of the hash: slot above, hash below', () => {
    fc.assert(
      fc.property(hash, (value) => {
        const docId = docIdOfHash(value);
        assert.equal(BigInt(docId), value >> 11n);
        assert.equal(slotOfDocId(docId), Number(value >> 52n));
        assert.equal(slotOfDocId(docId), slotOfHash(value));
        assert.equal(slotOfDocId(docId) * 2 ** 41 + hashOfDocId(docId), docId);
      }),
    );
    assert.equal(docIdOfHash(2n ** 64n - 1n), Number.MAX_SAFE_INTEGER);
  });

  it('probes inside its slot, and comes round at the slot’s end', () => {
    fc.assert(
      fc.property(hash, fc.nat(64), (value, n) => {
        const docId = docIdOfHash(value);
        assert.equal(slotOfDocId(probeDocId(docId, n)), slotOfDocId(docId));
      }),
    );
    const last = toDocId(5 * 2 ** 41 + 2 ** 41 - 1);
    assert.equal(probeDocId(last, 0), last);
    assert.equal(probeDocId(last, 1), 5 * 2 ** 41);
  });
});

describe('Slots', () => {
  it('are divided among shards in order, without gap or overlap, evenly', () => {
    for (const shardCount of [1, 2, 3, 5, 7, 64, 1000, 4096]) {
      let next = 0;
      const sizes = new Set<number>();
      for (let shard = 0; shard < shardCount; shard++) {
        const { first, last } = slotsOfShard(toShardId(shard), shardCount);
        assert.equal(first, next);
        for (const slot of [first, last]) assert.equal(shardOfSlot(slot, shardCount), shard);
        sizes.add(last - first + 1);
        next = last + 1;
      }
      assert.equal(next, SLOT_COUNT);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }
  });
});

describe('Ids', () => {
  it('take whole numbers in their range, and nothing else', () => {
    assert.equal(toSlot(4095), 4095);
    assert.equal(toCollectionId(0xffff_ffff), 0xffff_ffff);
    const refused = [
      () => toSlot(4096),
      () => toSlot(-1),
      () => toShardId(0x1_0000),
      () => toCollectionId(2 ** 32),
      () => toSeq(1.5),
      () => toDocId(2 ** 53),
      () => toDocId(Number.NaN),
    ];
    for (const make of refused) {
      assert.throws(make, (error: unknown) => isPeregrineError(error, 'BAD_ARGUMENT'), String(make));
    }
  });
});
