/**
 * Flips a bit of every byte of every file of a small index, one at a time, and searches and checks it each time:
 * `node scripts/sweep-index-damage.ts [seed] [step] [first byte]`; step 1 is every byte. Prints totals, or the byte of
 * which an answer was wrong, an error had no type, or a check knew nothing.
 */

import { damageIndexOnce } from '../testing/index-life.ts';

const [seed = 1, step = 1, first = 0] = process.argv.slice(2).map(Number);
const begin_ms = performance.now();
const { bytes, flips, partial } = await damageIndexOnce(seed, first, step);
const took_s = Math.round((performance.now() - begin_ms) / 1000);
console.log(JSON.stringify({ seed, step, first, bytes, flips, partial, took_s }));
