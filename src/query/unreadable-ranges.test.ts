import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isPeregrineError, ManualClock } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';

const page = (text: string, meta: Readonly<Record<string, string>> = {}): string => {
  const tags = Object.entries(meta).map(([name, content]) => `<meta name="${name}" content="${content}">`);
  return `<html lang="en"><title>${text}</title>${tags.join('')}<p>${text}</p>`;
};
const pages: Readonly<Record<string, string>> = {
  'https://birds.example/1': page('hawk', { price: '3', released: '2024-05-01', colour: 'brown' }),
  'https://birds.example/2': page('hawk nest', { price: '12', released: '2023-01-01', colour: 'grey' }),
  'https://birds.example/3': page('hawk owl', { price: '30', colour: 'white' }),
  'https://birds.example/4': page('owl', { price: '7' }),
};
const HAWKS = ['1', '2', '3'];
const OTHERS = 'gbmin:price:abc gbmax:price:abc gbequal:price:abc nosuch:>5 TypeError:<anonymous>'
  .concat(' after:soon before:soon date:2024-02-31 spidered:>soon hopcount:<abc')
  .split(' ');

const numbers = ({ results }: SearchResponse): string[] => results.map(({ url }) => url.slice(-1)).sort();

describe('a range that can not be read', () => {
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection(pages, 2);
  });
  after(() => collection.close());

  const search = (request: SearchRequest): Promise<SearchResponse> =>
    executeSearch({ ...collection, request, collectionLanguages: ['en'], clock: new ManualClock() });

  test('is text in every place, which the answer says, and takes nothing else away', async () => {
    const unread = [
      '>abc',
      '<abc',
      '>=abc',
      '<=abc',
      'abc..',
      '..abc',
      'abc..zzz',
      '1..abc',
      '<1,000',
      '>$5',
    ];
    const ranges = [
      ...unread.flatMap((bounds) => [`price:${bounds}`, `released:${bounds}`, `words:${bounds}`]),
      ...OTHERS,
    ];
    for (const range of ranges) {
      for (const query of [`hawk ${range}`, `hawk -${range}`, `hawk OR ${range}`, `${range} hawk`]) {
        const answer = await search({ query, spelling: 'off' });
        assert.deepEqual(numbers(answer), HAWKS, query);
        assert.match(answer.warnings.join(' '), /searched as text/, query);
      }
      const all = await search({ query: `hawk AND NOT (owl AND ${range})`, spelling: 'off' });
      assert.deepEqual(numbers(all), HAWKS, range);
    }
  });

  test('is refused as a filter, for a bound that is not kept is none', async () => {
    for (const filter of ['price:>abc', '-price:<abc', 'hawk OR price:abc..', '-(nest AND released:<abc)']) {
      await assert.rejects(
        search({ query: 'hawk', filter }),
        (error) => isPeregrineError(error, 'BAD_ARGUMENT') && /can't be compared/.test(error.message),
        filter,
      );
    }
    assert.deepEqual(numbers(await search({ query: 'hawk', filter: 'nosuch:>5' })), []);
    assert.deepEqual(numbers(await search({ query: 'hawk', filter: '-nosuch:>5' })), HAWKS);
  });

  test('and queries that can find nothing, whatever there is, say why', async () => {
    for (const [query, why] of [
      ['hawk price:20..10', /price:20..10: it ends before it begins/],
      ['released:2025..2023', /ends before it begins/],
      ['😀 *', /no word in this query/],
      ['-hawk', /something to look for beside/],
      ['colur:brown', /No document has a field colur; colur:brown was searched as text/],
    ] as const) {
      const answer = await search({ query, spelling: 'off' });
      assert.match(answer.warnings.join(' '), why, query);
    }
  });

  test('leaves those alone that can be', async () => {
    const found = async (query: string): Promise<string[]> => {
      const answer = await search({ query });
      assert.deepEqual(answer.warnings, [], query);
      return numbers(answer);
    };
    assert.deepEqual(await found('hawk -price:>10'), ['1']);
    assert.deepEqual(await found('hawk released:>=2024'), ['1']);
    assert.deepEqual(await found('hawk colour:>c'), ['2', '3']);
    assert.deepEqual(await found('hawk -colour:b..c'), ['2', '3']);
    assert.deepEqual(await found('nest OR price:..3'), ['1', '2']);
    // A field that the program gives, though no page has one.
    assert.deepEqual(numbers(await search({ query: 'hawk after:2024' })), []);
  });
});
