import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { fill, keepingLog, openSmall, partPaths } from '../../testing/tended-store.ts';
import { FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { mirrorDirectory } from './index.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('A scrub', () => {
  it('reads every page, no faster than it is told, and then again', async () => {
    const disk = new MemoryDisk();
    const before = await openSmall(disk);
    await fill(before, 0, 400);
    const size_bytes = before.status().disk_bytes;
    await before.close();
    const clock = new HastyClock();
    const store = await openSmall(disk, { clock, scrub_bytesPerSecond: 10_000 });
    while (store.scrub.passes < 2) await turn();
    assert.ok(store.scrub.read_bytes >= 2 * size_bytes);
    assert.match(store.scrub.lastSentence ?? '', /all is well/);
    const paced_ms = clock.sleeps
      .filter((wait_ms) => wait_ms < 60_000)
      .reduce((sum, wait_ms) => sum + wait_ms, 0);
    assert.ok(paced_ms >= (2 * size_bytes * 1000) / 10_000, `${paced_ms} ms`);
    await store.close();
    const { read_bytes } = store.scrub;
    await turn();
    assert.equal(store.scrub.read_bytes, read_bytes, 'it ends with its store');
  });

  it('finds what rots, and mends it where it has a source', async () => {
    const disk = new FaultyDisk();
    const first = await openSmall(disk);
    await fill(first, 0, 400);
    const moment = await first.paused(() => first.holdMoment());
    const elsewhere = new MemoryDisk();
    await moment.write({ disk: elsewhere, directory: 'mirror' });
    await moment.release();
    await first.close();
    const [path = ''] = await partPaths(disk);
    disk.flipBit(path, 100);

    const { log, events } = keepingLog();
    const alone = await openSmall(disk, { clock: new HastyClock(), log, scrub_bytesPerSecond: 1_000_000 });
    while (alone.scrub.passes < 1) await turn();
    assert.ok(events.some(({ event, facts }) => event === 'storage.damage-found' && facts['file'] === path));
    assert.equal(
      (await alone.verify({ depth: 'deep' })).isSound,
      false,
      'to set a part aside is for a person to decide',
    );
    await alone.close();

    const mended = await openSmall(disk, {
      clock: new HastyClock(),
      scrub_bytesPerSecond: 1_000_000,
      repairSources: [mirrorDirectory(elsewhere, 'mirror')],
    });
    while (mended.scrub.passes < 2) await turn();
    assert.equal((await mended.verify({ depth: 'deep' })).isSound, true);
    await mended.close();
  });
});

describe('An opening', () => {
  it('says which parts are missing, cut or without a footer, and opens all the same', async () => {
    const disk = new FaultyDisk();
    const before = await openSmall(disk);
    for (let round = 0; round < 4; round++) await fill(before, round * 100, 100);
    await before.close();
    const paths = await partPaths(disk);
    const [gone = '', cut = '', footless = ''] = paths;
    await disk.remove(gone);
    const file = await disk.open(cut, 'write');
    await file.truncate(1_000);
    await file.close();
    disk.flipBit(footless, ((await disk.stat(footless))?.size_bytes ?? 0) - 20);
    const { log, events } = keepingLog();
    const store = await openSmall(disk, { log });
    const found = events
      .filter(({ event }) => event === 'storage.damage-found')
      .map(({ facts }) => [facts['file'], facts['kind']]);
    assert.deepEqual(
      found.map(([path, kind]) => `${String(path)} ${String(kind)}`).sort(),
      [`${gone} missing`, `${cut} length`, `${cut} footer`, `${footless} footer`].sort(),
    );
    await store.close();
  });
});
