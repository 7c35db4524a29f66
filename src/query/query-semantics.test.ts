import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryModel } from '../../testing/query-model.ts';

const COLLECTIONS = 10;
const QUERIES = 100;

test('a search finds, orders, counts and groups exactly as the query language promises', async () => {
  let compared = 0;
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    const model = await QueryModel.build(collection);
    try {
      for (let query = 0; query < QUERIES; query++) {
        if (await model.check(collection * QUERIES + query)) compared += 1;
      }
    } finally {
      await model.close();
    }
  }
  assert.ok(compared >= 500, `${compared} compared`);
});
