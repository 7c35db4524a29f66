import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { liveAsCluster } from '../../testing/simulated-cluster.ts';

const SEEDS = 300;
const SEEDS_PER_TEST = 30;
const FAULTS = 5;

describe('A shard on three hosts', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    const last = first + SEEDS_PER_TEST - 1;
    it(`loses nothing that it acknowledged, and its mirrors end alike, in lives ${first} to ${last}, of at least ${FAULTS} faults each`, async () => {
      for (let seed = first; seed <= last; seed++) {
        const { acknowledged, faults } = await liveAsCluster(seed, FAULTS);
        assert(acknowledged >= 20, `${acknowledged} writes in the life of seed ${seed}`);
        assert(faults >= FAULTS, `${faults} faults in the life of seed ${seed}`);
      }
    });
  }

  for (const [seed, once] of [
    [5_800, 'a host without a disk was let in again for what it had said before'],
    [20_451, 'the end of the stream was lost with the leader, and a mirror kept entries of it'],
    [30_331, 'the shard was handed to a host that had just lost its disk'],
    [40_278, 'a host slept through becoming the leader'],
  ] as const) {
    it(`keeps its promises where ${once}`, async () => {
      await liveAsCluster(seed, FAULTS);
    });
  }
});
