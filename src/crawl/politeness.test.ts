import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../base/index.ts';
import type { PolitenessRecord } from './crawl-records.ts';
import { hostOf } from './host.ts';
import {
  type HostAnswer,
  MAX_CRAWL_DELAY_MS,
  MAX_REST_MS,
  Politeness,
  type Recall,
  retryAfter_ms,
  type Turn,
} from './politeness.ts';
import { LEASE_MS, ShardLease } from './shard-leases.ts';
import { sortedShards } from '../../testing/sorted-store.ts';

const HOST = hostOf('http://a.example/');
const never = new AbortController().signal;
/** No earlier process left a word. */
const NOTHING: Recall = { host: async () => undefined, address: async () => undefined };
const fine: HostAnswer = { kind: 'fine' };

/** Enters when it may, and says how long that took on the clock. */
async function waited(
  clock: ManualClock,
  politeness: Politeness,
  answer: HostAnswer = fine,
  delay_ms = 100,
  isResumed = false,
): Promise<number> {
  const began_ms = clock.now();
  const enter = async (): Promise<number> => {
    const turn = await politeness.enter(HOST, { delay_ms, isResumed, signal: never });
    const entered_ms = clock.now();
    turn.leave(answer);
    return entered_ms - began_ms;
  };
  const entering = enter();
  for (let n = 0; n < 5; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    const wake_ms = clock.nextWake_ms;
    if (wake_ms !== undefined) await clock.advance(wake_ms - clock.now());
  }
  return entering;
}

describe('Politeness', () => {
  it('asks at once, then keeps the longer of its own gap and the one that is asked', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    assert.equal(await waited(clock, politeness), 0);
    assert.equal(await waited(clock, politeness), 100);
    politeness.setCrawlDelay(HOST, 2_000);
    assert.equal(await waited(clock, politeness), 2_000);
    politeness.setCrawlDelay(HOST, 86_400_000);
    assert.equal(await waited(clock, politeness), MAX_CRAWL_DELAY_MS);
    politeness.setCrawlDelay(HOST, undefined);
    await clock.advance(30);
    assert.equal(await waited(clock, politeness), 70);
    assert.deepEqual(politeness.recordOf(HOST), {
      requests: 5,
      lastRequest_ms: clock.now(),
      smallestGap_ms: 100,
      restUntil_ms: 0,
    });
  });

  it('lets one in at a time, in the order of coming', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    const order: number[] = [];
    const enter = async (n: number): Promise<void> => {
      const turn = await politeness.enter(HOST, { delay_ms: 0, isResumed: false, signal: never });
      order.push(n);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(-n);
      turn.leave(fine);
    };
    await Promise.all([enter(1), enter(2), enter(3)]);
    assert.deepEqual(order, [1, -1, 2, -2, 3, -3]);
  });

  it('rests longer with each failure, or as long as the server asks', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    await waited(clock, politeness, { kind: 'failed' });
    assert.equal(await waited(clock, politeness, { kind: 'busy' }), 1_000);
    assert.equal(await waited(clock, politeness, { kind: 'busy', retryAfter_ms: 7_000 }), 2_000);
    assert.equal(await waited(clock, politeness, { kind: 'busy', retryAfter_ms: 1e9 }), 7_000);
    assert.equal(await waited(clock, politeness), MAX_REST_MS);
    assert.equal(await waited(clock, politeness), 100);
  });

  it('leaves a host alone that fails and fails, and looks again later', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    for (let n = 0; n < 12; n++) {
      assert.equal(politeness.isDown(HOST), false);
      await waited(clock, politeness, { kind: 'failed' });
    }
    assert.equal(politeness.isDown(HOST), true);
    await clock.advance(300_000);
    assert.equal(politeness.isDown(HOST), false);
  });

  it('remembers what an earlier process did', async () => {
    const clock = new ManualClock();
    const record = { requests: 9, lastRequest_ms: clock.now() - 40, smallestGap_ms: 250, restUntil_ms: 0 };
    const recalling = new Politeness(clock, { ...NOTHING, host: async () => record });
    // A whole gap, although part of one has passed: the clock may have been set meanwhile.
    assert.equal(await waited(clock, recalling), 100);
    assert.deepEqual([recalling.recordOf(HOST).requests, recalling.recordOf(HOST).smallestGap_ms], [10, 250]);
    // It was asked to leave the host alone.
    const resting = { ...record, restUntil_ms: clock.now() + 9_000 };
    const asked = new Politeness(clock, { ...NOTHING, host: async () => resting });
    assert.equal(await waited(clock, asked), 9_000);
    // One that was killed may have asked after its last record.
    const resumed = new Politeness(clock, NOTHING);
    assert.equal(await waited(clock, resumed, fine, 100, true), 100);
  });

  it('lets hosts at one address take turns, with a gap of their own', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    const entered: [string, number][] = [];
    const enter = async (name: string, address: string): Promise<void> => {
      const options = { delay_ms: 100, isResumed: false, signal: never, address };
      const turn = await politeness.enter(hostOf(`http://${name}/`), options);
      entered.push([name, clock.now()]);
      await clock.sleep(20);
      turn.leave(fine);
    };
    const began_ms = clock.now();
    const all = Promise.all([enter('a', '192.0.2.1'), enter('b', '192.0.2.1'), enter('c', '192.0.2.2')]);
    for (let n = 0; n < 10; n++) {
      await new Promise((resolve) => setImmediate(resolve));
      const wake_ms = clock.nextWake_ms;
      if (wake_ms !== undefined) await clock.advance(wake_ms - clock.now());
    }
    await all;
    assert.deepEqual(
      entered.map(([name, at_ms]) => [name, at_ms - began_ms]),
      [
        ['a', 0],
        ['c', 0],
        ['b', 120],
      ],
    );
    assert.deepEqual(politeness.smallestGaps, { host_ms: 0, address_ms: 100 });
    assert.equal(politeness.addressOf(hostOf('http://b/'))?.record.requests, 2);
  });

  it('leaves a slow server alone as long as it worked', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    await waited(clock, politeness, { kind: 'fine', took_ms: 800 });
    assert.equal(await waited(clock, politeness, { kind: 'fine', took_ms: 0 }), 800);
    assert.equal(await waited(clock, politeness, { kind: 'fine', took_ms: 0 }), 600);
    assert.equal(await waited(clock, politeness, fine, 0), 0, 'where no gap is wanted');
  });

  it('rests before a server that answers errors only, and asks on when it is well again', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    const ailing: HostAnswer = { kind: 'ailing' };
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) waits.push(await waited(clock, politeness, ailing));
    assert.deepEqual(waits, [0, 100, 100, 1_000, 2_000, 4_000, 8_000, 10_000]);
    assert.equal(await waited(clock, politeness), 10_000);
    assert.equal(await waited(clock, politeness), 100);
    assert.ok(!politeness.isDown(HOST), 'it is there');
  });

  it('does not go on asking a busy server that says "at once" each time', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    const busy: HostAnswer = { kind: 'busy', retryAfter_ms: 0 };
    const waits: number[] = [];
    for (let n = 0; n < 5; n++) waits.push(await waited(clock, politeness, busy));
    assert.deepEqual(waits, [0, 100, 2_000, 4_000, 8_000]);
  });

  it('counts nothing of a turn in which nothing was asked', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    await waited(clock, politeness, { kind: 'failed' });
    await waited(clock, politeness, { kind: 'none' });
    await waited(clock, politeness, { kind: 'failed' });
    assert.equal(await waited(clock, politeness), 2_000, 'the second failure in a row');
  });

  it('owes the rest of a long gap to a host that was forgotten meanwhile', async () => {
    const clock = new ManualClock();
    const written = new Map<string, PolitenessRecord>();
    const recall = { ...NOTHING, host: async ({ key }: { key: string }) => written.get(key) };
    const politeness = new Politeness(clock, recall);
    await waited(clock, politeness, fine, 600_000);
    written.set(HOST.key, politeness.recordOf(HOST));
    await clock.advance(100_000);
    for (let n = 0; n < 20_000; n++) politeness.setCrawlDelay(hostOf(`http://h${n}.test/`), undefined);
    assert.equal(await waited(clock, politeness, fine, 600_000), 500_000);
  });

  it('lets go whoever is told to stop', async () => {
    const clock = new ManualClock();
    const politeness = new Politeness(clock, NOTHING);
    await waited(clock, politeness);
    const stop = new AbortController();
    const waiting = politeness.enter(HOST, { delay_ms: 100, isResumed: false, signal: stop.signal });
    setImmediate(() => stop.abort());
    await assert.rejects(waiting, { code: 'CANCELLED' });
    assert.equal(await waited(clock, politeness), 100);
  });
});

