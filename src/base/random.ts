/** Chance as a seam: the program draws from the system, tests from a seed that replays. */

import { randomFillSync } from 'node:crypto';

export interface Random {
  /** A whole number from 0 to `limit − 1`; `limit` from 1 to 2³². */
  below(limit: number): number;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  unit(): number;
}

const pool = new Uint32Array(256);
let poolLeft = 0;

export const systemRandom: Random = {
  below: (limit) => Math.floor(systemRandom.unit() * limit),
  unit: () => {
    if (poolLeft === 0) {
      randomFillSync(pool);
      poolLeft = pool.length;
    }
    poolLeft -= 1;
    return (pool[poolLeft] ?? 0) / 2 ** 32;
  },
};

/** A repeatable sequence (the mulberry32 generator). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { unit, below: (limit) => Math.floor(unit() * limit) };
}
