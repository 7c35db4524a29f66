import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toDocId } from '../base/index.ts';
import { DocIdTable, NO_NUMBER } from './docid-table.ts';

test('a table of docIds holds what a map would, in its order', () => {
  const docIds = fc.oneof(fc.nat(40), fc.maxSafeInteger().map(Math.abs)).map(toDocId);
  const changes = fc.array(fc.tuple(docIds, fc.integer({ min: -1, max: 2 ** 31 - 1 })), { maxLength: 200 });
  fc.assert(
    fc.property(changes, docIds, (all, other) => {
      const table = new DocIdTable();
      const map = new Map(all);
      for (const [docId, number] of all) table.set(docId, number);
      assert.equal(table.count, map.size);
      assert.deepEqual([...table.docIds()], [...map.keys()]);
      assert.deepEqual([...table.numbers()], [...map.values()]);
      for (const [docId, number] of map) assert.equal(table.get(docId), number);
      assert.equal(table.has(other), map.has(other));
      assert.equal(table.get(other), map.get(other) ?? NO_NUMBER);
    }),
  );
});
