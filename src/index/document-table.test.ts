import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DocumentTable, documentOrder, splitDocId } from './document-table.ts';
import { toDocId } from '../base/index.ts';
import { ROW_WORDS } from './write-kernels/write-layout.ts';

const NO_COLUMNS = new Int32Array(ROW_WORDS);

test('documents are put in the order of their docIds, whether these are spread or stand close together', () => {
  // All over, with few upper halves, in one, and around a change of sign of the lower half.
  const kinds = [
    fc.maxSafeInteger().map(Math.abs),
    fc.nat(3000).map((n) => (n % 3) * 2 ** 41 + n),
    fc.nat(5000),
    fc.integer({ min: 2 ** 31 - 2000, max: 2 ** 31 + 2000 }),
  ];
  for (const kind of kinds) {
    fc.assert(
      fc.property(fc.uniqueArray(kind, { minLength: 1, maxLength: 1500, size: 'max' }), (numbers) => {
        const table = new DocumentTable(3);
        for (const number of numbers) {
          const { high, low } = splitDocId(toDocId(number));
          table.addRow(high, low, NO_COLUMNS, 0);
        }
        const found = Array.from(documentOrder(table), (document) => table.docId(document) as number);
        assert.deepEqual(
          found,
          [...numbers].sort((a, b) => a - b),
        );
      }),
      { numRuns: 8 },
    );
  }
});
