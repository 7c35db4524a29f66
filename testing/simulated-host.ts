/** A host of a simulated cluster: a real store on a disk that can lose its power, and its part in one shard. */

import assert from 'node:assert/strict';

import {
  ByteReader,
  ByteWriter,
  type Clock,
  type ShardId,
  silentLog,
  toCollectionId,
  toShardId,
  toSlot,
} from '../src/base/index.ts';
import {
  type ClusterTimes,
  type HeldShard,
  type HostId,
  HostVoice,
  Peers,
  ReplicatedStore,
  ShardDirectory,
  ShardReplica,
  type Spine,
} from '../src/cluster/index.ts';
import type { FaultyDisk } from '../src/disk/index.ts';
import { KeyWriter, type MaintainedStore, openStore, type StoredRecord } from '../src/storage/index.ts';

const SHARD = toShardId(0);
const STORE = {
  memory_bytes: 512 * 1024,
  logCap_bytes: 512 * 1024,
  segment_bytes: 128 * 1024,
  part_bytes: 128 * 1024,
};

export interface SimulatedHostParts {
  readonly name: HostId;
  /** Of this life of the host, as the spine knows it. */
  readonly alias: string;
  readonly disk: FaultyDisk;
  readonly spine: Spine;
  readonly clock: Clock;
  readonly times: ClusterTimes;
  /** Mirrors that the shard is to have; default 3. */
  readonly copies?: number;
  readonly others: (host: HostId) => SimulatedHost | undefined;
}

export class SimulatedHost implements HeldShard {
  readonly shard: ShardId = SHARD;
  readonly name: HostId;
  readonly alias: string;
  readonly replica: ShardReplica;
  readonly #disk: FaultyDisk;
  readonly #spine: Spine;
  readonly #directory: ShardDirectory;
  readonly #voice: HostVoice;
  readonly #replicated: ReplicatedStore;
  readonly #others: (host: HostId) => SimulatedHost | undefined;
  #store: MaintainedStore | undefined;
  #life = 0;

  constructor({ name, alias, disk, spine, clock, times, copies = 3, others }: SimulatedHostParts) {
    this.name = name;
    this.alias = alias;
    this.#disk = disk;
    this.#spine = spine;
    this.#others = others;
    this.#directory = new ShardDirectory(spine.records);
    const peers = new Peers(clock);
    const common = { peers, clock, log: silentLog, times };
    this.replica = new ShardReplica({
      ...common,
      host: name,
      shardCount: 1,
      streamPrefix: 'log',
      held: this,
      copies,
      spine,
      directory: this.#directory,
      onPosition: (position) => this.#voice.report(SHARD, position),
    });
    this.#voice = new HostVoice({
      ...common,
      messenger: spine.messenger,
      prefix: 'p',
      beat: () => ({
        host: name,
        address: '',
        free_bytes: 0,
        isDraining: false,
        version: '',
        mirrors:
          this.replica.position === undefined ? [] : [{ shard: SHARD, position: this.replica.position }],
      }),
    });
    this.#replicated = new ReplicatedStore({
      shard: SHARD,
      local: () => this.store,
      leadership: () => this.replica.leadership,
    });
  }

  get store(): MaintainedStore {
    assert(this.#store !== undefined, 'the store is open');
    return this.#store;
  }

  async start(): Promise<void> {
    const names = await this.#disk.list('');
    this.#life = Math.max(0, ...names.map((name) => Number(/^life-(\d+)$/.exec(name)?.[1] ?? 0)));
    this.#store = await openStore({
      ...STORE,
      disk: this.#disk,
      directory: `life-${this.#life}`,
      shard: SHARD,
    });
    await this.#directory.open();
    await this.replica.start();
  }

  async stop(): Promise<void> {
    await this.replica.stop();
    await this.#voice.close();
    await this.#directory.close();
    await this.#spine.close();
    await this.#store?.close().catch(() => undefined);
  }

  async write(key: number, value: number, size: number): Promise<void> {
    const bytes = new ByteWriter(size).u32(value).raw(new Uint8Array(size)).finish();
    await this.#replicated.append({ records: [{ database: 'stats', key: statKey(key), value: bytes }] });
  }

  /** As the leader has it at this moment, through a snapshot, as a copy over the network would. */
  async copyFrom(from: HostId): Promise<void> {
    const source = this.#others(from);
    if (source === undefined) return;
    const life = this.#life + 1;
    const moment = await source.store.paused(() => source.store.holdMoment());
    try {
      await moment.write({ disk: this.#disk, directory: `life-${life}` }, { copies: true });
    } finally {
      await moment.release();
    }
    await this.#store?.close();
    this.#life = life;
    this.#store = await openStore({ ...STORE, disk: this.#disk, directory: `life-${life}`, shard: SHARD });
  }

  async contents(): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    const [start, end] = [statKey(0), statKey(0xffff_ffff)];
    for await (const { key, value } of this.store.scan({ database: 'stats', start, end })) {
      found.set(numberOf({ key, value }), new ByteReader(value).u32());
    }
    return found;
  }
}

function statKey(n: number): Uint8Array {
  return new KeyWriter('stats', toSlot(1), toCollectionId(1)).u32(n).finish();
}

function numberOf({ key }: StoredRecord): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(6);
}
