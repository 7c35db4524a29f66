import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { fill, openSmall, partPaths, smallKey, smallValue } from '../../testing/tended-store.ts';
import { seededRandom, silentLog } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk } from '../disk/index.ts';
import type { MaintainedStore } from './index.ts';
import { rebuildManifest, type RebuildReport } from './manifest-rebuild.ts';
import { RetryingReads } from './retrying-reads.ts';

function rebuild(disk: Disk): Promise<RebuildReport> {
  const random = seededRandom(2);
  const reads = new RetryingReads({ clock: new HastyClock(), random, log: silentLog });
  return rebuildManifest(disk, 'store', 0, reads, random);
}

/** Number → length of the value, of every link. */
async function contentOf(store: MaintainedStore): Promise<Map<number, number>> {
  const content = new Map<number, number>();
  const range = { database: 'links', start: smallKey(0), end: smallKey(0xffff_ffff) } as const;
  for await (const { value } of store.scan(range)) {
    content.set(new DataView(value.buffer, value.byteOffset).getUint32(0, true), value.length);
  }
  return content;
}

/** Versions of records over several runs, some merged, and some in the log alone; as after a kill. */
async function livedIn(disk: Disk): Promise<Map<number, number>> {
  const store = await openSmall(disk);
  await fill(store, 0, 300);
  await fill(store, 200, 200);
  await store.merge({ force: true });
  for (const length of [70, 80]) {
    await store.append({
      records: Array.from({ length: 50 }, (_, i) => ({
        database: 'links',
        key: smallKey(i * 5),
        value: smallValue(i * 5, length),
      })),
    });
    await store.flush();
  }
  await store.append({ records: [{ database: 'links', key: smallKey(7), value: smallValue(7, 99) }] });
  await store.append({ records: [{ database: 'links', key: smallKey(8), value: undefined }] });
  return contentOf(store);
}

describe('A manifest that is lost', () => {
  it('is made again from the parts’ own footers, with the log behind them', async () => {
    const disk = new MemoryDisk();
    const expected = await livedIn(disk);
    for (const name of ['manifest-a', 'manifest-b']) await disk.remove(`store/${name}`);
    await assert.rejects(openSmall(disk), { code: 'CORRUPT', message: /store repair/ });
    const report = await rebuild(disk);
    assert.equal(report.leftOut.length, 0);
    assert.equal(report.losesDerived, true);
    const store = await openSmall(disk);
    assert.deepEqual(await contentOf(store), expected);
    assert.equal((await store.verify({ depth: 'deep' })).isSound, true);
    await store.append({ records: [{ database: 'links', key: smallKey(1_000), value: smallValue(1_000) }] });
    await store.merge({ force: true });
    assert.equal((await contentOf(store)).size, expected.size + 1);
    await store.close();
  });

  it('is made again whichever record of it is damaged', async () => {
    const size_bytes = await (async () => {
      const disk = new MemoryDisk();
      await livedIn(disk);
      return (await disk.stat('store/manifest-a'))?.size_bytes ?? 0;
    })();
    for (let offset = 0; offset < size_bytes; offset += 101) {
      const disk = new FaultyDisk({ seed: offset + 1 });
      const expected = await livedIn(disk);
      disk.flipBit('store/manifest-a', offset);
      const store = await openSmall(disk).catch(async () => {
        await rebuild(disk);
        return openSmall(disk);
      });
      const { damage } = store.status().recovery;
      // The last record can't be told from a torn one: then the log says what is missing, and nothing was thrown away.
      if (damage.length === 0) assert.deepEqual(await contentOf(store), expected, `byte ${offset}`);
      await store.close();
    }
  });

  it('keeps the damaged roots beside the new one', async () => {
    const disk = new FaultyDisk();
    await livedIn(disk);
    disk.flipBit('store/manifest-a', 30);
    await rebuild(disk);
    assert.ok((await disk.list('store')).includes('manifest-a.damaged'));
  });

  it('leaves out a part that says nothing of itself, and says so', async () => {
    const disk = new FaultyDisk();
    await livedIn(disk);
    for (const name of ['manifest-a', 'manifest-b']) await disk.remove(`store/${name}`);
    const last = (await partPaths(disk)).at(-1) ?? '';
    disk.flipBit(last, ((await disk.stat(last))?.size_bytes ?? 0) - 10);
    const report = await rebuild(disk);
    assert.deepEqual(report.leftOut, [last]);
    assert.match(report.sentence, /1 could not be placed/);
  });

  it('is made again by whoever was cut off at it', async () => {
    for (let call = 1; ; call++) {
      const disk = new FaultyDisk({ seed: call });
      const expected = await livedIn(disk);
      for (const name of ['manifest-a', 'manifest-b']) await disk.remove(`store/${name}`);
      await disk.syncDirectory('store');
      disk.crashAt(disk.calls + call);
      const isDone = await rebuild(disk).then(
        () => true,
        () => false,
      );
      disk.crashAt(Number.POSITIVE_INFINITY);
      const back = isDone ? disk : disk.crash();
      const store = await openSmall(back).catch(async () => {
        await rebuild(back);
        return openSmall(back);
      });
      assert.deepEqual(await contentOf(store), expected, `cut off at call ${call}`);
      await store.close();
      if (isDone) return;
    }
  });
});
