/**
 * What takes too long for the tests of storage:
 * `node scripts/sweep-storage.ts [seeds] [first seed] [threads]` lives many random store lives, each of at least 200
 * operations, 3 power cuts with reopenings, a flush and a merge; `… faults [threads]` puts each fault at each disk call of
 * a working day; `… log` flips a bit at each byte of the last log segment. Prints totals in one line, or what broke and why.
 */

import { availableParallelism } from 'node:os';

import { callsOfADay } from '../testing/fault-sweep.ts';
import { LOG_DAYS, segmentBytesOf } from '../testing/log-damage.ts';
import { type SweepPieces, sweepStorage } from '../testing/storage-sweep.ts';
import { commitHere } from './commit-here.ts';

const [what = '100', ...numbers] = process.argv.slice(2);
const started_ms = performance.now();
let threads = Number(numbers[0] ?? availableParallelism());
let pieces: SweepPieces;
if (what === 'faults') {
  pieces = { sweep: 'faults', first: 1, behind: (await callsOfADay()) + 1 };
} else if (what === 'log') {
  pieces = { sweep: 'log', first: 0, behind: Math.max(...(await Promise.all(LOG_DAYS.map(segmentBytesOf)))) };
} else {
  const first = Number(numbers[0] ?? 1);
  pieces = { sweep: 'lives', first, behind: first + Number(what) };
  threads = Number(numbers[1] ?? availableParallelism());
}
const totals = await sweepStorage(pieces, threads);
const seconds = ((performance.now() - started_ms) / 1000).toFixed(0);
console.log(
  `${pieces.sweep} ${pieces.first} to ${pieces.behind - 1} on ${commitHere()}, ${seconds} s, nothing lost, nothing refused: ${JSON.stringify(totals)}`,
);
