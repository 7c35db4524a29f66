/**
 * Fills a crawl's queue on a real disk with very many URLs, and shows what one costs: memory for each million queued, and
 * the time to pick the next URL of a host, however many wait. `node scripts/simulate-queue.ts [urls] [hosts]`, default
 * 10,000,000 of 100,000; the last line is JSON.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, silentLog, systemClock, toCollectionId } from '../src/base/index.ts';
import { Frontier } from '../src/crawl/frontier.ts';
import { hostOf } from '../src/crawl/host.ts';
import { HostQueue } from '../src/crawl/host-queue.ts';
import { openRealDisk } from '../src/disk/index.ts';
import { openShards, settleShardCount } from '../src/storage/index.ts';

const [urls = 10_000_000, hosts = 100_000] = process.argv.slice(2).map(Number);
const MAIN = toCollectionId(1);
const BATCH = 1_000;
const PICKS = 20_000;
const PICKS_A_HOST = 40;
const MEMORY_BYTES = 64 * 2 ** 20;
const MILLION = 1_000_000;

const random = seededRandom(7);
const hostAt = (n: number): string => `h${n}.site${n % Math.ceil(hosts / 3)}.example`;
const someRequest = (n: number): { url: string; depth: number; redirects: number; isSitemap: boolean } => ({
  url: `http://${hostAt(random.below(hosts))}/page/${n}`,
  depth: 1 + random.below(12),
  redirects: 0,
  isSitemap: false,
});
const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const quantile = (sorted: readonly number[], share: number): number =>
  Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1));

const directory = mkdtempSync(join(tmpdir(), 'peregrine-queue-'));
try {
  const disk = await openRealDisk(directory);
  const count = await settleShardCount(disk, 1);
  const shards = await openShards({
    disk,
    count,
    pageCache_bytes: MEMORY_BYTES,
    memory_bytes: MEMORY_BYTES,
    clock: systemClock,
    log: silentLog,
  });
  const frontier = new Frontier(shards);
  const rss_mb: number[] = [];
  const picks_us: number[][] = [];
  let added = 0;
  let adding_ms = 0;

  /** As a visitor does: from the head of the queues of some hosts, one URL after another. */
  const pick = async (): Promise<number[]> => {
    const took_us: number[] = [];
    while (took_us.length < PICKS) {
      const host = hostOf(`http://${hostAt(random.below(hosts))}/`);
      const queue = new HostQueue(frontier, MAIN, host);
      const began_ms = performance.now();
      let picked = 0;
      while (picked < PICKS_A_HOST && (await queue.next(Date.now())).kind === 'entry') picked += 1;
      const each_us = ((performance.now() - began_ms) * 1_000) / Math.max(1, picked);
      for (let n = 0; n < Math.max(1, picked); n++) took_us.push(each_us);
    }
    return took_us.sort((a, b) => a - b);
  };

  for (let isDone = false; !isDone; isDone = added >= urls) {
    const began_ms = performance.now();
    const upTo = Math.min(urls, added + MILLION, added + Math.ceil(urls / 10));
    for (; added < upTo; added += BATCH) {
      const size = Math.min(BATCH, upTo - added);
      await frontier.add(
        MAIN,
        1,
        Date.now(),
        Array.from({ length: size }, (_, n) => someRequest(added + n)),
      );
    }
    added = upTo;
    adding_ms += performance.now() - began_ms;
    for (const store of shards.all) await store.merge();
    globalThis.gc?.();
    rss_mb.push(megabytes(process.memoryUsage().rss));
    picks_us.push(await pick());
    const last = picks_us.at(-1) ?? [];
    console.error(
      `${added} queued, ${rss_mb.at(-1)} MB, a pick ${quantile(last, 0.5)} µs in the middle, ${quantile(last, 0.99)} µs at worst of a hundred`,
    );
  }
  const [status] = shards.all.map((store) => store.status());
  await shards.close();
  const last = picks_us.at(-1) ?? [];
  console.log(
    JSON.stringify({
      queued: added,
      hosts,
      rss_mb,
      disk_mb: megabytes(status?.disk_bytes ?? 0),
      added_per_s: Math.round((added * 1_000) / adding_ms),
      pick_us_p50: quantile(last, 0.5),
      pick_us_p99: quantile(last, 0.99),
    }),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
