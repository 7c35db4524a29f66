/**
 * The record store against its peers: `npm run bench:storage [-- --quick] [--json] [--only insert,acks,merge,updates]
 * [--directory DIR]`. Ends with one line of JSON; a full run writes its table into docs/performance/record-store.md. `-- --opening
 * [--size_gb 10]` times the opening of a large store instead, `-- --reads-while-merging` point reads beside a merge.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { quantile } from '../measure.ts';
import { installPeers, peerVersion } from '../peers.ts';
import { type AcksResult, runAcks } from './acks.ts';
import type { Contestant } from './contestant.ts';
import { makeDataset } from './dataset.ts';
import { type InsertScanGet, runInsertScanGet } from './insert-scan-get.ts';
import { classicLevel, rocksDb } from './level-contestants.ts';
import { lmdb } from './lmdb-contestant.ts';
import { readsWhileMerging, runMerging } from './merging.ts';
import { runOpening } from './opening.ts';
import { peregrine } from './peregrine-contestant.ts';
import { Report } from './report.ts';
import { runUpdates } from './updates.ts';

const MIB: number = 1024 * 1024;
const CONTESTANTS: readonly Contestant[] = [peregrine, classicLevel, lmdb, rocksDb];

/** How much is done: a look, or figures to write down. */
const SIZES = {
  quick: {
    rounds: 3,
    small: 100_000,
    large: 12_000,
    reads: 20_000,
    // Small enough that memory is written to files a few times on the way.
    write_bytes: 4 * MIB,
    ackRounds: 1,
    ackSeconds: 0.8,
    merge: { rounds: 3, runs: 4, recordsPerRun: 20_000 },
    update_bytes: 160 * MIB,
    updateRecords: 40_000,
  },
  full: {
    rounds: 5,
    small: 1_000_000,
    large: 100_000,
    reads: 100_000,
    write_bytes: 32 * MIB,
    ackRounds: 3,
    ackSeconds: 3,
    merge: { rounds: 3, runs: 4, recordsPerRun: 200_000 },
    update_bytes: 5 * 1024 * MIB,
    updateRecords: 500_000,
  },
} as const;

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: 'insert,acks,merge,updates' },
    directory: { type: 'string', default: tmpdir() },
    opening: { type: 'boolean', default: false },
    size_gb: { type: 'string', default: '10' },
    'reads-while-merging': { type: 'boolean', default: false },
  },
});

