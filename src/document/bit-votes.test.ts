import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BitVotes } from './bit-votes.ts';

test('a bit wins when more than half of the numbers have it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 200, size: 'max' }), (numbers) => {
      const votes = new BitVotes();
      for (const number of numbers) votes.add(number);
      let expected = 0;
      for (let bit = 0; bit < 32; bit++) {
        const set = numbers.filter((number) => ((number >>> bit) & 1) === 1).length;
        if (set * 2 > numbers.length) expected |= 1 << bit;
      }
      assert.equal(votes.majority(), expected >>> 0);
    }),
  );
});
