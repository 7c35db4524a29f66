import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isPeregrineError, ManualClock, PeregrineError } from '../base/index.ts';
import type { IndexQuery, IndexView } from '../index/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import { DEFAULT_WEIGHTS } from './ranking-weights.ts';
import type { SearchInput } from './search-input.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';
import { ShardSearch } from './shard-search.ts';

const text = (about: string): string =>
  `<html lang="en"><title>${about}</title><body><p>This page is about ${about}, and about nothing else at all.</p></body></html>`;

const pages: Record<string, string> = {
  'https://a.example/1': text('falcons'),
  'https://a.example/2': text('falcons and hawks'),
  'https://a.example/3': text('hawks that hunt falcons'),
  'https://b.example/1': text('falcons'),
  'https://b.example/2': text('a falcon in the city'),
  'https://c.example/1': text('sparrows'),
};

function input(collection: PageCollection, request: SearchRequest): SearchInput {
  return { ...collection, request, collectionLanguages: ['en'], clock: new ManualClock() };
}

const urls = ({ results }: SearchResponse): string[] => results.map(({ url }) => url);

describe('a search in languages that run words together', () => {
  const texts: Record<string, string> = {
    'https://th.example/1': 'เครื่องมือค้นหาช่วยให้พบหน้าเว็บภาษาไทย',
    'https://th.example/2': 'แมวนอนอยู่บนหลังคา',
    'https://km.example/1': 'ភាសាខ្មែរជាភាសាផ្លូវការ',
    'https://my.example/1': 'မြန်မာစကားသည်လှပသည်',
    'https://lo.example/1': 'ພາສາລາວເປັນພາສາທາງການ',
    'https://de.example/1': 'Wir verkaufen Futter für jeden Hund und jede Katze.',
    'https://de.example/2': 'Hier stehen nur ein Auto und ein Rad.',
  };
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection(
      Object.fromEntries(Object.entries(texts).map(([url, said]) => [url, `<title>.</title><p>${said}</p>`])),
    );
  });
  after(() => collection.close());

  test('finds whatever stands there, wherever a dictionary would cut, quoted or not', async () => {
    for (const [query, url] of [
      ['ค้นหา', 'https://th.example/1'],
      ['ภาษาไทย', 'https://th.example/1'],
      // Across the borders of words.
      ['"มือค้นหาช่วย"', 'https://th.example/1'],
      ['"เว็บ\u200bภาษา"', 'https://th.example/1'],
      ['หลังคา', 'https://th.example/2'],
      ['"ខ្មែរ"', 'https://km.example/1'],
      ['"စကား"', 'https://my.example/1'],
      ['ລາວ', 'https://lo.example/1'],
    ] as const) {
      const response = await executeSearch(input(collection, { query }));
      assert.equal(urls(response)[0], url, query);
    }
  });

  test('finds the parts of a compound', async () => {
    const request = { query: 'Hundefutter', language: 'de' };
    const response = await executeSearch({ ...input(collection, request), collectionLanguages: ['de'] });
    assert.deepEqual(urls(response), ['https://de.example/1']);
  });
});

