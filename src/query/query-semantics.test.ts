import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock, seededRandom } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import { parseQuery } from './query-language.ts';
import type { QueryNode } from './query-syntax.ts';

/** Birds whose names no stemmer changes. */
const WORDS = ['falcon', 'hawk', 'owl', 'crow', 'finch'] as const;

/** What a condition means, straight from the documentation. */
function holds(node: QueryNode, words: readonly string[]): boolean {
  if (node.kind === 'word') return words.includes(node.text);
  if (node.kind === 'phrase') return ` ${words.join(' ')} `.includes(` ${node.text} `);
  if (node.kind === 'or') return node.nodes.some((child) => holds(child, words));
  if (node.kind === 'all') return node.nodes.every((child) => holds(child, words));
  assert.ok(node.kind === 'not');
  const isAnyOf = node.node.kind === 'all' && !node.node.strict;
  return isAnyOf ? node.node.nodes.every((child) => !deniedBy(child, words)) : !holds(node.node, words);
}

/** Inside `-( )` each part is kept away by itself. */
function deniedBy(node: QueryNode, words: readonly string[]): boolean {
  return node.kind === 'not' ? !holds(node.node, words) : holds(node, words);
}

function finds(root: QueryNode | undefined, words: readonly string[]): boolean {
  if (root === undefined) return false;
  const parts = root.kind === 'all' && !root.strict ? root.nodes : [root];
  const conditions = parts.filter((part) => part.kind !== 'word' || part.exact);
  if (!conditions.every((part) => holds(part, words))) return false;
  return parts.some(asksFor) && (conditions.some(asksFor) || parts.some((part) => mentions(part, words)));
}

/** Something must be there, not only stay away. */
function asksFor(node: QueryNode): boolean {
  if (node.kind === 'not') return asksByDenying(node.node);
  return node.kind !== 'all' || node.nodes.some(asksFor);
}

function asksByDenying(node: QueryNode): boolean {
  if (node.kind === 'not') return asksFor(node.node);
  return (node.kind === 'or' || (node.kind === 'all' && !node.strict)) && node.nodes.some(asksByDenying);
}

function mentions(node: QueryNode, words: readonly string[]): boolean {
  return node.kind === 'word' && words.includes(node.text);
}

const word = fc.constantFrom(...WORDS);
const query = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3 },
    word,
    word.map((one) => `+${one}`),
    word.map((one) => `-${one}`),
    fc.tuple(word, word).map((pair) => `"${pair.join(' ')}"`),
    fc.tuple(tie('query'), tie('query')).map((pair) => pair.join(' ')),
    fc.tuple(tie('query'), tie('query')).map((pair) => pair.join(' OR ')),
    fc.tuple(tie('query'), tie('query')).map((pair) => pair.join(' AND ')),
    tie('query').map((one) => `(${one})`),
    tie('query').map((one) => `-(${one})`),
  ),
})).query;

describe('a search', () => {
  const texts = new Map<string, readonly string[]>();
  let collection: PageCollection;

  before(async () => {
    const random = seededRandom(7);
    const pages: Record<string, string> = {};
    for (let i = 0; i < 60; i++) {
      const words = Array.from(
        { length: 1 + random.below(5) },
        () => WORDS[random.below(WORDS.length)] ?? 'owl',
      );
      texts.set(`https://birds.example/${i}`, words);
      pages[`https://birds.example/${i}`] = `<title>Page</title><p>${words.join(' ')}</p>`;
    }
    collection = await pageCollection(pages, 2);
  });

  after(() => collection.close());

  test('finds exactly the documents that the query language promises', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        const { root } = parseQuery(text);
        const { results, matches, warnings } = await executeSearch({
          ...collection,
          request: { query: text, count: 100, perSite: 0, foldDuplicates: false, snippetLength: 0 },
          clock: new ManualClock(),
        });
        // What can't be taken to the letter is warned of.
        fc.pre(warnings.length === 0);
        compared += 1;
        const expected = [...texts].filter(([, words]) => finds(root, words)).map(([url]) => url);
        assert.deepEqual(results.map(({ url }) => url).sort(), expected.sort());
        assert.equal(matches, expected.length);
      }),
      { numRuns: 400 },
    );
    assert.ok(compared >= 200, `${compared} compared`);
  });
});
