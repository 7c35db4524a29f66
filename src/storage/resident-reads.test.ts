import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, systemClock, toShardId } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { CountedReads } from '../../testing/counted-reads.ts';
import { openStore, SievePageCache } from './index.ts';

const KEYS = 300;

function keyOf(i: number): Uint8Array {
  const key = new Uint8Array(24).fill(7);
  new DataView(key.buffer).setUint32(0, Math.imul(i, 0x9e37_79b1) >>> 8);
  new DataView(key.buffer).setUint32(16, i);
  key[23] = 1;
  return key;
}

function titleKeyOf(i: number): Uint8Array {
  const key = new Uint8Array(13).fill(7);
  new DataView(key.buffer).setUint32(6, Math.imul(i, 0x9e37_79b1) >>> 4);
  new DataView(key.buffer).setUint16(10, i);
  key[12] = 1;
  return key;
}

/** Too long to stand beside other records. */
const ownPageValue = (i: number): Uint8Array => new Uint8Array(5_000 + i * 100).map((_, at) => at * i);
const longValue = (i: number): Uint8Array => new Uint8Array(1000).fill(i);

/** A bit of each page of the oldest part, and of some values. */
async function damageOldest(disk: MemoryDisk): Promise<void> {
  const [part] = (await disk.list('store/parts')).sort();
  const file = await disk.open(`store/parts/${part}`, 'write');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  for (let at = 500; at < bytes.length; at += 1000) bytes[at] = (bytes[at] as number) ^ 1;
  await file.write(bytes, 0);
  await file.close();
}

