/**
 * What takes too long for the tests of storage:
 * `node scripts/sweep-storage.ts [seeds] [first seed] [threads]` lives many random store lives, each of at least 200
 * operations, 3 power cuts with reopenings, a flush and a merge; `… faults [threads]` puts each fault at each disk call of
 * a working day; `… log` flips a bit at each byte of the last log segment. Prints totals, or what broke and why.
 */

import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { callsOfADay, liveWithFault, SWEPT_EFFECTS } from '../testing/fault-sweep.ts';
import { mayBeLost, segmentBytesOfADay } from '../testing/log-damage.ts';
import { liveOnce } from '../testing/store-life.ts';

type Totals = Record<string, number>;

/** Every `step`th piece of a sweep, from `first` on. */
interface Share {
  readonly sweep: 'lives' | 'faults' | 'log';
  readonly first: number;
  readonly behind: number;
  readonly step: number;
}

async function sweepShare({ sweep, first, behind, step }: Share): Promise<Totals> {
  const totals: Totals = {};
  const add = (report: object): void => {
    for (const [name, count] of Object.entries(report)) totals[name] = (totals[name] ?? 0) + Number(count);
  };
  for (let piece = first; piece < behind; piece += step) {
    if (sweep === 'lives') {
      add({ seeds: 1, ...(await liveOnce(piece)) });
    } else if (sweep === 'faults') {
      for (const effect of SWEPT_EFFECTS) await liveWithFault(effect, piece);
      add({ calls: 1, faults: SWEPT_EFFECTS.length });
    } else {
      await mayBeLost(piece);
      add({ bytes: 1 });
    }
  }
  return totals;
}

async function sweepAll(share: Share, threads: number): Promise<Totals> {
  const shares = Array.from({ length: threads }, (_, i) => {
    const own: Share = { ...share, first: share.first + i, step: threads };
    return new Promise<Totals>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: own });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  const totals: Totals = {};
  for (const part of await Promise.all(shares)) {
    for (const [name, count] of Object.entries(part)) totals[name] = (totals[name] ?? 0) + count;
  }
  return totals;
}

async function main([what = '100', ...numbers]: readonly string[]): Promise<void> {
  const started_ms = performance.now();
  let share: Share;
  let threads = Number(numbers[0] ?? availableParallelism());
  if (what === 'faults') {
    share = { sweep: 'faults', first: 1, behind: (await callsOfADay()) + 1, step: 1 };
  } else if (what === 'log') {
    share = { sweep: 'log', first: 0, behind: await segmentBytesOfADay(), step: 1 };
  } else {
    const first = Number(numbers[0] ?? 1);
    share = { sweep: 'lives', first, behind: first + Number(what), step: 1 };
    threads = Number(numbers[1] ?? availableParallelism());
  }
  const totals = await sweepAll(share, Math.max(1, Math.min(threads, share.behind - share.first)));
  const seconds = ((performance.now() - started_ms) / 1000).toFixed(0);
  console.log(
    `${share.sweep}, ${share.first} to ${share.behind - 1}, ${seconds} s: nothing lost, nothing refused.`,
  );
  console.log(JSON.stringify(totals));
}

if (isMainThread) await main(process.argv.slice(2));
else parentPort?.postMessage(await sweepShare(workerData as Share), []);
