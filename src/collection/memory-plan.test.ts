import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { DEFAULT_MEMORY_BYTES, MIN_MEMORY_BYTES, planMemory } from './memory-plan.ts';

describe('the memory plan', () => {
  test('shares one number out and never more than it', () => {
    for (const shards of [1, 3, 64]) {
      const plan = planMemory(DEFAULT_MEMORY_BYTES, shards);
      const parsers_bytes = plan.parsers * plan.parser_mb * 2 ** 20;
      const all =
        plan.pageCache_bytes + shards * (plan.memtable_bytes + plan.indexFrames_bytes) + parsers_bytes;
      assert.ok(all <= DEFAULT_MEMORY_BYTES, `${all} bytes for ${shards} shards`);
    }
  });

  test('refuses what is too little to work with, and nonsense', () => {
    for (const memory_bytes of [MIN_MEMORY_BYTES - 1, 0, -1, Number.NaN]) {
      assert.throws(
        () => planMemory(memory_bytes, 1),
        (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
      );
    }
  });
});
