import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { isPeregrineError, ManualClock, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { type Disk, type DiskFile, FaultyDisk, MemoryDisk, type OpenMode } from '../disk/index.ts';
import { KeyWriter, openStore, type StoreOptions } from './index.ts';
import type { MaintainedStore, MergeProgress } from './store-contract.ts';

const COUNT = 400;
const PART_BYTES = 2_000;

function open(disk: Disk, more: Partial<StoreOptions> = {}): Promise<MaintainedStore> {
  return openStore({
    disk,
    directory: 'store',
    shard: toShardId(0),
    mergesItself: false,
    clock: new HastyClock(),
    part_bytes: PART_BYTES,
    segment_bytes: 64 * 1024,
    mergePolicy: { fanout: 3, lowestTier_bytes: 256 * 1024 },
    ...more,
  });
}

function keyOf(number: number): Uint8Array {
  return new KeyWriter('links', toSlot(1), toCollectionId(1)).u32(number).finish();
}

/** Puts some numbers under `mark`, and flushes them as one run. */
async function addRun(
  store: MaintainedStore,
  mark: number,
  first = 0,
  count: number = COUNT,
  step = 1,
): Promise<void> {
  const records = Array.from({ length: count }, (_, i) => ({
    database: 'links' as const,
    key: keyOf(first + i * step),
    value: new Uint8Array(40).map((_, at) => (i * 131 + at * at * 17 + mark) & 255).fill(mark, 0, 1),
  }));
  await store.append({ records });
  await store.flush();
}

async function contents(store: MaintainedStore): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const all = { database: 'links', start: keyOf(0), end: keyOf(0xffff_ffff) } as const;
  for await (const { key, value } of store.scan(all)) {
    found.set(new DataView(key.buffer, key.byteOffset).getUint32(6), value[0]!);
  }
  return found;
}

const everything = (mark: number): Map<number, number> =>
  new Map(Array.from({ length: COUNT }, (_, number) => [number, mark]));
const links = (store: MaintainedStore): { runs: number; parts: number } => store.status().databases.links;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 20_000 && !condition(); i++) await turns(1);
  assert.ok(condition(), 'what was waited for has come');
}

/** Three runs of the same keys, of several parts each. */
async function threeRuns(store: MaintainedStore): Promise<void> {
  for (let mark = 1; mark <= 3; mark++) await addRun(store, mark);
}

/** Says how much room there is as it is told, and what became durable and what went, in order. */
class WatchedDisk extends MemoryDisk {
  room_bytes = Number.POSITIVE_INFINITY;
  readonly events: string[] = [];

  override async free_bytes(): Promise<number> {
    return this.room_bytes;
  }

  override async remove(path: string): Promise<void> {
    await super.remove(path);
    if (path.endsWith('.part')) this.events.push('remove');
  }

  override async syncDirectory(path: string): Promise<void> {
    await super.syncDirectory(path);
    if (path.endsWith('parts')) this.events.push('sync names');
  }

  override async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await super.open(path, mode);
    if (mode !== 'create' || !path.endsWith('.part')) return file;
    const sync = file.sync.bind(file);
    file.sync = async () => {
      // As with a real disk, others get their turn meanwhile.
      await turns(2);
      await sync();
      this.events.push('sync part');
    };
    return file;
  }
}

