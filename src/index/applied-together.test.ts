import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COLLECTION,
  docIdOf,
  filterHashOf,
  randomDocument,
  randomFields,
  seededRandom,
} from '../../testing/index-fixtures.ts';
import { PeregrineError, toCollectionId, toSeq } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import type { DerivedPayloads } from '../storage/index.ts';
import { encodeAnalysedDocument } from '../text/index.ts';
import type { IndexOperation } from './index-contract.ts';
import { encodeIndexOperation, INDEX_STATE } from './index-operation-codec.ts';
import type { KernelKind } from './kernel-host.ts';
import { createShardIndex } from './shard-index.ts';

const OTHER = toCollectionId(70_000);
const SEQ = toSeq(1);
const KINDS: readonly KernelKind[] = ['wasm', 'typescript'];

/** Payloads as they stand in a batch. */
class Payloads implements DerivedPayloads {
  readonly bytes: Uint8Array;
  at = 0;
  left: number;
  readonly #ends: readonly number[];

  constructor(payloads: readonly Uint8Array[]) {
    const rows = payloads.map((payload) =>
      Buffer.concat([Uint8Array.of(INDEX_STATE, ...varint(payload.length)), payload]),
    );
    this.bytes = new Uint8Array(Buffer.concat(rows));
    this.left = rows.length;
    this.#ends = rows.map((_, i) => rows.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
  }

  moveTo(at: number, taken: number): void {
    this.left -= taken;
    this.at = at;
    assert.equal(at, this.#ends[this.#ends.length - this.left - 1], 'whole payloads are taken');
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function randomOperations(seed: number, count: number): IndexOperation[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i): IndexOperation => {
    const collection = random.below(12) === 0 ? OTHER : COLLECTION;
    const docId = docIdOf(random.below(count));
    if (random.below(15) === 0) return { kind: 'delete', collection, docId };
    if (i > 0 && random.below(4 * count) === 0) return { kind: 'drop', collection };
    // Now and then one that is longer than what is copied at a time.
    const words = i % 97 === 50 ? 40_000 : 30;
    const document = randomDocument(random, { words, maxZones: i % 97 === 50 ? 400 : 4, maxZoneTokens: 90 });
    const fields = random.below(3) === 0 ? randomFields(random) : [];
    const filterHashes = BigUint64Array.from([filterHashOf(random.below(5))]);
    return {
      kind: 'put',
      collection,
      docId,
      document: encodeAnalysedDocument({ ...document, filterHashes, fields }),
    };
  });
}

for (const kernels of KINDS) {
  test(`operations side by side in a batch are applied as one by one (${kernels})`, async () => {
    const operations = randomOperations(91, 600);
    const payloads = operations.map(encodeIndexOperation);
    const [alone, together] = [0, 1].map(() => createShardIndex({ disk: new MemoryDisk(), kernels }));
    assert.ok(alone !== undefined && together?.applyMany !== undefined);
    const context = { directory: 'd', pathPrefix: 'd/', adopt: () => Promise.resolve() };
    await Promise.all([alone.open([], context), together.open([], context)]);
    for (const payload of payloads) alone.apply(SEQ, payload);
    const run = new Payloads(payloads);
    let calls = 0;
    while (run.left > 0) {
      const { left } = run;
      together.applyMany(SEQ, run);
      calls += 1;
      if (run.left < left) continue;
      const payload = payloads[payloads.length - left] ?? new Uint8Array(0);
      together.apply(SEQ, payload);
      run.moveTo(run.at + 1 + varint(payload.length).length + payload.length, 1);
    }
    assert.ok(calls < payloads.length / 3, 'many were taken in one call');
    for (const collection of [COLLECTION, OTHER]) {
      assert.deepEqual(together.status(collection), alone.status(collection));
      const before = alone.view(collection);
      const after = together.view(collection);
      for (const operation of operations) {
        if (operation.kind !== 'drop') assert.equal(after.has(operation.docId), before.has(operation.docId));
      }
      assert.equal(after.documentCount, before.documentCount);
      before.release();
      after.release();
    }
    await Promise.all([alone.close(), together.close()]);
  });

  test(`of a batch with a document that is not sound, what stands before it is applied (${kernels})`, async () => {
    const index = createShardIndex({ disk: new MemoryDisk(), kernels });
    await index.open([], { directory: 'd', pathPrefix: 'd/', adopt: () => Promise.resolve() });
    const random = seededRandom(92);
    const payloads = Array.from({ length: 9 }, (_, number) => {
      const document = encodeAnalysedDocument(randomDocument(random, { words: 30 }));
      return encodeIndexOperation({ kind: 'put', collection: COLLECTION, docId: docIdOf(number), document });
    });
    const broken = payloads[5] as Uint8Array;
    broken[40] = (broken[40] as number) ^ 1;
    const run = new Payloads(payloads);
    index.applyMany?.(SEQ, run);
    assert.equal(run.left, 4);
    const at = run.at;
    index.applyMany?.(SEQ, run);
    assert.equal(run.at, at);
    assert.throws(
      () => index.apply(SEQ, broken),
      (error) => error instanceof PeregrineError && error.code === 'CORRUPT',
    );
    assert.equal(index.status(COLLECTION).documents, 5);
    await index.close();
  });
}
