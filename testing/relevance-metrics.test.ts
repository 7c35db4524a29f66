import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { meanMetrics, measureRanking } from './relevance-metrics.ts';

describe('measures of a ranking', () => {
  const judgements = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 0],
  ]);

  test('are 1 for the best order and 0 for nothing relevant', () => {
    assert.deepEqual(measureRanking(['a', 'b', 'c'], judgements), {
      ndcg10: 1,
      map: 1,
      recall100: 1,
      mrr: 1,
    });
    assert.deepEqual(measureRanking(['c', 'x'], judgements), { ndcg10: 0, map: 0, recall100: 0, mrr: 0 });
    assert.deepEqual(measureRanking(['a'], new Map()), { ndcg10: 0, map: 0, recall100: 0, mrr: 0 });
  });

  test('are those computed by hand for another', () => {
    const { ndcg10, map, recall100, mrr } = measureRanking(['c', 'b', 'x', 'a'], judgements);
    const log = Math.log2;
    assert.ok(Math.abs(ndcg10 - (1 / log(3) + 2 / log(5)) / (2 + 1 / log(3))) < 1e-12);
    assert.deepEqual([map, recall100, mrr], [(1 / 2 + 2 / 4) / 2, 1, 1 / 2]);
  });

  test('are averaged', () => {
    const one = { ndcg10: 1, map: 1, recall100: 1, mrr: 1 };
    const none = { ndcg10: 0, map: 0, recall100: 0, mrr: 0 };
    assert.deepEqual(meanMetrics([one, none]), { ndcg10: 0.5, map: 0.5, recall100: 0.5, mrr: 0.5 });
    assert.deepEqual(meanMetrics([]), none);
  });
});
