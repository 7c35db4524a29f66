/**
 * Three hosts and three servers of NATS as real processes, harmed under load: `npm run sweep:cluster -- hosts HARMS DOCUMENTS`.
 * Hosts and servers are killed, stopped for a while, cut off from each other; disks are filled; streams are deleted, and brought
 * back from old copies. In the end every acknowledged document is found once on every host and mirrors hold the same. Prints
 * one line to be kept in docs/.
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
import { ClusterLoad, pause } from '../testing/cluster-load.ts';
import { CuttableProxy } from '../testing/cuttable-proxy.ts';
import { hasNats, NO_NATS, startNats } from '../testing/nats-servers.ts';
import { backUpStream, restoreStream } from '../testing/stream-backup.ts';

const SHARDS = 4;
const COPIES = 2;
const NAMES = ['a', 'b', 'c'] as const;
const SMALL_DISK = '512m';

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
      ),
    );
  }
  const load = new ClusterLoad(hosts);
  const spine = await connectNats({ servers: nats.urls, name: 'peregrine' });
  const records = new ShardDirectory(spine.records);
  const done: Record<string, number> = {};

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

  try {
    for (const host of hosts) await host.start();
    await records.open();
    say(`whole after ${(await whole(records, SHARDS, COPIES)).toFixed(1)} s`);
    const writer = async (): Promise<void> => {
      while (load.acknowledged.size < documents) await load.write();
    };
    await Promise.all(Array.from({ length: 16 }, writer));
    say(`${load.acknowledged.size} documents`);
    for (let n = 0; n < harms; n++) {
      const name = n < names.length ? must(names[n], 'a harm') : n % 2 === 0 ? 'kill' : any(names);
      done[name] = (done[name] ?? 0) + 1;
      await load.while(async () => {
        await pause(300);
        await harmOf[name]?.();
        await whole(records, SHARDS, COPIES);
      });
      say(
        `${n + 1} of ${harms}: ${name}; ${load.acknowledged.size} documents, ${load.wrongAnswers} wrong answers`,
      );
    }
    await pause(2_000);
    const { lost, duplicates } = await load.count();
    const compared = await compare(any(hosts));
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
    console.log(
      JSON.stringify({
        commit,
        documents: load.acknowledged.size,
        harms: done,
        acked_lost: lost,
        duplicates,
        failed_queries: load.failedQueries,
        wrong_answers: load.wrongAnswers,
        partial_answers: load.partialAnswers,
        longest_pause_s: Math.round(load.longestPause_ms / 100) / 10,
        differing_mirrors: compared.reduce((sum, { differences }) => sum + differences.length, 0),
        compared_mirrors: compared.reduce((sum, { hosts: held }) => sum + held.length, 0),
      }),
    );
    if (lost + duplicates + load.wrongAnswers > 0) process.exitCode = 1;
  } catch (error) {
    for (const host of hosts) process.stderr.write(`--- ${host.name}\n${host.log.slice(-4_000)}\n`);
    throw error;
  } finally {
    await records.close();
    await spine.close();
    await Promise.all(hosts.map((host) => host.kill()));
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
