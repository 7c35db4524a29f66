/**
 * Fits the weights of the bonuses to judged collections, and says what that would be worth elsewhere: each collection
 * is measured with weights that were fitted on the others.
 *
 *     npm run tune -- COLLECTION COLLECTION… [--json]
 *
 * Prints weights as they would stand in `src/query/ranking-weights.ts`; changes nothing. Take a change only where the
 * collections that were left out gain by it.
 */

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_WEIGHTS } from '../src/query/index.ts';
import { RelevanceEngine } from '../testing/relevance-engine.ts';
import { sharedData } from '../testing/shared-data.ts';
import { comparePaired } from '../testing/significance.ts';
import { type CandidateCollection, climb, gains } from '../testing/weight-search.ts';

const BONUSES = ['phrase', 'pairs', 'closeness', 'titleMatch', 'earlyMatch', 'windowMatch'] as const;
/** Every bonus at 1, so that a feature is what it gives per unit of weight. */
const PROBE = { ...DEFAULT_WEIGHTS, ...Object.fromEntries(BONUSES.map((name) => [name, 1])) };

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const names: string[] = [];
const collections: CandidateCollection[] = [];
for (const name of positionals) {
  collections.push(await readCandidates(name));
  names.push(name);
}
const start = BONUSES.map((name) => DEFAULT_WEIGHTS[name]);

const leftOut = collections.map((collection, i) => {
  const fitted = climb(
    collections.filter((_, other) => other !== i),
    start,
  );
  return report(`${names[i]}, fitted on the others`, collection, fitted);
});
const fitted = climb(collections, start);
const fittedOn = collections.map((collection, i) => report(`${names[i]}, fitted on all`, collection, fitted));
const weights = Object.fromEntries(BONUSES.map((name, i) => [name, fitted[i]]));
console.log(`weights fitted on all: ${JSON.stringify(weights)}`);
if (options.json) console.log(JSON.stringify({ weights, leftOut, fittedOn }));

async function readCandidates(name: string): Promise<CandidateCollection> {
  const directory = existsSync(name) ? name : sharedData(`ir/${name}`);
  if (directory === undefined) throw new Error(`There is no collection ${name}.`);
  const engine = await RelevanceEngine.open(directory);
  const queries: CandidateCollection[number][] = [];
  for (const { text, judgements } of engine.queries) {
    const ranking = await engine.rank(text, PROBE);
    const candidates = ranking.map(({ id, features }) => ({
      id,
      base: (features['text'] ?? 0) + (features['rank'] ?? 0),
      features: BONUSES.map((bonus) => features[bonus] ?? 0),
    }));
    queries.push({ candidates, judgements });
  }
  await engine.close();
  return queries;
}

function report(label: string, collection: CandidateCollection, chosen: readonly number[]): object {
  const { difference, standardError, p } = comparePaired(gains(collection, start), gains(collection, chosen));
  console.log(
    `${label.padEnd(44)} nDCG@10 ${difference >= 0 ? '+' : ''}${difference.toFixed(4)} ± ${standardError.toFixed(4)}, p = ${p.toFixed(3)}`,
  );
  return { label, difference, standardError, p, weights: chosen };
}
