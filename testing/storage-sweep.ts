/** Pieces of a sweep of the store, shared out among threads: random lives, faults at disk calls, bytes of a log segment. */

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { liveWithFault, SWEPT_EFFECTS } from './fault-sweep.ts';
import { LOG_DAYS, mayBeLost, segmentBytesOf } from './log-damage.ts';
import { liveOnce } from './store-life.ts';

export type SweepTotals = Record<string, number>;

export interface SweepPieces {
  readonly sweep: 'lives' | 'faults' | 'log';
  readonly first: number;
  /** The one behind the last. */
  readonly behind: number;
}

interface Share extends SweepPieces {
  readonly step: number;
}

/** All pieces; rejects with the first that breaks a promise. */
export async function sweepStorage(pieces: SweepPieces, threads: number): Promise<SweepTotals> {
  const count = Math.max(1, Math.min(threads, pieces.behind - pieces.first));
  const shares = Array.from({ length: count }, (_, i) => {
    const own: Share = { ...pieces, first: pieces.first + i, step: count };
    return new Promise<SweepTotals>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: own });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  const totals: SweepTotals = {};
  for (const part of await Promise.all(shares)) add(totals, part);
  return totals;
}

async function sweepShare({ sweep, first, behind, step }: Share): Promise<SweepTotals> {
  const totals: SweepTotals = {};
  for (let piece = first; piece < behind; piece += step) {
    if (sweep === 'lives') {
      add(totals, { seeds: 1, ...(await liveOnce(piece)) });
    } else if (sweep === 'faults') {
      for (const effect of SWEPT_EFFECTS) await liveWithFault(effect, piece);
      add(totals, { calls: 1, faults: SWEPT_EFFECTS.length });
    } else {
      for (const day of LOG_DAYS) {
        if (piece >= (await segmentBytesOf(day))) continue;
        await mayBeLost(day, piece);
        add(totals, { bytes: 1 });
      }
    }
  }
  return totals;
}

function add(totals: SweepTotals, report: object): void {
  for (const [name, count] of Object.entries(report)) totals[name] = (totals[name] ?? 0) + Number(count);
}

if (!isMainThread) parentPort?.postMessage(await sweepShare(workerData as Share), []);
