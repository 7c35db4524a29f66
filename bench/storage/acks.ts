/** Durable acknowledgements of many writers at once, against a bare loop of write and `fdatasync` on the same disk. */

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { alternate, measure, Rates } from '../measure.ts';
import type { Contestant, OpenContestant } from './contestant.ts';
import { type Dataset, makeDataset } from './dataset.ts';

const WRITERS = 64;
const VALUE_BYTES = 182;
/** Until compiled code runs: everything is measured as it is in a process that has run for a while. */
const WARM_UP_S = 1.5;
/** Files are made, and space for them. */
const OPENING_S = 0.2;
const SYNC_BYTES = 4096;
const SYNC_FILE_BYTES: number = 16 * 1024 * 1024;

export interface AcksResult {
  /** Acknowledgements a second, by contestant. */
  readonly acks: ReadonlyMap<string, Rates>;
  /** Bare syncs a second. */
  readonly syncs: Rates;
  /** Acknowledgements for each bare sync in the same time, ours. */
  readonly perSync: number;
}

export async function runAcks(
  contestants: readonly Contestant[],
  plan: { readonly directory: string; readonly rounds: number; readonly seconds: number },
): Promise<AcksResult> {
  const acks = new Map(contestants.map(({ name }) => [name, new Rates()]));
  const syncs = new Rates();
  const data = makeDataset('acks', 50_000, VALUE_BYTES, 7);
  // A round that is not measured: code warms up, for all alike.
  for (const contestant of contestants) {
    await withStore(contestant, join(plan.directory, `warm-${contestant.name}`), (store) =>
      writeTogether(store, data, WARM_UP_S),
    );
  }
  await alternate(contestants, plan.rounds, async (contestant, round) => {
    await bareSyncs(plan.directory, plan.seconds / 2, syncs);
    const directory = join(plan.directory, `acks-${contestant.name}-${round}`);
    await withStore(contestant, directory, async (store) => {
      await writeTogether(store, data, OPENING_S);
      let count = 0;
      const measured = await measure(async () => {
        count = await writeTogether(store, data, plan.seconds);
      });
      acks.get(contestant.name)?.add(count, measured);
    });
  });
  return { acks, syncs, perSync: (acks.get('peregrine')?.wall ?? 0) / syncs.wall };
}

async function withStore(
  contestant: Contestant,
  directory: string,
  use: (store: OpenContestant) => Promise<unknown>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const sizes = { write_bytes: 64 * 1024 * 1024, cache_bytes: 64 * 1024 * 1024 };
  const store = await contestant.open({ directory, ...sizes, isDurable: true });
  await use(store);
  await store.close();
  await rm(directory, { recursive: true });
}

/** Each writer writes its next record when the last one is acknowledged. Returns how many were. */
async function writeTogether(store: OpenContestant, data: Dataset, seconds: number): Promise<number> {
  const end_ms = performance.now() + seconds * 1000;
  let next = 0;
  let count = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() < end_ms) {
      const i = next++ % data.keys.length;
      await store.put(data.keys[i] as Buffer, data.values[i] as Buffer);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return count;
}

/** Overwrites 4 KB of a file that has its space already, and syncs, again and again, with nothing in between. */
async function bareSyncs(directory: string, seconds: number, into: Rates): Promise<void> {
  const path = join(directory, 'bare');
  const file = openSync(path, 'w');
  writeSync(file, Buffer.alloc(SYNC_FILE_BYTES, 1), 0, SYNC_FILE_BYTES, 0);
  fdatasyncSync(file);
  const bytes = Buffer.alloc(SYNC_BYTES, 2);
  let count = 0;
  const measured = await measure(async () => {
    const end_ms = performance.now() + seconds * 1000;
    for (; performance.now() < end_ms; count++) {
      writeSync(file, bytes, 0, SYNC_BYTES, (count * SYNC_BYTES) % SYNC_FILE_BYTES);
      fdatasyncSync(file);
    }
  });
  into.add(count, measured);
  closeSync(file);
  await rm(path);
}
