/**
 * A cluster in one process and simulated time, from a seed: hosts with real stores on disks that lose their power, a
 * spine that harms them, writers that keep books. What was acknowledged must be on every mirror in the end, and all
 * mirrors the same.
 */

import assert from 'node:assert/strict';

import { isPeregrineError, type Random, seededRandom, toShardId } from '../src/base/index.ts';
import { createLog, firstRecord, type HostId, joined, ShardDirectory } from '../src/cluster/index.ts';
import { FaultyDisk } from '../src/disk/index.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedHost } from './simulated-host.ts';
import { SimulatedServers } from './simulated-spine.ts';

const SHARD = toShardId(0);
const TIMES = {
  heartbeat_ms: 100,
  evict_ms: 800,
  lease_ms: 800,
  replace_ms: 10_000,
  tick_ms: 50,
  retry_ms: 100,
  trimmedMessages: 8,
};
/** Turns in which a store in memory does whatever it was asked. */
const JUMP_TURNS = 60;
const HOSTS: readonly HostId[] = ['a', 'b', 'c'];

export interface ClusterLife {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refused: number;
  readonly kills: number;
  readonly wipes: number;
  readonly doubts: number;
  readonly cuts: number;
  readonly losses: number;
  readonly epochs: number;
  readonly terms: number;
  readonly faults: number;
}

/** Lives once; throws where an acknowledged write is missing, or mirrors differ. At least `faults` things go wrong. */
export async function liveAsCluster(seed: number, faults = 5): Promise<ClusterLife> {
  const clock = new SimulatedClock(undefined, JUMP_TURNS);
  const life = new Life(seed, clock, faults);
  try {
    return await clock.run(life.run());
  } catch (error) {
    throw new Error(
      `The cluster of seed ${seed} broke a promise. To see it again: npm run sweep:cluster -- 1 ${seed}`,
      {
        cause: error,
      },
    );
  }
}

class Life {
  readonly #clock: SimulatedClock;
  readonly #random: Random;
  readonly #servers: SimulatedServers;
  readonly #hosts = new Map<HostId, SimulatedHost>();
  readonly #disks = new Map<HostId, FaultyDisk>();
  readonly #acknowledged = new Map<number, number>();
  readonly #asked = new Set<number>();
  readonly #faultsWanted: number;
  #next = 0;
  #incarnation = 0;
  /** Hosts that lost their disk and have not got everything again. */
  readonly #hollow = new Set<HostId>();
  #directory: ShardDirectory | undefined;
  readonly #count = { unknown: 0, refused: 0, kills: 0, wipes: 0, doubts: 0, cuts: 0, losses: 0, faults: 0 };

