import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { SimulatedHost } from '../../testing/simulated-host.ts';
import { SimulatedServers } from '../../testing/simulated-spine.ts';
import { seededRandom, toShardId } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { createLog, DEFAULT_TIMES, firstRecord, joined, ShardDirectory } from './index.ts';

/** Has the last one in sync of three members lead a shard that is to have so many mirrors. */
async function withLeader(copies: number, use: (leader: SimulatedHost) => Promise<void>): Promise<void> {
  const clock = new SimulatedClock();
  const servers = new SimulatedServers(clock, seededRandom(1));
  await clock.run(
    (async () => {
      const spine = servers.connect('a');
      const { identity } = await createLog(spine, 'log');
      const record = firstRecord(toShardId(0), 'a', { stream: 'log', streamIdentity: identity }, 0);
      await new ShardDirectory(spine.records).create(joined(joined(record, 'b'), 'c'));
      const leader = new SimulatedHost({
        name: 'a',
        alias: 'a',
        disk: new FaultyDisk(),
        spine,
        clock,
        times: DEFAULT_TIMES,
        copies,
        others: () => undefined,
      });
      await leader.start();
      while (leader.replica.leadership === undefined) await clock.sleep(DEFAULT_TIMES.tick_ms);
      await use(leader);
      await leader.stop();
    })(),
  );
}

describe('The last one in sync of three members', () => {
  it('refuses writes where a shard is to have three mirrors', () =>
    withLeader(3, async (leader) => {
      await assert.rejects(leader.write(1, 1, 10), { code: 'READ_ONLY' });
    }));

  it('takes writes where a shard of two is moving to the third', () =>
    withLeader(2, async (leader) => {
      await leader.write(1, 1, 10);
      assert.equal((await leader.contents()).get(1), 1);
    }));
});
