/** A crawl that three hosts of a cluster do together as real processes, while one stands still and the one that keeps its books is killed. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type HostProcess, hostProcess } from '../testing/cluster-hosts.ts';
import { hasNats, NO_NATS, type NatsServers, startNats } from '../testing/nats-servers.ts';
import { type SharedSites, startSharedSites } from '../testing/shared-sites.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const SHARDS = 6;
const DELAY_MS = 100;
const CONCURRENCY = 8;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Standing {
  readonly shards: readonly {
    readonly shard: number;
    readonly leader: string;
    /** Hosts that have everything acknowledged. */
    readonly inSync: readonly string[];
  }[];
}

interface Progress {
  readonly state: string;
  readonly queued: number;
  readonly fetched: number;
  readonly indexed: number;
}

const leadersOf = ({ shards }: Standing): Set<string> => new Set(shards.map(({ leader }) => leader));

async function get<T>(host: HostProcess, path: string): Promise<T | undefined> {
  const response = await fetch(`${host.origin}${path}`, {
    headers: { authorization: `Bearer ${host.key}` },
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  return response?.ok === true ? ((await response.json()) as T) : undefined;
}

describe('A crawl on a cluster', { skip: hasNats ? false : NO_NATS, timeout: 240_000 }, () => {
  let nats: NatsServers;
  let sites: SharedSites;
  let hosts: readonly HostProcess[];

  before(async () => {
    const directory = temporaryDirectory({ after });
    nats = await startNats(directory, 1);
    sites = await startSharedSites({ addresses: 4, sitesPerAddress: 3, pagesPerSite: 15, latency_ms: 10 });
    hosts = ['a', 'b', 'c'].map((name) =>
      hostProcess(name, directory, nats.urls, SHARDS, ['--contact', `https://${name}.example/`]),
    );
    for (const host of hosts) await host.start();
  });

  after(async () => {
    for (const host of hosts) await host.kill();
    await nats.close();
    await sites.close();
  });

  async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let waited = 0; !(await isSo()); waited++) {
      assert(
        waited < 1_200,
        `${what}\n${hosts.map(({ name, log }) => `${name}:\n${log.slice(-3_000)}`).join('\n')}`,
      );
      await wait(100);
    }
  }

  it('is done by several hosts, outlives one that stands still and the one that keeps its books, and fetches each page once', async () => {
    const [first, second] = hosts;
    assert(first !== undefined && second !== undefined);
    let standing: Standing | undefined;
    await until(async () => {
      standing = (await get<{ cluster: Standing }>(first, '/cluster'))?.cluster;
      return standing !== undefined && leadersOf(standing).size === 3;
    }, 'each host leads shards');
    const keeper = hosts.find(({ name }) => standing?.shards.some((s) => s.shard === 0 && s.leader === name));
    const asked = hosts.find((host) => host !== keeper);
    assert(keeper !== undefined && asked !== undefined);

    const response = await fetch(`${asked.origin}/crawl`, {
      method: 'POST',
      headers: { authorization: `Bearer ${asked.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        seeds: sites.seeds,
        delay_ms: DELAY_MS,
        concurrency: CONCURRENCY,
        allowPrivate: true,
      }),
    });
    assert.equal(response.status, 200, await response.text());

    await until(() => sites.sent.size > sites.urls.length / 8, 'an eighth of the pages is fetched');
    // So long that others lead its shards when it wakes.
    asked.signal('SIGSTOP');
    await wait(4_000);
    asked.signal('SIGCONT');
    await until(() => sites.sent.size > sites.urls.length / 3, 'a third of the pages is fetched');
    // A host that slept catches up first: a shard of which only the one that dies has everything would wait for that one.
    await until(async () => {
      standing = (await get<{ cluster: Standing }>(asked, '/cluster'))?.cluster;
      return standing?.shards.every(({ inSync }) => inSync.some((name) => name !== keeper.name)) === true;
    }, 'others have all that the one to be killed has');
    await keeper.kill();
    const others = hosts.filter((host) => host !== keeper);
    for (const host of others) {
      let progress: Progress | undefined;
      await until(async () => {
        progress = (await get<{ progress: Progress }>(host, '/crawl'))?.progress;
        return progress?.state === 'done';
      }, `the crawl is over, as ${host.name} says`);
      assert.equal(progress?.queued, 0);
      assert.equal(progress?.indexed, sites.urls.length);
    }

    assert.deepEqual(
      sites.urls.filter((url) => !sites.sent.has(url)),
      [],
      'every page is fetched',
    );
    const repeated = [...sites.sent.values()].reduce((sum, count) => sum + count - 1, 0);
    assert(repeated <= 2 * (CONCURRENCY + 4), `${repeated} pages were sent again`);
    assert(sites.visitors.size >= 2, `visitors: ${[...sites.visitors].join(', ')}`);
    assert(sites.smallestGap_ms >= DELAY_MS, `a gap of ${sites.smallestGap_ms} ms`);
    for (const host of others) {
      const found = await get<{ hits: number }>(host, '/search?format=json&q=falcon');
      assert.equal(found?.hits, sites.urls.length, `${host.name} finds every page`);
    }
  });
});
