import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeregrineError, silentLog, toShardId, toSlot } from '../base/index.ts';
import type { Store } from '../storage/index.ts';
import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { type SortedShards, sortedShards } from '../../testing/sorted-store.ts';
import type { CrawlPeers, LedShard } from './crawl-peers.ts';
import { leaseKey } from './crawl-keys.ts';
import { decodeLease, LAST_START_MS, LEASE_MS, ShardLeases } from './shard-leases.ts';

const FIRST = toShardId(0);

/** One shard, led by one of several at a time. */
class Realm {
  readonly clock = new SimulatedClock(undefined, 20);
  readonly shards: SortedShards = sortedShards();
  readonly closing = new AbortController();
  leader = '';
  term = 0;
  isReachable = true;
  /** Permits for addresses that others hold under a lease of the one who led. */
  permits = 0;

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
    const leases = new ShardLeases({
      peers,
      shards,
      clock,
      log: silentLog,
      session: name,
      permits: () => this.permits,
    });
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
    before.takeTurn();
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
    const a = realm.member('a');
    const b = realm.member('b');
    await realm.pass(300);
    a.get(FIRST)?.takeTurn();
    realm.lead('b');
    await realm.pass(LEASE_MS - 500);
    realm.lead('a');
    await realm.pass(400);
    realm.lead('b');
    await realm.pass(2_000);
    assert.equal(b.get(FIRST), undefined, 'its wait began anew');
    realm.closing.abort();
  });

  it('goes to a successor as soon as no request and no permit is under way that it allowed', async () => {
    const realm = new Realm();
    realm.lead('a');
    const [a, b] = [realm.member('a'), realm.member('b')];
    await realm.pass(300);
    const before = a.get(FIRST);
    assert(before !== undefined);
    const leave = before.takeTurn();
    realm.permits = 1;
    realm.lead('b');
    await realm.pass(1_000);
    assert(before.ending.aborted && b.get(FIRST) === undefined, 'a request is under way');
    leave();
    await realm.pass(1_000);
    assert.equal(b.get(FIRST), undefined, 'somebody has a permit');
    realm.permits = 0;
    const free_ms = realm.clock.monotonic();
    await realm.pass(1_000);
    const after = b.get(FIRST);
    assert(after?.mayBegin, 'nothing is to be waited for any more');
    assert(after.since_ms >= free_ms, 'gaps are counted from then');
    assert(!before.mayBegin && a.get(FIRST) === undefined);
    realm.closing.abort();
  });

  it('is not taken anew by who led before while what it allowed then is under way', async () => {
    const realm = new Realm();
    realm.lead('a');
    const a = realm.member('a');
    await realm.pass(300);
    const before = a.get(FIRST);
    const leave = before?.takeTurn();
    realm.lead('b');
    await realm.pass(300);
    realm.lead('a');
    await realm.pass(1_000);
    assert.equal(a.get(FIRST), undefined);
    leave?.();
    await realm.pass(1_000);
    assert(a.get(FIRST)?.mayBegin && a.get(FIRST) !== before);
    realm.closing.abort();
  });

  it('is given back by a process that ends, and its bytes stay what they are', async () => {
    const realm = new Realm();
    realm.lead('a');
    realm.member('a');
    await realm.pass(300);
    realm.closing.abort();
    await realm.pass(300);
    const key = leaseKey(toSlot(0));
    const bytes = await (realm.shards.all[0] as Store).get('meta', key);
    assert.deepEqual(Buffer.from(bytes ?? []).toString('hex'), '0201610101');
    assert.deepEqual(decodeLease(bytes ?? new Uint8Array()), {
      holder: 'a',
      number: 1,
      isGivenBack: true,
    });
    const older = decodeLease(Buffer.from('010161', 'hex'));
    assert(!older.isGivenBack && older.holder !== 'a', 'one that can not be read is waited for');
  });
});
