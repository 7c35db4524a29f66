import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { docIdOf, randomDocument, seededRandom } from '../../testing/index-fixtures.ts';
import { toDocId } from '../base/index.ts';
import { encodeAnalysedDocument } from '../text/index.ts';
import { IndexMemory } from './index-memory.ts';
import type { KernelKind } from './kernel-host.ts';
import { PendingDocuments } from './pending-documents.ts';

const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];
const document = encodeAnalysedDocument(randomDocument(seededRandom(71), { words: 3, maxZones: 1 }));

test('what waits is what a map of the newest operations says, in their order', () => {
  const docIds = fc.oneof(fc.nat(40), fc.maxSafeInteger().map(Math.abs)).map(toDocId);
  const operations = fc.array(fc.tuple(docIds, fc.boolean()), { maxLength: 200 });
  for (const kind of KINDS) {
    const memory = new IndexMemory(2 ** 18, kind);
    const before = memory.linear.allocated_bytes;
    fc.assert(
      fc.property(operations, docIds, (all, other) => {
        const pending = new PendingDocuments(memory);
        const newest = new Map<number, boolean>();
        for (const [docId, isPut] of all) {
          if (isPut) pending.put(docId, document);
          else pending.delete(docId);
          newest.delete(docId);
          newest.set(docId, isPut);
        }
        const puts = [...newest.values()].filter(Boolean).length;
        assert.equal(pending.count, newest.size);
        assert.deepEqual([...pending.docIds], [...newest.keys()]);
        assert.equal(pending.documents.count, puts);
        assert.equal(pending.documents.size_bytes, puts * document.length);
        assert.equal(
          pending.growth(() => 0),
          puts,
        );
        for (const docId of [...newest.keys(), other].map(toDocId)) {
          assert.equal(pending.has(docId), newest.has(docId));
          assert.equal(pending.isPut(docId), newest.get(docId) === true);
        }
        pending.clear();
        assert.ok(pending.isEmpty && !pending.has(other));
      }),
      { numRuns: 60 },
    );
    assert.equal(memory.linear.allocated_bytes, before, 'clearing gives its memory back');
  }
});

test('thousands of documents are known apart, and each of them once more when it comes again', () => {
  const memory = new IndexMemory(2 ** 18, 'wasm');
  const pending = new PendingDocuments(memory);
  for (let number = 0; number < 3000; number++) pending.put(docIdOf(number), document);
  const all = pending.documents;
  for (let number = 0; number < 3000; number += 7) pending.put(docIdOf(number), document);
  assert.equal(all.count, 3000);
  assert.equal(pending.count, 3000);
  assert.equal(pending.documents.count, 3000);
  for (let number = 0; number < 6000; number++) assert.equal(pending.has(docIdOf(number)), number < 3000);
});
