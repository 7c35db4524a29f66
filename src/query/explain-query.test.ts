import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import { explainQuery } from './explain-query.ts';
import { scoreParts } from './feature-words.ts';
import type { SearchInput } from './search-input.ts';

const page = (title: string, text: string): string =>
  `<html lang="en"><title>${title}</title><meta name="price" content="12"><h1>${title}</h1><p>${text}</p>`;

describe('explaining', () => {
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection({
      'https://jazz.example/': page('Jazz piano', 'Pianists play jazz on the piano, and jazz alone.'),
      'https://b.example/1': page('Drums', 'A drum kit beside a piano. Somebody plays.'),
      'https://b.example/2': page('Piano tuning', 'The piano is tuned twice a year. Jazz is heard.'),
    });
  });
  after(() => collection.close());
  const input = (query: string): SearchInput => ({
    ...collection,
    request: { query, explain: true, perSite: 0 },
    collectionLanguages: ['en'],
    clock: new ManualClock(),
  });
  const conditionsOf = (query: string): (readonly string[])[] => {
    const { required, excluded } = explainQuery(input(query));
    return [required, excluded];
  };

  const documentsOf = (query: string): (readonly [string, number])[] =>
    explainQuery(input(query)).terms.map((term) => [term.word, term.documents]);

  test('counts the documents of each word that a pattern fits, by their letters', () => {
    assert.deepEqual(documentsOf('pian*'), [
      ['piano', 3],
      ['pianists', 1],
    ]);
    // Typed as well it is looked up by its stem, as ever.
    assert.deepEqual(documentsOf('plays* plays'), [['plays', 2]]);
    assert.deepEqual(documentsOf('play*'), [
      ['play', 1],
      ['plays', 1],
    ]);
  });

  test('tells conditions in words, not in hashes', () => {
    assert.deepEqual(conditionsOf('"jazz piano" +drums -site:b.example'), [
      ['"jazz piano"', 'drums'],
      ['site:b.example'],
    ]);
    assert.deepEqual(conditionsOf('pianists AND intitle:jazz'), [
      ['pianists (any form)', 'jazz in title (any form)'],
      [],
    ]);
    assert.deepEqual(conditionsOf('pian* jazz NEAR/3 drums'), [
      ['one of (piano, pianists)', 'jazz NEAR/3 drums (any form)'],
      [],
    ]);
    assert.deepEqual(conditionsOf('x -drums'), [[], ['drums outside menu']]);
    assert.deepEqual(conditionsOf('jazz OR price:10..20'), [
      ['anything', 'one of (jazz (any form), price:10..20)'],
      [],
    ]);
  });

  test('gives parts of a score that add up to it, to the last bit', async () => {
    for (const query of ['jazz piano', 'jazz', 'piano tuning year', '"jazz piano" play', 'jazz.example']) {
      const { results } = await executeSearch(input(query));
      assert.ok(results.length > 0);
      for (const { score, features = {} } of results) {
        const parts = scoreParts(features, score);
        assert.equal(
          parts.reduce((sum, { value }) => sum + value, 0),
          score,
          query,
        );
        assert.ok(parts.every(({ words, feature }) => words !== feature));
        assert.ok(Math.abs(parts.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
      }
    }
  });
});
