import assert from 'node:assert/strict';
import { it } from 'node:test';

import { seededRandom, silentLog, toShardId } from '../base/index.ts';
import { DEFAULT_TIMES, firstRecord, Peers, ShardDirectory } from './index.ts';
import { MirrorDoubt } from './mirror-doubt.ts';
import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { SimulatedServers } from '../../testing/simulated-spine.ts';

it('A mirror that nobody can mend goes on, and is not doubted again at once', async () => {
  const clock = new SimulatedClock();
  await clock.run(
    (async () => {
      const servers = new SimulatedServers(clock, seededRandom(1));
      const shard = toShardId(0);
      const record = firstRecord(shard, 'a', { stream: 's', streamIdentity: '1' }, 0);
      const doubt = new MirrorDoubt({
        shard,
        host: 'a',
        directory: new ShardDirectory(servers.connect('a').records),
        peers: new Peers(clock),
        clock,
        log: silentLog,
        times: DEFAULT_TIMES,
        signal: new AbortController().signal,
        position: () => undefined,
      });
      doubt.raise('a page is damaged.');
      assert(doubt.stands);
      await doubt.leave(record);
      assert(!doubt.stands, 'it is the only one that has everything');
      assert.match(doubt.unmended ?? '', /a page is damaged\. No other host/);
      doubt.raise('a page is damaged.');
      assert(!doubt.stands);
      await clock.sleep(11 * 60_000);
      doubt.raise('a page is damaged.');
      assert(doubt.stands, 'another host may be there by now');
      doubt.clear();
      assert.equal(doubt.unmended, undefined);
    })(),
  );
});
