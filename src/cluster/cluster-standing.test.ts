import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { toShardId } from '../base/index.ts';
import { standingOf, type StandingParts } from './cluster-standing.ts';
import { type MirrorPosition, reborn, type ShardRecord } from './shard-record.ts';

const RECORD: ShardRecord = {
  shard: toShardId(0),
  term: 3,
  leader: 'a',
  members: ['a', 'b', 'c', 'd', 'e'],
  inSync: ['a', 'b', 'e'],
  stream: 's',
  streamIdentity: '1',
  lives: [{ epoch: 1, base: 0, term: 0 }],
};

const at = (epoch: number, entry: number): MirrorPosition => ({ epoch, term: 3, entry, place: entry });

function heard(host: string, position?: MirrorPosition, silence_ms = 10): StandingParts['peers'][number] {
  const mirrors = position === undefined ? [] : [{ shard: toShardId(0), position }];
  return { host, silence_ms, address: '', free_bytes: 5, isDraining: false, version: '1', mirrors };
}

const seen = (record: ShardRecord): ReturnType<typeof standingOf> =>
  standingOf({
    host: 'a',
    copies: 3,
    lease_ms: 2_000,
    records: [record],
    peers: [heard('a'), heard('b', at(1, 9)), heard('c', at(1, 4)), heard('d'), heard('f', undefined, 9_000)],
    isDraining: (host) => host === 'b',
    own: () => ({ role: 'leading', reason: '', position: at(1, 9) }),
    compared: () => ({ at_ms: 1_000, records: 12, differences: 0, unsettled: 1 }),
  });

describe('The standing of a cluster', () => {
  it('tells what each mirror of a shard does', () => {
    assert.deepEqual(
      seen(RECORD).shards[0]?.mirrors.map(({ host, state, entry }) => [host, state, entry]),
      [
        ['a', 'leading', 9],
        ['b', 'in-sync', 9],
        ['c', 'behind', 4],
        ['d', 'copying', null],
        ['e', 'silent', null],
      ],
    );
  });

  it('tells what the last comparison of mirrors came to', () => {
    assert.deepEqual(seen(RECORD).shards[0]?.compared, {
      at_ms: 1_000,
      records: 12,
      differences: 0,
      unsettled: 1,
    });
  });

  it('tells that a mirror copies which ends before the present life of the log', () => {
    const [shard] = seen(
      reborn(RECORD, 'a', { stream: 't', streamIdentity: '2' }, { base: 9, term: 1 }, ['b']),
    ).shards;
    assert.equal(shard?.epoch, 2);
    assert.equal(shard?.mirrors.find(({ host }) => host === 'c')?.state, 'copying');
  });

  it('names hosts that were heard, and those that only records know', () => {
    const { hosts } = seen(RECORD);
    assert.deepEqual(
      hosts.map(({ host, isAlive, silence_ms }) => [host, isAlive, silence_ms]),
      [
        ['a', true, 10],
        ['b', true, 10],
        ['c', true, 10],
        ['d', true, 10],
        ['e', false, null],
        ['f', false, 9_000],
      ],
    );
    assert.deepEqual(
      hosts.filter(({ isDraining }) => isDraining).map(({ host }) => host),
      ['b'],
    );
    assert.deepEqual(
      hosts.map(({ holds, leads, inSync }) => [holds, leads, inSync].join('')),
      ['111', '101', '100', '100', '101', '000'],
    );
  });
});
