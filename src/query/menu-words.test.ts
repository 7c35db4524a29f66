import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import { explainQuery } from './explain-query.ts';
import type { SearchInput } from './search-input.ts';

const THINGS = [
  'drop check',
  'leaking',
  'lifetimes',
  'panics',
  'casts',
  'races',
  'atomics',
  'vectors',
  'layouts',
];
const OTHERS = Array.from({ length: 40 }, (_, i) => `chapter ${i}`);

/** Every page of the book names every chapter. */
function pageOf(thing: string): string {
  const menu = [...THINGS, ...OTHERS].map(
    (name) => `<li><a href="/${name.replace(' ', '-')}.html">${name}</a>`,
  );
  return `<!doctype html><html lang="en"><title>${thing} - The book</title><nav><ol>${menu.join('')}</ol></nav>
    <main><h1>${thing}</h1><p>This chapter tells at length about ${thing} and about nothing else that a reader may
    look for in it, as a chapter of a book should.</p>
    <p>${thing.startsWith('chapter') ? 'It asks how this does work, and how that work is done.' : 'It is short.'}</p></main>`;
}

describe('words that a menu says on every page', () => {
  let collection: PageCollection;
  before(async () => {
    const pages = [...THINGS, ...OTHERS].map((thing) => [
      `https://book.example/${thing.replace(' ', '-')}.html`,
      pageOf(thing),
    ]);
    collection = await pageCollection(Object.fromEntries(pages) as Record<string, string>, 2);
  });
  after(() => collection.close());

  const input = (query: string): SearchInput => ({
    ...collection,
    request: { query },
    collectionLanguages: ['en'],
    clock: new ManualClock(),
  });

  test('are as rare as the texts that say them', async () => {
    for (const thing of THINGS) {
      const { results } = await executeSearch(input(`how does ${thing} work`));
      assert.equal(results[0]?.url, `https://book.example/${thing.replace(' ', '-')}.html`);
    }
    const { terms } = explainQuery(input('leaking'));
    assert.deepEqual(
      terms.map(({ documents, menuOnly }) => ({ documents, menuOnly })),
      [{ documents: 49, menuOnly: 48 }],
    );
  });

  test('are found, though no text says them', async () => {
    const { matches } = await executeSearch(input('leaking'));
    assert.equal(matches, 49);
  });
});
