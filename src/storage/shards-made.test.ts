import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, toShardId } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk, removeTree } from '../disk/index.ts';
import { openShards, renewShardCount } from './index.ts';
import { acceptLostShards, lostShards, readShardsMade, renewShardsMade } from './shards-made.ts';

async function opened(disk: Disk, count?: number): Promise<void> {
  await (await openShards({ disk, count })).close();
}

async function refused(disk: Disk, words: RegExp): Promise<void> {
  await assert.rejects(opened(disk), (error: unknown) => {
    assert.ok(isPeregrineError(error, 'CORRUPT'), String(error));
    assert.match(error.message, words);
    return true;
  });
}

describe('A shard that was made', () => {
  it('is missed where its directory was taken away whole, until it comes back or its loss is accepted', async () => {
    const disk = new MemoryDisk();
    await opened(disk, 3);
    await disk.rename('shard-001', 'elsewhere');
    await refused(disk, /^shard-001 is gone.*restore a snapshot.*--accept-loss/);
    assert.deepEqual(await disk.list('shard-001'), [], 'nothing was made in its place');
    await disk.rename('elsewhere', 'shard-001');
    await opened(disk);
    await removeTree(disk, 'shard-001');
    await removeTree(disk, 'shard-002');
    await refused(disk, /^shard-001, shard-002 are gone/);
    assert.deepEqual(await acceptLostShards(disk), [1, 2]);
    assert.deepEqual(await acceptLostShards(disk), []);
    await opened(disk);
    assert.equal((await readShardsMade(disk))?.made.size, 3, 'those that were made anew are missed too');
  });

  it('is missed where its manifest alone is gone, and nothing had been written into it', async () => {
    const disk = new MemoryDisk();
    await opened(disk, 2);
    for (const name of ['log', 'parts']) await removeTree(disk, `shard-001/${name}`);
    for (const name of ['manifest-a', 'manifest-b']) await disk.remove(`shard-001/${name}`);
    await refused(disk, /shard-001 is gone/);
  });

  it('is marked in a directory that an earlier program made', async () => {
    const disk = new MemoryDisk();
    await opened(disk, 2);
    await disk.remove('shards-made');
    await opened(disk);
    await removeTree(disk, 'shard-000');
    await refused(disk, /shard-000 is gone/);
  });

  it('is missed where the number of shards went with it', async () => {
    const disk = new MemoryDisk();
    await opened(disk, 2);
    await removeTree(disk, 'shard-001');
    await disk.remove('shards');
    await refused(disk, /"shards", which says how many shards there are, is missing/);
    assert.equal(await renewShardCount(disk), 2, 'not one, as the directories say');
    await refused(disk, /shard-001 is gone/);
  });

  it('is not believed of a damaged mark, which is made again from what is there', async () => {
    const disk = new FaultyDisk();
    await opened(disk, 2);
    disk.flipBit('shards-made', 8);
    await refused(disk, /"shards-made".*is damaged.*store repair/);
    await removeTree(disk, 'shard-001');
    assert.equal(await renewShardsMade(disk, 2), true);
    assert.equal(await renewShardsMade(disk, 2), false);
    assert.deepEqual([...((await readShardsMade(disk))?.made ?? [])], [toShardId(0)]);
    assert.deepEqual(await lostShards(disk), []);
  });

  it('is opened on a disk without room for its mark, and marked later', async () => {
    const disk = new FaultyDisk();
    await opened(disk, 2);
    await disk.remove('shards-made');
    let fulls = 0;
    const full = new Proxy(disk, {
      get(target, name) {
        if (name !== 'open') return bound(target, name);
        return async (path: string, mode: 'read' | 'write' | 'create') => {
          if (path !== 'shards-made.new') return target.open(path, mode);
          fulls += 1;
          return new MemoryDisk({ capacity_bytes: 0 }).open(path, mode);
        };
      },
    });
    await opened(full);
    assert.equal(fulls, 1);
    assert.equal(await readShardsMade(disk), undefined);
    await opened(disk);
    assert.equal((await readShardsMade(disk))?.made.size, 2);
  });
});

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}
