/** Three hosts and three servers of NATS as real processes, harmed while they work. */

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';

import { openEngine } from '../src/collection/index.ts';
import { allFind, type Answer, manyQueries, pageOf, search, searchAll } from '../testing/cluster-answers.ts';
import { type HostProcess, hostProcess } from '../testing/cluster-hosts.ts';
import { pause } from '../testing/cluster-load.ts';
import { CuttableProxy } from '../testing/cuttable-proxy.ts';
import { hasNats, NO_NATS, type NatsServers, startNats } from '../testing/nats-servers.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const SHARDS = 6;
/** Those that answers are compared over. */
const PAGES = 120;
const QUERIES = 1_000;

/** Turns a byte in the first page of every part in a data directory. Resolves with how many. */
async function rot(directory: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(directory, { recursive: true })) {
    if (!/(^|\/)parts\/[^/]+$/.test(name)) continue;
    const path = join(directory, name);
    const bytes = await readFile(path);
    if (bytes.length < 512) continue;
    bytes[100] = (bytes[100] ?? 0) ^ 0x10;
    await writeFile(path, bytes);
    count += 1;
  }
  return count;
}

interface Change {
  readonly host: string;
  readonly who: string;
  readonly setting: string;
  readonly before: string;
  readonly after: string;
}

/** How settings came to be, as a host tells it. */
async function changesOf({ origin, key }: HostProcess): Promise<Change[]> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${origin}/settings/history`, { headers });
  const { changes } = (await answer.json()) as { readonly changes: readonly Change[] };
  return changes.map(({ host, who, setting, before, after }) => ({ host, who, setting, before, after }));
}

describe('A cluster of three hosts', { skip: hasNats ? false : NO_NATS, timeout: 240_000 }, () => {
  let directory: string;
  let nats: NatsServers;
  let hosts: readonly HostProcess[];
  /** Of the third host. */
  let waysToNats: readonly CuttableProxy[];
  const acknowledged = new Map<string, string>();
  let next = 0;

  before(async () => {
    directory = temporaryDirectory({ after });
    nats = await startNats(directory, 3);
    waysToNats = await Promise.all(nats.servers.map(({ port }) => CuttableProxy.open(port)));
    const ways = waysToNats.map(({ port }) => `nats://127.0.0.1:${port}`);
    hosts = ['a', 'b', 'c'].map((name) =>
      hostProcess(name, directory, name === 'c' ? ways : nats.urls, SHARDS),
    );
    for (const host of hosts) await host.start();
  });

  after(async () => {
    for (const host of hosts) await host.kill();
    for (const way of waysToNats) await way.close();
    await nats.close();
  });

  /** Through any host that answers; what was acknowledged is noted. Resolves with the number of the write. */
  async function inject(through = hosts): Promise<string> {
    const n = next++;
    const { url } = pageOf(n);
    for (let attempt = 0; attempt < 60; attempt++) {
      const host = through[(n + attempt) % through.length];
      assert(host !== undefined);
      try {
        const response = await fetch(`${host.origin}/inject`, {
          method: 'POST',
          headers: { authorization: `Bearer ${host.key}`, 'content-type': 'application/json' },
          body: JSON.stringify(pageOf(n)),
          signal: AbortSignal.timeout(20_000),
        });
        if (response.ok) {
          acknowledged.set(url, `Page ${n}`);
          return ((await response.json()) as { document: { seq: string } }).document.seq;
        }
        assert([429, 503, 504].includes(response.status), `${response.status} ${await response.text()}`);
      } catch (error) {
        // A killed host does not answer; the next one does.
        if (error instanceof assert.AssertionError) throw error;
      }
      await pause(200);
    }
    throw new assert.AssertionError({ message: `${url} could be written nowhere` });
  }

  async function injectWhile(harm: () => Promise<void>): Promise<void> {
    const end = { isReached: false };
    const writing = Array.from({ length: 4 }, async () => {
      while (!end.isReached) await inject();
    });
    try {
      await harm();
    } finally {
      end.isReached = true;
      await Promise.all(writing);
    }
  }

  async function everywhere(): Promise<void> {
    for (const host of hosts) {
      let found = await search(host, 'falcon');
      for (let waited = 0; found?.hits !== acknowledged.size && waited < 600; waited++) {
        await pause(100);
        found = await search(host, 'falcon');
      }
      assert.equal(
        found?.hits,
        acknowledged.size,
        `host ${host.name} finds every page once\n${host.log.slice(-6_000)}`,
      );
    }
  }

  /** Whether every shard is on two hosts that hold the same, record by record. */
  async function alike(): Promise<boolean> {
    const [host] = hosts;
    assert(host !== undefined);
    const response = await fetch(`${host.origin}/cluster/compare`, {
      method: 'POST',
      headers: { authorization: `Bearer ${host.key}` },
      signal: AbortSignal.timeout(60_000),
    }).catch(() => undefined);
    if (response?.ok !== true) return false;
    const { shards } = (await response.json()) as {
      shards: { hosts: string[]; differences: unknown[]; unsettled: number }[];
    };
    return shards.every(
      (shard) => shard.hosts.length === 2 && shard.differences.length === 0 && shard.unsettled === 0,
    );
  }

  it('answers alike on every host, whoever was written to', async () => {
    await Promise.all(Array.from({ length: 24 }, () => inject()));
    await everywhere();
    const answers = await Promise.all(hosts.map((host) => search(host, 'falcon number7')));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0]?.urls[0], 'https://site0.example/7');
  });

  it('holds each shard on two hosts, and four of the six on each', async () => {
    for (const host of hosts) {
      const shards = async (): Promise<string[]> =>
        (await readdir(join(directory, host.name))).filter((name) => /^shard-\d+$/.test(name));
      for (let waited = 0; (await shards()).length !== 4 && waited < 600; waited++) await pause(100);
      assert.equal((await shards()).length, 4, `host ${host.name}\n${host.log.slice(-3_000)}`);
    }
  });

  it(`answers ${QUERIES} queries as one machine does that holds everything, with the same scores`, async () => {
    const single = await openEngine({ dataDirectory: join(directory, 'single'), shards: 1 });
    try {
      await single.createCollection('main');
      await Promise.all(Array.from({ length: PAGES - next }, () => inject()));
      await everywhere();
      await Promise.all(Array.from({ length: PAGES }, (_, n) => single.inject('main', pageOf(n))));
      const queries = manyQueries(QUERIES, PAGES);
      const unequal: string[] = [];
      await Promise.all(
        hosts.map(async (host, own) => {
          for (let i = own; i < queries.length; i += hosts.length) {
            const query = queries[i] ?? '';
            const { matches, results, didYouMean } = await single.search('main', { query, count: 5 });
            const wanted: Answer = {
              hits: matches,
              urls: results.map(({ url }) => url),
              scores: results.map(({ score }) => score),
              didYouMean,
            };
            const found = await searchAll(host, query);
            if (!isDeepStrictEqual(found, wanted)) unequal.push(`${query}: ${inspect({ found, wanted })}`);
          }
        }),
      );
      assert.equal(unequal.length, 0, `${unequal.length} of ${QUERIES}:\n${unequal.slice(0, 3).join('\n')}`);
    } finally {
      await single.close();
    }
  });

  it('puts rules in force on every host, whoever was told, and tells on all who said what and where', async () => {
    await Promise.all(Array.from({ length: 3 }, () => inject()));
    await everywhere();
    const [none, some] = [{ synonyms: '' }, { synonyms: 'zeppelin, falcon' }];
    const wanted: Change[] = [];
    for (const { name, origin, key } of hosts) {
      for (const rules of [some, none]) {
        await allFind(hosts, 'zeppelin', rules === some ? 0 : acknowledged.size);
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        const body = JSON.stringify(rules);
        assert((await fetch(`${origin}/lab/rules`, { method: 'PUT', headers, body })).ok);
        const before = wanted[0]?.after ?? '';
        wanted.unshift({ host: name, who: 'admin', setting: 'search-rules', before, after: body });
      }
      await allFind(hosts, 'zeppelin', 0);
    }
    for (const host of hosts) assert.deepEqual(await changesOf(host), wanted, host.name);
  });

  it('goes on when a host is killed, and the host has everything when it is back', async () => {
    const [, victim] = hosts;
    assert(victim !== undefined);
    await injectWhile(async () => {
      await pause(300);
      await victim.kill();
      await pause(4_000);
      await victim.start();
    });
    await everywhere();
  });

  it('goes on when a host stands still for a while', async () => {
    const [victim] = hosts;
    assert(victim !== undefined);
    await injectWhile(async () => {
      victim.signal('SIGSTOP');
      await pause(4_000);
      victim.signal('SIGCONT');
    });
    await everywhere();
  });

  it('says on a host that is cut off that it has not seen a write, and shows it when it is back', async () => {
    const [first, , third] = hosts;
    assert(first !== undefined && third !== undefined);
    for (const way of waysToNats) way.cut();
    const written: string[] = [];
    for (let n = 0; n < 8; n++) written.push(await inject([first]));
    const answer = async (): Promise<{ hits: number; partial: boolean; numShardsBehind?: number }> => {
      const url = `${third.origin}/search?format=json&q=falcon&minSeq=${written.join(',')}`;
      return (await (await fetch(url)).json()) as Awaited<ReturnType<typeof answer>>;
    };
    const before = await answer();
    assert(before.partial && (before.numShardsBehind ?? 0) > 0, JSON.stringify(before).slice(0, 300));
    for (const way of waysToNats) way.mend();
    for (let waited = 0; ; waited++) {
      const { hits, partial } = await answer();
      if (!partial) {
        assert.equal(hits, acknowledged.size);
        break;
      }
      assert(waited < 100, third.log.slice(-3_000));
      await pause(200);
    }
    await everywhere();
  });

  it('gets whole copies in the place of bytes that rotted', async () => {
    const [, victim] = hosts;
    assert(victim !== undefined);
    // Whoever has just been cut off is to be in step first: else nobody has what the copies are made of.
    for (let waited = 0; !(await alike()); waited++) {
      assert(waited < 300, victim.log.slice(-6_000));
      await pause(200);
    }
    await victim.stop();
    const rotten = await rot(join(directory, victim.name));
    await victim.start();
    assert(rotten > 0, 'there are parts to be damaged');
    await everywhere();
    // Nobody reads everything but who compares.
    const isNoticed = (): boolean => /cluster\.(mirror-doubted|set-aside)/.test(victim.log);
    for (let waited = 0; !((await alike()) && isNoticed()); waited++) {
      assert(waited < 300, victim.log.slice(-6_000));
      await pause(200);
    }
  });

  it('goes on when a server of NATS is killed', async () => {
    const [, , server] = nats.servers;
    assert(server !== undefined);
    await injectWhile(async () => {
      await server.kill();
      await pause(2_000);
      await server.start();
    });
    await everywhere();
  });
});
