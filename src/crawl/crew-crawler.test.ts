import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, toCollectionId, toShardId } from '../base/index.ts';
import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { SimulatedCrew } from '../../testing/simulated-crew.ts';
import { SimulatedSink } from '../../testing/simulated-crawl.ts';
import { SimulatedWeb } from '../../testing/simulated-web.ts';
import { sortedShards } from '../../testing/sorted-store.ts';

const MAIN = toCollectionId(1);

interface Town {
  readonly clock: SimulatedClock;
  readonly web: SimulatedWeb;
  readonly crew: SimulatedCrew;
  /** Waits until every member tells so. */
  readonly told: (state: string) => Promise<void>;
}

function open(seed: number): Town {
  const clock = new SimulatedClock();
  const web = new SimulatedWeb({ seed, hosts: 8, pagesPerHost: 6, failures: 0, delay_ms: 100 }, clock);
  const town = {
    clock,
    random: seededRandom(seed),
    shards: sortedShards(4),
    sink: new SimulatedSink(),
    fetcher: web,
  };
  const crew = new SimulatedCrew(town, ['a', 'b', 'c']);
  const told = async (state: string): Promise<void> => {
    const all = (): boolean =>
      crew.names.every((name) => crew.crawlerOf(name).progress(MAIN).state === state);
    const wait = async (): Promise<void> => {
      for (let waited = 0; !all(); waited++) {
        assert(waited < 10_000, `not ${state}`);
        await clock.sleep(100);
      }
    };
    await clock.run(wait());
  };
  return { clock, web, crew, told };
}

describe('Processes that crawl together', () => {
  it('fetch no page more than the crawl may have, and say so wherever they are asked', async () => {
    const { clock, web, crew, told } = open(3);
    await clock.run(crew.crawlerOf('b').start(MAIN, { seeds: web.seeds, delay_ms: 100, maxPages: 17 }));
    await told('done');
    for (const name of crew.names) {
      const { fetched, outcomes } = crew.crawlerOf(name).progress(MAIN);
      assert.equal(fetched, 17);
      assert((outcomes.limit ?? 0) > 0);
    }
    await clock.run(crew.close());
  });

  it('rest and go on as any of them is told', async () => {
    const { clock, web, crew, told } = open(4);
    await clock.run(crew.crawlerOf('a').start(MAIN, { seeds: web.seeds, delay_ms: 100 }));
    await clock.run(clock.sleep(1_500));
    await clock.run(crew.crawlerOf('b').pause(MAIN));
    const { fetches } = web;
    await clock.run(clock.sleep(30_000));
    assert.equal(web.fetches, fetches, 'nothing is fetched');
    await told('paused');
    await clock.run(crew.crawlerOf('c').resume(MAIN));
    await told('done');
    assert.deepEqual(
      [...web.reachable()].filter((url) => !web.answered.has(url)),
      [],
    );
    assert.equal(Math.max(...web.answered.values()), 1, 'each page once');
    await clock.run(crew.close());
  });

  it('go on where the books are kept by another, and begin the next round when asked', async () => {
    const { clock, web, crew, told } = open(5);
    await clock.run(crew.crawlerOf('c').start(MAIN, { seeds: web.seeds, delay_ms: 100 }));
    await clock.run(clock.sleep(1_500));
    crew.move(toShardId(0));
    await told('done');
    assert.deepEqual(
      [...web.reachable()].filter((url) => !web.answered.has(url)),
      [],
    );
    const pages = web.answered.size;
    const asked = await clock.run(crew.crawlerOf('a').refresh(MAIN, { pages: 5 }));
    assert.equal(asked, 5);
    await told('done');
    assert.equal(web.answered.size, pages);
    assert.deepEqual(web.brokenRules, []);
    await clock.run(crew.close());
  });

  it('empty the queue of all shards when the crawl is stopped', async () => {
    const { clock, web, crew, told } = open(6);
    await clock.run(crew.crawlerOf('a').start(MAIN, { seeds: web.seeds, delay_ms: 100 }));
    await clock.run(clock.sleep(1_000));
    await clock.run(crew.crawlerOf('b').stop(MAIN));
    await told('done');
    for (const name of crew.names) assert.equal(crew.crawlerOf(name).progress(MAIN).queued, 0);
    await clock.run(crew.close());
  });
});
