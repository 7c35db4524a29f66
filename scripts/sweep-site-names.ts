/** Asks a simulated web for its sites by name: `npm run sweep:site-names -- [SITES] [SEED]`. */

import { pageCollection } from '../testing/page-collection.ts';
import { simulatedWeb } from '../testing/simulated-sites.ts';
import { systemClock } from '../src/base/index.ts';
import { executeSearch } from '../src/query/index.ts';

const count = Number(process.argv[2] ?? 2_000);
const seed = Number(process.argv[3] ?? 1);
const { pages, sites } = simulatedWeb(count, seed);
const collection = await pageCollection(pages);
let asked = 0;
let found = 0;
for (const { home, names } of sites) {
  for (const query of names) {
    const { results } = await executeSearch({
      ...collection,
      request: { query, count: 1, snippetLength: 0 },
      collectionLanguages: ['en'],
      clock: systemClock,
    });
    asked += 1;
    if (results[0]?.url === home) found += 1;
  }
}
await collection.close();
console.log(
  `${count} sites, ${Object.keys(pages).length} pages, ${asked} names: ${((100 * found) / asked).toFixed(2)} % find the front page first.`,
);