  constructor(seed: number, clock: SimulatedClock, faults: number) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
    this.#servers = new SimulatedServers(clock, seededRandom(seed + 1));
    this.#faultsWanted = faults;
    for (const host of HOSTS) this.#disks.set(host, new FaultyDisk({ seed: seed * 31 + host.charCodeAt(0) }));
  }

  async run(): Promise<ClusterLife> {
    const maker = this.#servers.connect('maker');
    const { identity } = await createLog(maker, 'log-first');
    const directory = new ShardDirectory(maker.records);
    this.#directory = directory;
    const first = firstRecord(SHARD, 'a', { stream: 'log-first', streamIdentity: identity }, 0);
    await directory.create(HOSTS.slice(1).reduce(joined, first));
    for (const host of HOSTS) await this.#start(host);
    while (this.#count.faults < this.#faultsWanted || this.#acknowledged.size < 20) await this.#step();
    await this.#heal();
    await this.#settle(directory);
    const record = await directory.read(SHARD);
    const epochs = record?.lives.at(-1)?.epoch ?? 0;
    for (const host of this.#hosts.values()) await host.stop();
    return { ...this.#count, acknowledged: this.#acknowledged.size, epochs, terms: record?.term ?? 0 };
  }

  async #step(): Promise<void> {
    const chance = this.#random.below(100);
    if (chance < 70)
      await Promise.all(Array.from({ length: 1 + this.#random.below(6) }, () => this.#write()));
    else if (chance < 80) await this.#clock.sleep(this.#random.below(1_500));
    else if (chance < 83) await this.#kill();
    else if (chance < 84) await this.#wipe();
    else if (chance < 85) this.#doubt();
    else if (chance < 88) await this.#revive();
    else if (chance < 91) this.#cut();
    else if (chance < 95) this.#mend();
    else if (chance < 97) await this.#stopServers();
    else await this.#harmStream();
  }

  async #write(): Promise<void> {
    const key = this.#next++;
    const value = this.#random.below(2 ** 30);
    this.#asked.add(key);
    const hosts = [...this.#hosts.values()];
    const size = this.#random.below(100) === 0 ? 900_000 : 8 + this.#random.below(200);
    for (let attempt = 0; attempt < 3 * hosts.length; attempt++) {
      const host = hosts[attempt % hosts.length];
      if (host === undefined) break;
      try {
        await host.write(key, value, size);
        this.#acknowledged.set(key, value);
        return;
      } catch (error) {
        assert(isPeregrineError(error) && EXPECTED.has(error.code), error as Error);
        if (error.code === 'READ_ONLY') this.#count.refused += 1;
        else if (error.facts['why'] !== undefined) {
          // Whether it was written is not known, so it is not asked again under this name.
          this.#count.unknown += 1;
          return;
        }
      }
      await this.#clock.sleep(this.#random.below(300));
    }
  }

  async #start(name: HostId): Promise<void> {
    this.#incarnation += 1;
    const alias = `${name}#${this.#incarnation}`;
    const disk = this.#disks.get(name) as FaultyDisk;
    const spine = this.#servers.connect(alias);
    const host = new SimulatedHost({
      name,
      alias,
      disk,
      spine,
      clock: this.#clock,
      times: TIMES,
      others: (from) => this.#hosts.get(from),
    });
    this.#hosts.set(name, host);
    await host.start();
  }

  /** Its power goes: what was not synced is lost, and nothing of it is heard any more. */
  async #kill(victim = this.#pick()): Promise<void> {
    if (victim === undefined) return;
    this.#count.kills += 1;
    this.#count.faults += 1;
    this.#servers.cut.add(victim.alias);
    this.#hosts.delete(victim.name);
    this.#disks.set(victim.name, (this.#disks.get(victim.name) as FaultyDisk).crash());
    void victim.stop().catch(() => undefined);
  }

  /** A host loses its disk, while another one has everything. */
  async #wipe(): Promise<void> {
    const victim = this.#pick();
    const record = await this.#directory?.read(SHARD);
    if (victim === undefined || record === undefined) return;
    for (const { name, replica } of this.#hosts.values()) {
      if (record.inSync.includes(name) && (replica.position?.epoch ?? 0) > 0) this.#hollow.delete(name);
    }
    const whole = record.inSync.filter((host) => host !== victim.name && !this.#hollow.has(host));
    if (whole.length === 0) return;
    this.#count.wipes += 1;
    this.#hollow.add(victim.name);
    await this.#kill(victim);
    this.#disks.set(victim.name, new FaultyDisk({ seed: this.#random.below(2 ** 30) }));
    // Back at once, it would still count as one that has everything.
    if (this.#random.below(2) === 0) await this.#start(victim.name);
  }

  /** A host finds its bytes damaged, or is told that they differ from another's. */
  #doubt(): void {
    const victim = this.#pick();
    if (victim === undefined) return;
    this.#count.doubts += 1;
    this.#count.faults += 1;
    victim.replica.doubt('a page is damaged.');
  }

  async #revive(): Promise<void> {
    const dead = HOSTS.find((host) => !this.#hosts.has(host));
    if (dead !== undefined) await this.#start(dead);
  }

  #cut(): void {
    const victim = this.#pick();
    if (victim === undefined || this.#servers.cut.has(victim.alias)) return;
    this.#count.cuts += 1;
    this.#count.faults += 1;
    this.#servers.cut.add(victim.alias);
  }

  #mend(): void {
    for (const { alias } of this.#hosts.values()) this.#servers.cut.delete(alias);
  }

  async #stopServers(): Promise<void> {
    this.#count.faults += 1;
    this.#servers.isDown = true;
    await this.#clock.sleep(this.#random.below(2_500));
    this.#servers.isDown = false;
  }

  /** Its end is lost, or all of it, or it is another one. */
  async #harmStream(): Promise<void> {
    this.#count.losses += 1;
    this.#count.faults += 1;
    const names = [...this.#servers.streams.keys()];
    const name = names.at(-1);
    if (name === undefined) return;
    const kind = this.#random.below(3);
    if (kind === 0) this.#servers.cutTail(name, 1 + this.#random.below(10));
    else if (kind === 1) this.#servers.streams.delete(name);
    else this.#servers.streams.set(name, { identity: this.#servers.nextIdentity(), first: 1, messages: [] });
  }

  async #heal(): Promise<void> {
    this.#servers.isDown = false;
    for (let i = 0; i < HOSTS.length; i++) await this.#revive();
    this.#mend();
  }

  /** Waits until all are in sync and hold the same, and looks that nothing is missing. */
  async #settle(directory: ShardDirectory): Promise<void> {
    const hosts = [...this.#hosts.values()];
    const isOne = async (): Promise<boolean> => {
      const record = await directory.read(SHARD);
      const entries = new Set(hosts.map(({ replica }) => replica.position?.entry));
      return record?.inSync.length === HOSTS.length && entries.size === 1;
    };
    for (let waited = 0; !(await isOne()); waited++) {
      assert(waited < 1_200, `all are in sync in the end: ${this.#describe(await directory.read(SHARD))}`);
      await this.#clock.sleep(100);
    }
    const contents = await Promise.all(hosts.map((host) => host.contents()));
    const [first = new Map<number, number>()] = contents;
    for (const [i, other] of contents.entries()) assert.deepEqual(other, first, `mirror ${i} differs`);
    for (const [key, value] of this.#acknowledged) {
      assert.equal(first.get(key), value, `acknowledged write ${key} is there`);
    }
    for (const key of first.keys()) assert(this.#asked.has(key), 'nothing is invented');
  }

  #describe(record: unknown): string {
    const hosts = [...this.#hosts.values()].map(
      ({ name, replica }) => `${name} ${replica.role} ${JSON.stringify(replica.position)} ${replica.reason}`,
    );
    return `${JSON.stringify(record)}\n${hosts.join('\n')}`;
  }

  #pick(): SimulatedHost | undefined {
    const hosts = [...this.#hosts.values()];
    return hosts[this.#random.below(hosts.length)];
  }
}

const EXPECTED = new Set(['UNAVAILABLE', 'READ_ONLY', 'CLOSED', 'IO']);
