import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeregrineError, silentLog, toShardId } from '../base/index.ts';
import type { Store } from '../storage/index.ts';
import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { type SortedShards, sortedShards } from '../../testing/sorted-store.ts';
import type { CrawlPeers, LedShard } from './crawl-peers.ts';
import { LAST_START_MS, LEASE_MS, ShardLeases } from './shard-leases.ts';

const FIRST = toShardId(0);

/** One shard, led by one of several at a time. */
class Realm {
  readonly clock = new SimulatedClock(undefined, 20);
  readonly shards: SortedShards = sortedShards();
  readonly closing = new AbortController();
  leader = '';
  term = 0;
  isReachable = true;

  lead(name: string): void {
    this.leader = name;
    this.term += 1;
  }

  member(name: string): ShardLeases {
    const led = (): LedShard | undefined => {
      if (this.leader !== name) return undefined;
      const { term } = this;
      const store = this.shards.all[0] as Store;
      const sequence: Store['sequence'] = async (build) => {
        if (!this.isReachable || term !== this.term) throw new PeregrineError('UNAVAILABLE', 'not led');
        return store.sequence(build);
      };
      return { term, store: { sequence } as Store };
    };
    const peers: CrawlPeers = {
      self: name,
      led,
      leaderOf: () => this.leader,
      ask: async () => new Uint8Array(),
      serve: () => undefined,
    };
    const { clock, shards } = this;
    const leases = new ShardLeases({ peers, shards, clock, log: silentLog, session: name });
    void leases.tend(() => true, this.closing.signal);
    return leases;
  }

  async pass(for_ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(for_ms));
  }
}

describe('The lease of a shard', () => {
  it('is held at once by the first who leads, and for as long as it is renewed', async () => {
    const realm = new Realm();
    realm.lead('a');
    const leases = realm.member('a');
    await realm.pass(300);
    const lease = leases.get(FIRST);
    assert(lease?.mayBegin);
    await realm.pass(10 * LEASE_MS);
    assert.equal(leases.get(FIRST), lease);
    assert(lease.mayBegin && !lease.over.aborted);
    realm.closing.abort();
  });

  it('lets nothing begin shortly before its end, and is over where it could not be renewed', async () => {
    const realm = new Realm();
    realm.lead('a');
    const leases = realm.member('a');
    await realm.pass(300);
    const lease = leases.get(FIRST);
    assert(lease !== undefined);
    realm.isReachable = false;
    await realm.pass(lease.left_ms - LAST_START_MS + 1);
    assert(!lease.mayBegin && !lease.over.aborted);
    await realm.pass(lease.left_ms + 1);
    assert(lease.over.aborted);
    assert.equal(leases.get(FIRST), undefined);
    realm.isReachable = true;
    await realm.pass(500);
    assert(leases.get(FIRST)?.mayBegin, 'nobody else had it');
    realm.closing.abort();
  });

  it('goes to a successor only when that of the one before is over', async () => {
    const realm = new Realm();
    realm.lead('a');
    const [a, b] = [realm.member('a'), realm.member('b')];
    await realm.pass(300);
    const before = a.get(FIRST);
    assert(before !== undefined);
    realm.lead('b');
    const led_ms = realm.clock.monotonic();
    await realm.pass(300);
    assert(before.ending.aborted && !before.over.aborted, 'what is under way may end');
    await realm.pass(LEASE_MS - 400);
    assert.equal(b.get(FIRST), undefined);
    await realm.pass(1_000);
    const after = b.get(FIRST);
    assert(after?.mayBegin && before.over.aborted);
    assert(after.since_ms - led_ms > LEASE_MS);
    realm.closing.abort();
  });

  it('does not go to one who led, waited, and leads again after another', async () => {
    const realm = new Realm();
    realm.lead('a');
    realm.member('a');
    const b = realm.member('b');
    await realm.pass(300);
    realm.lead('b');
    await realm.pass(LEASE_MS - 500);
    realm.lead('a');
    await realm.pass(400);
    realm.lead('b');
    await realm.pass(2_000);
    assert.equal(b.get(FIRST), undefined, 'its wait began anew');
    realm.closing.abort();
  });
});
