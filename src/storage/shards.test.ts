import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, type LogSink, toCollectionId, toSlot } from '../base/index.ts';
import { FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { KeyWriter } from './databases.ts';
import { openShards, shardDirectory } from './index.ts';
import { TallyState } from '../../testing/tally-state.ts';

const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    isPeregrineError(error) && error.code === code;

describe('The shards of a data directory', () => {
  it('divide the slots, each with a directory and derived states of its own', async () => {
    const disk = new MemoryDisk();
    const made: number[] = [];
    const shards = await openShards({
      disk,
      count: 3,
      derived: (shard) => {
        made.push(shard);
        return [new TallyState(disk)];
      },
    });
    assert.deepEqual(made, [0, 1, 2]);
    assert.deepEqual(
      [0, 1_365, 1_366, 4_095].map((slot) => shards.of(toSlot(slot)).shard),
      [0, 0, 1, 2],
    );
    await shards.close();
    assert.deepEqual(await disk.list(''), [
      ...shards.all.map(({ shard }) => shardDirectory(shard)),
      'shards',
      'shards-made',
    ]);
  });

  it('keep their number: another one is refused, none is taken as it is', async () => {
    const disk = new MemoryDisk();
    await (await openShards({ disk, count: 2 })).close();
    await assert.rejects(openShards({ disk, count: 3 }), codeIs('BAD_ARGUMENT'));
    const shards = await openShards({ disk });
    assert.equal(shards.count, 2);
    await shards.close();
    await assert.rejects(openShards({ disk: new MemoryDisk(), count: 0 }), codeIs('BAD_ARGUMENT'));
  });

  it('are not opened when their number is damaged or lost', async () => {
    const disk = new FaultyDisk();
    await (await openShards({ disk, count: 2 })).close();
    disk.flipBit('shards', 6);
    await assert.rejects(openShards({ disk }), codeIs('CORRUPT'));
    await disk.remove('shards');
    await assert.rejects(openShards({ disk }), codeIs('CORRUPT'));
  });

  it('read what they hold in memory again where they are told to, and log where that differs from the disk', async () => {
    const told: unknown[] = [];
    const log: LogSink = { write: (level, event, facts) => level === 'error' && told.push([event, facts]) };
    const shards = await openShards({ disk: new MemoryDisk(), checksPageCache: true, log });
    const [store] = shards.all;
    const key = new KeyWriter('links', toSlot(5), toCollectionId(1)).u32(7).finish();
    const value = new Uint8Array(2000).fill(7);
    await store!.append({ records: [{ database: 'links', key, value }] });
    await store!.flush();
    const { blocks } = await store!.blocks({ database: 'links', start: key, end: key });
    assert.deepEqual([await store!.get('links', key), told], [value, []]);
    // Memory rots, not the disk.
    blocks[0]!.bytes[blocks[0]!.offsets[0]!]! ^= 1;
    assert.deepEqual(await store!.get('links', key), value);
    assert.deepEqual(told, [['storage.cache-mismatch', { database: 'links', offset: 0 }]]);
    await shards.close();
  });

  it('are there after a power cut at any step of making them', async () => {
    for (let crashAt = 1; crashAt < 60; crashAt++) {
      const disk = new FaultyDisk({ seed: crashAt, plan: { crashAtCall: crashAt } });
      await openShards({ disk, count: 2 })
        .then((shards) => shards.close())
        .catch((error: unknown) => assert(isPeregrineError(error, 'IO'), String(error)));
      const shards = await openShards({ disk: disk.crash(), count: 2 });
      await shards.all[1]!.append({ records: [] });
      await shards.close();
    }
  });
});