describe('a search', () => {
  let one: PageCollection;
  let three: PageCollection;
  before(async () => {
    one = await pageCollection(pages);
    three = await pageCollection(pages, 3);
  });
  after(async () => {
    await one.close();
    await three.close();
  });

  test('finds documents by other forms of a word and says what it looked for', async () => {
    const response = await executeSearch(input(one, { query: 'hunting sparrow', explain: true }));
    assert.equal(urls(response)[0], 'https://c.example/1');
    assert.equal(response.matches, 2);
    assert.deepEqual(response.terms, [
      { text: 'hunting', stem: 'hunt', documents: 1 },
      { text: 'sparrow', stem: 'sparrow', documents: 1 },
    ]);
    const [best] = response.results;
    assert.deepEqual(best?.title, { text: 'sparrows', marks: [[0, 8]] });
    assert.equal(best?.snippet.text.slice(...(best.snippet.marks[0] ?? [])), 'sparrows');
    assert.equal(best?.site, 'c.example');
    assert.equal(best?.language, 'en');
    assert.ok(best?.features !== undefined && best.size_bytes > 0);
  });

  test('looks beside a word that no document holds for the one that it nearly is, unless it may not', async () => {
    const found = await executeSearch(input(one, { query: 'hawks hunt falcoms', spelling: 'use' }));
    assert.equal(urls(found)[0], 'https://a.example/3');
    assert.equal(found.matches, 5);
    assert.match(found.warnings.join(), /No document holds “falcoms”; “falcons” counts half/);
    for (const spelling of ['off', 'suggest'] as const) {
      const typed = await executeSearch(input(one, { query: 'hawks hunt falcoms', spelling }));
      assert.equal(typed.matches, 2);
      assert.deepEqual(typed.warnings, []);
    }
  });

  test('takes quotes among other words for emphasis where nothing holds what stands in them, and says so', async () => {
    const loose = await executeSearch(input(one, { query: 'city "falcon about"' }));
    assert.equal(urls(loose)[0], 'https://b.example/2');
    assert.match(loose.warnings.join(), /Nothing holds “falcon about” as it stands/);
    const held = await executeSearch(input(one, { query: 'city "falcons and hawks"' }));
    assert.deepEqual([urls(held), held.warnings], [['https://a.example/2'], []]);
    const kept = await executeSearch(input(one, { query: 'city "falcon about"', spelling: 'off' }));
    assert.deepEqual([urls(kept), kept.warnings], [[], []]);
    // Quotes alone are meant; so are those of a condition.
    for (const query of ['"falcon about"', 'city AND "falcon about"']) {
      assert.equal((await executeSearch(input(one, { query, spelling: 'off' }))).matches, 0, query);
    }
  });

  test('answers the same from one shard and from three', async () => {
    for (const query of [
      'falcons',
      'falcon hawk',
      '"falcons and hawks"',
      'city OR sparrow',
      'site:a.example',
    ]) {
      const [fromOne, fromThree] = await Promise.all(
        [one, three].map((collection) => executeSearch(input(collection, { query, perSite: 0 }))),
      );
      assert.ok(fromOne !== undefined && fromOne.results.length > 0);
      assert.deepEqual({ ...fromThree, shardsAsked: 1 }, fromOne);
    }
  });

  test('folds equal texts and more of the same site away', async () => {
    const response = await executeSearch(input(one, { query: 'falcons' }));
    const hosts = urls(response).map((url) => new URL(url).host);
    assert.deepEqual(hosts.sort(), ['a.example', 'a.example', 'b.example']);
    assert.equal(response.folded, 2);
    const all = await executeSearch(input(one, { query: 'falcons', perSite: 0, foldDuplicates: false }));
    assert.equal(all.results.length, 5);
    assert.equal(all.folded, 0);
  });

  test('keeps all of a site that was asked for', async () => {
    assert.equal((await executeSearch(input(one, { query: 'falcons site:a.example' }))).results.length, 3);
  });

  test('turns pages', async () => {
    const request = { query: 'falcons', perSite: 0, foldDuplicates: false } as const;
    const all = await executeSearch(input(one, request));
    const seen: string[] = [];
    for (let first = 0; first < 6; first += 2) {
      const page = await executeSearch(input(one, { ...request, first, count: 2 }));
      assert.equal(page.hasMore, first < 4);
      seen.push(...urls(page));
    }
    assert.deepEqual(seen, urls(all));
  });

  test('looks further when folding empties the page', async (test) => {
    const copies: Record<string, string> = {
      'https://z.example/other': text('eagles and falcons elsewhere'),
    };
    for (let i = 0; i < 150; i++) copies[`https://copy.example/${i}`] = text('falcons');
    const collection = await pageCollection(copies);
    test.after(() => collection.close());
    const response = await executeSearch(input(collection, { query: 'falcons', count: 2 }));
    assert.equal(response.results.length, 2);
    assert.ok(urls(response).includes('https://z.example/other'));
  });

  test('drops results whose documents are gone or damaged, and says so', async () => {
    const gone = { ...input(one, { query: 'sparrows' }), titleRecords: () => Promise.resolve(undefined) };
    const response = await executeSearch(gone);
    assert.deepEqual(response.results, []);
    assert.match(response.warnings.join(), /1 of the results/);
    const damaged = { ...gone, titleRecords: () => Promise.resolve(new Uint8Array(40)) };
    assert.match((await executeSearch(damaged)).warnings.join(), /1 of the results/);
  });

  test('goes on without a shard that fails, and fails when all do', async () => {
    const broken = {
      documentCount: 1,
      statistics: () => {
        throw new PeregrineError('CORRUPT', 'A page is damaged.');
      },
    } as unknown as IndexView;
    const healthy = input(three, { query: 'falcons', perSite: 0 });
    const response = await executeSearch({ ...healthy, views: [...three.views, broken] });
    assert.deepEqual([response.partial, response.shardsAsked, response.shardsMissing], [true, 4, 1]);
    assert.equal(response.results.length, 4);
    await assert.rejects(executeSearch({ ...healthy, views: [broken] }), (error) =>
      isPeregrineError(error, 'CORRUPT'),
    );
  });

  test('says where a part of an index could not be read, and goes on with the rest', async () => {
    const [view] = one.views;
    assert.ok(view !== undefined);
    const damaged = new Proxy(view, {
      get: (target, name) => {
        if (name !== 'searchAside') {
          const own = Reflect.get(target, name, target) as unknown;
          return typeof own === 'function' ? (own.bind(target) as unknown) : own;
        }
        return async (query: IndexQuery) => ({
          ...(await target.searchAside(query)),
          countIsExact: false,
          partial: true,
          isDamaged: true,
        });
      },
    });
    const response = await executeSearch({ ...input(one, { query: 'falcons' }), views: [damaged] });
    assert.deepEqual([response.partial, response.isDamaged, response.shardsMissing], [true, true, 0]);
    const search = new ShardSearch([damaged], new ManualClock(), Infinity);
    const query = { collection: view.collection, scored: [], required: [], excluded: [], everything: true };
    const ranked = { ...query, weights: DEFAULT_WEIGHTS, limit: 1 };
    const { partial, isCut } = await search.search(ranked, search.statistics([]));
    assert.deepEqual([partial, isCut], [true, false], 'more can be asked for');
  });

  test('stops at its deadline and says that the answer is partial', async () => {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<void>();
    const slow = {
      ...input(one, { query: 'falcons', deadline_ms: 50 }),
      clock,
      titleRecords: () => {
        asked.resolve();
        return new Promise<undefined>(() => {});
      },
    };
    const pending = executeSearch(slow);
    await asked.promise;
    await clock.advance(50);
    const response = await pending;
    assert.deepEqual([response.results, response.partial], [[], true]);
  });

  test('gives each shard the time that is left, and none when there is none', async () => {
    const clock = new ManualClock();
    const given: (number | undefined)[] = [];
    const slow = three.views.map((view) => ({
      collection: view.collection,
      version: 1,
      documentCount: view.documentCount,
      statistics: view.statistics.bind(view),
      stream: view.stream.bind(view),
      fields: view.fields.bind(view),
      wordsWithPrefix: view.wordsWithPrefix.bind(view),
      wordsNear: view.wordsNear.bind(view),
      has: view.has.bind(view),
      release: () => {},
      search: view.search.bind(view),
      searchAside: (query: IndexQuery) => {
        given.push(query.deadline_ms);
        void clock.advance(30);
        return view.searchAside(query);
      },
    }));
    const request = { query: 'falcons', deadline_ms: 50, count: 0 };
    const response = await executeSearch({ ...input(three, request), views: slow, clock });
    assert.deepEqual(given, [50, 20]);
    assert.deepEqual([response.partial, response.shardsMissing, response.countIsExact], [true, 1, false]);
  });

  test('calls no shard missing that has answered, when there is no time to ask it once more', async () => {
    const [view] = one.views;
    assert.ok(view !== undefined);
    const clock = new ManualClock();
    const search = new ShardSearch([view], clock, clock.monotonic() + 50);
    const query = { collection: view.collection, scored: [], required: [], excluded: [], everything: true };
    const ranked = { ...query, weights: DEFAULT_WEIGHTS, limit: 1 };
    const statistics = search.statistics([]);
    assert.equal((await search.search(ranked, statistics)).partial, false);
    await clock.advance(60);
    const late = await search.search(ranked, statistics);
    assert.deepEqual([late.hits, late.partial, late.isCut, late.countIsExact], [[], true, true, false]);
    assert.deepEqual([search.missing, search.documentCount], [0, view.documentCount]);
  });

  test('counts nothing, and says so, where no shard had time to count', async () => {
    const [view] = one.views;
    assert.ok(view !== undefined);
    const search = new ShardSearch([view], new ManualClock(), -1);
    const facet = { kind: 'values', column: { name: 'price', type: 'number' } } as const;
    const query = { collection: view.collection, scored: [], required: [], excluded: [], everything: true };
    const ranked = { ...query, facets: [facet], weights: DEFAULT_WEIGHTS, limit: 1 };
    const { facets, hits, partial } = await search.search(ranked, search.statistics([]));
    assert.deepEqual(
      [facets, hits, partial],
      [[{ kind: 'values', counts: new Map(), missing: 0 }], [], true],
    );
  });

  test('ends when nobody wants the answer any more, and tells the views', async () => {
    const left = new AbortController();
    const told: (AbortSignal | undefined)[] = [];
    const views = one.views.map((view) => ({
      collection: view.collection,
      version: 1,
      documentCount: view.documentCount,
      statistics: view.statistics.bind(view),
      stream: view.stream.bind(view),
      fields: view.fields.bind(view),
      wordsWithPrefix: view.wordsWithPrefix.bind(view),
      wordsNear: view.wordsNear.bind(view),
      has: view.has.bind(view),
      release: () => {},
      search: view.search.bind(view),
      searchAside: async (query: IndexQuery, signal?: AbortSignal) => {
        told.push(signal);
        left.abort();
        return view.searchAside(query);
      },
    }));
    const asked = { ...input(one, { query: 'falcons' }), views, signal: left.signal };
    for (let i = 0; i < 2; i++) {
      await assert.rejects(executeSearch(asked), (error) => isPeregrineError(error, 'CANCELLED'));
    }
    // The second time nothing was asked at all.
    assert.deepEqual(told, [left.signal]);
  });

  test('takes a query of 5,000 words', async () => {
    const query = Array.from({ length: 5000 }, (_, i) => `word${i}`).join(' ');
    const response = await executeSearch(input(one, { query: `${query} sparrows` }));
    assert.deepEqual(urls(response), ['https://c.example/1']);
    assert.equal(response.terms.length, 5001);
  });

  test('answers any query at all', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'falcon',
        'hawks',
        ' AND ',
        ' OR ',
        ' NOT ',
        '(',
        ')',
        '"',
        '+',
        '-',
        ' ',
        'site:a.example',
      ),
      fc.constantFrom('intitle:hawks', 'lang:en', 'inurl:1', 'type:html', 'the', '東京', '\ud800'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const query = pieces.join('');
        const response = await executeSearch(input(one, { query }));
        const again = await executeSearch(input(one, { query: response.understood ?? '' }));
        assert.deepEqual(urls(again), urls(response));
      }),
      { numRuns: 300 },
    );
  });

  test('answers nothing to nothing', async () => {
    for (const query of ['', '  ', '???', '-falcons']) {
      const response = await executeSearch(input(one, { query }));
      assert.deepEqual([response.results, response.matches], [[], 0]);
    }
    assert.equal((await executeSearch(input(one, { query: 'falcons', count: 0 }))).matches, 5);
  });

  test('refuses numbers out of range', async () => {
    for (const request of [{ first: -1 }, { count: 101 }, { count: 1.5 }, { first: 10_001 }]) {
      await assert.rejects(executeSearch(input(one, { query: 'x', ...request })), (error) =>
        isPeregrineError(error, 'BAD_ARGUMENT'),
      );
    }
  });
});

