/**
 * A cluster of real processes on this machine, measured and harmed: three servers of NATS, three hosts, four shards of two
 * mirrors. `npm run bench:cluster -- [--quick] [--documents N] [--kills N] [--json]`. Writes documents, asks queries, kills
 * hosts and servers under both, and counts what was lost, doubled or failed; kills mirrors under searches alone, and tells how long
 * those took then. Needs `nats-server` (Debian's package).
 */

import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { must } from '../src/base/index.ts';
import { connectNats, ShardDirectory } from '../src/cluster/index.ts';
import { hostProcess, whole } from '../testing/cluster-hosts.ts';
import { ClusterLoad, pause } from '../testing/cluster-load.ts';
import { hasNats, NO_NATS, type NatsServers, startNats } from '../testing/nats-servers.ts';

const SHARDS = 4;
const COPIES = 2;
const WRITERS = 16;
const READERS = 3;
/** Of searches before a kill, and from it on. */
const WINDOW_MS = 4_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    documents: { type: 'string' },
    kills: { type: 'string' },
  },
});
const wanted = Number(values.documents ?? (values.quick ? 1_000 : 10_000));
const kills = Number(values.kills ?? (values.quick ? 1 : 6));
const switches = values.quick ? 2 : 6;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

const rounded = (value: number): number => Math.round(value * 100) / 100;

async function run(directory: string, nats: NatsServers): Promise<Record<string, number>> {
  const hosts = ['a', 'b', 'c'].map((name) => hostProcess(name, directory, nats.urls, SHARDS));
  const bench = new ClusterLoad(hosts);
  const spine = await connectNats({ servers: nats.urls, name: 'peregrine' });
  const records = new ShardDirectory(spine.records);
  try {
    for (const host of hosts) await host.start();
    await records.open();
    say(`whole after ${(await whole(records, SHARDS, COPIES)).toFixed(1)} s`);

    const began_ms = performance.now();
    const writer = async (): Promise<void> => {
      while (bench.acknowledged.size < wanted) await bench.write();
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
    const writesPerSecond = bench.acknowledged.size / ((performance.now() - began_ms) / 1000);
    say(`${bench.acknowledged.size} documents, ${writesPerSecond.toFixed(0)} a second`);

    for (let n = 0; n < 20; n++) await bench.ask();
    bench.latencies_ms.length = 0;
    for (let n = 0; n < (values.quick ? 300 : 2_000); n++) await bench.ask();
    const calm = bench.latencies_ms.splice(0).sort((a, b) => a - b);

    const rejoins: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await bench.while(async () => {
        await pause(300);
        const victim = must(hosts[kill % hosts.length], 'a host');
        const server = kill % 4 === 3 ? nats.servers[kill % 3] : undefined;
        if (server === undefined) await bench.kill(victim);
        else await server.kill();
        await pause(values.quick ? 4_000 : 1_000 + randomInt(4_000));
        const back_ms = performance.now();
        if (server === undefined) await bench.revive(victim);
        else await server.start();
        await whole(records, SHARDS, COPIES);
        rejoins.push((performance.now() - back_ms) / 1000);
      });
      say(`kill ${kill + 1} of ${kills}: whole again ${rejoins.at(-1)?.toFixed(1)} s after the start`);
    }
    const harmed = bench.latencies_ms.sort((a, b) => a - b);
    say(
      `queries under harm: ${harmed.length}, p99 ${quantile(harmed, 0.99).toFixed(0)} ms, ${bench.partialAnswers} partial`,
    );

    const normal: number[] = [];
    const switching: number[] = [];
    for (let n = 0; n < switches; n++) {
      const victim = must(hosts[n % hosts.length], 'a host');
      await bench.asking(READERS, async () => {
        bench.latencies_ms.length = 0;
        await pause(WINDOW_MS);
        normal.push(...bench.latencies_ms.splice(0));
        await bench.kill(victim);
        await pause(WINDOW_MS);
        switching.push(...bench.latencies_ms.splice(0));
      });
      await bench.revive(victim);
      await whole(records, SHARDS, COPIES);
    }
    const [normal_ms, switch_ms] = [normal, switching].map((times) =>
      quantile(
        times.sort((a, b) => a - b),
        0.99,
      ),
    ) as [number, number];
    say(
      `a mirror killed under ${READERS} readers, ${switches} times: p99 ${normal_ms.toFixed(0)} ms before, ${switch_ms.toFixed(0)} ms in the ${WINDOW_MS / 1000} s from the kill (${(switch_ms / normal_ms).toFixed(2)} times), slowest ${must(switching.at(-1), 'a time').toFixed(0)} ms, ${switching.length} searches`,
    );

    await pause(1_000);
    const { lost, duplicates } = await bench.count();
    return {
      acked_lost: lost,
      duplicates,
      failed_queries: bench.failedQueries,
      durable_writes_per_s: rounded(writesPerSecond),
      scatter_p50_ms: rounded(quantile(calm, 0.5)),
      scatter_p99_ms: rounded(quantile(calm, 0.99)),
      rejoin_s: rounded(Math.max(0, ...rejoins)),
    };
  } finally {
    await records.close();
    await spine.close();
    await Promise.all(hosts.map((host) => host.kill()));
  }
}

if (!hasNats) throw new Error(NO_NATS);
const directory = await mkdtemp(join(tmpdir(), 'peregrine-cluster-'));
const nats = await startNats(directory, 3);
try {
  console.log(JSON.stringify(await run(directory, nats)));
} finally {
  await nats.close();
  await rm(directory, { recursive: true, force: true });
}
