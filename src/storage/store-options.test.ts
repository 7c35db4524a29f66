import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toShardId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { DerivedState } from './derived-state.ts';
import { settingsOf, type StoreOptions } from './store-options.ts';

const MIB = 2 ** 20;

const DERIVED: DerivedState = {
  number: 1,
  open: () => Promise.resolve(),
  apply: () => undefined,
  flush: () => Promise.resolve({ add: [], remove: [] }),
  flushed: () => undefined,
  memory_bytes: 0,
  close: () => Promise.resolve(),
};

function logCap_bytes(options: Partial<StoreOptions>): number {
  return settingsOf({ disk: new MemoryDisk(), directory: 'shard', shard: toShardId(0), ...options })
    .logCap_bytes;
}

describe('The log between two flushes', () => {
  it('is as long as what memory may hold of it, so that flushes begin by that', () => {
    assert.equal(logCap_bytes({ memory_bytes: 40 * MIB, derived: [DERIVED] }), 80 * MIB);
    assert.equal(logCap_bytes({ memory_bytes: 80 * MIB }), 80 * MIB);
  });

  it('is replayed in about a second, however much memory there is, and no shorter than flushes are worth', () => {
    assert.equal(logCap_bytes({ memory_bytes: 2 ** 32, derived: [DERIVED] }), 128 * MIB);
    assert.equal(logCap_bytes({ memory_bytes: MIB, derived: [DERIVED] }), 64 * MIB);
  });

  it('is what is asked for', () => {
    assert.equal(logCap_bytes({ logCap_bytes: MIB, derived: [DERIVED] }), MIB);
  });
});
