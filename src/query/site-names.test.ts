import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedWeb } from '../../testing/simulated-sites.ts';
import { pageCollection } from '../../testing/page-collection.ts';
import { systemClock } from '../base/index.ts';
import { executeSearch } from './execute.ts';

const SITES = 150;
const page = (name: string): string => `<title>${name}</title><p>${name} welcomes you. Please enter.</p>`;

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

test('a name that no text writes as one word is not taken for that of another site', async () => {
  const collection = await pageCollection({
    'https://yellow-logistics.example/': page('Yellow Logistics'),
    'https://willowlogistics.example/': page('Willow Logistics, or willowlogistics'),
    'https://willowlogistics.example/about': page('About willowlogistics'),
    'https://willowlogistics.example/news': page('News of willowlogistics'),
  });
  const { results, corrected } = await executeSearch({
    ...collection,
    request: { query: 'yellowlogistics', count: 1 },
    collectionLanguages: ['en'],
    clock: systemClock,
  });
  await collection.close();
  assert.deepEqual([results[0]?.url, corrected], ['https://yellow-logistics.example/', undefined]);
});
