import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import * as fc from 'fast-check';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import {
  ByteReader,
  ByteWriter,
  isPeregrineError,
  ManualClock,
  PeregrineError,
  seededRandom,
  toCollectionId,
  toShardId,
  toSlot,
} from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk, openRealDisk } from '../disk/index.ts';
import {
  type DatabaseName,
  type DerivedState,
  KeyWriter,
  openStore,
  type Store,
  type StoreOptions,
} from './index.ts';

const SMALL = {
  directory: 'store',
  shard: toShardId(0),
  memory_bytes: 64 * 1024,
  logCap_bytes: 64 * 1024,
  segment_bytes: 16 * 1024,
  part_bytes: 16 * 1024,
} as const;

function open(disk: Disk, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({ disk, ...SMALL, ...options });
}

function keyOf(number: number, database: DatabaseName = 'links'): Uint8Array {
  return new KeyWriter(database, toSlot(3), toCollectionId(1)).u32(number).finish();
}

const valueOf = (number: number, size = 4): Uint8Array => {
  const value = new Uint8Array(Math.max(4, size));
  new DataView(value.buffer).setUint32(0, number, true);
  return value;
};

const numberOf = (value: Uint8Array | undefined): number | undefined => value && new ByteReader(value).u32();
const ALL = { database: 'links', start: keyOf(0), end: keyOf(0xffff_ffff) } as const;

async function put(store: Store, ...numbers: number[]): Promise<void> {
  await store.append({
    records: numbers.map((number) => ({ database: 'links', key: keyOf(number), value: valueOf(number) })),
  });
}

async function all(store: Store): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { value } of store.scan(ALL)) numbers.push(numberOf(value)!);
  return numbers;
}

const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    isPeregrineError(error) && error.code === code;

const DISKS: Record<string, (test: TestContext) => Promise<Disk>> = {
  memory: async () => new MemoryDisk(),
  faulty: async () => new FaultyDisk(),
  real: (test) => openRealDisk(temporaryDirectory(test)),
};

for (const [name, makeDisk] of Object.entries(DISKS)) {
  describe(`A store on a ${name} disk`, () => {
    it('gives back records through flushes, merges and reopenings', async (test) => {
      const disk = await makeDisk(test);
      let store = await open(disk);
      const expected = new Map<number, number>();
      for (let round = 0; round < 6; round++) {
        for (let i = 0; i < 40; i++) {
          const number = (i * 17 + round * 5) % 150;
          const value = i % 7 === 0 ? undefined : valueOf(number + round, i % 11 === 0 ? 9_000 : 20);
          if (value === undefined) expected.delete(number);
          else expected.set(number, number + round);
          await store.append({ records: [{ database: 'links', key: keyOf(number), value }] });
        }
        await store.flush();
        if (round === 3) {
          await store.close();
          store = await open(disk);
        }
      }
      await store.merge({ force: true });
      const sorted = [...expected].sort(([a], [b]) => a - b);
      assert.deepEqual(
        await all(store),
        sorted.map(([, value]) => value),
      );
      for (const [number, value] of sorted)
        assert.equal(numberOf(await store.get('links', keyOf(number))), value);
      const { links } = store.status().databases;
      assert.deepEqual([links.runs, links.records], [1, expected.size]);
      await store.close();
    });
  });
}

