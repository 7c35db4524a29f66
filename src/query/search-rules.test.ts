import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isPeregrineError, ManualClock } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import { compareAnswers, ndcg } from './rule-comparison.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';
import { compileRules, type SearchRules } from './search-rules.ts';

const page = (text: string): string =>
  `<html lang="en"><title>${text}</title><p>This is about ${text}.</p></html>`;
const pages: Record<string, string> = {
  'https://a.example/car': page('cars and their motors'),
  'https://b.example/automobile': page('the automobile'),
  'https://c.example/motor': page('motor boats'),
  'https://d.example/db': page('a database of cars'),
};
const urls = ({ results }: SearchResponse): string[] => results.map(({ url }) => url);

describe('rules of a collection', () => {
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection(pages, 2);
  });
  after(() => collection.close());

  const search = (
    query: string,
    rules: SearchRules = {},
    more: Partial<SearchRequest> = {},
  ): Promise<SearchResponse> =>
    executeSearch({
      ...collection,
      request: { query, explain: true, ...more },
      collectionLanguages: ['en'],
      clock: new ManualClock(),
      rules: compileRules(rules),
    });

  /** Results of three whose words were compared by their places. */
  const lookedAt = async (rules: SearchRules, request: Partial<SearchRequest>): Promise<number> => {
    const { results } = await search('motor cars', rules, { ...request, explain: true });
    assert.equal(results.length, 3);
    return results.filter(({ features }) => features?.['pairs'] !== undefined).length;
  };

  test('find what the table calls the same, below what was asked', async () => {
    assert.ok(!urls(await search('car')).includes('https://b.example/automobile'));
    const both = urls(await search('car', { synonyms: 'car, automobile' }));
    assert.equal(both[0], 'https://a.example/car');
    assert.ok(both.includes('https://b.example/automobile'));
    const alone = await search('car site:b.example', { synonyms: 'car, automobile' });
    assert.deepEqual(urls(alone), ['https://b.example/automobile'], 'within a condition as without');
    assert.deepEqual(urls(await search('automobile', { synonyms: 'car => automobile' })), [
      'https://b.example/automobile',
    ]);
    assert.ok(
      !urls(await search('+car', { synonyms: 'car, automobile' })).includes('https://b.example/automobile'),
    );
  });

  test('find compounds written apart or together', async () => {
    assert.equal(urls(await search('data base'))[0], 'https://d.example/db');
    assert.equal(urls(await search('motorboats', {}, { spelling: 'off' }))[0], 'https://c.example/motor');
  });

  test('put pinned pages first, once, and leave blocked ones out', async () => {
    const pins = [{ query: 'Motor', urls: ['https://b.example/automobile', 'https://gone.example/'] }];
    const pinned = await search('motor', { pins });
    assert.equal(urls(pinned)[0], 'https://b.example/automobile');
    assert.equal(pinned.matches, (await search('motor')).matches + 1);
    const second = await search('motor', { pins }, { first: 1, count: 1 });
    assert.deepEqual(urls(second), urls(pinned).slice(1, 2));
    assert.ok(!urls(await search('motor boats', { pins })).includes('https://b.example/automobile'));
    const blocked = urls(await search('motor', { blocks: ['site:c.example motor'] }));
    assert.deepEqual(blocked, ['https://a.example/car']);
  });

  test('look at the closeness of words in all matches or in the best few, unless a search says otherwise', async () => {
    const weights = { rerankDepth: 1 };
    // Of each of the two shards.
    assert.equal(await lookedAt({ weights }, {}), 2);
    assert.equal(await lookedAt({ weights, rescore: 'all' }, {}), 3);
    assert.equal(await lookedAt({ weights }, { rescore: 'all' }), 3);
    assert.equal(await lookedAt({ weights, rescore: 'all' }, { rescore: 'best' }), 2);
  });

  test('lift and lower pages by a part of the score that is told', async () => {
    const boosts = [{ filter: 'site:a.example', factor: 4 }];
    const [best] = (await search('motor', { boosts })).results;
    assert.equal(best?.url, 'https://a.example/car');
    assert.ok((best?.features?.['boost'] ?? 0) > 0);
    const lowered = await search('motor', { boosts: [{ filter: 'site:c.example', factor: -4 }] });
    assert.equal(urls(lowered).at(-1), 'https://c.example/motor');
    // Nobody comes in by a boost who holds no word.
    for (const filter of ['site:b.example', 'intitle:automobile']) {
      assert.equal((await search('motor', { boosts: [{ filter, factor: 4 }] })).results.length, 2, filter);
    }
  });

  test('have parts of scores that add up', async () => {
    const rules = { boosts: [{ filter: 'site:d.example', factor: 0.3 }], synonyms: 'car, automobile' };
    for (const query of ['car', 'cars motors', 'database of cars', 'motor boats', '"motor boats" car^3']) {
      for (const { score, features = {} } of (await search(query, rules)).results) {
        const sum = Object.values(features).reduce((total, part) => total + part, 0);
        assert.ok(Math.abs(sum - score) < 1e-6, `${query}: ${sum} is ${score}`);
      }
    }
  });

  test('are tried on saved queries side by side', async () => {
    const queries = [
      { query: 'motor', judgements: { 'https://a.example/car': 2, 'https://c.example/motor': 1 } },
      { query: 'database' },
    ];
    const change = { boosts: [{ filter: 'site:a.example', factor: 4 }] };
    const compared = await compareAnswers(
      queries,
      (query) => search(query),
      (query) => search(query, change),
    );
    assert.equal(compared.changed, 1);
    assert.equal(compared.candidateNdcg, 1);
    assert.ok((compared.liveNdcg ?? 1) < 1);
    assert.deepEqual(
      compared.queries[0]?.candidate.map(({ otherPlace }) => otherPlace),
      [2, 1],
    );
    assert.equal(compared.queries[1]?.liveNdcg, undefined);
    assert.equal(ndcg(['x'], { y: 1 }), 0);
  });

  test('are refused where they can not be kept', () => {
    for (const rules of [
      { synonyms: 'alone' },
      { boosts: [{ filter: '(broken', factor: 4 }] },
      { boosts: [{ filter: 'site:a.example', factor: 6 }] },
      { blocks: [''] },
    ]) {
      assert.throws(
        () => compileRules(rules),
        (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
      );
    }
  });
});