test('misspelt words are put right where hardly anything is found, and that is said and can be undone', async (t) => {
  const collection = await pageCollection({
    'https://a.example/': text('peregrine falcons'),
    'https://b.example/': text('peregrine falcons and hawks'),
    'https://c.example/': text('model AB1234 and the hour'),
  });
  t.after(() => collection.close());
  const ask = (request: SearchRequest): Promise<SearchResponse> => executeSearch(input(collection, request));
  const used = await ask({ query: 'perergine' });
  assert.equal(used.corrected, 'peregrine');
  assert.equal(used.didYouMean, undefined);
  assert.equal(used.matches, 2);
  const suggested = await ask({ query: 'perergine', spelling: 'suggest' });
  assert.deepEqual(
    [suggested.corrected, suggested.didYouMean, suggested.matches],
    [undefined, 'peregrine', 0],
  );
  const off = await ask({ query: 'perergine', spelling: 'off' });
  assert.deepEqual([off.corrected, off.didYouMean, off.matches], [undefined, undefined, 0]);
  for (const query of ['"perergine"', '+perergine', 'AB1235', '4711', 'hor']) {
    assert.equal((await ask({ query })).corrected, undefined, query);
  }
  // Another form of a held word is right, and so are words that only ask.
  for (const query of ['falcon', 'peregrine falcon', 'how does the falcon work']) {
    const { corrected, didYouMean, warnings } = await ask({ query, spelling: 'suggest' });
    assert.deepEqual([corrected, didYouMean, warnings], [undefined, undefined, []], query);
  }
  // What a filter hides is not told.
  assert.equal((await ask({ query: 'perergine', filter: 'site:c.example' })).didYouMean, undefined);
});
