import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { COLLECTION, FakeStore, randomDocument, seededRandom } from '../../testing/index-fixtures.ts';
import { toDocId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { encodeAnalysedDocument } from '../text/index.ts';
import { encodeIndexOperation } from './index-operation-codec.ts';

const MOST = Number.MAX_SAFE_INTEGER;
/** Some spread as hashes are, some side by side, some at either end: the worst there is for who guesses where one stands. */
const docIds = fc.uniqueArray(
  fc.oneof(
    fc.maxSafeNat(),
    fc.nat({ max: 20 }),
    fc.nat({ max: 20 }).map((i) => MOST - i),
    fc.nat({ max: 50 }).map((i) => 2 ** 32 - 25 + i),
    fc.nat({ max: 52 }).map((i) => 2 ** i),
  ),
  { minLength: 1, maxLength: 120 },
);

test('a document is found by its docId, and none beside it, however unevenly docIds are spread', async () => {
  const document = encodeAnalysedDocument(randomDocument(seededRandom(7), { words: 3, maxZones: 1 }));
  await fc.assert(
    fc.asyncProperty(docIds, async (chosen) => {
      const store = await FakeStore.open({ disk: new MemoryDisk() });
      for (const docId of chosen) {
        store.append(
          encodeIndexOperation({ kind: 'put', collection: COLLECTION, docId: toDocId(docId), document }),
        );
      }
      await store.flush();
      const view = store.index.view(COLLECTION);
      const known = new Set(chosen);
      for (const docId of chosen) {
        for (const near of [docId - 1, docId, docId + 1, MOST - docId]) {
          if (near < 0 || near > MOST) continue;
          assert.equal(view.has(toDocId(near)), known.has(near), `docId ${near}`);
        }
      }
      view.release();
      await store.index.close();
    }),
    { numRuns: 20 },
  );
});
