import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { FoundValue } from './found-value.ts';
import type { HeldPage } from './held-page.ts';
import { type CachedFile, SievePageCache } from './page-cache.ts';
import { FILE_PLACE, HELD_PLACE, NO_PLACE } from './record-places.ts';
import { WantedKey } from './wanted-key.ts';

const PAGE_BYTES = 4096;
const page = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array(PAGE_BYTES).fill(7));

function keyOf(i: number): WantedKey {
  const bytes = new Uint8Array(13);
  new DataView(bytes.buffer).setUint32(0, Math.imul(i, 0x9e37_79b1));
  new DataView(bytes.buffer).setUint32(8, i);
  const key = new WantedKey();
  key.set(bytes);
  return key;
}

const valueOf = (i: number): Uint8Array => new Uint8Array(i % 25).fill(i);

/** A cache that holds one page of one file. */
async function holdPage(
  capacity_bytes: number,
): Promise<{ readonly cache: SievePageCache; readonly file: CachedFile; readonly held: HeldPage }> {
  const cache = new SievePageCache(capacity_bytes);
  const file = cache.forFile();
  await file.read(0, page);
  const held = file.peek(0);
  assert.ok(held !== undefined);
  return { cache, file, held };
}

describe('Places of records', () => {
  it('are known as long as no newer version can have come and their page is held', async () => {
    const { cache, file, held } = await holdPage(64 * 1024);
    const { places } = cache;
    const generation = places.nextGeneration();
    const found = new FoundValue();
    const wanted = keyOf(1);
    assert.equal(places.look(wanted, generation, found), NO_PLACE);
    places.note(wanted, generation, held.frame, 300, 5);
    assert.equal(places.look(wanted, generation, found), HELD_PLACE);
    assert.deepEqual(found.view(), new Uint8Array(5).fill(7));
    assert.deepEqual([found.view().byteOffset, found.view().buffer], [300, held.bytes.buffer]);
    assert.deepEqual(found.copy(), new Uint8Array(5).fill(7));
    const sameHash = keyOf(2);
    sameHash.hash = wanted.hash;
    assert.equal(places.look(sameHash, generation, found), NO_PLACE);
    assert.equal(places.look(wanted, places.nextGeneration(), found), NO_PLACE);
    assert.equal(places.look(wanted, generation, found), HELD_PLACE);
    // Another page takes its frame.
    file.drop();
    await cache.forFile().read(0, page);
    assert.equal(places.look(wanted, generation, found), NO_PLACE);
  });

  it('become more within their share of the cache, and none is lost by that', async () => {
    const { cache, file, held } = await holdPage(1024 * 1024);
    const { places } = cache;
    const generation = places.nextGeneration();
    const found = new FoundValue();
    const before_bytes = cache.size_bytes;
    let known = 0;
    for (let turn = 0; turn < 2; turn++) {
      for (let i = 0; i < 2_000; i++) {
        if (places.look(keyOf(i), generation, found) === HELD_PLACE) {
          assert.deepEqual([found.from, found.to], [i, i + 3]);
          known += 1;
        } else {
          places.note(keyOf(i), generation, held.frame, i, 3);
        }
      }
    }
    assert.ok(known > 1_940, `${known} of 2000 were known at the second time`);
    assert.ok(places.size_bytes <= 352 * 1024 && places.size_bytes >= 128 * 1024);
    assert.equal(cache.size_bytes, before_bytes + places.size_bytes);
    // Pages come first.
    for (let i = 1; i < 300; i++) await file.read(PAGE_BYTES * i, page);
    assert.ok(cache.size_bytes <= 1024 * 1024);
    assert.ok(places.size_bytes < 32 * 1024);
  });

  it('hold short values themselves, whatever becomes of the page, and nothing that is longer than a line', async () => {
    const { cache, file, held } = await holdPage(1024 * 1024);
    const { places } = cache;
    const generation = places.nextGeneration();
    const found = new FoundValue();
    for (let i = 0; i < 2_000; i++) {
      const value = valueOf(i);
      const isShort = places.noteValue(keyOf(i), generation, Uint8Array.of(9, ...value, 9), 1, value.length);
      assert.equal(isShort, true);
    }
    // A key of 13 bytes leaves 24 of 40.
    assert.equal(places.noteValue(keyOf(3), generation, new Uint8Array(25), 0, 25), false);
    file.drop();
    assert.equal(held.isHeld, false);
    let known = 0;
    for (let i = 0; i < 2_000; i++) {
      if (places.look(keyOf(i), generation, found) !== HELD_PLACE) continue;
      assert.deepEqual(found.copy(), valueOf(i));
      // Its caller's own: the line is another's soon.
      assert.notEqual(found.view().buffer, found.bytes.buffer);
      known += 1;
    }
    assert.ok(known > 1_940, `${known} of 2000 were known`);
    assert.equal(places.look(keyOf(7), places.nextGeneration(generation), found), NO_PLACE);
  });

  it('hold no value where what is given out is to be compared with the file', () => {
    const { places } = new SievePageCache(1024 * 1024, { validates: true });
    assert.equal(places.noteValue(keyOf(1), places.nextGeneration(), new Uint8Array(4), 0, 4), false);
  });

  it('of versions that are no longer the newest make room for others before any that is', async () => {
    const { cache, held } = await holdPage(64 * 1024);
    const { places } = cache;
    const found = new FoundValue();
    let generation = places.nextGeneration();
    for (let turn = 0; turn < 20; turn++) {
      for (let i = 0; i < 150; i++) places.note(keyOf(1_000 * turn + i), generation, held.frame, i, 3);
      let known = 0;
      for (let i = 0; i < 150; i++)
        if (places.look(keyOf(1_000 * turn + i), generation, found) === HELD_PLACE) known += 1;
      assert.ok(known > 145, `${known} of 150 were known in turn ${turn}`);
      generation = places.nextGeneration(generation);
    }
  });

  it('in a file are told with the hash of the value, and worth room that pages have', async () => {
    const cache = new SievePageCache(512 * 1024);
    const file = cache.forFile();
    for (let i = 0; i < 200; i++) await file.read(PAGE_BYTES * i, page);
    const { places } = cache;
    const generation = places.nextGeneration();
    const found = new FoundValue();
    const hash = { high: 0xf234_5678, low: 0x9abc_def0 };
    const ask = (i: number): boolean => {
      const wanted = keyOf(i);
      if (places.look(wanted, generation, found) === FILE_PLACE) {
        const { file: number, offset, length, high, low } = found.place;
        assert.deepEqual([number, offset, length], [i % 9, 2 ** 40 - i, 1000 + i]);
        assert.deepEqual([high >>> 0, low >>> 0], [hash.high, hash.low]);
        return true;
      }
      places.noteInFile(wanted, generation, i % 9, 2 ** 40 - i, 1000 + i, hash);
      return false;
    };
    let known = 0;
    for (let i = 0; i < 20_000; i++) if (ask(i % 1_000)) known += 1;
    assert.ok(known > 12_000, `${known} of 20000 were known`);
    assert.ok(places.size_bytes > 128 * 1024 && cache.size_bytes <= 512 * 1024);
  });

  it('on a page that had to go for them are none', async () => {
    // Room for twelve pages, but for no place beside them.
    const cache = new SievePageCache(12 * (PAGE_BYTES + 1024) + 1000);
    const file = cache.forFile();
    for (let i = 0; i < 12; i++) await file.read(PAGE_BYTES * i, page);
    // All were used, so that the oldest goes.
    const [held] = Array.from({ length: 12 }, (_, i) => file.peek(PAGE_BYTES * i));
    assert.ok(held !== undefined);
    const { places } = cache;
    const generation = places.nextGeneration();
    const inSample = Array.from({ length: 200 }, (_, i) => keyOf(i)).find(({ hash }) => (hash & 15) === 0);
    assert.ok(inSample !== undefined);
    places.note(inSample, generation, held.frame, 0, 8);
    assert.equal(held.isHeld, false);
    assert.equal(places.look(inSample, generation, new FoundValue()), NO_PLACE);
  });

  it('are known of a few records only where hardly any is asked for again, and of all once they are', async () => {
    const { cache, held } = await holdPage(256 * 1024);
    const { places } = cache;
    const generation = places.nextGeneration();
    const found = new FoundValue();
    const ask = (i: number): boolean => {
      const wanted = keyOf(i);
      if (places.look(wanted, generation, found) === HELD_PLACE) return true;
      places.note(wanted, generation, held.frame, i % PAGE_BYTES, 1);
      return false;
    };
    let most_bytes = 0;
    for (let i = 0; i < 20_000; i++) {
      ask(i);
      most_bytes = Math.max(most_bytes, places.size_bytes);
    }
    assert.ok(places.size_bytes < most_bytes / 4, 'the room was given back');
    let known = 0;
    for (let i = 0; i < 40_000; i++) if (ask(i % 400)) known += 1;
    assert.ok(known > 20_000, `${known} of 40000 were known`);
  });
});
