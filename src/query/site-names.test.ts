import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedWeb } from '../../testing/simulated-sites.ts';
import { pageCollection } from '../../testing/page-collection.ts';
import { systemClock } from '../base/index.ts';
import { executeSearch } from './execute.ts';

const SITES = 150;

test(`the name of a site finds its front page first, spelt apart, joined or as its host`, async () => {
  const { pages, sites } = simulatedWeb(SITES, 5);
  const collection = await pageCollection(pages);
  const missed: string[] = [];
  let asked = 0;
  for (const { home, names } of sites) {
    for (const query of names) {
      const { results } = await executeSearch({
        ...collection,
        request: { query, count: 1, snippetLength: 0 },
        collectionLanguages: ['en'],
        clock: systemClock,
      });
      asked += 1;
      if (results[0]?.url !== home) missed.push(`${query}: ${results[0]?.url} for ${home}`);
    }
  }
  await collection.close();
  assert.ok(
    missed.length <= asked * 0.02,
    `${missed.length} of ${asked} missed: ${missed.slice(0, 5).join('; ')}`,
  );
});
