import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  ByteReader,
  ByteWriter,
  type DocId,
  isPeregrineError,
  silentLog,
  slotOfDocId,
  toCollectionId,
  toDocId,
  toSlot,
} from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk } from '../disk/index.ts';
import {
  type EffectBatch,
  KeyWriter,
  openShards,
  type OpenShards,
  outboxRecords,
  OutboxSender,
} from './index.ts';

const collection = toCollectionId(1);
/** One slot of each of three shards. */
const SLOTS = [toSlot(0), toSlot(2_000), toSlot(4_000)];
const PER_SHARD = { segment_bytes: 4_096, memory_bytes: 32 * 1024, logCap_bytes: 32 * 1024 };

function open(disk: Disk): Promise<OpenShards> {
  return openShards({ disk, count: 3, store: PER_SHARD });
}

const sourceIn = (shard: number, number: number): DocId => toDocId(SLOTS[shard]! * 2 ** 41 + number);

function counterKey(shard: number): Uint8Array {
  return new KeyWriter('links', SLOTS[shard]!, collection).u32(0).finish();
}

function linkKey(shard: number, source: DocId): Uint8Array {
  return new KeyWriter('links', SLOTS[shard]!, collection).u32(1).u64(BigInt(source)).finish();
}

function firstKey(shard: number): Uint8Array {
  return new KeyWriter('frontier', SLOTS[shard]!, collection).u64(7n).finish();
}

const textOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = async (
  shards: OpenShards,
  database: 'links' | 'frontier' | 'titles',
  key: Uint8Array,
): Promise<string | undefined> => {
  const value = await shards.of(toSlot(((key[0] ?? 0) << 8) | (key[1] ?? 0))).get(database, key);
  return value && new TextDecoder().decode(value);
};

/** Writes a version of a source and its effects on the two other shards, in one batch of its home. */
async function write(shards: OpenShards, shard: number, number: number, version: string): Promise<void> {
  const source = sourceIn(shard, number);
  const others = [0, 1, 2].filter((other) => other !== shard);
  const effects = others.map((other): EffectBatch => ({
    target: SLOTS[other]!,
    records: [
      { database: 'links', key: linkKey(other, source), value: textOf(version) },
      {
        database: 'frontier',
        key: firstKey(other),
        value: textOf(`${number} ${version}`),
        onlyIfAbsent: true,
      },
    ],
  }));
  const key = new KeyWriter('titles', slotOfDocId(source), collection).u48(number).finish();
  await shards.of(slotOfDocId(source)).sequence(async (reads) => ({
    records: [
      { database: 'titles', key, value: textOf(version) },
      ...outboxRecords(collection, source, reads.seq, effects),
    ],
  }));
}

async function outboxSize(shards: OpenShards): Promise<number> {
  let count = 0;
  const end = new Uint8Array(24).fill(0xff);
  for (const store of shards.all) {
    for await (const _ of store.scan({ database: 'outbox', start: new Uint8Array(24), end })) count += 1;
  }
  return count;
}

