import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import { openSmall, smallKey, smallValue } from '../../testing/tended-store.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { seededRandom, toSlot } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk, openRealDisk } from '../disk/index.ts';
import {
  type MaintainedStore,
  type OpenShards,
  openShards,
  restoreSnapshot,
  snapshotShards,
} from './index.ts';

const ALL = { database: 'links', start: smallKey(0), end: smallKey(0xffff_ffff) } as const;
const SMALL = {
  memory_bytes: 128 * 1024,
  store: { logCap_bytes: 128 * 1024, segment_bytes: 32 * 1024, part_bytes: 32 * 1024 },
} as const;

async function contentOf(store: MaintainedStore): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  for await (const { key, value } of store.scan(ALL)) {
    content.set(Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex'));
  }
  return content;
}

/** Writes, overwrites and deletes by chance, and keeps a model of it. */
class Writer {
  readonly model = new Map<string, string>();
  readonly #random = seededRandom(11);

  async write(store: MaintainedStore, count: number): Promise<void> {
    for (let done = 0; done < count; done += 20) {
      const records = Array.from({ length: 20 }, () => {
        const number = this.#random.below(3_000);
        const isDeletion = this.#random.below(5) === 0;
        const value = isDeletion
          ? undefined
          : smallValue(this.#random.below(1_000_000), 40 + this.#random.below(80));
        return { database: 'links', key: smallKey(number), value } as const;
      });
      await store.append({ records });
      for (const { key, value } of records) {
        const name = Buffer.from(key).toString('hex');
        if (value === undefined) this.model.delete(name);
        else this.model.set(name, Buffer.from(value).toString('hex'));
      }
    }
  }
}

const sorted = (content: ReadonlyMap<string, string>): [string, string][] =>
  [...content].sort(([a], [b]) => (a < b ? -1 : 1));

function only(shards: OpenShards): MaintainedStore {
  const [store] = shards.all;
  assert.ok(store !== undefined);
  return store;
}

const DISKS: Record<string, (test: Parameters<typeof temporaryDirectory>[0]) => Promise<[Disk, Disk]>> = {
  'on one disk': async () => {
    const disk = new MemoryDisk();
    return [disk, disk];
  },
  'from disk to disk': async () => [new MemoryDisk(), new MemoryDisk()],
  'in directories of the file system': async (test) => [
    await openRealDisk(temporaryDirectory(test)),
    await openRealDisk(temporaryDirectory(test)),
  ],
};

describe('A snapshot', () => {
  for (const [name, makeDisks] of Object.entries(DISKS)) {
    it(`is restored as it was, after 10,000 writes and a log used all over again (${name})`, async (test) => {
      const [disk, elsewhere] = await makeDisks(test);
      const shards = await openShards({ disk, ...SMALL });
      const writer = new Writer();
      await writer.write(only(shards), 2_000);
      const snapshot = await snapshotShards(shards.all, { disk: elsewhere, directory: 'copies/one' }, 1_000);
      const expected = sorted(writer.model);
      assert.equal(snapshot.seqs[0], only(shards).status().lastSeq);
      const syncsBefore = only(shards).status().counters['flushes'] ?? 0;
      await writer.write(only(shards), 10_000);
      assert.ok((only(shards).status().counters['flushes'] ?? 0) > syncsBefore + 4, 'the log was used again');
      assert.notDeepEqual(sorted(writer.model), expected);
      await shards.close();

      const from = { disk: elsewhere, directory: 'copies/one' };
      await restoreSnapshot(from, { disk, directory: '' }, { replaces: true });
      const restored = await openShards({ disk, ...SMALL });
      assert.deepEqual(sorted(await contentOf(only(restored))), expected);
      assert.equal((await only(restored).verify({ depth: 'deep' })).isSound, true);

      // And again, from a snapshot of what was restored and written on.
      const second = new Writer();
      for (const [key, value] of expected) second.model.set(key, value);
      await second.write(only(restored), 1_000);
      await snapshotShards(restored.all, { disk: elsewhere, directory: 'copies/two' }, 2_000);
      const expectedThen = sorted(second.model);
      await second.write(only(restored), 1_000);
      await restored.close();
      await restoreSnapshot(
        { disk: elsewhere, directory: 'copies/two' },
        { disk, directory: '' },
        { replaces: true },
      );
      const again = await openShards({ disk, ...SMALL });
      assert.deepEqual(sorted(await contentOf(only(again))), expectedThen);
      await again.close();
      // The first one is untouched by all that.
      await restoreSnapshot(from, { disk, directory: '' }, { replaces: true });
      const first = await openShards({ disk, ...SMALL });
      assert.deepEqual(sorted(await contentOf(only(first))), expected);
      await first.close();
    });
  }

  it('opens like any other data directory', async () => {
    const disk = new MemoryDisk();
    const shards = await openShards({ disk, ...SMALL });
    const writer = new Writer();
    await writer.write(only(shards), 500);
    const place = { disk: new MemoryDisk(), directory: '' };
    await snapshotShards(shards.all, place, 0);
    const copy = await openShards({ disk: place.disk, ...SMALL });
    assert.deepEqual(sorted(await contentOf(only(copy))), sorted(writer.model));
    await copy.close();
    await shards.close();
  });

  it('is one moment, taken while many write and parts are merged', async () => {
    const disk = new MemoryDisk();
    const shards = await openShards({ disk, ...SMALL });
    const store = only(shards);
    const over = new AbortController();
    let next = 0;
    const writers = Array.from({ length: 6 }, async () => {
      while (!over.signal.aborted) {
        // Each batch holds two records that must be there together or not at all.
        const number = next++;
        const value = smallValue(number, 300);
        await store.append({
          records: [
            { database: 'links', key: smallKey(number), value },
            { database: 'links', key: smallKey(1_000_000 + number), value },
          ],
        });
        if (number % 40 === 0) await store.merge();
      }
    });
    for (let round = 0; round < 5; round++) {
      const acknowledged = next - 6;
      const place = { disk: new MemoryDisk(), directory: '' };
      const { seqs } = await snapshotShards(shards.all, place, round);
      const copy = await openShards({ disk: place.disk, ...SMALL });
      const content = await contentOf(only(copy));
      assert.equal(content.size, 2 * Number(seqs[0]), 'every batch up to the sequence, and none behind');
      assert.ok(content.size / 2 >= acknowledged);
      await copy.close();
    }
    over.abort();
    await Promise.all(writers);
    await shards.close();
  });

  it('holds all shards at one moment', async () => {
    const shards = await openShards({ disk: new MemoryDisk(), count: 3, ...SMALL });
    const slots = [0, 2_000, 4_000].map(toSlot);
    const over = new AbortController();
    const writing = (async () => {
      // First the cause on one shard, then its effects on the others.
      for (let n = 0; !over.signal.aborted; n++) {
        for (const slot of slots) {
          await shards.of(slot).append({
            records: [{ database: 'links', key: smallKey(n, 'links', slot), value: smallValue(n) }],
          });
        }
      }
    })();
    for (let round = 0; round < 4; round++) {
      const place = { disk: new MemoryDisk(), directory: '' };
      const { seqs } = await snapshotShards(shards.all, place, round);
      assert.ok(
        seqs.every((seq, i) => i === 0 || (seq <= (seqs[i - 1] ?? 0) && seq + 1 >= (seqs[i - 1] ?? 0))),
        String(seqs),
      );
      const copy = await openShards({ disk: place.disk, ...SMALL });
      assert.equal(copy.count, 3);
      await copy.close();
    }
    over.abort();
    await writing;
    await shards.close();
  });

  it('that was cut off is refused, and begun anew by the next one', async () => {
    const store = await openSmall(new MemoryDisk());
    await store.append({ records: [{ database: 'links', key: smallKey(1), value: smallValue(1) }] });
    const calls = await (async () => {
      const disk = new FaultyDisk();
      await snapshotShards([store], { disk, directory: 'copy' }, 0);
      return disk.calls;
    })();
    for (let call = 1; call <= calls; call++) {
      const disk = new FaultyDisk({ seed: call, plan: { crashAtCall: call } });
      await assert.rejects(snapshotShards([store], { disk, directory: 'copy' }, 0));
      const back = disk.crash();
      const target = new MemoryDisk();
      const from = { disk: back, directory: 'copy' };
      try {
        await restoreSnapshot(from, { disk: target, directory: '' });
      } catch {
        await snapshotShards([store], from, 0).catch((error: unknown) => {
          // Whole, but for the sync that would have told so.
          assert.match(String(error), /holds a store already/);
        });
        continue;
      }
      const restored = await openShards({ disk: target });
      assert.equal((await contentOf(only(restored))).size, 1);
      await restored.close();
    }
    await store.close();
  });

  it('is never written over a store, and neither is a restored one unless it is said so', async () => {
    const disk = new MemoryDisk();
    const shards = await openShards({ disk, ...SMALL });
    await snapshotShards(shards.all, { disk, directory: 'copy' }, 0);
    await assert.rejects(snapshotShards(shards.all, { disk, directory: 'copy' }, 0), {
      code: 'ALREADY_EXISTS',
    });
    await shards.close();
    const from = { disk, directory: 'copy' };
    await assert.rejects(restoreSnapshot(from, { disk, directory: '' }), { code: 'ALREADY_EXISTS' });
    await assert.rejects(restoreSnapshot({ disk, directory: 'none' }, { disk, directory: 'x' }), {
      code: 'NOT_FOUND',
    });
  });

  it('is refused at once where its disk has no room for it, and so is a restored one, before anything is replaced', async () => {
    const disk = new MemoryDisk({ capacity_bytes: 4 * 1024 * 1024 });
    const shards = await openShards({ disk, ...SMALL, store: { ...SMALL.store, reserve_bytes: 1024 } });
    await new Writer().write(only(shards), 2_000);
    const place = { disk: new MemoryDisk(), directory: '' };
    const { size_bytes } = await snapshotShards(shards.all, place, 0);
    const small = new MemoryDisk({ capacity_bytes: size_bytes - 1 });
    for (const copies of [false, true]) {
      const refused = snapshotShards(shards.all, { disk: small, directory: '' }, 0, { copies });
      await assert.rejects(refused, { code: 'DISK_FULL' });
      assert.ok((await small.list('shard-000/parts')).length <= 1, 'one shows that files must be copied');
    }
    const before = sorted(await contentOf(only(shards)));
    await shards.close();
    const ballast = await disk.open('ballast', 'create');
    await ballast.allocate(await disk.free_bytes());
    await ballast.close();
    const larger = await openShards({ disk: place.disk, memory_bytes: 64 * 1024 * 1024 });
    await only(larger).append({
      records: [{ database: 'titles', key: smallKey(1, 'titles'), value: randomBytes(900_000) }],
    });
    const more = { disk: new MemoryDisk(), directory: '' };
    await snapshotShards(larger.all, more, 0);
    await larger.close();
    await assert.rejects(restoreSnapshot(more, { disk, directory: '' }, { replaces: true }), {
      code: 'DISK_FULL',
    });
    const still = await openShards({ disk, ...SMALL });
    assert.deepEqual(sorted(await contentOf(only(still))), before);
    await still.close();
  });

  it('that lacks a file is refused before anything is replaced', async () => {
    const disk = new MemoryDisk();
    const shards = await openShards({ disk, ...SMALL });
    await new Writer().write(only(shards), 300);
    await snapshotShards(shards.all, { disk, directory: 'copy' }, 0);
    const before = sorted(await contentOf(only(shards)));
    await shards.close();
    const [part = ''] = await disk.list('copy/shard-000/parts');
    await disk.remove(`copy/shard-000/parts/${part}`);
    const restoring = restoreSnapshot(
      { disk, directory: 'copy' },
      { disk, directory: '' },
      { replaces: true },
    );
    await assert.rejects(restoring, { code: 'CORRUPT' });
    const again = await openShards({ disk, ...SMALL });
    assert.deepEqual(sorted(await contentOf(only(again))), before);
    await again.close();
  });
});
