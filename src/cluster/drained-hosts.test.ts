import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { SimulatedServers } from '../../testing/simulated-spine.ts';
import { isPeregrineError, seededRandom } from '../base/index.ts';
import { type ChangeMaker, DRAIN_CHANGES_KEPT, DrainedHosts } from './drained-hosts.ts';

const by = (host: string, at_ms: number): ChangeMaker => ({ at_ms, who: 'admin', host });

async function opened(servers: SimulatedServers, host: string): Promise<DrainedHosts> {
  const drained = new DrainedHosts(servers.connect(host).records);
  await drained.open();
  return drained;
}

function newServers(): { readonly clock: SimulatedClock; readonly servers: SimulatedServers } {
  const clock = new SimulatedClock();
  return { clock, servers: new SimulatedServers(clock, seededRandom(1)) };
}

/** Time goes on until the test is over. */
function simulated(test: (parts: ReturnType<typeof newServers>) => Promise<void>): () => Promise<void> {
  return async () => {
    const parts = newServers();
    await parts.clock.run(test(parts));
  };
}

describe('Hosts that are to be drained', () => {
  it(
    'are known to every host, also to those that come later, until they are not any more',
    simulated(async ({ clock, servers }) => {
      const [a, b] = [await opened(servers, 'a'), await opened(servers, 'b')];
      const settled = async (isDraining: boolean): Promise<void> => {
        while (b.has('c') !== isDraining) await clock.sleep(10);
      };
      await a.set('c', true, by('a', 1));
      assert(a.has('c'), 'whoever said it knows it at once');
      await settled(true);
      assert(!b.has('a'), 'others stay');
      assert((await opened(servers, 'd')).has('c'));
      await b.set('c', false, by('b', 2));
      assert(!b.has('c'));
      while (a.has('c')) await clock.sleep(10);
      const drained = { setting: 'drain c', before: 'false', after: 'true', ...by('a', 1) };
      const not = { setting: 'drain c', before: 'true', after: 'false', ...by('b', 2) };
      assert.deepEqual(a.changes(), [not, drained]);
      await b.set('c', false, by('b', 3));
      for (let n = 0; n < 2 * DRAIN_CHANGES_KEPT; n++) await b.set('c', n % 2 === 0, by('b', 10 + n));
      assert.equal(b.changes().length, DRAIN_CHANGES_KEPT, 'the oldest have left');
      assert.equal(b.changes()[0]?.at_ms, 9 + 2 * DRAIN_CHANGES_KEPT);
    }),
  );

  it(
    'are changed by all at once, and the last one counts',
    simulated(async ({ clock, servers }) => {
      const all = [await opened(servers, 'a'), await opened(servers, 'b'), await opened(servers, 'c')];
      await Promise.all(all.map((one, n) => one.set('x', n !== 1, by('abc'[n] ?? '', n))));
      await all[1]?.set('x', true, by('b', 9));
      while (!all.every((one) => one.has('x'))) await clock.sleep(10);
    }),
  );

  it(
    'stay as they are where a record can not be read, and where no server answers',
    simulated(async ({ servers }) => {
      for (const [n, value] of ['{', 'null', '{"version":2,"isDraining":true}', '[]'].entries()) {
        servers.records.set(`drain.h${n}`, { key: `drain.h${n}`, value, revision: servers.nextRevision() });
      }
      const a = await opened(servers, 'a');
      for (const host of ['h0', 'h1', 'h2', 'h3']) assert(!a.has(host), host);
      servers.isDown = true;
      await assert.rejects(a.set('b', true, by('a', 1)), (error: unknown) =>
        isPeregrineError(error, 'UNAVAILABLE'),
      );
      assert(!a.has('b'));
    }),
  );
});
