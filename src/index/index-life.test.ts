import { test } from 'node:test';
import { liveIndexOnce } from '../../testing/index-life.ts';

/** More of them: `npm run sweep:index`. */
const SEEDS = 500;

test(`${SEEDS} random lives of an index end as plain loops say, and a flipped byte is never a wrong answer`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await liveIndexOnce(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
