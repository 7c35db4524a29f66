import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import * as fc from 'fast-check';

import {
  ALL_NUMBERS,
  codeIs,
  keyOf,
  numberOf,
  numbersIn,
  openNumbered,
  putNumbers,
  valueOf,
} from '../../testing/numbered-store.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { ByteReader } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk, openRealDisk } from '../disk/index.ts';

const DISKS: Record<string, (test: TestContext) => Promise<Disk>> = {
  memory: async () => new MemoryDisk(),
  faulty: async () => new FaultyDisk(),
  real: (test) => openRealDisk(temporaryDirectory(test)),
};

for (const [name, makeDisk] of Object.entries(DISKS)) {
  describe(`A store on a ${name} disk`, () => {
    it('gives back records through flushes, merges and reopenings', async (test) => {
      const disk = await makeDisk(test);
      let store = await openNumbered(disk);
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
          store = await openNumbered(disk);
        }
      }
      await store.merge({ force: true });
      const sorted = [...expected].sort(([a], [b]) => a - b);
      assert.deepEqual(
        await numbersIn(store),
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
    const killed = await openNumbered(disk, { mergesItself: false });
    await putNumbers(killed, 1, 2);
    await killed.flush();
    await putNumbers(killed, 3);
    // Never closed: as after a kill.
    const store = await openNumbered(disk);
    assert.deepEqual(await numbersIn(store), [1, 2, 3]);
    assert.equal(store.status().lastSeq, 2);
    await store.close();
    const again = await openNumbered(disk);
    assert.equal(again.status().recovery.firstSeq, 3);
    assert.deepEqual(await numbersIn(again), [1, 2, 3]);
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
        const store = await openNumbered(new MemoryDisk());
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

  it('flushes by itself by memory, and merges by itself', async () => {
    const store = await openNumbered(new MemoryDisk());
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
    assert.equal((await numbersIn(store)).length, 500);
    await store.close();
  });

  it('opens after a clean stop without reading the log or the data', async () => {
    const disk = new FaultyDisk();
    const store = await openNumbered(disk);
    for (let i = 0; i < 60; i++) await putNumbers(store, i);
    await store.close();
    disk.addFault({ effect: 'io-error', operation: 'read', path: /\.part$/ });
    disk.addFault({ effect: 'io-error', operation: 'read', path: /\.log$/, range: [64, 2 ** 40] });
    const again = await openNumbered(disk);
    assert.equal(again.status().databases.links.records, 60);
    assert.equal(again.status().recovery.firstSeq, 61);
  });

  it('removes files that no manifest names', async () => {
    const disk = new MemoryDisk();
    await (await openNumbered(disk)).close();
    await (await disk.open('store/parts/0000000077.part', 'create')).close();
    const store = await openNumbered(disk);
    assert.deepEqual(await disk.list('store/parts'), []);
    await putNumbers(store, 1);
    await store.close();
    assert.deepEqual(await disk.list('store/parts'), ['0000000078.part']);
  });

  it('ends a read when its signal says so', async () => {
    const store = await openNumbered(new MemoryDisk());
    await putNumbers(store, 1);
    await assert.rejects(store.range({ ...ALL_NUMBERS, signal: AbortSignal.abort() }), codeIs('CANCELLED'));
    await store.close();
  });

  it('refuses keys of a wrong width, and everything once it is closed', async () => {
    const store = await openNumbered(new MemoryDisk());
    const key = keyOf(1).subarray(1);
    await assert.rejects(store.get('links', key), codeIs('BAD_ARGUMENT'));
    await assert.rejects(
      store.append({ records: [{ database: 'links', key, value: undefined }] }),
      codeIs('BAD_ARGUMENT'),
    );
    await putNumbers(store, 1);
    await store.close();
    await store.close();
    await assert.rejects(putNumbers(store, 2), codeIs('CLOSED'));
    await assert.rejects(store.get('links', keyOf(1)), codeIs('CLOSED'));
    await assert.rejects(store.range(ALL_NUMBERS), codeIs('CLOSED'));
    await assert.rejects(store.flush(), codeIs('CLOSED'));
  });

  it('stops a merge at close and goes on with it after the next opening', async () => {
    const disk = new MemoryDisk();
    const store = await openNumbered(disk, { mergesItself: false, part_bytes: 4_096 });
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
    const again = await openNumbered(disk, { mergesItself: false, part_bytes: 4_096 });
    assert.equal(await again.merge(), 1);
    assert.equal(again.status().databases.links.runs, 1);
    assert.equal((await numbersIn(again)).length, 300);
    await again.close();
  });
});
