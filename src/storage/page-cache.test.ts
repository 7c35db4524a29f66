import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { HeldPage } from './held-page.ts';
import { SievePageCache } from './page-cache.ts';

const PAGE_BYTES = 1_000;
/** Room for some pages, with what each costs beside its bytes. */
const roomFor = (pages: number): number => pages * (PAGE_BYTES + 1_024);
const page = (fill: number): Uint8Array => new Uint8Array(PAGE_BYTES).fill(fill);

describe('The page cache', () => {
  it('loads a page once, for all who ask meanwhile, and counts by name', async () => {
    const cache = new SievePageCache();
    const file = cache.forFile('links');
    let loads = 0;
    const load = async (): Promise<Uint8Array> => {
      loads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return page(1);
    };
    await Promise.all([file.read(0, load), file.read(0, load), file.read(0, load)]);
    await file.read(0, load);
    assert.equal(loads, 1);
    assert.deepEqual(file.peek(0)?.bytes, page(1));
    assert.deepEqual(cache.figures.get('links'), { hits: 2, misses: 1 });
    assert.deepEqual([cache.hits, cache.misses], [2, 1]);
  });

  it('keeps to its bound, and keeps what is used again through a scan of ten times its size', async () => {
    const cache = new SievePageCache(roomFor(20));
    const file = cache.forFile();
    for (let offset = 0; offset < 10; offset++) await file.read(offset, async () => page(offset));
    for (let offset = 100; offset < 300; offset++) {
      await file.read(offset, async () => page(2));
      // A hot set, looked at now and then.
      if (offset % 5 === 0) for (let hot = 0; hot < 10; hot++) file.peek(hot);
      assert.ok(cache.size_bytes <= roomFor(20));
    }
    const kept = Array.from({ length: 10 }, (_, hot) => file.peek(hot)).filter((held) => held !== undefined);
    assert.equal(kept.length, 10);
  });

  it('forgets a file whole, also what is just being loaded, and nothing else', async () => {
    const cache = new SievePageCache();
    const [gone, other] = [cache.forFile(), cache.forFile()];
    await gone.read(0, async () => page(1));
    await other.read(0, async () => page(2));
    const loading = gone.read(1, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return page(3);
    });
    gone.drop();
    assert.deepEqual(await loading, page(3));
    assert.deepEqual([gone.peek(0), gone.peek(1)], [undefined, undefined]);
    assert.deepEqual(other.peek(0)?.bytes, page(2));
    assert.equal(cache.size_bytes, roomFor(1));
  });

  it('goes on after any mixture of reads and drops within its bound', async () => {
    const cache = new SievePageCache(roomFor(8));
    const files = Array.from({ length: 5 }, () => cache.forFile());
    for (let i = 0; i < 3_000; i++) {
      const at = (i * 7_919) % 5;
      const offset = (i * 104_729) % 23;
      const bytes = await files[at]!.read(offset, async () => page(at * 23 + offset));
      assert.deepEqual(bytes[0], at * 23 + offset);
      if (i % 97 === 0) {
        files[at]!.drop();
        files[at] = cache.forFile();
      }
      assert.ok(cache.size_bytes <= roomFor(8) && cache.size_bytes >= 0);
    }
    for (const file of files) file.drop();
    assert.equal(cache.size_bytes, 0);
  });

  it('takes what is missed twice, not what is read once, when it has no room left', async () => {
    const cache = new SievePageCache(roomFor(20));
    const file = cache.forFile('links');
    assert.ok(file.missed(0), 'an empty one takes what comes');
    for (let i = 0; i < 20; i++) await file.read(8 * i, async () => page(i));
    assert.equal(file.missed(8_000), false);
    assert.equal(file.missed(8_008), false);
    assert.ok(file.missed(8_000));
    for (let i = 0; i < 100; i++) file.missed(80_000 + 8 * i);
    assert.equal(file.missed(8_000), false, 'that was long ago');
    // Pages that should be kept are counted when they are.
    assert.equal(cache.figures.get('links')?.misses, 20 + 2 + 100 + 1);
  });

  it('gives half of what it holds back where it is asked to, what was not used first', async () => {
    const cache = new SievePageCache(roomFor(20));
    const file = cache.forFile('titles');
    for (let i = 0; i < 16; i++) await file.read(8 * i, async () => page(i));
    for (let i = 0; i < 8; i++) file.peek(8 * i);
    const before_bytes = cache.size_bytes;
    cache.shed();
    assert.ok(cache.size_bytes <= before_bytes / 2 && cache.size_bytes > before_bytes / 3);
    const held = Array.from({ length: 16 }, (_, i) => file.peek(8 * i) !== undefined);
    assert.deepEqual(
      held,
      held.map((_, i) => i < 8),
    );
    for (let i = 0; i < 9; i++) cache.shed();
    assert.equal(cache.size_bytes, 0);
  });

  it('DS31 reads again and compares, where it is to validate', async () => {
    const mismatches: [string, number][] = [];
    const cache = new SievePageCache(roomFor(20), {
      validates: true,
      onMismatch: (name, offset) => mismatches.push([name, offset]),
    });
    const file = cache.forFile('titles');
    await file.read(8, async () => page(1));
    assert.equal(file.peek(8), undefined, 'nothing is given out before it is compared');
    assert.deepEqual(await file.read(8, async () => page(1)), page(1));
    assert.deepEqual(mismatches, []);
    assert.deepEqual(await file.read(8, async () => page(9)), page(9));
    assert.deepEqual(mismatches, [['titles', 8]]);
  });

  it('holds what is made of a page only where there is room beside pages, and gives that up before any page', async () => {
    const cache = new SievePageCache(roomFor(20));
    const file = cache.forFile('links');
    for (let i = 0; i < 10; i++) await file.read(8 * i, async () => page(i));
    const first = file.peek(0);
    assert.ok(first !== undefined && first.growBy(5_000));
    first.parsed = 'made of it';
    assert.equal(cache.size_bytes, roomFor(10) + 5_000);
    assert.equal(file.peek(8)?.growBy(roomFor(8)), false, 'that much is not to spare');
    for (let i = 10; i < 20; i++) await file.read(8 * i, async () => page(i));
    assert.equal(first.parsed, undefined);
    assert.equal(cache.size_bytes, roomFor(20));
    for (let i = 0; i < 20; i++) assert.ok(file.peek(8 * i) !== undefined);
    file.drop();
    assert.deepEqual([cache.size_bytes, first.isHeld, first.growBy(1)], [0, false, false]);
  });

  it('takes a page out of the list by which it is known when it lets it go', async () => {
    const cache = new SievePageCache(roomFor(4));
    const file = cache.forFile('links');
    await file.read(8, async () => page(1));
    const list: (HeldPage | undefined)[] = [];
    file.peek(8)?.listIn(list, 3);
    assert.equal(list[3], file.peek(8));
    for (let i = 2; i < 12; i++) await file.read(8 * i, async () => page(i));
    assert.equal(list[3], undefined);
  });
});
