import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isPeregrineError, ManualClock } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';
import { compileRules } from './search-rules.ts';

const page = (text: string, meta = ''): string =>
  `<html lang="en"><title>${text}</title>${meta}<p>${text}</p>`;
const pages: Record<string, string> = {
  'https://open.example/1': page(
    'falcons hunt',
    '<meta name="tenant" content="red"><meta name="price" content="3">',
  ),
  'https://open.example/2': page(
    'hawks hunt',
    '<meta name="tenant" content="blue"><meta name="price" content="8">',
  ),
  'https://shut.example/1': page('falcons nest', '<meta name="tenant" content="blue">'),
  'https://shut.example/2': page('secret falcons', '<meta name="tenant" content="green">'),
};

const urls = ({ results }: SearchResponse): string[] => results.map(({ url }) => url).sort();

describe('a filter', () => {
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection(pages, 2);
  });
  after(() => collection.close());

  const search = (request: SearchRequest): Promise<SearchResponse> =>
    executeSearch({ ...collection, request, collectionLanguages: ['en'], clock: new ManualClock() });
  const found = async (filter: SearchRequest['filter'], query = 'falcons OR hawks'): Promise<string[]> =>
    urls(await search({ query, ...(filter !== undefined && { filter }) }));

  test('bounds what a query finds, by any operator', async () => {
    assert.equal((await found(undefined)).length, 4);
    assert.deepEqual(await found('site:open.example'), ['https://open.example/1', 'https://open.example/2']);
    assert.deepEqual(await found('-site:shut.example falcons'), ['https://open.example/1']);
    assert.deepEqual(await found('tenant:blue OR tenant:green'), [
      'https://open.example/2',
      'https://shut.example/1',
      'https://shut.example/2',
    ]);
    assert.deepEqual(await found('price:>5'), ['https://open.example/2']);
    assert.deepEqual(await found(['tenant:blue', 'site:shut.example']), ['https://shut.example/1']);
    assert.deepEqual(await found('secret OR price:>5'), ['https://open.example/2', 'https://shut.example/2']);
    assert.deepEqual(await found('-(secret AND price:>5) -nest', 'falcons'), [
      'https://open.example/1',
      'https://shut.example/2',
    ]);
    const { docId = 0 } = (await search({ query: 'secret' })).results[0] ?? {};
    assert.deepEqual(await found(undefined, `(hawks OR docid:${docId}) sort:price`), [
      'https://open.example/2',
      'https://shut.example/2',
    ]);
    assert.deepEqual(await found('falcons hunting'), ['https://open.example/1']);
    assert.deepEqual(await found('intitle:falcons', 'owls'), [], 'its words are not what is asked for');
    assert.deepEqual(await found('tenant:blue', ''), ['https://open.example/2', 'https://shut.example/1']);
  });

  test('asks of a field that no document has, and so finds nothing', async () => {
    assert.deepEqual(urls(await search({ query: 'falcons', filter: 'owner:falcons' })), []);
    assert.deepEqual(urls(await search({ query: 'falcons', filter: 'weight:>1' })), []);
  });

  test('leaves scores as they are', async () => {
    const [free] = (await search({ query: 'secret falcons' })).results;
    const [bounded] = (await search({ query: 'secret falcons', filter: 'tenant:green' })).results;
    assert.equal(bounded?.score, free?.score);
  });

  test('is not reached by anything that a query says', async () => {
    const piece = fc.oneof(
      fc.constantFrom('falcons', ' OR ', ' AND ', ' NOT ', ' | ', '(', ')', '"', '-', ' ', '^9', 'secret'),
      fc.constantFrom('site:shut.example', '-site:open.example', 'tenant:green', 'price:>0', 'sort:-price'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const answer = await search({ query: pieces.join(''), filter: 'site:open.example', perSite: 0 });
        assert.deepEqual(
          urls(answer).filter((url) => !url.startsWith('https://open.example/')),
          [],
        );
        assert.ok(answer.matches <= 2);
      }),
      { numRuns: 300 },
    );
  });

  test('is refused where a pattern in it stands for too many words, which a query and a rule only say', async () => {
    const words = Array.from({ length: 1_010 }, (_, i) => `zz0${String(i).padStart(4, '0')}`);
    const many = await pageCollection({
      'https://many.example/': `<html lang="en"><p>${words.join(' ')}</p>`,
      'https://one.example/': '<html lang="en"><p>zzebra</p>',
    });
    const ask = (request: SearchRequest, blocks: readonly string[] = []): Promise<SearchResponse> =>
      executeSearch({ ...many, request, clock: new ManualClock(), rules: compileRules({ blocks }) });
    try {
      await assert.rejects(ask({ query: 'zzebra', filter: '-zz0*' }), /too many words.*Name more letters/);
      assert.equal((await ask({ query: 'zzebra', filter: '-zz00*' })).matches, 1);
      assert.match((await ask({ query: 'zz*' })).warnings.join(), /zz\* stands for more words/);
      assert.deepEqual((await ask({ query: 'zz00*' })).warnings, []);
      const ruled = await ask({ query: 'zzebra' }, ['zz0*']);
      assert.match(ruled.warnings.join(), /A rule of this collection keeps away less/);
      assert.doesNotMatch(ruled.warnings.join(), /zz0/);
    } finally {
      await many.close();
    }
  });

  test('is refused where it can not be kept to the letter', async () => {
    for (const filter of ['', ' ', '"open', '(falcons', 'sort:price', 'falcons facet:tenant']) {
      await assert.rejects(
        search({ query: 'falcons', filter }),
        (error) => isPeregrineError(error, 'BAD_ARGUMENT'),
        filter,
      );
    }
  });
});
