/**
 * Lives many simulated clusters: `npm run sweep:cluster -- COUNT FIRST`; or harms one of real processes:
 * `npm run sweep:cluster -- hosts HARMS DOCUMENTS`; or grows and shrinks one: `npm run sweep:cluster -- grow DOCUMENTS`.
 * Prints one line to be kept in docs/.
 */

import { execFileSync } from 'node:child_process';

import { liveAsCluster } from '../testing/simulated-cluster.ts';
import { growCluster } from './grow-cluster.ts';
import { harmCluster } from './harm-cluster.ts';

const [what, ...rest] = process.argv.slice(2);
if (what === 'hosts') {
  const [harms = 50, documents = 50_000] = rest.map(Number);
  await harmCluster(harms, documents);
} else if (what === 'grow') await growCluster(Number(rest[0] ?? 2_000));
else await liveMany(Number(what ?? 10_000), Number(rest[0] ?? 1));

async function liveMany(count: number, first: number): Promise<void> {
  const sum = {
    acknowledged: 0,
    unknown: 0,
    refused: 0,
    kills: 0,
    wipes: 0,
    doubts: 0,
    cuts: 0,
    losses: 0,
    faults: 0,
  };
  const began_ms = Date.now();
  let told_ms = began_ms;
  for (let seed = first; seed < first + count; seed++) {
    const life = await liveAsCluster(seed);
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += life[name];
    if (Date.now() - told_ms > 10_000) {
      told_ms = Date.now();
      process.stderr.write(`${seed - first + 1} of ${count} lives, ${sum.faults} faults\n`);
    }
  }
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
  const took_s = Math.round((Date.now() - began_ms) / 1000);
  process.stdout.write(
    `${JSON.stringify({ commit, seeds: `${first}-${first + count - 1}`, ...sum, lost: 0, took_s })}\n`,
  );
}
