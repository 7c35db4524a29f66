/**
 * A cluster of real processes on this machine, measured and harmed: three servers of NATS, three hosts, four shards of two
 * mirrors. `npm run bench:cluster -- [--quick] [--documents N] [--kills N] [--json]`. Writes documents, asks queries, kills
 * hosts and servers under both, and counts what was lost, doubled or failed. Needs `nats-server` (Debian's package).
 */

import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { must } from '../src/base/index.ts';
import { connectNats, ShardDirectory } from '../src/cluster/index.ts';
import { type HostProcess, hostProcess } from '../testing/cluster-hosts.ts';
import { hasNats, NO_NATS, type NatsServers, startNats } from '../testing/nats-servers.ts';

const SHARDS = 4;
const COPIES = 2;
const WRITERS = 16;
const READERS = 2;
/** What is acknowledged before anything is killed. */
const WORDS = 'heron otter lynx badger osprey falcon kestrel marten stoat weasel plover dunlin'.split(' ');

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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text: string): void => void process.stderr.write(`${text}\n`);

function pageOf(n: number): { url: string; content: string; contentType: string } {
  const words = WORDS.filter((_, i) => n % (i + 2) === 0).join(' ');
  return {
    url: `https://site${n % 97}.example/${n}`,
    content: `<title>Page ${n} ${words}</title><p>Bench number${n}: ${`${words} and `.repeat(12)}</p>`,
    contentType: 'text/html',
  };
}

class ClusterBench {
  readonly acknowledged = new Set<string>();
  readonly latencies_ms: number[] = [];
  failedQueries = 0;
  partialAnswers = 0;
  readonly #hosts: readonly HostProcess[];
  readonly #down = new Set<HostProcess>();
  #next = 0;

  constructor(hosts: readonly HostProcess[]) {
    this.#hosts = hosts;
  }

  /** Through any host that answers, as often as it takes. */
  async write(): Promise<void> {
    const page = pageOf(this.#next++);
    for (let attempt = 0; ; attempt++) {
      const host = must(this.#hosts[(this.#next + attempt) % this.#hosts.length], 'a host');
      const response = await this.#post(host, page);
      if (response?.ok === true) break;
      if (attempt > 200)
        throw new Error(`${page.url} could be written nowhere: ${response?.status ?? 'no answer'}`);
      await pause(100);
    }
    this.acknowledged.add(page.url);
  }

  async ask(): Promise<void> {
    const up = this.#hosts.filter((host) => !this.#down.has(host));
    const host = must(up[randomInt(up.length)], 'a host that is up');
    const query = `${must(WORDS[randomInt(WORDS.length)], 'a word')} ${must(WORDS[randomInt(WORDS.length)], 'a word')}`;
    const began_ms = performance.now();
    const response = await fetch(`${host.origin}/search?format=json&q=${encodeURIComponent(query)}`, {
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    const answer = response?.ok === true ? ((await response.json()) as { partial?: boolean }) : undefined;
    this.latencies_ms.push(performance.now() - began_ms);
    // Who asks a host in the moment in which it is killed asks another one.
    if (answer === undefined && !this.#down.has(host)) this.failedQueries += 1;
    if (answer?.partial === true) this.partialAnswers += 1;
  }

  async kill(host: HostProcess): Promise<void> {
    this.#down.add(host);
    await host.kill();
  }

  async revive(host: HostProcess): Promise<void> {
    await host.start();
    this.#down.delete(host);
  }

  /** Writes and asks until the harm is done. */
  async while(harm: () => Promise<void>): Promise<void> {
    const end = { isReached: false };
    const forever = async (work: () => Promise<void>): Promise<void> => {
      while (!end.isReached) await work();
    };
    const work = [
      ...Array.from({ length: 4 }, () => forever(() => this.write())),
      ...Array.from({ length: READERS }, () => forever(() => this.ask())),
    ];
    await harm().finally(() => (end.isReached = true));
    await Promise.all(work);
  }

  /** The URLs of all documents, as a host finds them. */
  async everything(host: HostProcess): Promise<string[]> {
    const response = await fetch(`${host.origin}/search?stream=1&q=bench`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => (JSON.parse(line) as { url?: string }).url ?? []);
  }

  async #post(host: HostProcess, page: ReturnType<typeof pageOf>): Promise<Response | undefined> {
    if (this.#down.has(host)) return undefined;
    return fetch(`${host.origin}/inject`, {
      method: 'POST',
      headers: { authorization: `Bearer ${host.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(page),
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
  }
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Seconds until every shard has all of its mirrors in sync. */
async function whole(directory: ShardDirectory): Promise<number> {
  const began_ms = performance.now();
  for (;;) {
    const records = directory.all();
    const isWhole =
      records.length === SHARDS &&
      records.every(({ inSync, members }) => members.length === COPIES && inSync.length === COPIES);
    if (isWhole) return (performance.now() - began_ms) / 1000;
    if (performance.now() - began_ms > 120_000)
      throw new Error(`The cluster does not become whole: ${JSON.stringify(records)}`);
    await pause(50);
  }
}

async function run(directory: string, nats: NatsServers): Promise<Record<string, number>> {
  const hosts = ['a', 'b', 'c'].map((name) => hostProcess(name, directory, nats.urls, SHARDS));
  const bench = new ClusterBench(hosts);
  const spine = await connectNats({ servers: nats.urls, name: 'peregrine' });
  const records = new ShardDirectory(spine.records);
  try {
    for (const host of hosts) await host.start();
    await records.open();
    say(`whole after ${(await whole(records)).toFixed(1)} s`);

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
        await whole(records);
        rejoins.push((performance.now() - back_ms) / 1000);
      });
      say(`kill ${kill + 1} of ${kills}: whole again ${rejoins.at(-1)?.toFixed(1)} s after the start`);
    }
    const harmed = bench.latencies_ms.sort((a, b) => a - b);
    say(
      `queries under harm: ${harmed.length}, p99 ${quantile(harmed, 0.99).toFixed(0)} ms, ${bench.partialAnswers} partial`,
    );

    await pause(1_000);
    let lost = 0;
    let duplicates = 0;
    for (const host of hosts) {
      const found = await bench.everything(host);
      const distinct = new Set(found);
      duplicates = Math.max(duplicates, found.length - distinct.size);
      lost = Math.max(lost, [...bench.acknowledged].filter((url) => !distinct.has(url)).length);
    }
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
