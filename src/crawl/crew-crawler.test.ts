import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, toCollectionId, toShardId } from '../base/index.ts';
import { SimulatedClock } from '../../testing/simulated-clock.ts';
import { SimulatedCrew } from '../../testing/simulated-crew.ts';
import { SimulatedSink } from '../../testing/simulated-crawl.ts';
import { SimulatedWeb } from '../../testing/simulated-web.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import type { Fetcher, FetchResponse } from './fetcher.ts';
import { hostOf } from './host.ts';

const MAIN = toCollectionId(1);

interface Town {
  readonly clock: SimulatedClock;
  readonly web: SimulatedWeb;
  readonly crew: SimulatedCrew;
  /** Waits until every member tells so. */
  readonly told: (state: string) => Promise<void>;
}

function open(seed: number, sink = new SimulatedSink()): Town {
  const clock = new SimulatedClock();
  const web = new SimulatedWeb({ seed, hosts: 8, pagesPerHost: 6, failures: 0, delay_ms: 100 }, clock);
  const town = {
    clock,
    random: seededRandom(seed),
    shards: sortedShards(4),
    sink,
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

  it('begin a crawl once though the answer to who began it is lost', async () => {
    const { clock, web, crew, told } = open(7);
    crew.lostBooksAnswers = 1;
    // The first shard is led by a, which keeps the books.
    await clock.run(crew.crawlerOf('b').start(MAIN, { seeds: web.seeds, delay_ms: 100 }));
    assert.equal(crew.lostBooksAnswers, 0);
    await told('done');
    assert.equal(Math.max(...web.answered.values()), 1, 'each page once');
    await clock.run(crew.close());
  });

  it('fetch no page anew that another has fetched and not stored yet when its host changes hands', async () => {
    const sink = new SimulatedSink();
    const { clock, web, crew, told } = open(8, sink);
    const store = sink.store.bind(sink);
    sink.store = async (...page) => {
      await clock.sleep(2_000);
      await store(...page);
    };
    await clock.run(crew.crawlerOf('a').start(MAIN, { seeds: web.seeds, delay_ms: 100 }));
    for (let moves = 0; moves < 8; moves++) {
      await clock.run(clock.sleep(1_500));
      crew.move(toShardId(moves % 4));
    }
    await told('done');
    assert.equal(Math.max(...web.answered.values()), 1, 'each page once');
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

  it('ask no site but through who visits it, be it for robots.txt of another', async () => {
    const clock = new SimulatedClock();
    const shards = sortedShards(4);
    const names = Array.from({ length: 12 }, (_, n) => `n${n}.test`);
    const answer = (url: string): Partial<FetchResponse> => {
      const { host, pathname } = new URL(url);
      if (pathname === '/robots.txt' && host !== names[0])
        return { status: 301, redirectTo: `http://${names[0]}/robots.txt` };
      if (pathname === '/robots.txt')
        return { status: 200, bytes: new TextEncoder().encode('User-agent: *') };
      return pathname === '/'
        ? { status: 200, bytes: new TextEncoder().encode(`<title>${host}</title><p>${host}</p>`) }
        : { status: 404 };
    };
    const fetcher: Fetcher = {
      fetch: async ({ url }) => {
        await clock.sleep(5);
        const nothing = { bytes: new Uint8Array(), truncated: false, wire_bytes: 1, redirectTo: undefined };
        return {
          url,
          status: 200,
          headers: { 'content-type': 'text/html' },
          ip: '',
          ...nothing,
          ...answer(url),
        };
      },
      addressOf: async () => undefined,
      close: async () => undefined,
    };
    const town = { clock, random: seededRandom(1), shards, sink: new SimulatedSink(), fetcher };
    const crew = new SimulatedCrew(town, ['a', 'b', 'c']);
    const foreign: string[] = [];
    crew.onFetch = (name, url) => {
      if (crew.leaderOf(shards.of(hostOf(url).slot).shard) !== name) foreign.push(`${name}: ${url}`);
    };
    const seeds = names.map((name) => `http://${name}/`);
    await clock.run(crew.crawlerOf('a').start(MAIN, { seeds, delay_ms: 10 }));
    await clock.run(crew.crawlerOf('a').done(MAIN));
    assert.equal(crew.crawlerOf('a').progress(MAIN).outcomes.indexed, names.length);
    assert.equal(crew.visitors, 3);
    assert.deepEqual(foreign, []);
    await clock.run(crew.close());
  });
});
