/** Random updates of one set of keys: how often a byte is written, and how much space the data takes, at most. */

import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { KEY_BYTES, makeDataset, numbers } from './dataset.ts';
import { contestantOf, openBenchStore } from './peregrine-contestant.ts';

export interface UpdatesResult {
  readonly user_bytes: number;
  /** Bytes handed to the system for each byte of a record, the log included. */
  readonly writeAmplification: number;
  /** Most bytes of parts on disk for each byte of the live records. */
  readonly spaceAmplification: number;
  readonly bytes_per_s: number;
}

const BATCH_RECORDS = 500;

export async function runUpdates(plan: {
  readonly directory: string;
  readonly records: number;
  readonly value_bytes: number;
  readonly update_bytes: number;
}): Promise<UpdatesResult> {
  const directory = join(plan.directory, 'updates');
  await mkdir(directory, { recursive: true });
  const data = makeDataset('updates', plan.records, plan.value_bytes, 13);
  const options = {
    directory,
    write_bytes: 64 * 1024 * 1024,
    cache_bytes: 64 * 1024 * 1024,
    isDurable: false,
  };
  const store = await openBenchStore(options);
  const contestant = contestantOf(store);
  const next = numbers(17);
  const before_bytes = writtenBytes();
  const start_ms = performance.now();
  const record_bytes = KEY_BYTES + plan.value_bytes;
  let user_bytes = 0;
  let most_bytes = 0;
  while (user_bytes < plan.update_bytes) {
    const chosen = Array.from({ length: BATCH_RECORDS }, () => next() % plan.records);
    const batch = {
      ...data,
      keys: chosen.map((i) => data.keys[i] as Buffer),
      values: chosen.map((i) => data.values[(i * 31) % plan.records] as Buffer),
    };
    await contestant.insert(batch, 0, BATCH_RECORDS);
    user_bytes += BATCH_RECORDS * record_bytes;
    most_bytes = Math.max(most_bytes, store.status().disk_bytes);
  }
  await store.flush();
  const wall_s = (performance.now() - start_ms) / 1000;
  most_bytes = Math.max(most_bytes, store.status().disk_bytes);
  await store.close();
  const written_bytes = writtenBytes() - before_bytes;
  await rm(directory, { recursive: true });
  return {
    user_bytes,
    writeAmplification: written_bytes / user_bytes,
    spaceAmplification: most_bytes / (plan.records * record_bytes),
    bytes_per_s: user_bytes / wall_s,
  };
}

/** What this process has handed to the system so far, in write calls. Linux. */
function writtenBytes(): number {
  const match = /^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'));
  return Number(match?.[1] ?? Number.NaN);
}
