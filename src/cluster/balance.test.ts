import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { toShardId } from '../base/index.ts';
import { balance, type HostsToBalance } from './balance.ts';
import { admitted, evicted, firstRecord, takenOver, type HostId, type ShardRecord } from './shard-record.ts';

const LOG = { stream: 's', streamIdentity: '1' };
const ENOUGH_LOOKS = 400;

const founded = (shards: number): ShardRecord[] =>
  Array.from({ length: shards }, (_, shard) => firstRecord(toShardId(shard), 'a', LOG, 0));

/** Applies plans, and lets every living member catch up, until nothing changes. */
function settle(records: ShardRecord[], hosts: HostsToBalance): ShardRecord[] {
  let now = records;
  for (let look = 0; look < ENOUGH_LOOKS; look++) {
    const changes = balance(now, hosts);
    if (changes.length === 0) return now;
    for (const { shard, apply } of changes) {
      now = now.map((record) => (record.shard === shard ? (apply(record) ?? record) : record));
    }
    now = now.map((record) =>
      record.members.filter((host) => hosts.alive.includes(host)).reduce(admitted, record),
    );
    for (const { inSync, leader } of now) assert(inSync.includes(leader), 'who leads has everything');
  }
  return assert.fail(`it never comes to rest: ${JSON.stringify(now)}`);
}

function loads(records: readonly ShardRecord[], hosts: readonly HostId[]): number[] {
  return hosts.map((host) => records.filter(({ members }) => members.includes(host)).length);
}

const named = (count: number): HostId[] =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i));

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

describe('The balance of a cluster', () => {
  it('gives each shard its mirrors, evenly, and leaders too', () => {
    const alive = ['a', 'b', 'c'];
    const records = settle(founded(6), { alive, draining: [], gone: [], copies: 2 });
    assert.deepEqual(loads(records, alive), [4, 4, 4]);
    assert.equal(records[0]?.leader, 'a', 'crawls stay where they are');
    assert(spread(alive.map((host) => records.filter(({ leader }) => leader === host).length)) <= 1);
  });

  it('comes to rest with every number of hosts, shards and copies, growing and shrinking', () => {
    const host = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(
        host,
        host,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (before, after, shards, copies) => {
          let records = settle(founded(shards), { alive: named(before), draining: [], gone: [], copies });
          const [alive, draining] = [named(Math.max(before, after)), named(before).slice(after)];
          records = settle(records, { alive, draining, gone: [], copies });
          const able = alive.filter((name) => !draining.includes(name));
          for (const { members } of records) {
            assert.equal(members.length, Math.min(copies, able.length));
            assert(members.every((name) => able.includes(name)));
          }
          assert(spread(loads(records, able)) <= 1, loads(records, able).join());
        },
      ),
      { numRuns: 300 },
    );
  });

  it('copies nothing for a host that is silent for a moment', () => {
    const records = settle(founded(6), { alive: ['a', 'b', 'c'], draining: [], gone: [], copies: 2 });
    assert.deepEqual(balance(records, { alive: ['a', 'b'], draining: [], gone: [], copies: 2 }), []);
  });

  it('replaces a host that is gone, and never takes the last one that has everything', () => {
    const records = settle(founded(6), { alive: ['a', 'b', 'c'], draining: [], gone: [], copies: 2 });
    const withoutC = records.map((record) => {
      const next = record.inSync.find((host) => host !== 'c') ?? 'c';
      return evicted(record.leader === 'c' ? (takenOver(record, next) ?? record) : record, 'c');
    });
    const after = settle(withoutC, { alive: ['a', 'b'], draining: [], gone: ['c'], copies: 2 });
    for (const { members } of after) assert.deepEqual([...members].sort(), ['a', 'b']);
    const alone = { ...firstRecord(toShardId(0), 'c', LOG, 0), members: ['c'] };
    const [kept] = settle([alone], { alive: [], draining: [], gone: ['c'], copies: 2 });
    assert.deepEqual(kept?.members, ['c']);
  });
});
