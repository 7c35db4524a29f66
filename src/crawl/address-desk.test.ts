import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../base/index.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import { AddressDesk, type PermitAnswer } from './address-desk.ts';
import { LEASE_MS, ShardLease } from './shard-leases.ts';

const ADDRESS = '192.0.2.1';

function open(): {
  clock: ManualClock;
  desk: AddressDesk;
  lease: ShardLease;
  ask: (id: string) => PermitAnswer;
} {
  const clock = new ManualClock();
  const desk = new AddressDesk(clock);
  const lease = leaseOf(clock);
  return { clock, desk, lease, ask: (id) => desk.ask({ address: ADDRESS, id, gap_ms: 100 }, lease) };
}

function leaseOf(clock: ManualClock): ShardLease {
  return new ShardLease(sortedShards().all[0]!, clock, clock.monotonic() + LEASE_MS);
}

describe('The desk of addresses', () => {
  it('lets one ask at a time, in the order of their coming, and a gap pass between them', async () => {
    const { clock, desk, ask } = open();
    assert.deepEqual(ask('a'), { kind: 'wait', wait_ms: 100 }, 'a gap since nobody else kept the desk');
    await clock.advance(100);
    assert.deepEqual(ask('a'), { kind: 'granted', valid_ms: LEASE_MS - 100 });
    assert.equal(ask('b').kind, 'wait');
    assert.equal(ask('c').kind, 'wait');
    desk.leave(ADDRESS, 'a');
    assert.equal(ask('c').kind, 'wait', 'b came before');
    assert.deepEqual(ask('b'), { kind: 'wait', wait_ms: 100 });
    await clock.advance(100);
    assert.equal(ask('b').kind, 'granted');
  });

  it('passes over whoever asks no more', async () => {
    const { clock, desk, ask } = open();
    await clock.advance(100);
    ask('a');
    ask('gone');
    ask('c');
    desk.leave(ADDRESS, 'a');
    await clock.advance(1_500);
    assert.equal(ask('c').kind, 'wait');
    await clock.advance(1_500);
    assert.equal(ask('c').kind, 'granted');
  });

  it('renews what is held, gives nothing for what is not, and takes back what ran out', async () => {
    const { clock, desk, lease, ask } = open();
    await clock.advance(100);
    assert.equal(ask('a').kind, 'granted');
    assert.equal(ask('a').kind, 'granted');
    desk.leave(ADDRESS, 'a');
    const late = desk.ask({ address: ADDRESS, id: 'a', gap_ms: 0, isHeld: true }, lease);
    assert.equal(late.kind, 'wait', 'a renewal that comes behind the end');
    await clock.advance(100);
    assert.equal(ask('b').kind, 'granted');
    lease.until_ms += LEASE_MS;
    assert.equal(ask('c').kind, 'wait');
    await clock.advance(LEASE_MS - 200);
    assert.deepEqual(ask('c'), { kind: 'wait', wait_ms: 100 }, 'b was given no more than the lease was then');
  });

  it('gives nothing without a lease, nothing beyond it, and begins anew with the next', async () => {
    const { clock, desk, lease, ask } = open();
    assert.equal(desk.ask({ address: ADDRESS, id: 'a', gap_ms: 0 }, undefined).kind, 'wait');
    await clock.advance(100);
    assert.equal(ask('a').kind, 'granted');
    await clock.advance(LEASE_MS - 1_000);
    assert.equal(ask('a').kind, 'wait', 'what is left is too little to begin with');
    assert(lease.left_ms < 1_000);
    await clock.advance(LEASE_MS);
    const next = leaseOf(clock);
    assert.deepEqual(desk.ask({ address: ADDRESS, id: 'z', gap_ms: 100 }, next), {
      kind: 'wait',
      wait_ms: 100,
    });
  });
});