describe('A read that does not wait', () => {
  it('gives the newest version, asked again and again between writes, deletions, flushes and merges', async () => {
    const store = await openStore({
      disk: new MemoryDisk(),
      directory: 'store',
      shard: toShardId(0),
      mergesItself: false,
      // Too small for all: pages come and go.
      pageCache: new SievePageCache(24 * 1024),
    });
    const model = new Map<number, Uint8Array>();
    let state = 5;
    const draw = (bound: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 8) % bound;
    };
    let atOnce = 0;
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 20; i++) {
        const number = draw(KEYS);
        const value = Uint8Array.of(round, i, ...new Uint8Array(draw(90)).fill(round));
        const isDeletion = draw(4) === 0;
        const record = {
          database: 'frontier',
          key: keyOf(number),
          value: isDeletion ? undefined : value,
        } as const;
        await store.append({ records: [record] });
        if (isDeletion) model.delete(number);
        else model.set(number, value);
      }
      if (round % 3 !== 0) await store.flush();
      if (round % 7 === 6) await store.merge({ force: round % 2 === 0 });
      for (let turn = 0; turn < 3; turn++) {
        for (let number = 0; number < KEYS; number++) {
          const read = store.getNow('frontier', keyOf(number));
          if (read !== 'unknown') atOnce += 1;
          const value = read === 'unknown' ? await store.get('frontier', keyOf(number)) : read;
          assert.deepEqual(value, model.get(number));
        }
      }
    }
    assert.ok(atOnce > 20 * KEYS);
    await store.close();
  });

  it('gives long values, and finds the way to them, though the cache holds next to nothing', async () => {
    const asked = new CountedReads();
    const store = await openStore({
      disk: asked.over(new MemoryDisk()),
      directory: 'store',
      shard: toShardId(0),
      mergesItself: false,
      pageCache: new SievePageCache(24 * 1024),
      // No read of memory is slow, however busy the machine.
      clock: { ...systemClock, monotonic: () => 0 },
    });
    for (let i = 0; i < KEYS; i++) {
      await store.append({ records: [{ database: 'titles', key: titleKeyOf(i), value: ownPageValue(i) }] });
    }
    await store.flush();
    // Opens the part.
    await store.get('titles', titleKeyOf(0));
    const { reads } = await asked.during(async () => {
      for (let turn = 0; turn < 2; turn++) {
        for (let i = 0; i < KEYS; i++) {
          assert.deepEqual(store.getNow('titles', titleKeyOf(i)), ownPageValue(i));
          assert.deepEqual(await store.get('titles', titleKeyOf(i)), ownPageValue(i));
          assert.equal(store.getNow('titles', titleKeyOf(i + KEYS)), undefined);
        }
      }
    });
    assert.equal(reads, 0);
    await store.close();
  });

  for (const [length, from] of [
    [8, 'its place'],
    [1000, 'its place or a page'],
  ] as const) {
    it(`of ${length} bytes is answered out of ${from} as before while merges go on, and none waits for a new part`, async () => {
      const disk = new MemoryDisk();
      const pageCache = new SievePageCache(16 * 1024 * 1024);
      const store = await openStore({
        disk,
        directory: 'store',
        shard: toShardId(0),
        mergesItself: false,
        pageCache,
        part_bytes: 32 * 1024,
      });
      const valueOf = (i: number): Uint8Array => new Uint8Array(length).fill(i);
      const write = async (first: number, step: number): Promise<void> => {
        for (let i = first; i < KEYS; i += step) {
          await store.append({ records: [{ database: 'frontier', key: keyOf(i), value: valueOf(i) }] });
        }
        await store.flush();
      };
      /** All of them; how many waited, and how many pages were asked for one read. */
      const readAll = async (): Promise<{ readonly waited: number; readonly asked: number }> => {
        const before = pageCache.hits + pageCache.misses;
        let waited = 0;
        for (let i = 0; i < KEYS; i++) {
          const read = store.getNow('frontier', keyOf(i));
          if (read === 'unknown') waited += 1;
          assert.deepEqual(read === 'unknown' ? await store.get('frontier', keyOf(i)) : read, valueOf(i));
        }
        return { waited, asked: (pageCache.hits + pageCache.misses - before) / KEYS };
      };
      for (let run = 0; run < 4; run++) await write(run, 4);
      for (let turn = 0; turn < 3; turn++) await readAll();
      assert.deepEqual(await readAll(), { waited: 0, asked: 1 });
      const merging = store.merge({ force: true }).then(() => 'merged');
      const turns = [];
      do turns.push(await readAll());
      while ((await Promise.race([merging, new Promise((resolve) => setImmediate(resolve))])) !== 'merged');
      turns.push(await readAll());
      assert.deepEqual(
        turns.filter(({ waited }) => waited > 0),
        [],
      );
      if (length === 8) assert.ok(turns.every(({ asked }) => asked === 1));
      assert.equal((await disk.list('store/parts')).length > 3, length > 8);
      // What a flush writes is found in memory, too, although every read asks it first from then on.
      await write(0, 7);
      assert.equal((await readAll()).waited, 0);
      await store.close();
    });
  }

  it('is compared with what is held where the cache is to validate, and gives what the file says', async () => {
    const mismatches: string[] = [];
    const pageCache = new SievePageCache(1024 * 1024, {
      validates: true,
      onMismatch: (name) => mismatches.push(name),
    });
    const store = await openStore({
      disk: new MemoryDisk(),
      directory: 'store',
      shard: toShardId(0),
      pageCache,
    });
    for (let i = 0; i < 5; i++) {
      await store.append({ records: [{ database: 'frontier', key: keyOf(i), value: longValue(i) }] });
    }
    await store.flush();
    const readAll = (): void => {
      for (let i = 0; i < 5; i++) assert.deepEqual(store.getNow('frontier', keyOf(i)), longValue(i));
    };
    // Opens the part, and holds its page.
    const { blocks } = await store.blocks({
      database: 'frontier',
      start: keyOf(0).fill(0),
      end: keyOf(0).fill(255),
    });
    readAll();
    assert.deepEqual(mismatches, []);
    // Memory rots, not the disk.
    for (const {
      bytes,
      offsets: [at = 0],
    } of blocks)
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    readAll();
    assert.ok(mismatches.length > 0 && mismatches.every((name) => name === 'frontier'));
    await store.close();
  });

  it('never gives a short value that it remembers once its page is lost and given up', async () => {
    const disk = new MemoryDisk();
    const options = { disk, directory: 'store', shard: toShardId(0), mergesItself: false } as const;
    const store = await openStore(options);
    const records = Array.from({ length: KEYS }, (_, i) => {
      return { database: 'frontier', key: keyOf(i), value: Uint8Array.of(i) } as const;
    });
    const old = records.slice(0, KEYS / 2);
    for (const some of [old, records.slice(KEYS / 2)]) {
      await store.append({ records: some });
      await store.flush();
    }
    for (const { key, value } of records) assert.deepEqual(await store.get('frontier', key), value);
    await damageOldest(disk);
    // Nobody reads between these two.
    await store.repair();
    assert.equal((await store.repair({ acceptLoss: true })).accepted, 1);
    for (const record of records) {
      const value = old.includes(record) ? undefined : record.value;
      assert.deepEqual(await store.get('frontier', record.key), value);
    }
    await store.close();
  });

  it('of a value alone, from a page that is not held, is never given what was damaged since its page was checked', async () => {
    const disk = new MemoryDisk();
    const pageCache = new SievePageCache(96 * 1024);
    const store = await openStore({
      disk,
      directory: 'store',
      shard: toShardId(0),
      mergesItself: false,
      pageCache,
    });
    for (let i = 0; i < KEYS; i++) {
      await store.append({ records: [{ database: 'frontier', key: keyOf(i), value: longValue(i) }] });
    }
    await store.flush();
    let atOnce = 0;
    for (let turn = 0; turn < 20; turn++) {
      for (let i = 0; i < KEYS; i++) {
        const read = store.getNow('frontier', keyOf(i));
        if (read !== 'unknown') atOnce += 1;
        assert.deepEqual(read === 'unknown' ? await store.get('frontier', keyOf(i)) : read, longValue(i));
      }
    }
    assert.ok(atOnce > 10 * KEYS, `${atOnce} reads did not wait`);
    assert.ok(pageCache.places.size_bytes > 8 * 1024, `${pageCache.places.size_bytes} bytes of places`);
    await damageOldest(disk);
    let damaged = 0;
    for (let i = 0; i < KEYS; i++) {
      const read = await store.get('frontier', keyOf(i)).catch((error: unknown) => {
        assert.ok(isPeregrineError(error, 'CORRUPT'));
        damaged += 1;
        return longValue(i);
      });
      assert.deepEqual(read, longValue(i));
    }
    assert.ok(damaged > KEYS / 2, `${damaged} reads met damage`);
  });
});