if (args.opening) {
  await timeOpening();
  process.exit(0);
}
if (args['reads-while-merging']) {
  await timeReadsWhileMerging();
  process.exit(0);
}
installPeers();
const size = args.quick ? SIZES.quick : SIZES.full;
const wanted = new Set(args.only.split(','));
const directory = await mkdtemp(join(args.directory, 'peregrine-bench-'));
const report = new Report();
const figures: Record<string, number | null> = {
  insert_vs_best: null,
  scan_vs_lmdb: null,
  get_vs_lmdb: null,
  acks_per_sync: null,
  merge_vs_disk: null,
};
try {
  await run();
} finally {
  await rm(directory, { recursive: true, force: true });
}
if (!args.json) {
  const versions = ['classic-level', 'lmdb', '@nxtedition/rocksdb'].map(
    (name) => `${name} ${peerVersion(name)}`,
  );
  console.log(
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${versions.join(', ')}\n`,
  );
  console.log(report.text());
}
if (!args.quick && wanted.size === 4) await report.writeInto('docs/performance/record-store.md');
console.log(JSON.stringify(figures));

async function run(): Promise<void> {
  if (wanted.has('insert')) await runStores();
  if (wanted.has('acks')) {
    const result = await runAcks(CONTESTANTS, {
      directory,
      rounds: size.ackRounds,
      seconds: size.ackSeconds,
    });
    reportAcks(result);
    figures['acks_per_sync'] = rounded(result.perSync);
  }
  if (wanted.has('merge')) {
    const result = await runMerging({ directory, ...size.merge, value_bytes: 1024 });
    report.add('merge, 1 KB values', 'plain copy with sync', 'MB/s', {
      ours: result.merge_bytes_per_s / 1e6,
      theirs: result.copy_bytes_per_s / 1e6,
      floor: 0.6,
    });
    report.note(
      `p99 of a point read: idle ${result.idleP99_ms.toFixed(3)} ms, while merging ${result.mergingP99_ms.toFixed(3)} ms ` +
        `(${(result.mergingP99_ms / result.idleP99_ms).toFixed(1)} times; floor 3)`,
    );
    figures['merge_vs_disk'] = rounded(result.vsDisk);
  }
  if (wanted.has('updates')) {
    const result = await runUpdates({
      directory,
      records: size.updateRecords,
      value_bytes: 256,
      update_bytes: size.update_bytes,
    });
    report.note(
      `${(result.user_bytes / MIB).toFixed(0)} MiB of random updates at ${(result.bytes_per_s / 1e6).toFixed(0)} MB/s: ` +
        `write amplification ${result.writeAmplification.toFixed(2)} (log included), ` +
        `space amplification ${result.spaceAmplification.toFixed(2)} at most`,
    );
  }
}

/** Idle and merging alternate, so that what else the machine does meets both. */
async function timeReadsWhileMerging(): Promise<void> {
  const inside = await mkdtemp(join(args.directory, 'peregrine-bench-'));
  const idle: number[] = [];
  const merging: number[] = [];
  try {
    for (let round = 0; round < 4; round++) {
      const { runs, recordsPerRun } = (args.quick ? SIZES.quick : SIZES.full).merge;
      const plan = { directory: join(inside, `${round}`), rounds: 1, runs, recordsPerRun, value_bytes: 1024 };
      const found = await readsWhileMerging(plan);
      for (const one of found.idle) idle.push(one);
      for (const one of found.merging) merging.push(one);
    }
  } finally {
    await rm(inside, { recursive: true, force: true });
  }
  const [idle_ms, merging_ms] = [quantile(idle, 0.99), quantile(merging, 0.99)];
  console.log(
    `point reads: p50 ${quantile(idle, 0.5).toFixed(4)} ms and p99 ${idle_ms.toFixed(4)} ms of ${idle.length} while idle, ` +
      `p50 ${quantile(merging, 0.5).toFixed(4)} ms and p99 ${merging_ms.toFixed(4)} ms of ${merging.length} while merging`,
  );
  console.log(
    JSON.stringify({
      read_p99_idle_ms: idle_ms,
      read_p99_merging_ms: merging_ms,
      ratio: rounded(merging_ms / idle_ms),
    }),
  );
}

async function timeOpening(): Promise<void> {
  const inside = await mkdtemp(join(args.directory, 'peregrine-bench-'));
  try {
    const result = await runOpening(inside, Number(args.size_gb) * 1e9);
    console.log(
      `opening ${(result.size_bytes / 1e9).toFixed(1)} GB (made in ${result.fill_s.toFixed(0)} s): ` +
        `${result.clean_ms.toFixed(0)} ms after a clean stop (at most 1,000), ${result.killed_ms.toFixed(0)} ms after a kill ` +
        `with ${result.replayed} batches to replay (at most 3,000), ${(result.resident_bytes / MIB).toFixed(0)} MiB resident`,
    );
    console.log(JSON.stringify(result));
  } finally {
    await rm(inside, { recursive: true, force: true });
  }
}

async function runStores(): Promise<void> {
  const inserts: number[] = [];
  const scans: number[] = [];
  const gets: number[] = [];
  for (const [name, count, value_bytes] of [
    ['18-byte keys, 16-byte values', size.small, 16],
    ['18-byte keys, 1 KB values', size.large, 1024],
  ] as const) {
    const data = makeDataset(name, count, value_bytes, value_bytes);
    const plan = { directory, rounds: size.rounds, reads: size.reads, write_bytes: size.write_bytes };
    const everybody = CONTESTANTS.map(({ name: contestant }) => contestant);
    const resident = await runInsertScanGet(CONTESTANTS, data, {
      ...plan,
      cache_bytes: 4 * data.size_bytes,
      // The floors of reads are set by lmdb; the others' take half of a quick run.
      readers: args.quick ? ['peregrine', 'lmdb'] : everybody,
      measuresScans: true,
    });
    inserts.push(reportRow(resident, 'insert', name, 'best', 3));
    scans.push(reportRow(resident, 'scan', name, 'lmdb', 10));
    gets.push(reportRow(resident, 'get', name, 'lmdb', 1.5));
    if (value_bytes < 1024) continue;
    const cramped = await runInsertScanGet(CONTESTANTS, data, {
      ...plan,
      rounds: 1,
      cache_bytes: data.size_bytes / 4,
      readers: everybody,
      measuresScans: false,
    });
    reportRow(cramped, 'get', `${name}, cache a quarter of the data`, 'best', 1);
  }
  // The lower of both sizes: what holds for all.
  figures['insert_vs_best'] = rounded(Math.min(...inserts));
  figures['scan_vs_lmdb'] = rounded(Math.min(...scans));
  figures['get_vs_lmdb'] = rounded(Math.min(...gets));
}

/** A line for each way of telling time; the ratio by the CPU. */
function reportRow(
  result: InsertScanGet,
  what: keyof InsertScanGet,
  name: string,
  against: 'best' | 'lmdb',
  floor: number,
): number {
  const rates = result[what];
  const ours = rates.get('peregrine');
  const peers = [...rates].filter(
    ([peer, { perCpu }]) =>
      peer !== 'peregrine' && perCpu.length > 0 && (against === 'best' || peer === against),
  );
  for (const per of ['cpu', 'wall'] as const) {
    const [peer, theirs] = peers.reduce((best, next) => (next[1][per] > best[1][per] ? next : best));
    const unit = per === 'cpu' ? 'k/CPU s' : 'k/s';
    report.add(`${what}: ${name}`, peer, unit, {
      ours: (ours?.[per] ?? 0) / 1000,
      theirs: theirs[per] / 1000,
      floor,
      others: peers.map(([other, rate]) => `${other} ${(rate[per] / 1000).toFixed(0)}`).join(', '),
    });
  }
  return (ours?.cpu ?? 0) / Math.max(...peers.map(([, rate]) => rate.cpu));
}

function reportAcks({ acks, syncs }: AcksResult): void {
  report.add('durable acknowledgements, 64 writers', 'bare fdatasync', '/s', {
    ours: acks.get('peregrine')?.wall ?? 0,
    theirs: syncs.wall,
    floor: 30,
    others: [...acks].map(([name, rate]) => `${name} ${rate.wall.toFixed(0)}`).join(', '),
  });
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
