/**
 * Three hosts and three servers of NATS as real processes, harmed under load: `npm run sweep:cluster -- hosts HARMS DOCUMENTS`.
 * Hosts and servers are killed, stopped for a while, cut off from each other; disks are filled; streams are deleted, and brought
 * back from old copies, while documents are written, searches asked and sites crawled. In the end every acknowledged document is
 * found once on every host and mirrors hold the same. Tells what it has come to after each harm; `SIGINT` ends it with what there
 * is. Prints one line to be kept in docs/.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { must } from '../src/base/index.ts';
import { connectNats, ShardDirectory } from '../src/cluster/index.ts';
import { type HostProcess, hostProcess, whole } from '../testing/cluster-hosts.ts';
import { ClusterCrawlLoad } from '../testing/cluster-crawl-load.ts';
import { ClusterLoad, pause } from '../testing/cluster-load.ts';
import { CuttableProxy } from '../testing/cuttable-proxy.ts';
import { hasNats, NO_NATS, startNats } from '../testing/nats-servers.ts';
import { backUpStream, restoreStream } from '../testing/stream-backup.ts';

const SHARDS = 4;
const COPIES = 2;
const NAMES = ['a', 'b', 'c'] as const;
const SMALL_DISK = '1g';
const WRITERS = 12;
const SITES = { addresses: 4, sitesPerAddress: 3, pagesPerSite: 60, latency_ms: 10 };
const DELAY_MS = 400;

const any = <T>(list: readonly T[]): T => must(list[randomInt(list.length)], 'one of them');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Comparison {
  readonly hosts: readonly string[];
  readonly differences: readonly unknown[];
}

export async function harmCluster(harms: number, documents: number): Promise<void> {
  if (!hasNats) throw new Error(NO_NATS);
  const directory = await mkdtemp(join(tmpdir(), 'peregrine-harm-'));
  const disk = smallDisk(join(directory, 'c'));
  const nats = await startNats(directory, 3);
  const proxies = new Map<string, readonly CuttableProxy[]>();
  const hosts: HostProcess[] = [];
  for (const name of NAMES) {
    const own = await Promise.all(nats.servers.map(({ port }) => CuttableProxy.open(port)));
    proxies.set(name, own);
    hosts.push(
      hostProcess(
        name,
        directory,
        own.map(({ port }) => `nats://127.0.0.1:${port}`),
        SHARDS,
        ['--contact', `https://${name}.example/`],
      ),
    );
  }
  const load = new ClusterLoad(hosts);
  const spine = await connectNats({ servers: nats.urls, name: 'peregrine' });
  const records = new ShardDirectory(spine.records);
  const done: Record<string, number> = {};
  let crawl: ClusterCrawlLoad | undefined;

  /** Away for a while, then back: who asks meanwhile asks the others. */
  const harmOf: Record<string, () => Promise<void>> = {
    async kill() {
      const victim = any(hosts);
      await load.kill(victim);
      await pause(500 + randomInt(6_000));
      await load.revive(victim);
    },
    async killServer() {
      const server = any(nats.servers);
      await server.kill();
      await pause(500 + randomInt(4_000));
      await server.start();
    },
    async stop() {
      const victim = any(hosts);
      load.leaves(victim);
      victim.signal('SIGSTOP');
      await pause(500 + randomInt(6_000));
      victim.signal('SIGCONT');
      await pause(1_000);
      load.returns(victim);
    },
    async cut() {
      const victim = any(hosts);
      const own = must(proxies.get(victim.name), 'the ways of a host');
      load.leaves(victim);
      for (const proxy of own) proxy.cut();
      await pause(500 + randomInt(8_000));
      for (const proxy of own) proxy.mend();
      await pause(2_000);
      load.returns(victim);
    },
    async deleteStream() {
      await spine.removeStream(any(records.all()).stream);
    },
    async deleteAllStreams() {
      for (const { stream } of records.all()) await spine.removeStream(stream);
    },
    /** Its last messages are gone, as after a power cut of all servers. */
    async cutStreamShort() {
      const { stream } = any(records.all());
      const backup = await backUpStream(nats.urls, stream);
      await pause(50);
      await restoreStream(nats.urls, backup);
    },
    async restoreStream() {
      const { stream } = any(records.all());
      const backup = await backUpStream(nats.urls, stream);
      await pause(1_500);
      await restoreStream(nats.urls, backup);
    },
    ...(disk === undefined
      ? {}
      : {
          async fillDisk() {
            await disk.fill();
            await pause(4_000);
            await disk.free();
          },
        }),
  };
  const names = Object.keys(harmOf);

  const began_ms = performance.now();
  const end = { isReached: false };
  const onSignal = (): void => void (end.isReached = true);
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const totals = (): Record<string, unknown> => ({
    documents: load.acknowledged.size,
    harms: done,
    failed_queries: load.failedQueries,
    wrong_answers: load.wrongAnswers,
    partial_answers: load.partialAnswers,
    longest_pause_s: Math.round(load.longestPause_ms / 100) / 10,
    took_s: Math.round((performance.now() - began_ms) / 1000),
  });
  const writeUntil = async (count: number): Promise<void> => {
    const writer = async (): Promise<void> => {
      while (load.acknowledged.size < count && !end.isReached) await load.write();
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
  };

  try {
    for (const host of hosts) await host.start();
    await records.open();
    say(`whole after ${(await whole(records, SHARDS, COPIES)).toFixed(1)} s`);
    crawl = await ClusterCrawlLoad.begin(any(hosts), SITES, DELAY_MS);
    for (let n = 0; n < harms && !end.isReached; n++) {
      // Each harm meets its share of the documents, and what is written while it lasts.
      await writeUntil((documents * n) / harms);
      const name = n < names.length ? must(names[n], 'a harm') : n % 2 === 0 ? 'kill' : any(names);
      done[name] = (done[name] ?? 0) + 1;
      await load.while(async () => {
        await pause(300);
        await harmOf[name]?.();
        await whole(records, SHARDS, COPIES);
      });
      say(`${n + 1} of ${harms}: ${name}; ${crawl.sent} pages crawled; ${JSON.stringify(totals())}`);
    }
    await writeUntil(documents);
    const crawled = await crawl.over(hosts);
    await pause(2_000);
    const { lost, duplicates } = await load.count();
    const compared = await compare(any(hosts));
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
    console.log(
      JSON.stringify({
        commit,
        acked_lost: lost,
        duplicates,
        ...totals(),
        differing_mirrors: compared.reduce((sum, { differences }) => sum + differences.length, 0),
        compared_mirrors: compared.reduce((sum, { hosts: held }) => sum + held.length, 0),
        ...crawled,
      }),
    );
    if (lost + duplicates + load.wrongAnswers + crawled.crawl_missing > 0) process.exitCode = 1;
  } catch (error) {
    for (const host of hosts) process.stderr.write(`--- ${host.name}\n${host.log.slice(-4_000)}\n`);
    throw error;
  } finally {
    await records.close();
    await spine.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await Promise.all(hosts.map((host) => host.kill()));
    await crawl?.close();
    for (const own of proxies.values()) await Promise.all(own.map((proxy) => proxy.close()));
    await nats.close();
    disk?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function compare(host: HostProcess): Promise<readonly Comparison[]> {
  const response = await fetch(`${host.origin}/cluster/compare`, {
    method: 'POST',
    headers: { authorization: `Bearer ${host.key}` },
  });
  return ((await response.json()) as { shards: Comparison[] }).shards;
}

/** A disk of its own for a host, that can be filled; undefined where this process may not make one. */
function smallDisk(
  directory: string,
): { fill(): Promise<void>; free(): Promise<void>; close(): void } | undefined {
  mkdirSync(directory);
  const made = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', directory]);
  if (made.status !== 0) {
    process.stderr.write('No disk can be mounted here: none is filled.\n');
    return undefined;
  }
  const file = join(directory, 'filler');
  return {
    fill: async () => {
      const piece = new Uint8Array(1024 * 1024);
      for (let n = 0; ; n++) {
        try {
          await writeFile(file, piece, { flag: 'a' });
        } catch {
          return;
        }
      }
    },
    free: async () => rm(file, { force: true }),
    close: () => void spawnSync('umount', ['-l', directory]),
  };
}