describe('The checklist of a merge', () => {
  it('GN1 does nothing where nothing is due, and nothing once the store is closed', async () => {
    const disk = new WatchedDisk();
    const store = await open(disk);
    assert.equal(await store.merge({ force: true }), 0);
    await addRun(store, 1);
    disk.events.length = 0;
    assert.equal(await store.merge({ force: true }), 0);
    assert.deepEqual(disk.events, []);
    await store.close();
    await assert.rejects(store.merge({ force: true }), (error) => isPeregrineError(error, 'CLOSED'));
  });

  it('GN2 stands still while it is suspended, with no timer of its own, and goes on when it is resumed', async () => {
    const clock = new ManualClock();
    const store = await open(new MemoryDisk(), { clock });
    await threeRuns(store);
    store.suspendMerges();
    const merging = store.merge({ force: true });
    await turns(50);
    await clock.advance(60_000);
    await turns(50);
    assert.equal(links(store).runs, 3);
    store.resumeMerges();
    assert.equal(await merging, 1);
    assert.deepEqual(await contents(store), everything(3));
    await store.close();
  });

  it('GN2 can be suspended in its middle, and takes up what it has not made durable', async () => {
    const disk = new WatchedDisk();
    const store = await open(disk);
    await threeRuns(store);
    const merging = store.merge({ force: true });
    await until(() => disk.events.includes('remove'));
    store.suspendMerges();
    await turns(20);
    const { parts } = links(store);
    await turns(200);
    assert.equal(links(store).parts, parts);
    assert.deepEqual(await contents(store), everything(3));
    store.resumeMerges();
    await merging;
    assert.deepEqual([links(store).runs, await contents(store)], [1, everything(3)]);
    await store.close();
  });

  it('GN3 looks again a second after it found no room, by itself', async () => {
    const clock = new ManualClock();
    const disk = new WatchedDisk();
    const events: string[] = [];
    const log = { write: (_: string, event: string): void => void events.push(event) };
    const store = await open(disk, { clock, log, mergesItself: true });
    await addRun(store, 1);
    await addRun(store, 2);
    // Writers looked at the disk a moment ago and don't look again; the merge that the third run calls for does.
    disk.room_bytes = 2 * PART_BYTES - 1;
    await addRun(store, 3);
    await until(() => events.includes('storage.merge-waits-for-space'));
    await clock.advance(999);
    await turns(50);
    assert.equal(links(store).runs, 3);
    disk.room_bytes = 20 * PART_BYTES;
    await clock.advance(2_000);
    await until(() => links(store).runs === 1);
    assert.deepEqual(await contents(store), everything(3));
    await store.close();
  });

  it('GN4 is asked to end before it is asked to stand still, and that before there is room', async () => {
    const disk = new WatchedDisk();
    const store = await open(disk);
    await threeRuns(store);
    disk.room_bytes = 0;
    await assert.rejects(store.merge({ force: true }), (error) => isPeregrineError(error, 'DISK_FULL'));
    store.suspendMerges();
    const merging = store.merge({ force: true });
    await turns(50);
    // Suspended: it has not even looked for room. Closing ends it all the same.
    await store.close();
    assert.equal(await merging, 0);
    const after = await open(new MemoryDisk());
    await after.close();
  });

  it('GN7 GN8 gives back, of every source, the parts that are wholly merged, and no other', async () => {
    const disk = new WatchedDisk();
    const store = await open(disk);
    // Two sources of many parts, and the newest of a single one.
    await addRun(store, 1);
    await addRun(store, 2);
    await addRun(store, 3, 0, 8, 50);
    const expected = everything(2);
    for (let i = 0; i < 8; i++) expected.set(i * 50, 3);
    const before = links(store).parts;
    const merging = store.merge({ force: true });
    await until(() => disk.events.filter((event) => event === 'remove').length >= 4);
    assert.ok(links(store).runs === 4, 'the merge is under way');
    assert.ok(links(store).parts <= before + 2);
    // The single part reaches to the end: it stays until then.
    assert.deepEqual(await contents(store), expected);
    await merging;
    assert.deepEqual([links(store).runs, await contents(store)], [1, expected]);
    await store.close();
  });

  it('GN9 GN17 lets a source go whose keys are all behind, and asks it no more', async () => {
    const store = await open(new MemoryDisk());
    await addRun(store, 1);
    await addRun(store, 2, 0, 40);
    await addRun(store, 3, COUNT - 40, 40);
    await store.merge({ force: true });
    const expected = everything(1);
    for (let i = 0; i < 40; i++) expected.set(i, 2).set(COUNT - 40 + i, 3);
    assert.deepEqual([links(store).runs, await contents(store)], [1, expected]);
    await store.close();
  });

  it('GN14 gives back all parts that lie behind the target together', async () => {
    const disk = new WatchedDisk();
    // Sources of small parts, a target of large ones.
    const before = await open(disk, { part_bytes: 300 });
    await threeRuns(before);
    await before.close();
    const store = await open(disk, { part_bytes: 12_000 });
    disk.events.length = 0;
    await store.merge({ force: true });
    await turns(50);
    assert.match(disk.events.join(', '), /^sync part, sync names(?:, remove){20,}/);
    assert.deepEqual([links(store).runs, await contents(store)], [1, everything(3)]);
    await store.close();
  });

  it('GN10 goes on after a stop where the parts before are gone already, and not in the midst of others', async () => {
    const disk = new WatchedDisk();
    // The sources' parts end elsewhere than the target's.
    const before = await open(disk, { part_bytes: 1_300 });
    await threeRuns(before);
    await before.close();
    const store = await open(disk);
    const merging = store.merge({ force: true });
    await until(() => disk.events.filter((event) => event === 'remove').length >= 6);
    await store.close();
    await merging;
    const files = await disk.list('store/parts');
    const after = await open(disk);
    assert.equal(links(after).runs, 4);
    assert.equal(links(after).parts, files.length, 'what is consumed is neither there nor named');
    await after.merge({ force: true });
    assert.deepEqual([links(after).runs, await contents(after)], [1, everything(3)]);
    assert.ok((await after.verify({ depth: 'deep' })).isSound);
    assert.equal(after.status().databases.links.records, COUNT, 'nothing is there twice');
    await after.close();
  });

  it('GN11 GN13 does not mind a file that can not be removed: it is named no more, and goes at the next opening', async () => {
    const disk = new FaultyDisk({ seed: 1 });
    const store = await open(disk);
    await threeRuns(store);
    disk.addFault({ effect: 'io-error', operation: 'remove', path: /\.part$/, times: 5 });
    await store.merge({ force: true });
    await turns(50);
    assert.deepEqual([links(store).runs, await contents(store)], [1, everything(3)]);
    assert.equal((await disk.list('store/parts')).length, links(store).parts + 5);
    await store.close();
    const after = await open(disk);
    assert.equal((await disk.list('store/parts')).length, links(after).parts);
    await after.close();
  });

  it('GN12 takes a file away only when its last reader has gone, and does not wait for that', async () => {
    const disk = new MemoryDisk();
    const store = await open(disk);
    await threeRuns(store);
    const read = await disk.list('store/parts');
    const reader = await store.paused(() => store.holdMoment());
    assert.equal(await store.merge({ force: true }), 1);
    await turns(50);
    const meanwhile = new Set(await disk.list('store/parts'));
    assert.deepEqual(
      read.filter((name) => !meanwhile.has(name)),
      [],
    );
    await reader.release();
    await turns(50);
    assert.equal((await disk.list('store/parts')).length, links(store).parts);
    assert.deepEqual(await contents(store), everything(3));
    await store.close();
  });

  it('GN18 removes nothing of a source before what takes its place is durable, by name too', async () => {
    const disk = new WatchedDisk();
    const store = await open(disk);
    await threeRuns(store);
    disk.events.length = 0;
    await store.merge({ force: true });
    await turns(50);
    const events = disk.events.join(', ');
    assert.match(events, /^sync part, sync names, /);
    assert.ok(disk.events.filter((event) => event === 'remove').length > 10);
    // Between two removals that follow different parts both syncs stand.
    assert.doesNotMatch(events, /sync part, remove|remove, sync names/);
    await store.close();
  });

  it('GN19 comes to its end over any number of parts', async () => {
    const store = await open(new MemoryDisk(), { part_bytes: 300 });
    await threeRuns(store);
    assert.equal(await store.merge({ force: true }), 1);
    assert.ok(links(store).parts > 50);
    assert.deepEqual(await contents(store), everything(3));
    await store.close();
  });

  it('tells how far it is, ends behind the part under way when it is called off, and goes on from there', async () => {
    const store = await open(new MemoryDisk());
    await threeRuns(store);
    const calling = new AbortController();
    const told: MergeProgress[] = [];
    const first = store.merge({
      force: true,
      signal: calling.signal,
      onProgress: (progress) => {
        told.push(progress);
        if (told.length === 3) calling.abort();
      },
    });
    await assert.rejects(first, (error) => isPeregrineError(error, 'CANCELLED'));
    const { done_bytes, total_bytes } = told[2]!;
    assert.ok(told.length === 3 && done_bytes > 0 && done_bytes < total_bytes, JSON.stringify(told));
    assert.deepEqual(await contents(store), everything(3));
    const left: MergeProgress[] = [];
    assert.equal(await store.merge({ force: true, onProgress: (progress) => left.push(progress) }), 1);
    assert.equal(left[0]?.total_bytes, total_bytes - done_bytes, 'what was done is not done again');
    assert.deepEqual(left.at(-1)?.done_bytes, left[0]?.total_bytes);
    assert.deepEqual([links(store).runs, await contents(store)], [1, everything(3)]);
    await store.close();
  });

  it('sets a damaged part aside when nobody waits for the merge, and goes on with the rest', async () => {
    const disk = new MemoryDisk();
    const events: string[] = [];
    const log = { write: (_: string, event: string): void => void events.push(event) };
    const first = await open(disk);
    await addRun(first, 1);
    await addRun(first, 2);
    await first.close();
    const [damaged = ''] = await disk.list('store/parts');
    const file = await disk.open(`store/parts/${damaged}`, 'write');
    await file.write(Uint8Array.of(0xff, 0xff, 0xff), 100);
    await file.close();
    const store = await open(disk, { log, mergesItself: true });
    await addRun(store, 3);
    await until(() => events.includes('storage.part-quarantined') && links(store).runs < 3);
    assert.ok(!events.includes('storage.merge-failed'));
    assert.equal((await disk.list('store/quarantine')).length, 1);
    // What was lost is older than what stands above it.
    assert.deepEqual(await contents(store).catch(() => 'lost'), 'lost');
    const { sentence } = await store.repair({ acceptLoss: true });
    assert.match(sentence, /given up/);
    assert.deepEqual(await contents(store), everything(3));
    await store.close();
  });

  it('GN20 reads again what could not be read, without doing anything twice', async () => {
    const disk = new FaultyDisk({ seed: 2 });
    const store = await open(disk);
    await threeRuns(store);
    disk.addFault({ effect: 'io-error', operation: 'read', path: /\.part$/, times: 3 });
    assert.equal(await store.merge({ force: true }), 1);
    assert.deepEqual([links(store).runs, await contents(store)], [1, everything(3)]);
    assert.equal((await disk.list('store/parts')).length, links(store).parts);
    await store.close();
  });
});
