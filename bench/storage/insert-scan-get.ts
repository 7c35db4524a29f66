/** Random inserts in batches without waiting for the disk, then a scan of everything and random reads, store by store. */

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { alternate, measure, Rates } from '../measure.ts';
import type { Contestant, OpenContestant } from './contestant.ts';
import { Checksum, type Dataset, numbers } from './dataset.ts';

const BATCH_RECORDS = 1000;
/** One alone is over before the clock of the CPU has moved. */
const SCANS = 6;
const WARM_UPS = 2;
const MAX_WARM_READS = 20_000;

export interface Plan {
  readonly directory: string;
  readonly rounds: number;
  readonly write_bytes: number;
  readonly cache_bytes: number;
  readonly reads: number;
  /** Whose reads are measured: only those that are compared. Everybody's bytes are. */
  readonly readers: readonly string[];
  readonly measuresScans: boolean;
}

/** Rates by contestant: records a second. */
export interface InsertScanGet {
  readonly insert: ReadonlyMap<string, Rates>;
  readonly scan: ReadonlyMap<string, Rates>;
  readonly get: ReadonlyMap<string, Rates>;
}

export async function runInsertScanGet(
  contestants: readonly Contestant[],
  data: Dataset,
  plan: Plan,
): Promise<InsertScanGet> {
  const rates = (): ReadonlyMap<string, Rates> => new Map(contestants.map(({ name }) => [name, new Rates()]));
  const result = { insert: rates(), scan: rates(), get: rates() };
  const wanted = sample(data, plan.reads);
  const sums = new Map<string, string>();
  // A round that is not measured: code warms up, for all alike.
  for (const contestant of contestants) await warmUp(contestant, data, plan, wanted);
  await alternate(contestants, plan.rounds, async (contestant, round) => {
    const { name } = contestant;
    const directory = join(plan.directory, `${name}-${data.name}-${round}`);
    await mkdir(directory, { recursive: true });
    const options = { directory, write_bytes: plan.write_bytes, cache_bytes: plan.cache_bytes };
    const store = await contestant.open({ ...options, isDurable: false });
    result.insert.get(name)?.add(data.keys.length, await measure(() => insertAll(store, data)));
    await store.settle();
    if (round === 0) sums.set(name, await checksumOf(store, data, wanted));
    if (plan.readers.includes(name)) {
      // Once unmeasured: caches fill.
      if (plan.measuresScans) {
        await store.scan();
        const scans = await measure(async () => {
          for (let i = 0; i < SCANS; i++) await store.scan();
        });
        result.scan.get(name)?.add(SCANS * data.keys.length, scans);
      }
      await store.getAll(wanted);
      result.get.get(name)?.add(wanted.length, await measure(() => store.getAll(wanted)));
    }
    await store.close();
    await rm(directory, { recursive: true });
  });
  if (new Set(sums.values()).size !== 1)
    throw new Error(`The stores deliver different bytes: ${[...sums].join(' ')}`);
  return result;
}

/** As often as it takes until compiled code runs: everything is measured as it is in a process that has run for a while. */
async function warmUp(
  contestant: Contestant,
  data: Dataset,
  plan: Plan,
  wanted: readonly Buffer[],
): Promise<void> {
  for (let i = 0; i < WARM_UPS; i++) {
    const directory = join(plan.directory, `warm-${contestant.name}`);
    await mkdir(directory, { recursive: true });
    const { write_bytes, cache_bytes } = plan;
    const store = await contestant.open({ directory, write_bytes, cache_bytes, isDurable: false });
    await insertAll(store, data);
    await store.settle();
    if (plan.readers.includes(contestant.name)) {
      await store.scan();
      await store.getAll(wanted.slice(0, MAX_WARM_READS));
    }
    await store.close();
    await rm(directory, { recursive: true });
  }
}

export async function insertAll(store: OpenContestant, data: Dataset): Promise<void> {
  const count = data.keys.length;
  for (let from = 0; from < count; from += BATCH_RECORDS) {
    await store.insert(data, from, Math.min(count, from + BATCH_RECORDS));
  }
}

export function sample({ keys }: Dataset, count: number): Buffer[] {
  const next = numbers(99);
  return Array.from({ length: count }, () => keys[next() % keys.length] as Buffer);
}

/** Of everything that a scan and the reads deliver; throws where it is not the data's size. */
async function checksumOf(store: OpenContestant, data: Dataset, wanted: readonly Buffer[]): Promise<string> {
  const scanned = new Checksum();
  const { records, bytes } = await store.scan(scanned);
  if (records !== data.keys.length || bytes !== data.size_bytes) {
    throw new Error(
      `A scan delivers ${records} records and ${bytes} bytes of ${data.keys.length} and ${data.size_bytes}.`,
    );
  }
  const read = new Checksum();
  await store.getAll(wanted, read);
  return `${scanned.value}-${read.value}`;
}
