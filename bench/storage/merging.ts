/** A merge of runs that interleave, against a plain copy with sync of the same files; and point reads meanwhile. */

import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Store } from '../../src/storage/index.ts';
import { measure, median, quantile } from '../measure.ts';
import { insertAll, sample } from './insert-scan-get.ts';
import { makeDataset } from './dataset.ts';
import { contestantOf, DATABASE, openBenchStore, storeKey } from './peregrine-contestant.ts';

const COPY_BYTES: number = 1024 * 1024;

export interface MergeResult {
  /** Bytes read and written a second. */
  readonly merge_bytes_per_s: number;
  readonly copy_bytes_per_s: number;
  readonly vsDisk: number;
  /** p99 of a point read while nothing and while a merge goes on. */
  readonly idleP99_ms: number;
  readonly mergingP99_ms: number;
}

export interface MergePlan {
  readonly directory: string;
  readonly rounds: number;
  readonly runs: number;
  readonly recordsPerRun: number;
  readonly value_bytes: number;
}

export async function runMerging(plan: MergePlan): Promise<MergeResult> {
  const merges: number[] = [];
  const copies: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    const directory = join(plan.directory, `merge-${round}`);
    await mkdir(directory, { recursive: true });
    const { store } = await storeOfRuns(directory, plan);
    const parts = join(directory, 'store', 'parts');
    const read_bytes = store.status().disk_bytes;
    copies.push(await copyRate(parts, join(directory, 'copy'), read_bytes));
    copies.push(await copyRate(parts, join(directory, 'copy'), read_bytes));
    const measured = await measure(() => store.merge({ force: true }));
    merges.push((read_bytes + store.status().disk_bytes) / measured.wall_s);
    await store.close();
    await rm(directory, { recursive: true });
  }
  const { idle, merging } = await readsWhileMerging(plan);
  const merge_bytes_per_s = median(merges);
  const copy_bytes_per_s = median(copies);
  return {
    merge_bytes_per_s,
    copy_bytes_per_s,
    vsDisk: merge_bytes_per_s / copy_bytes_per_s,
    idleP99_ms: quantile(idle, 0.99),
    mergingP99_ms: quantile(merging, 0.99),
  };
}

/** Milliseconds of point reads while nothing and while a merge goes on. */
export async function readsWhileMerging(plan: MergePlan): Promise<{ idle: number[]; merging: number[] }> {
  const merging: number[] = [];
  const directory = join(plan.directory, 'merge-read');
  await mkdir(directory, { recursive: true });
  const again = await storeOfRuns(directory, plan);
  await latencies(again.store, again.keys, performance.now() + 300);
  const idle = await latencies(again.store, again.keys, performance.now() + 1000);
  const merge = again.store.merge({ force: true });
  const end = merge.then(() => 'end');
  do for (const one of await latencies(again.store, again.keys, performance.now() + 50)) merging.push(one);
  while ((await Promise.race([end, new Promise((resolve) => setImmediate(resolve))])) !== 'end');
  await again.store.close();
  await rm(directory, { recursive: true });
  return { idle, merging };
}

/** A store of as many runs as wanted, none merged. */
async function storeOfRuns(
  directory: string,
  plan: MergePlan,
): Promise<{ store: Store; keys: readonly Buffer[] }> {
  const data = makeDataset('merge', plan.runs * plan.recordsPerRun, plan.value_bytes, 11);
  const store = await openBenchStore(
    { directory, write_bytes: 512 * 1024 * 1024, cache_bytes: 32 * 1024 * 1024, isDurable: false },
    { mergesItself: false, logCap_bytes: 1024 * 1024 * 1024 },
  );
  const contestant = contestantOf(store);
  for (let run = 0; run < plan.runs; run++) {
    const from = run * plan.recordsPerRun;
    const slice = {
      ...data,
      keys: data.keys.slice(from, from + plan.recordsPerRun),
      values: data.values.slice(from, from + plan.recordsPerRun),
    };
    await insertAll(contestant, slice);
    await store.flush();
  }
  return { store, keys: sample(data, 5_000) };
}

/** One read after another, a few milliseconds apart as requests come; how long each took. */
async function latencies(store: Store, keys: readonly Buffer[], end_ms: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; performance.now() < end_ms; i++) {
    const key = storeKey(keys[(i * 7919) % keys.length] as Buffer);
    const start_ms = performance.now();
    await store.get(DATABASE, key);
    found.push(performance.now() - start_ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

async function copyRate(from: string, to: string, size_bytes: number): Promise<number> {
  await mkdir(to, { recursive: true });
  const { wall_s } = await measure(async () => {
    const buffer = new Uint8Array(COPY_BYTES);
    for (const name of await readdir(from)) {
      const source = await open(join(from, name), 'r');
      const target = await open(join(to, name), 'w');
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        await target.write(buffer, 0, bytesRead);
      }
      await target.datasync();
      await source.close();
      await target.close();
    }
  });
  await rm(to, { recursive: true });
  return (2 * size_bytes) / wall_s;
}
