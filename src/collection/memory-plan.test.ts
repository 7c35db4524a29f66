import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import {
  DEFAULT_MEMORY_BYTES,
  defaultMemory_bytes,
  MIN_MEMORY_BYTES,
  PARSER_BYTES,
  planMemory,
  PROGRAM_BYTES,
} from './memory-plan.ts';

const GIB = 2 ** 30;

function parsers(memory_bytes: number, cores: number): number {
  return planMemory(memory_bytes, 1, cores).parsers;
}

describe('the memory plan', () => {
  test('counts the program, every process and every share, and is never more than the one number', () => {
    for (const memory_bytes of [DEFAULT_MEMORY_BYTES, 0.75 * GIB, GIB]) {
      for (const shards of [1, 3, 64]) {
        for (const cores of [1, 2, 4, 64]) {
          const plan = planMemory(memory_bytes, shards, cores);
          // Changes twice: as records, and as terms.
          const ofShard = 2 * plan.memtable_bytes + plan.indexFrames_bytes;
          const planned = plan.pageCache_bytes + shards * ofShard + plan.parsers * PARSER_BYTES;
          // A third of what is beside the program is for what comes and goes.
          const comesAndGoes = (memory_bytes - PROGRAM_BYTES - plan.parsers * PARSER_BYTES) / 3;
          const all_bytes = PROGRAM_BYTES + planned + comesAndGoes;
          assert.ok(all_bytes <= memory_bytes, `${all_bytes} bytes for ${shards} shards, ${cores} cores`);
        }
      }
    }
  });

  test('has as many parsing processes as memory and cores allow, and at least one', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 64].map((cores) => parsers(defaultMemory_bytes(64 * GIB, cores), cores)),
      [1, 1, 2, 3, 4, 4],
    );
    assert.equal(parsers(DEFAULT_MEMORY_BYTES, 64), 1);
    assert.equal(parsers(MIN_MEMORY_BYTES, 64), 1);
  });

  test('keeps to what a control group allows', () => {
    assert.equal(defaultMemory_bytes(300_000_000, 8), 240_000_000);
    assert.equal(defaultMemory_bytes(1, 8), MIN_MEMORY_BYTES);
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