describe('The outbox', () => {
  it('carries effects to the shards that own them, the newest version last, and empties itself', async () => {
    const shards = await open(new MemoryDisk());
    const sender = new OutboxSender(shards);
    sender.start();
    for (const version of ['a', 'b', 'c']) {
      for (let shard = 0; shard < 3; shard++) {
        for (let number = 0; number < 5; number++) {
          await write(shards, shard, number, version);
          sender.wake(shards.of(SLOTS[shard]!));
          await sender.room();
        }
      }
    }
    await sender.drained();
    assert.equal(await outboxSize(shards), 0);
    for (let shard = 0; shard < 3; shard++) {
      for (const other of [0, 1, 2].filter((one) => one !== shard)) {
        for (let number = 0; number < 5; number++) {
          assert.equal(await read(shards, 'links', linkKey(other, sourceIn(shard, number))), 'c');
        }
      }
      // Put once, by whoever came first, and never again.
      assert.match((await read(shards, 'frontier', firstKey(shard)))!, / a$/);
    }
    await sender.stop();
    await shards.close();
  });

  it('applies nothing twice: effects that come again, or late, are ignored', async () => {
    const shards = await open(new MemoryDisk());
    const source = sourceIn(0, 1);
    const home = shards.of(SLOTS[0]!);
    const effect = (text: string): EffectBatch => {
      return {
        target: SLOTS[1]!,
        records: [{ database: 'links', key: linkKey(1, source), value: textOf(text) }],
      };
    };
    const deliver = async (version: number, text: string): Promise<void> => {
      await home.append({ records: outboxRecords(collection, source, version, [effect(text)]) });
      const sender = new OutboxSender(shards);
      sender.start();
      await sender.drained();
      await sender.stop();
    };
    await deliver(5, 'five');
    await deliver(5, 'five again');
    await deliver(4, 'four');
    assert.equal(await read(shards, 'links', linkKey(1, source)), 'five');
    await deliver(6, 'six');
    assert.equal(await read(shards, 'links', linkKey(1, source)), 'six');
    assert.equal(await outboxSize(shards), 0);
    await shards.close();
  });

  it('delivers every effect exactly once, whichever step the power goes at', async () => {
    const rounds = 4;
    for (let crashAt = 1; crashAt < 260; crashAt++) {
      let disk = new FaultyDisk({ seed: crashAt });
      await (await open(disk)).close();
      disk.crashAt(disk.calls + crashAt);
      let acknowledged = 0;
      let cut: OutboxSender | undefined;
      try {
        const shards = await open(disk);
        cut = new OutboxSender(shards, silentLog);
        cut.start();
        for (; acknowledged < rounds; acknowledged++) {
          await write(shards, 0, acknowledged, 'x');
          cut.wake(shards.of(SLOTS[0]!));
        }
        const outcome = { isDrained: false };
        void cut.drained().then(() => (outcome.isDrained = true));
        // On a disk that is down it would wait for ever.
        while (!outcome.isDrained && !disk.isDown) await new Promise((resolve) => setImmediate(resolve));
      } catch (error) {
        assert(isPeregrineError(error, 'IO') || isPeregrineError(error, 'READ_ONLY'), String(error));
      }
      await cut?.stop();
      disk = disk.crash();
      const shards = await open(disk);
      const sender = new OutboxSender(shards);
      sender.start();
      await sender.drained();
      assert.equal(await outboxSize(shards), 0, `crash at ${crashAt}`);
      for (let number = 0; number < acknowledged; number++) {
        const titles = new KeyWriter('titles', SLOTS[0]!, collection).u48(number).finish();
        assert.equal(await read(shards, 'titles', titles), 'x', `crash at ${crashAt}`);
        assert.equal(
          await read(shards, 'links', linkKey(1, sourceIn(0, number))),
          'x',
          `crash at ${crashAt}`,
        );
        assert.equal(
          await read(shards, 'links', linkKey(2, sourceIn(0, number))),
          'x',
          `crash at ${crashAt}`,
        );
      }
      await sender.stop();
      await shards.close();
    }
  });

  it('waits and tries again when an owner can not be written', async () => {
    const shards = await open(new MemoryDisk());
    const source = sourceIn(0, 1);
    const key = counterKey(1);
    const effects: EffectBatch[] = [
      { target: SLOTS[1]!, records: [{ database: 'links', key, value: new ByteWriter(4).u32(3).finish() }] },
    ];
    await shards.of(SLOTS[0]!).append({ records: outboxRecords(collection, source, 1, effects) });
    let refusals = 1;
    const owner = shards.of(SLOTS[1]!);
    const reluctant = {
      ...shards,
      of: (slot: Parameters<OpenShards['of']>[0]) => {
        if (slot !== SLOTS[1] || refusals === 0) return shards.of(slot);
        refusals -= 1;
        return { ...owner, sequence: () => Promise.reject(new Error('not now')) };
      },
    };
    const sleeps: number[] = [];
    const clock = {
      now: () => 0,
      monotonic: () => 0,
      sleep: async (delay_ms: number) => void sleeps.push(delay_ms),
    };
    const sender = new OutboxSender(reluctant, silentLog, clock);
    sender.start();
    await sender.drained();
    assert.deepEqual(sleeps, [1_000]);
    assert.equal(new ByteReader((await owner.get('links', key))!).u32(), 3);
    await sender.stop();
    await shards.close();
  });
});
