/**
 * Kills imports at random moments: `node scripts/sweep-transfer.ts [kills] [seed]`; and reads mutated title files, archives
 * and bundles: `node scripts/sweep-transfer.ts fuzz [mutants] [seed]`. Prints totals, or what broke.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '../src/base/index.ts';
import { compareKilled } from '../testing/import-kills.ts';
import { fuzzTransfer } from '../testing/transfer-mutants.ts';

const [first = '100', ...rest] = process.argv.slice(2);
if (first === 'fuzz') {
  const [mutants = '100000', seed = '1'] = rest;
  console.log(`mutants from seed ${seed}:`, await fuzzTransfer(Number(mutants), Number(seed)));
} else {
  const seed = Number(rest[0] ?? 1);
  const random = seededRandom(seed);
  let kills = 0;
  for (let round = 0; kills < Number(first); round++) {
    const directory = mkdtempSync(join(tmpdir(), 'peregrine-sweep-'));
    try {
      const result = await compareKilled(directory, 300, Math.min(20, Number(first) - kills), random);
      kills += Math.max(1, result.kills);
      console.log(`round ${round + 1}: ${result.kills} kills, ${result.documents} documents, equal`);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  console.log(
    `${kills} kills from seed ${seed}: every export equals the one of an import that was left alone.`,
  );
}