describe('A store', () => {
  it('replays what was not flushed', async () => {
    const disk = new MemoryDisk();
    const killed = await open(disk, { mergesItself: false });
    await put(killed, 1, 2);
    await killed.flush();
    await put(killed, 3);
    // Never closed: as after a kill.
    const store = await open(disk);
    assert.deepEqual(await all(store), [1, 2, 3]);
    assert.equal(store.status().lastSeq, 2);
    await store.close();
    const again = await open(disk);
    assert.equal(again.status().recovery.firstSeq, 3);
    assert.deepEqual(await all(again), [1, 2, 3]);
    await again.close();
  });

  it('answers ranges as a sorted map does, page after page, whatever lies in memory and in files', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ put: fc.nat(90), size: fc.nat(300) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(90) }) },
      { weight: 1, arbitrary: fc.constant('flush' as const) },
      { weight: 1, arbitrary: fc.constant('merge' as const) },
    );
    const query = fc.record({
      start: fc.nat(95),
      end: fc.nat(95),
      byteTarget: fc.integer({ min: 1, max: 2_000 }),
      limit: fc.integer({ min: 1, max: 30 }),
    });
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.array(query, { maxLength: 6 }),
      async (steps, queries) => {
        const store = await open(new MemoryDisk());
        const model = new Map<number, number>();
        for (const one of steps) {
          if (one === 'flush') await store.flush();
          else if (one === 'merge') await store.merge({ force: true });
          else if ('put' in one) {
            model.set(one.put, one.size);
            await store.append({
              records: [{ database: 'links', key: keyOf(one.put), value: new Uint8Array(one.size) }],
            });
          } else {
            model.delete(one.remove);
            await store.append({
              records: [{ database: 'links', key: keyOf(one.remove), value: undefined }],
            });
          }
        }
        for (const { start, end, byteTarget, limit } of queries) {
          const expected = [...model]
            .filter(([number]) => number >= start && number <= end)
            .sort(([a], [b]) => a - b);
          const found: [number, number][] = [];
          let from: Uint8Array | undefined = keyOf(start);
          while (from !== undefined) {
            const page = await store.range({
              database: 'links',
              start: from,
              end: keyOf(end),
              byteTarget,
              limit,
            });
            assert.ok(page.records.length > 0 || page.resume === undefined);
            assert.ok(page.records.length <= limit);
            for (const { key, value } of page.records)
              found.push([new ByteReader(key.slice(6, 10).reverse()).u32(), value.length]);
            from = page.resume;
          }
          assert.deepEqual(found, expected);
        }
        await store.close();
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it('builds batches in order, each reading what all before it wrote, and shares their syncs', async () => {
    const slow = { effect: 'stall', operation: 'sync', stall_ms: 1 } as const;
    const store = await open(new FaultyDisk({ plan: { faults: [slow] } }));
    await put(store, 0);
    const before = store.status().counters['logSyncs'] ?? 0;
    const increment = (): Promise<number | null> =>
      store.sequence(async (reads) => {
        const count = numberOf(await reads.get('links', keyOf(7))) ?? 0;
        assert.equal(reads.seq, count + 2);
        return { records: [{ database: 'links', key: keyOf(7), value: valueOf(count + 1) }] };
      });
    const seqs = await Promise.all(Array.from({ length: 200 }, increment));
    assert.deepEqual(
      seqs,
      Array.from({ length: 200 }, (_, i) => i + 2),
    );
    assert.equal(numberOf(await store.get('links', keyOf(7))), 200);
    const syncs = (store.status().counters['logSyncs'] ?? 0) - before;
    assert.ok(syncs < 100, `${syncs} syncs for 200 batches`);
    await store.close();
  });

  it('shows a deletion that is on its way to the builds behind it', async () => {
    const store = await open(new MemoryDisk());
    await put(store, 1);
    const removal = store.append({ records: [{ database: 'links', key: keyOf(1), value: undefined }] });
    let seen: unknown = 'nothing';
    const reading = store.sequence(async (reads) => {
      seen = await reads.get('links', keyOf(1));
      return null;
    });
    assert.equal(await reading, null);
    assert.equal(seen, undefined);
    await removal;
    await store.close();
  });

  it('tells nobody what it read of a batch that was taken back', async () => {
    const disk = new FaultyDisk();
    const store = await open(disk);
    await put(store, 1);
    disk.addFault({ effect: 'lost-sync', operation: 'sync', path: /\.log$/, times: 1 });
    const lost = put(store, 2);
    let seen: number | undefined;
    const reading = store.sequence(async (reads) => {
      seen = numberOf(await reads.get('links', keyOf(2)));
      return null;
    });
    await assert.rejects(lost, codeIs('IO'));
    await assert.rejects(reading);
    assert.equal(seen, 2);
    await store.close();
  });

  it('flushes by itself by memory, and merges by itself', async () => {
    const store = await open(new MemoryDisk());
    for (let i = 0; i < 500; i++) {
      await store.append({ records: [{ database: 'links', key: keyOf(i), value: valueOf(i, 1_000) }] });
      assert.ok(store.status().memtable_bytes < 80 * 1024);
      assert.ok(store.status().log_bytes < 80 * 1024);
    }
    await store.merge();
    const { counters, databases } = store.status();
    assert.ok((counters['flushes'] ?? 0) >= 8);
    assert.ok((counters['merges'] ?? 0) >= 1);
    assert.ok(databases.links.runs < 6, `${databases.links.runs} runs`);
    assert.equal((await all(store)).length, 500);
    await store.close();
  });

  it('opens after a clean stop without reading the log or the data', async () => {
    const disk = new FaultyDisk();
    const store = await open(disk);
    for (let i = 0; i < 60; i++) await put(store, i);
    await store.close();
    disk.addFault({ effect: 'io-error', operation: 'read', path: /\.part$/ });
    disk.addFault({ effect: 'io-error', operation: 'read', path: /\.log$/, range: [64, 2 ** 40] });
    const again = await open(disk);
    assert.equal(again.status().databases.links.records, 60);
    assert.equal(again.status().recovery.firstSeq, 61);
  });

  it('never brings back a refused batch that an opening did not hold', async () => {
    // What became of the bytes of a write that failed is up to chance.
    for (let seed = 1; seed <= 40; seed++) {
      let disk = new FaultyDisk({ seed });
      const first = await open(disk);
      await put(first, 1);
      disk.addFault({ effect: 'io-error', operation: 'sync', times: 1 });
      await assert.rejects(
        put(first, 2),
        (error) => isPeregrineError(error, 'READ_ONLY') || isPeregrineError(error, 'IO'),
      );
      await first.close();
      disk = disk.crash();
      const second = await open(disk);
      assert.deepEqual(await all(second), [1]);
      // The power goes while the first write after that opening is under way.
      disk.crashAt(disk.calls + 1 + (seed % 12));
      await assert.rejects(put(second, 3));
      const third = await open(disk.crash());
      const found = await all(third);
      assert.ok(!found.includes(2), `seed ${seed}: ${found.join()}`);
    }
  });

  it('removes files that no manifest names', async () => {
    const disk = new MemoryDisk();
    await (await open(disk)).close();
    await (await disk.open('store/parts/0000000077.part', 'create')).close();
    const store = await open(disk);
    assert.deepEqual(await disk.list('store/parts'), []);
    await put(store, 1);
    await store.close();
    assert.deepEqual(await disk.list('store/parts'), ['0000000078.part']);
  });

  it('leaves no part behind when a flush fails after parts were written', async () => {
    const disk = new MemoryDisk();
    const refusing: DerivedState = {
      number: 1,
      memory_bytes: 1,
      open: async () => undefined,
      apply: () => undefined,
      flush: async () => {
        throw new PeregrineError('DISK_FULL', 'There is no room for what is derived.');
      },
      flushed: () => undefined,
      close: async () => undefined,
    };
    const store = await open(disk, { derived: [refusing] });
    await put(store, 1, 2, 3);
    const before = await disk.list('store/parts');
    await assert.rejects(store.flush(), codeIs('DISK_FULL'));
    assert.deepEqual(await disk.list('store/parts'), before);
    assert.deepEqual(await all(store), [1, 2, 3]);
    await store.close().catch(() => undefined);
  });

  it('says that the disk is full, still reads, and takes up again when there is room', async () => {
    const clock = new ManualClock();
    const disk = new FaultyDisk();
    const store = await open(disk, { clock });
    await put(store, 1);
    disk.addFault({ effect: 'disk-full', times: 400 });
    const big = valueOf(2, 60_000);
    const append = (): Promise<unknown> =>
      store.append({ records: [{ database: 'links', key: keyOf(2), value: big }] });
    await assert.rejects(append(), codeIs('DISK_FULL'));
    await assert.rejects(append(), codeIs('DISK_FULL'));
    assert.deepEqual(await all(store), [1]);
    assert.match(store.status().readOnly ?? '', /disk is full/);
    for (let tries = 0; tries < 500 && store.status().readOnly !== undefined; tries++) {
      await clock.advance(2_000);
      await append().catch(() => undefined);
    }
    assert.deepEqual(await all(store), [1, 2]);
    await store.close();
  });

  it('goes on in a fresh log file after a failed sync, and loses nothing that was acknowledged', async () => {
    const clock = new ManualClock();
    let disk = new FaultyDisk();
    const store = await open(disk, { clock });
    await put(store, 1);
    disk.addFault({ effect: 'lost-sync', operation: 'sync', path: /\.log$/, times: 1 });
    await assert.rejects(put(store, 2), codeIs('IO'));
    await put(store, 3);
    disk = disk.crash();
    const after = await open(disk);
    assert.deepEqual(await all(after), [1, 3]);
    await after.close();
  });

  it('stays read-only while nothing can be written, and says why', async () => {
    const clock = new ManualClock();
    const disk = new FaultyDisk();
    const store = await open(disk, { clock });
    await put(store, 1);
    disk.addFault({ effect: 'io-error', operation: 'write' });
    await assert.rejects(put(store, 2), codeIs('IO'));
    for (let i = 0; i < 3; i++) {
      await clock.advance(2_000);
      await assert.rejects(put(store, 2), codeIs('READ_ONLY'));
    }
    assert.equal(numberOf(await store.get('links', keyOf(1))), 1);
  });

  it('says which keys a damaged page takes away, and reads the others', async () => {
    const disk = new FaultyDisk();
    const store = await open(disk, {
      mergesItself: false,
      part_bytes: 2 ** 20,
      memory_bytes: 2 ** 20,
      logCap_bytes: 2 ** 20,
    });
    const random = seededRandom(1);
    for (let i = 0; i < 40; i++) {
      const value = valueOf(i, 3_000).map(() => random.below(256));
      await store.append({ records: [{ database: 'links', key: keyOf(i), value }] });
    }
    await store.flush();
    disk.flipBit('store/parts/0000000001.part', 50_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => store.get('links', keyOf(i))),
    );
    const lost = outcomes.filter(({ status }) => status === 'rejected');
    assert.ok(lost.length > 0 && lost.length < 15, `${lost.length} of 40 lost`);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert(codeIs('CORRUPT')(outcome.reason));
    await assert.rejects(all(store), codeIs('CORRUPT'));
    await store.close();
  });

  it('ends a read when its signal says so', async () => {
    const store = await open(new MemoryDisk());
    await put(store, 1);
    await assert.rejects(store.range({ ...ALL, signal: AbortSignal.abort() }), codeIs('CANCELLED'));
    await store.close();
  });

  it('refuses keys of a wrong width, and everything once it is closed', async () => {
    const store = await open(new MemoryDisk());
    const key = keyOf(1).subarray(1);
    await assert.rejects(store.get('links', key), codeIs('BAD_ARGUMENT'));
    await assert.rejects(
      store.append({ records: [{ database: 'links', key, value: undefined }] }),
      codeIs('BAD_ARGUMENT'),
    );
    await put(store, 1);
    await store.close();
    await store.close();
    await assert.rejects(put(store, 2), codeIs('CLOSED'));
    await assert.rejects(store.get('links', keyOf(1)), codeIs('CLOSED'));
    await assert.rejects(store.range(ALL), codeIs('CLOSED'));
    await assert.rejects(store.flush(), codeIs('CLOSED'));
  });

  it('takes batches of many megabytes', async () => {
    const disk = new MemoryDisk();
    const store = await open(disk);
    const value = new ByteWriter(20_000_000).raw(new Uint8Array(20_000_000).fill(7)).finish();
    await store.append({ records: [{ database: 'titles', key: keyOf(1, 'titles'), value }] });
    const after = await open(disk);
    assert.equal((await after.get('titles', keyOf(1, 'titles')))?.length, value.length);
    await after.flush();
    assert.equal((await after.get('titles', keyOf(1, 'titles')))?.length, value.length);
    await after.close();
  });

  it('stops a merge at close and goes on with it after the next opening', async () => {
    const disk = new MemoryDisk();
    const store = await open(disk, { mergesItself: false, part_bytes: 4_096 });
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 300; i++)
        await store.append({
          records: [{ database: 'links', key: keyOf(i), value: valueOf(i + round, 90) }],
        });
      await store.flush();
    }
    const merging = store.merge({ force: true });
    await store.close();
    assert.equal(await merging, 0);
    const again = await open(disk, { mergesItself: false, part_bytes: 4_096 });
    assert.equal(await again.merge(), 1);
    assert.equal(again.status().databases.links.runs, 1);
    assert.equal((await all(again)).length, 300);
    await again.close();
  });
});