describe('A process among several', () => {
  it('asks nobody without a lease, nothing shortly before its end, and counts what it cut too late', async () => {
    const clock = new ManualClock();
    const lease = new ShardLease(sortedShards().all[0]!, clock, clock.monotonic() + LEASE_MS);
    const held: { lease?: ShardLease } = {};
    const crew = { leaseOf: () => held.lease, permit: () => Promise.reject(new Error('no address')) };
    const politeness = new Politeness(clock, NOTHING, undefined, crew);
    const enter = (): Promise<Turn> =>
      politeness.enter(HOST, { delay_ms: 0, isResumed: false, signal: never });
    await assert.rejects(enter, { code: 'CANCELLED' });
    held.lease = lease;
    const turn = await enter();
    assert(turn.mayBegin && lease.turns === 1, 'it is not given back meanwhile');
    await clock.advance(LEASE_MS - 1_000);
    assert(!turn.mayBegin);
    turn.leave(fine);
    assert.equal(lease.turns, 0);
    assert.equal(politeness.lateRequests, 0);
    const late = await enter();
    // Frozen: its timers could not ring.
    await clock.advance(5_000);
    late.leave(fine);
    assert.equal(politeness.lateRequests, 1);
  });
});

describe('Retry-After', () => {
  it('is a number of seconds or a date', () => {
    const now_ms = Date.UTC(2026, 0, 1);
    assert.equal(retryAfter_ms('120', now_ms), 120_000);
    assert.equal(retryAfter_ms('Thu, 01 Jan 2026 00:01:00 GMT', now_ms), 60_000);
    assert.equal(retryAfter_ms('Thu, 01 Jan 2015 00:01:00 GMT', now_ms), 0);
    for (const nonsense of ['soon', '1.5', '-5'])
      assert.equal(retryAfter_ms(nonsense, now_ms), undefined, nonsense);
    assert.equal(retryAfter_ms(undefined, now_ms), undefined);
  });
});
