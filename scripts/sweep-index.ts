/**
 * Lives many random lives of an index: `node scripts/sweep-index.ts [seeds] [first seed] [threads]`. Each is held against
 * plain loops at every step, see `testing/index-life.ts`. Prints totals, or the seed that broke and why.
 */

import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { liveIndexOnce } from '../testing/index-life.ts';

interface Share {
  readonly first: number;
  readonly seeds: number;
  readonly step: number;
}

async function liveShare({ first, seeds, step }: Share): Promise<Record<string, number>> {
  const totals: Record<string, number> = { seeds: 0 };
  for (let i = 0; i < seeds; i++) {
    const seed = first + i * step;
    try {
      for (const [name, count] of Object.entries(await liveIndexOnce(seed))) {
        totals[name] = (totals[name] ?? 0) + Number(count);
      }
    } catch (error) {
      throw new Error(`Seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`, {
        cause: error,
      });
    }
    totals['seeds'] = (totals['seeds'] ?? 0) + 1;
  }
  return totals;
}

if (isMainThread) {
  const seeds = Number(process.argv[2] ?? 5000);
  const first = Number(process.argv[3] ?? 1);
  const threads = Math.min(seeds, Number(process.argv[4] ?? availableParallelism()));
  const started_ms = performance.now();
  const shares = Array.from({ length: threads }, (_, i) => {
    const share: Share = {
      first: first + i,
      seeds: Math.floor((seeds + threads - 1 - i) / threads),
      step: threads,
    };
    return new Promise<Record<string, number>>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  const totals: Record<string, number> = {};
  for (const share of await Promise.all(shares)) {
    for (const [name, count] of Object.entries(share)) totals[name] = (totals[name] ?? 0) + count;
  }
  const seconds = ((performance.now() - started_ms) / 1000).toFixed(0);
  console.log(`Seeds ${first} to ${first + seeds - 1}, ${seconds} s: the index answered as plain loops do.`);
  console.log(JSON.stringify(totals));
} else {
  parentPort?.postMessage(await liveShare(workerData as Share), []);
}
