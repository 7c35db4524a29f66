/** Lives many random store lives: `node scripts/sweep-storage.ts [seeds] [first seed]`. Prints totals, or the seed that broke. */

import { type LifeReport, liveOnce } from '../testing/store-life.ts';

const seeds = Number(process.argv[2] ?? 100);
const first = Number(process.argv[3] ?? 1);
const totals: Record<string, number> = {};
for (let seed = first; seed < first + seeds; seed++) {
  const report: LifeReport = await liveOnce(seed);
  for (const [name, count] of Object.entries(report)) totals[name] = (totals[name] ?? 0) + count;
}
console.log(`${seeds} lives from seed ${first}:`, totals);
