import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isPeregrineError, ManualClock, seededRandom } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';

const WORDS = ['falcon', 'hawk', 'owl', 'crow', 'finch', 'kite'];
const PROSE = Array.from({ length: 120 }, (_, i) => `plume${i} talon${i * 7}`).join(' ');

const near = (i: number): string => `<title>Falcons</title><p>falcon ${PROSE} copy${i}</p>`;

function pages(): Record<string, string> {
  const random = seededRandom(5);
  const made: Record<string, string> = {};
  for (let i = 0; i < 90; i++) {
    const words = Array.from({ length: 3 + random.below(9) }, () => WORDS[random.below(6)]).join(' ');
    const price = random.below(5) === 0 ? '' : `<meta name="price" content="${random.below(20)}">`;
    made[`https://site${random.below(12)}.example/${i}`] =
      `<title>Bird ${i}</title>${price}<p>${words} ${i}</p>`;
  }
  return made;
}

describe('pages one behind the other', () => {
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection(pages(), 3);
  });
  after(() => collection.close());

  const search = (request: SearchRequest, rankedDepth?: number): Promise<SearchResponse> =>
    executeSearch({
      ...collection,
      request: { perSite: 0, foldDuplicates: false, snippetLength: 0, ...request },
      clock: new ManualClock(),
      ...(rankedDepth !== undefined && { rankedDepth }),
    });

  const walk = async (request: SearchRequest, rankedDepth?: number): Promise<string[]> => {
    const urls: string[] = [];
    let next: string | undefined;
    do {
      const answer = await search({ ...request, ...(next !== undefined && { after: next }) }, rankedDepth);
      assert.equal(answer.hasMore, answer.next !== undefined);
      urls.push(...answer.results.map(({ url }) => url));
      next = answer.next;
    } while (next !== undefined);
    return urls;
  };

  test('give every result once, in the order of one long page', async () => {
    const query = fc.constantFrom(
      'falcon',
      'hawk owl',
      'crow OR kite sort:price',
      'finch sort:-price',
      'price:3..9',
      'bird -hawk',
    );
    await fc.assert(
      fc.asyncProperty(query, fc.integer({ min: 1, max: 40 }), async (text, count) => {
        const whole = await search({ query: text, count: 100 });
        assert.deepEqual(
          await walk({ query: text, count }),
          whole.results.map(({ url }) => url),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('go on by document id where the ranking ends', async () => {
    const whole = (await search({ query: 'falcon hawk', count: 100 })).results.map(({ url }) => url);
    for (const count of [1, 7, 30]) {
      const walked = await walk({ query: 'falcon hawk', count }, 20);
      assert.equal(walked.length, whole.length);
      assert.deepEqual(walked.toSorted(), whole.toSorted());
      assert.equal(new Set(walked).size, walked.length);
    }
  });

  test('fold as one long page does', async () => {
    const request = { query: 'falcon', perSite: 2, foldDuplicates: true };
    const whole = (await search({ ...request, count: 100 })).results.map(({ url }) => url);
    assert.deepEqual(await walk({ ...request, count: 4 }), whole);
    const numbered: string[] = [];
    for (let first = 0; first < whole.length; first += 4) {
      const answer = await search({ ...request, first, count: 4 });
      numbered.push(...answer.results.map(({ url }) => url));
    }
    assert.deepEqual(numbered, whole);
  });

  test('are refused behind a place of another query, a damaged one, and a number at once', async () => {
    const { next = '' } = await search({ query: 'falcon', count: 2 });
    const [hash, kind, score, docId] = JSON.parse(Buffer.from(next, 'base64url').toString()) as unknown[];
    const made = [-1_000, 0.5, 1e300, '7'].map((seen) =>
      Buffer.from(JSON.stringify([hash, kind, score, docId, seen])).toString('base64url'),
    );
    const damaged = [
      ...made,
      next.slice(0, -3),
      'x',
      '',
      Buffer.from('[1,"p",0,[["q","1"]]]').toString('base64url'),
    ];
    for (const request of [
      { query: 'hawk', after: next },
      { query: 'falcon', filter: 'owl', after: next },
      { query: 'falcon', first: 3, after: next },
      ...damaged.map((after) => ({ query: 'falcon', after })),
    ]) {
      await assert.rejects(search(request), (error) => isPeregrineError(error, 'BAD_ARGUMENT'));
    }
  });
});

test('nearly equal texts are shown once, and their number is told', async (t) => {
  const collection = await pageCollection({
    'https://a.example/': near(1),
    'https://b.example/': near(2),
    'https://c.example/': near(3),
    'https://d.example/': '<title>Other</title><p>A falcon of another kind stands here alone.</p>',
  });
  t.after(() => collection.close());
  const search = (foldDuplicates: boolean): Promise<SearchResponse> =>
    executeSearch({ ...collection, request: { query: 'falcon', foldDuplicates }, clock: new ManualClock() });
  const folded = await search(true);
  assert.deepEqual(
    folded.results.map(({ copies }) => copies).sort((a, b) => a - b),
    [0, 2],
  );
  assert.equal(folded.folded, 2);
  assert.equal((await search(false)).results.length, 4);
});
