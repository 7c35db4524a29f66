import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { fill, keepingLog, openSmall, partPaths, smallKey, smallValue } from '../../testing/tended-store.ts';
import { toSlot } from '../base/index.ts';
import { FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { DATABASE_NAMES, type DatabaseName, type PartReport } from './index.ts';

describe('Verification of a store', () => {
  it('DV1 says first what it looks at, and then what it found', async () => {
    const { log, events } = keepingLog();
    const store = await openSmall(new MemoryDisk(), { log });
    await fill(store, 0, 100);
    await store.verify({ depth: 'deep' });
    const names = events.map(({ event }) => event).filter((event) => event.startsWith('storage.verif'));
    assert.deepEqual(names, ['storage.verify-began', 'storage.verified']);
    assert.deepEqual(events.find(({ event }) => event === 'storage.verify-began')?.facts['shard'], 0);
    await store.close();
  });

  it('DV2 stops nobody: reads and writes go on while it looks', async () => {
    const store = await openSmall(new MemoryDisk());
    await fill(store, 0, 600);
    let served = 0;
    const verification = await store.verify({
      depth: 'deep',
      afterRead: async () => {
        assert.ok((await store.get('links', smallKey(3))) !== undefined);
        await store.append({
          records: [{ database: 'meta', key: smallKey(served, 'meta'), value: smallValue(served) }],
        });
        served += 1;
      },
    });
    assert.ok(served > 5);
    assert.equal(verification.isSound, true);
    await store.close();
  });

  it('DV3 takes its list of parts once: what is flushed later is not visited', async () => {
    const store = await openSmall(new MemoryDisk());
    await fill(store, 0, 300);
    const before = store.status().databases.links.parts;
    let hasFlushed = false;
    const verification = await store.verify({
      depth: 'deep',
      onPart: () => undefined,
      afterRead: async () => {
        if (hasFlushed) return;
        hasFlushed = true;
        await fill(store, 1_000, 50);
      },
    });
    assert.equal(verification.parts.length, before);
    assert.ok(store.status().databases.links.parts > before);
    await store.close();
  });

  it('DV4 says of a store without parts that there are none, and reads nothing', async () => {
    const store = await openSmall(new MemoryDisk());
    const verification = await store.verify({ depth: 'deep' });
    assert.deepEqual([verification.parts.length, verification.read_bytes], [0, 0]);
    assert.match(verification.sentence, /0 parts, 0 entries looked at \(deep\): all is well/);
    await store.close();
  });

  it('DV5 looks at each part alone, in the order of their numbers, without the cache', async () => {
    const store = await openSmall(new MemoryDisk());
    await fill(store, 0, 300);
    await fill(store, 100, 300);
    const hits = (): number =>
      (store.status().counters['pageHits'] ?? 0) + (store.status().counters['pageMisses'] ?? 0);
    const before = hits();
    const { parts } = await store.verify({ depth: 'deep' });
    assert.equal(hits(), before);
    const numbers = parts.map(({ partNumber }) => partNumber);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    // Both versions of an overwritten record count, each in its own part.
    assert.equal(
      parts.reduce((sum, { entries }) => sum + entries, 0),
      600,
    );
    await store.close();
  });

  it('DV6 tells what stands in memory apart from what files hold', async () => {
    const store = await openSmall(new MemoryDisk());
    await fill(store, 0, 100);
    await store.append({ records: [{ database: 'links', key: smallKey(5_000), value: smallValue(1) }] });
    const { parts, memory } = await store.verify({ depth: 'deep' });
    assert.equal(
      parts.reduce((sum, { entries }) => sum + entries, 0),
      100,
    );
    assert.deepEqual(memory, [{ database: 'links', entries: 1, own: 1 }]);
    await store.close();
  });

  it('DV7 goes on behind a part that is missing', async () => {
    const disk = new MemoryDisk();
    const store = await openSmall(disk);
    for (let round = 0; round < 3; round++) await fill(store, round * 100, 100);
    const [first = ''] = await partPaths(disk);
    await disk.remove(first);
    const { parts, isSound } = await store.verify({ depth: 'deep' });
    assert.equal(isSound, false);
    assert.ok(parts.length >= 3);
    assert.deepEqual(
      parts.filter((part) => part.problemCount > 0).map(({ file, problems }) => [file, problems[0]?.kind]),
      [[first, 'missing']],
    );
    await store.close();
  });

  it('DV8 reports a part that the disk does not read, with its name and its keys', async () => {
    const disk = new FaultyDisk();
    const store = await openSmall(disk, { clock: new HastyClock() });
    await fill(store, 0, 100);
    const [path = ''] = await partPaths(disk);
    disk.addFault({ effect: 'io-error', operation: 'read', path });
    const { parts, sentence } = await store.verify({ depth: 'deep' });
    const problem = parts[0]?.problems[0];
    assert.deepEqual([problem?.kind, problem?.file], ['unreadable', path]);
    assert.ok(problem?.firstKey !== undefined && problem.lastKey !== undefined);
    assert.match(sentence, /1 problem/);
    await store.close();
  });

  it('DV9 counts every entry, deletions too', async () => {
    const store = await openSmall(new MemoryDisk());
    await fill(store, 0, 10);
    await store.append({
      records: [0, 1, 2].map((number) => ({ database: 'links', key: smallKey(number), value: undefined })),
    });
    await store.flush();
    const { parts } = await store.verify({ depth: 'deep' });
    assert.deepEqual(
      parts.map(({ entries, tombstones }) => [entries, tombstones]),
      [
        [10, 0],
        [3, 3],
      ],
    );
    await store.close();
  });

  it('DV10 knows the owner of every record by its slot', async () => {
    const store = await openSmall(new MemoryDisk(), { slots: { first: toSlot(0), last: toSlot(99) } });
    await store.append({
      records: [0, 99, 100, 4_095].map((slot) => ({
        database: 'links',
        key: smallKey(1, 'links', slot),
        value: smallValue(1),
      })),
    });
    await store.flush();
    const { parts } = await store.verify({ depth: 'deep' });
    assert.deepEqual(
      parts.map(({ entries, own }) => [entries, own]),
      [[4, 2]],
    );
    await store.close();
  });

  it('DV11 has one line for a part with records of others, and none for a part without', async () => {
    const { log, events } = keepingLog();
    const store = await openSmall(new MemoryDisk(), { log, slots: { first: toSlot(0), last: toSlot(99) } });
    await fill(store, 0, 20);
    await store.append({
      records: [{ database: 'sites', key: smallKey(1, 'sites', 700), value: smallValue(1) }],
    });
    await store.flush();
    const { sentence, isSound } = await store.verify({ depth: 'deep' });
    const foreign = events.filter(({ event }) => event === 'storage.foreign-records');
    assert.deepEqual(
      foreign.map(({ facts }) => [facts['entries'], facts['own']]),
      [[1, 0]],
    );
    assert.match(sentence, /of 21 records only 20 belong to this shard/);
    assert.equal(isSound, false);
    await store.close();
  });

  it('DV12 looks at all of a part when it looks deep, and at some 64,000 bytes when it samples', async () => {
    const store = await openSmall(new MemoryDisk(), {
      part_bytes: 4 * 1024 * 1024,
      memory_bytes: 8 * 1024 * 1024,
      logCap_bytes: 8 * 1024 * 1024,
    });
    await store.append({
      records: Array.from({ length: 4_000 }, (_, i) => ({
        database: 'links',
        key: smallKey(i),
        value: smallValue(i, 150),
      })),
    });
    await store.flush();
    const progress: number[] = [];
    const deep = await store.verify({
      depth: 'deep',
      onProgress: ({ done_bytes, total_bytes }) => progress.push(done_bytes / total_bytes),
    });
    const sample = await store.verify({ depth: 'sample' });
    const quick = await store.verify({ depth: 'quick' });
    assert.equal(deep.parts[0]?.entries, 4_000);
    assert.ok(deep.read_bytes > 500_000);
    assert.ok(sample.read_bytes > 64_000 && sample.read_bytes < 200_000, String(sample.read_bytes));
    assert.ok(quick.read_bytes < 1_000);
    assert.equal(progress.at(-1), 1);
    await store.close();
  });

  it('DV13 looks at every part whatever it found before, and sums up at the end', async () => {
    const disk = new FaultyDisk();
    const { log, events } = keepingLog();
    const store = await openSmall(disk, { log });
    for (let round = 0; round < 4; round++) await fill(store, round * 100, 100);
    const paths = await partPaths(disk);
    for (const path of paths) disk.flipBit(path, 40);
    const seen: PartReport[] = [];
    const { parts } = await store.verify({ depth: 'deep', onPart: (report) => seen.push(report) });
    assert.deepEqual(
      parts.map(({ file }) => file),
      paths,
    );
    assert.ok(parts.every((part) => part.problemCount > 0));
    assert.deepEqual(seen, parts);
    assert.equal(events.at(-1)?.event, 'storage.verified');
    await store.close();
  });

  it('DV14 returns what it found as data and as a sentence, and changes nothing', async () => {
    const disk = new FaultyDisk();
    const store = await openSmall(disk);
    await fill(store, 0, 100);
    const [path = ''] = await partPaths(disk);
    disk.flipBit(path, 40);
    const before = JSON.stringify(store.status().databases);
    const first = await store.verify({ depth: 'deep' });
    const second = await store.verify({ depth: 'deep' });
    assert.deepEqual(first, second);
    assert.equal(JSON.stringify(store.status().databases), before);
    assert.deepEqual(JSON.parse(JSON.stringify(first)).sentence, first.sentence);
    const problem = first.parts[0]?.problems[0];
    assert.deepEqual([problem?.kind, problem?.offset], ['page', 0]);
    await store.close();
  });

  it('DV15a counts in the midst of a merge what still counts, each record once', async () => {
    const disk = new FaultyDisk();
    const store = await openSmall(disk);
    // Keys of all runs lie between one another, so that a merge stands in the middle of parts.
    for (let round = 0; round < 3; round++) {
      await store.append({
        records: Array.from({ length: 400 }, (_, i) => ({
          database: 'links',
          key: smallKey(i * 3 + round),
          value: smallValue(i * 3 + round, 150),
        })),
      });
      await store.flush();
    }
    const before = store.status().databases.links.parts;
    disk.addFault({ effect: 'stall', operation: 'sync', stall_ms: 2 });
    const merging = store.merge({ force: true });
    while (store.status().databases.links.parts === before)
      await new Promise((resolve) => setImmediate(resolve));
    // Closed before it is done: what was merged so far stands, and the merge goes on another time.
    await store.close();
    assert.equal(await merging, 0);
    const again = await openSmall(disk);
    assert.ok(again.status().databases.links.runs > 1);
    const { parts, isSound } = await again.verify({ depth: 'deep' });
    assert.equal(isSound, true);
    assert.equal(
      parts.reduce((sum, { entries }) => sum + entries, 0),
      1_200,
    );
    await again.close();
  });

  it('DV15 reads a part to its end although a merge takes it away meanwhile', async () => {
    const store = await openSmall(new MemoryDisk());
    for (let round = 0; round < 3; round++) await fill(store, round * 200, 200);
    let merging: Promise<number> | undefined;
    const { parts, isSound } = await store.verify({
      depth: 'deep',
      afterRead: async () => {
        merging ??= store.merge({ force: true });
        await merging;
      },
    });
    assert.equal(await merging, 1);
    assert.equal(isSound, true);
    assert.equal(
      parts.reduce((sum, { entries }) => sum + entries, 0),
      600,
    );
    assert.equal(store.status().databases.links.runs, 1);
    await store.close();
  });

  it('DV16 knows the owner of a record of every database', async () => {
    const store = await openSmall(new MemoryDisk(), { slots: { first: toSlot(3), last: toSlot(3) } });
    await store.append({
      records: DATABASE_NAMES.flatMap((database: DatabaseName) =>
        [3, 4].map((slot) => ({ database, key: smallKey(1, database, slot), value: smallValue(1) })),
      ),
    });
    await store.flush();
    const { parts } = await store.verify({ depth: 'deep' });
    assert.deepEqual(parts.map(({ database }) => database).sort(), [...DATABASE_NAMES].sort());
    assert.ok(parts.every(({ entries, own }) => entries === 2 && own === 1));
    await store.close();
  });

  it('ends when it is called off', async () => {
    const store = await openSmall(new MemoryDisk());
    await fill(store, 0, 600);
    const stop = new AbortController();
    const verifying = store.verify({
      depth: 'deep',
      signal: stop.signal,
      afterRead: async () => stop.abort(),
    });
    await assert.rejects(verifying, { name: 'PeregrineError', code: 'CANCELLED' });
    await store.close();
  });
});
