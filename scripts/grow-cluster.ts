/**
 * A cluster of real processes that grows from one host to three and to five, and shrinks back to one, while documents are
 * written, searches asked and sites crawled: `npm run sweep:cluster -- grow DOCUMENTS`. Tells how long each step took, how
 * evenly slots lie, what failed; in the end every acknowledged document is found once. Prints one line to be kept in docs/.
 */

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { must, slotsOfShard } from '../src/base/index.ts';
import { connectNats, ShardDirectory } from '../src/cluster/index.ts';
import { type HostProcess, hostProcess } from '../testing/cluster-hosts.ts';
import { ClusterCrawlLoad } from '../testing/cluster-crawl-load.ts';
import { ClusterLoad, pause } from '../testing/cluster-load.ts';
import { hasNats, NO_NATS, startNats } from '../testing/nats-servers.ts';

/** Thirty mirrors: as many on each of three hosts, and of five. */
const SHARDS = 15;
const COPIES = 2;
const STEP_MS: number = 10 * 60_000;
const SITES = { addresses: 6, sitesPerAddress: 4, pagesPerSite: 60, latency_ms: 10 };
const DELAY_MS = 400;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Step {
  readonly hosts: number;
  /** Until every mirror was where it belongs and had everything. */
  readonly took_s: number;
  /** Most slots on a host above the mean, percent. */
  readonly uneven_percent: number;
  readonly documents: number;
  readonly missing: number;
}

export async function growCluster(documents: number): Promise<void> {
  if (!hasNats) throw new Error(NO_NATS);
  const directory = await mkdtemp(join(tmpdir(), 'peregrine-grow-'));
  const nats = await startNats(directory, 3);
  const [first, ...others] = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    hostProcess(name, directory, nats.urls, SHARDS, ['--contact', `https://${name}.example/`]),
  );
  const hosts = [must(first, 'the first host'), ...others];
  const load = new ClusterLoad(hosts);
  for (const host of others) load.leaves(host);
  const spine = await connectNats({ servers: nats.urls, name: 'peregrine' });
  const records = new ShardDirectory(spine.records);
  const steps: Step[] = [];
  let crawl: ClusterCrawlLoad | undefined;

  /** Waits until `names` hold everything, as evenly as can be. */
  async function settled(names: readonly string[], began_ms: number): Promise<void> {
    const copies = Math.min(COPIES, names.length);
    const most = Math.ceil((SHARDS * copies) / names.length);
    const isSettled = (): boolean => {
      const all = records.all();
      return (
        all.length === SHARDS &&
        all.every(
          ({ members, inSync }) =>
            members.length === copies &&
            inSync.length === copies &&
            members.every((host) => names.includes(host)),
        ) &&
        names.every((name) => all.filter(({ members }) => members.includes(name)).length <= most)
      );
    };
    while (!isSettled()) {
      if (performance.now() - began_ms > STEP_MS)
        throw new Error(`It does not settle on ${names.join(', ')}: ${JSON.stringify(records.all())}`);
      await pause(100);
    }
    const took_s = Math.round((performance.now() - began_ms) / 100) / 10;
    const slots = names.map((name) =>
      records
        .all()
        .filter(({ members }) => members.includes(name))
        .map(({ shard }) => slotsOfShard(shard, SHARDS))
        .reduce((sum, { first: from, last }) => sum + last - from + 1, 0),
    );
    const mean = slots.reduce((sum, count) => sum + count, 0) / names.length;
    const uneven_percent =
      Math.round(1_000 * (Math.max(...slots.map((n) => Math.abs(n - mean))) / mean)) / 10;
    const acknowledged = new Set(load.acknowledged);
    const found = new Set(await load.everything(hosts[0] as HostProcess));
    const missing = [...acknowledged].filter((url) => !found.has(url)).length;
    steps.push({ hosts: names.length, took_s, uneven_percent, documents: acknowledged.size, missing });
    say(JSON.stringify({ ...steps.at(-1), ...figures(), crawled: crawl?.sent }));
    if (load.lastRefusal !== '') say(`refused: ${load.lastRefusal.slice(0, 300)}`);
  }

  const figures = (): Record<string, number> => ({
    failed_queries: load.failedQueries,
    wrong_answers: load.wrongAnswers,
    partial_answers: load.partialAnswers,
    refused_writes: load.refusedWrites,
  });

  async function drain(leaving: readonly HostProcess[], staying: readonly string[]): Promise<void> {
    const began_ms = performance.now();
    for (const host of leaving) {
      await fetch(`${hosts[0]?.origin}/cluster/drain`, {
        method: 'POST',
        headers: { authorization: `Bearer ${hosts[0]?.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ host: host.name }),
      });
    }
    await settled(staying, began_ms);
    for (const host of leaving) {
      // Nobody asks it any more: only then it ends.
      load.leaves(host);
      await pause(500);
      await host.stop();
    }
  }

  async function joins(joining: readonly HostProcess[], all: readonly string[]): Promise<void> {
    const began_ms = performance.now();
    for (const host of joining) {
      await host.start();
      load.returns(host);
    }
    await settled(all, began_ms);
  }

  try {
    await hosts[0]?.start();
    await records.open();
    const writer = async (): Promise<void> => {
      while (load.acknowledged.size < documents) await load.write();
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    say(`${load.acknowledged.size} documents on one host`);
    crawl = await ClusterCrawlLoad.begin(must(hosts[0], 'a host'), SITES, DELAY_MS);
    await load.while(async () => {
      await pause(3_000);
      await joins(hosts.slice(1, 3), ['a', 'b', 'c']);
      await pause(2_000);
      await joins(hosts.slice(3), ['a', 'b', 'c', 'd', 'e']);
      await pause(2_000);
      await drain(hosts.slice(3), ['a', 'b', 'c']);
      await pause(2_000);
      await drain(hosts.slice(1, 3), ['a']);
    }, 2);
    const outcome = await crawl.over(hosts);
    const found = await load.everything(must(hosts[0], 'a host'));
    const distinct = new Set(found);
    const lost = [...load.acknowledged].filter((url) => !distinct.has(url)).length;
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
    console.log(
      JSON.stringify({
        commit,
        documents: load.acknowledged.size,
        lost,
        duplicates: found.length - distinct.size,
        ...figures(),
        longest_pause_s: Math.round(load.longestPause_ms / 100) / 10,
        steps,
        ...outcome,
      }),
    );
    if (lost + load.failedQueries + load.wrongAnswers > 0) process.exitCode = 1;
  } catch (error) {
    for (const host of hosts) process.stderr.write(`--- ${host.name}\n${host.log.slice(-3_000)}\n`);
    throw error;
  } finally {
    await records.close();
    await spine.close();
    await Promise.all(hosts.map((host) => host.kill()));
    await crawl?.close();
    await nats.close();
    await rm(directory, { recursive: true, force: true });
  }
}
