/**
 * How long a store of many gigabytes takes to open, after a clean stop and after a kill with as much log to replay as a
 * store ever keeps. Each opening is a process of its own, so that nothing is warm but the operating system.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { insertAll } from './insert-scan-get.ts';
import { makeDataset, numbers } from './dataset.ts';
import { contestantOf, DATABASE, openBenchStore, storeKey } from './peregrine-contestant.ts';

const VALUE_BYTES = 4_000;
const ROUND_RECORDS = 50_000;
const MIB: number = 1024 * 1024;
const CACHE_BYTES: number = 64 * MIB;
/** What a store of the product has, and its log. */
const MEMORY_BYTES: number = 64 * MIB;
/** Of the log's cap nothing is flushed before half of it. */
const UNFLUSHED_BYTES: number = 28 * MIB;

type Role = 'fill' | 'open' | 'leave-log';

export interface OpeningResult {
  readonly size_bytes: number;
  readonly fill_s: number;
  readonly clean_ms: number;
  readonly killed_ms: number;
  /** Batches that were replayed after the kill. */
  readonly replayed: number;
  /** Resident memory after the opening and a read. */
  readonly resident_bytes: number;
}

interface Told {
  readonly ms: number;
  readonly size_bytes: number;
  readonly batches: number;
  readonly resident_bytes: number;
}

export async function runOpening(directory: string, size_bytes: number): Promise<OpeningResult> {
  const filled = await child('fill', directory, size_bytes);
  const clean = await child('open', directory, 0);
  await child('leave-log', directory, 0);
  const killed = await child('open', directory, 0);
  return {
    size_bytes: clean.size_bytes,
    fill_s: filled.ms / 1000,
    clean_ms: clean.ms,
    killed_ms: killed.ms,
    replayed: killed.batches,
    resident_bytes: Math.max(clean.resident_bytes, killed.resident_bytes),
  };
}

/** Runs a role in a process of its own; one that leaves its log behind is killed once it has said so. */
async function child(role: Role, directory: string, size_bytes: number): Promise<Told> {
  const code = `import(${JSON.stringify(import.meta.url)}).then((m) => m.play(...process.argv.slice(1)))`;
  const args = ['--input-type=module', '-e', code, '--', role, directory, String(size_bytes)];
  const player = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(player, 'exit');
  let told: Told | undefined;
  for await (const line of createInterface({ input: player.stdout })) {
    told = JSON.parse(line) as Told;
    if (role === 'leave-log') player.kill('SIGKILL');
  }
  await exit;
  if (told === undefined) throw new Error(`The process that was to ${role} said nothing.`);
  return told;
}

/** What the processes do. */
export async function play(role: Role, directory: string, size: string): Promise<void> {
  const start_ms = performance.now();
  const store = await openBenchStore(
    { directory, write_bytes: MEMORY_BYTES / 2, cache_bytes: CACHE_BYTES, isDurable: role !== 'fill' },
    { mergesItself: role === 'fill' },
  );
  const opened_ms = performance.now() - start_ms;
  const { counters, recovery, disk_bytes } = store.status();
  if (role === 'fill') {
    for (let round = 0; store.status().disk_bytes < Number(size); round++) {
      await insertAll(contestantOf(store), makeDataset('opening', ROUND_RECORDS, VALUE_BYTES, 100 + round));
    }
    await store.close();
    tell({ ms: performance.now() - start_ms, size_bytes: disk_bytes, batches: 0, resident_bytes: 0 });
    return;
  }
  if (role === 'leave-log') {
    const count = Math.floor(UNFLUSHED_BYTES / VALUE_BYTES);
    await insertAll(contestantOf(store), makeDataset('log', count, VALUE_BYTES, 7));
    tell({ ms: 0, size_bytes: disk_bytes, batches: counters['batches'] ?? 0, resident_bytes: 0 });
    // Until it is killed.
    setInterval(() => undefined, 1000);
    return;
  }
  const next = numbers(1);
  const key = Uint8Array.from({ length: 18 }, () => next() & 255);
  await store.get(DATABASE, storeKey(key));
  const { rss } = process.memoryUsage();
  const batches = recovery.lastSeq - recovery.firstSeq + 1;
  tell({ ms: opened_ms, size_bytes: disk_bytes, batches, resident_bytes: rss });
  process.exit(0);
}

function tell(told: Told): void {
  console.log(JSON.stringify(told));
}
