/** Kills a process that writes into a store, again and again: `node scripts/kill-storage.ts [rounds] [seed]`. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '../src/base/index.ts';
import { commitHere } from './commit-here.ts';
import { killAgainAndAgain } from '../testing/store-kills.ts';

/** Lives in one directory, so that a store grows old too, but not without end. */
const ROUNDS_OF_A_DIRECTORY = 20;

const rounds = Number(process.argv[2] ?? 200);
const random = seededRandom(Number(process.argv[3] ?? 1));
const totals = { rounds: 0, acknowledged: 0, flushes: 0, untold: 0 };
while (totals.rounds < rounds) {
  const directory = mkdtempSync(join(tmpdir(), 'peregrine-kills-'));
  try {
    const report = await killAgainAndAgain(
      directory,
      Math.min(ROUNDS_OF_A_DIRECTORY, rounds - totals.rounds),
      random,
    );
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += report[name];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
console.log(
  `kills on ${commitHere()}, every acknowledged write is there, every store opened: ${JSON.stringify(totals)}`,
);
