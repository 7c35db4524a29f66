import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { DataPage } from './data-page.ts';
import { DataPageWriter } from './data-page-writer.ts';
import { ABSENT, DELETED, FOUND, FoundValue } from './found-value.ts';
import { SievePageCache } from './page-cache.ts';
import { quickHash } from './record-places.ts';

const KEY_BYTES = 6;
/** Few bytes of few kinds: keys share much, and of different lengths. */
const key = fc
  .array(fc.integer({ min: 0, max: 2 }), { minLength: KEY_BYTES, maxLength: KEY_BYTES })
  .map((bytes) => Uint8Array.from(bytes, (byte, i) => (i === KEY_BYTES - 1 ? byte * 2 + 1 : byte)));

describe('A place on a page', () => {
  it('is found again for its own key and for no other, whatever the keys share', () => {
    const entries = fc.uniqueArray(fc.tuple(key, fc.boolean()), {
      selector: ([k]) => k.join(),
      minLength: 60,
    });
    fc.assert(
      fc.property(entries, (chosen) => {
        chosen.sort(([a], [b]) => Buffer.compare(a, b));
        const writer = new DataPageWriter(KEY_BYTES);
        for (const [k, isDeleted] of chosen) {
          writer.add(k, isDeleted ? { kind: 'tombstone' } : { kind: 'inline', bytes: k });
        }
        const page = new DataPage(writer.finish().slice(), KEY_BYTES);
        const found = new FoundValue();
        const again = new FoundValue();
        let told = 0;
        for (const [k, isDeleted] of chosen) {
          assert.equal(page.look(k, found), isDeleted ? DELETED : FOUND);
          if (isDeleted || found.entryAt < 0) continue;
          told += 1;
          const { entryAt, nearAt, farAt } = found;
          for (const [other] of chosen) {
            Object.assign(again, { entryAt, nearAt, farAt });
            const isSame = Buffer.compare(other, k) === 0;
            assert.equal(page.lookAgain(other, again), isSame ? FOUND : ABSENT);
            if (isSame) assert.deepEqual(again.copy(), k);
          }
        }
        assert.ok(told > 0 || chosen.every(([, isDeleted]) => isDeleted));
      }),
      { numRuns: 30 },
    );
  });

  it('is known for the runs among which it was found, and as long as the page is held', async () => {
    const cache = new SievePageCache(64 * 1024);
    const file = cache.forFile();
    await file.read(0, async () => new Uint8Array(4096));
    const held = file.peek(0);
    assert.ok(held !== undefined);
    const { places } = cache;
    const generation = places.nextGeneration();
    const hash = quickHash(Uint8Array.of(1, 2, 3, 4, 5, 6));
    const found = Object.assign(new FoundValue(), { entryAt: 300, nearAt: 200, farAt: 100 });
    assert.equal(places.find(hash, generation), -1);
    places.note(hash, generation, held, found);
    const hint = places.find(hash, generation);
    assert.equal(places.pageOf(hint), held);
    const told = new FoundValue();
    places.tell(hint, told);
    assert.deepEqual([told.entryAt, told.nearAt, told.farAt], [300, 200, 100]);
    assert.equal(places.find(hash, places.nextGeneration()), -1);
    // Another page takes its frame.
    file.drop();
    await cache.forFile().read(0, async () => new Uint8Array(4096));
    assert.equal(places.pageOf(hint), undefined);
  });

  it('gives way to others within its share of the cache', async () => {
    const cache = new SievePageCache(256 * 1024);
    const file = cache.forFile();
    await file.read(0, async () => new Uint8Array(4096));
    const held = file.peek(0);
    assert.ok(held !== undefined);
    const { places } = cache;
    const generation = places.nextGeneration();
    const found = new FoundValue();
    const bytes = new Uint8Array(8);
    let known = 0;
    for (let i = 0; i < 20_000; i++) {
      new DataView(bytes.buffer).setUint32(0, i);
      places.note(quickHash(bytes), generation, held, found);
      if (places.find(quickHash(bytes), generation) >= 0) known += 1;
    }
    assert.ok(places.size_bytes <= 32 * 1024 && places.size_bytes > 4 * 1024);
    assert.ok(cache.size_bytes <= 256 * 1024);
    // All but those with which it grew.
    assert.ok(known >= 19_990);
  });
});
