/** Compares searches with the model of the query language: `npm run sweep:query -- [SEEDS] [FIRST]`, each a query. */

import { QueryModel } from '../testing/query-model.ts';

const QUERIES_PER_COLLECTION = 50;
const seeds = Number(process.argv[2] ?? 5_000);
const first = Number(process.argv[3] ?? 100_000);

let compared = 0;
let model: QueryModel | undefined;
for (let seed = first; seed < first + seeds; seed++) {
  if (model === undefined || seed % QUERIES_PER_COLLECTION === 0) {
    await model?.close();
    model = await QueryModel.build(seed);
  }
  try {
    if (await model.check(seed)) compared += 1;
  } catch (error) {
    console.error(`seed ${seed} (again: npm run sweep:query -- 1 ${seed})`);
    throw error;
  }
}
await model?.close();
console.log(
  `${seeds} seeds, ${compared} queries compared, ${seeds - compared} could not be taken to the letter.`,
);
