import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { withServer } from '../../../testing/served-engine.ts';
import { PeregrineError, toShardId } from '../../base/index.ts';
import type { ClusterStanding } from '../../cluster/index.ts';
import type { ClusterSeat } from '../cluster-seat.ts';

const heard = { version: '0.1.0', free_bytes: 5_000_000_000, isDraining: false, isAlive: true };

const STANDING: ClusterStanding = {
  host: 'north',
  copies: 2,
  hosts: [
    { ...heard, host: 'north', silence_ms: 40, holds: 1, leads: 1, inSync: 1 },
    { ...heard, host: 'south', silence_ms: 90_000, isAlive: false, holds: 1, leads: 0, inSync: 0 },
  ],
  shards: [
    {
      shard: toShardId(0),
      term: 7,
      leader: 'north',
      members: ['north', 'south'],
      inSync: ['north'],
      stream: 'peregrine-main-0',
      streamIdentity: '1',
      lives: [{ epoch: 2, base: 10, term: 0 }],
      epoch: 2,
      role: 'leading',
      entry: 4_321,
      reason: '<b>the stream</b> was full',
      mirrors: [
        { host: 'north', state: 'leading', entry: 4_321 },
        { host: 'south', state: 'silent', entry: 9 },
      ],
      compared: { at_ms: 1_700_000_000_000, records: 5_678, differences: 2, unsettled: 0 },
    },
  ],
};

function seat(asked: unknown[] = []): ClusterSeat {
  return {
    standing: () => STANDING,
    compare: async () => [],
    changes: () => [],
    drain: async (host, isDraining) => {
      if (host !== 'south') throw new PeregrineError('NOT_FOUND', `no ${host}`);
      asked.push([host, isDraining]);
    },
  };
}

describe('The page of hosts', () => {
  it('draws who holds what, and tells of hosts and shards', async () => {
    await withServer(
      async ({ command }) => {
        const { body, statusCode } = await command({ url: '/admin/cluster' });
        assert.equal(statusCode, 200);
        assert.match(body, /<td class="leading">leads<\/td>\s*<td class="silent">silent<\/td>/);
        assert.match(body, /4,321/);
        assert.match(body, /2 ranges differed, of 5,678 records, 2023-11-14 22:13/);
        assert.match(body, /of 2 are heard/);
        assert(body.includes('&lt;b&gt;the stream'), 'what hosts say is escaped');
      },
      { cluster: seat() },
    );
  });

  it('tells on one machine how to make a cluster', async () => {
    await withServer(async ({ command }) => {
      assert.match((await command({ url: '/admin/cluster' })).body, /--cluster nats:/);
      assert.deepEqual((await command({ url: '/cluster' })).json(), { cluster: null });
    });
  });
});

describe('The standing of the cluster in the API', () => {
  it('is told whole', async () => {
    await withServer(
      async ({ command }) => {
        assert.deepEqual((await command({ url: '/cluster' })).json(), { cluster: STANDING });
      },
      { cluster: seat() },
    );
  });
});

describe('Draining a host', () => {
  it('is asked of the cluster by page and API, and refused where there is none', async () => {
    const asked: unknown[] = [];
    const to = { method: 'POST', payload: { host: 'south' } } as const;
    await withServer(
      async ({ command }) => {
        for (const url of ['/cluster/drain', '/cluster/undrain', '/admin/cluster/drain'] as const) {
          const { statusCode } = await command({ ...to, url });
          assert(statusCode < 300, url);
        }
        const unknown = await command({ ...to, url: '/cluster/drain', payload: { host: 'west' } });
        assert.equal(unknown.statusCode, 404);
        assert.equal((await command({ ...to, url: '/cluster/drain', payload: {} })).statusCode, 400);
      },
      { cluster: seat(asked) },
    );
    assert.deepEqual(asked, [
      ['south', true],
      ['south', false],
      ['south', true],
    ]);
    await withServer(async ({ command }) => {
      assert.equal((await command({ ...to, url: '/cluster/drain' })).statusCode, 404);
    });
  });
});
