/**
 * What queries mean, as plain loops over plain words: what searches are held against. Random collections and random
 * queries come from a seed.
 */

import assert from 'node:assert/strict';
import { ManualClock, type Random, seededRandom } from '../src/base/index.ts';
import { executeSearch, parseQuery, type QueryNode, type SearchResponse } from '../src/query/index.ts';
import { type PageCollection, pageCollection } from './page-collection.ts';

/** Birds whose names no stemmer changes. */
const WORDS = ['falcon', 'hawk', 'owl', 'crow', 'finch'] as const;
const COLOURS = ['red', 'green', 'blue'] as const;
const PATTERNS: Readonly<Record<string, RegExp>> = { 'ha*': /^ha/, 'fi*h': /^fi.*h$/, 'cr?w': /^cr.w$/ };
const MAX_PRICE = 20;

export interface ModelPage {
  readonly url: string;
  readonly site: string;
  readonly words: readonly string[];
  readonly price: number | undefined;
  readonly colour: string | undefined;
}

/** A random collection and the same documents as the model knows them. */
export class QueryModel {
  readonly pages: readonly ModelPage[];
  readonly #collection: PageCollection;

  private constructor(pages: readonly ModelPage[], collection: PageCollection) {
    this.pages = pages;
    this.#collection = collection;
  }

  static async build(seed: number): Promise<QueryModel> {
    const random = seededRandom(seed);
    const pages = Array.from({ length: 20 + random.below(50) }, (_, i) => randomPage(random, i));
    const contents = Object.fromEntries(pages.map((page) => [page.url, contentOf(page)]));
    return new QueryModel(pages, await pageCollection(contents, 1 + random.below(3)));
  }

  close(): Promise<void> {
    return this.#collection.close();
  }

  /** Asks one random query and compares. False where the query can't be taken to the letter, which the answer says. */
  async check(seed: number): Promise<boolean> {
    const random = seededRandom(seed);
    const words = randomQuery(random, 3);
    const wantsSort = random.below(3) === 0;
    const query = `${words}${wantsSort ? ` sort:${random.below(2) === 0 ? '-' : ''}price` : ''} facet:colour`;
    const parsed = parseQuery(query);
    const all = await this.#search(query, 0);
    if (all.warnings.length > 0) return false;
    const expected = this.pages.filter((page) => finds(parsed.root, page));
    const urls = all.results.map(({ url }) => url);
    assert.deepEqual(urls.toSorted(), expected.map(({ url }) => url).sort(), query);
    assert.equal(all.matches, expected.length, query);
    assert.ok(all.countIsExact, query);
    this.#checkFacet(all, expected, query);
    if (wantsSort) this.#checkOrder(urls, parsed.sort[0]?.order === 'descending', query);
    await this.#checkGroups(query, urls);
    return true;
  }

  #checkFacet({ facets }: SearchResponse, expected: readonly ModelPage[], query: string): void {
    const counts = new Map<string, number>();
    for (const { colour } of expected) {
      if (colour !== undefined) counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const [facet] = facets ?? [];
    assert.deepEqual(new Map(facet?.counts.map(({ value, documents }) => [value, documents])), counts, query);
    assert.equal(facet?.missing, expected.filter(({ colour }) => colour === undefined).length, query);
  }

  /** In the order of prices, pages without one last. */
  #checkOrder(urls: readonly string[], isDescending: boolean, query: string): void {
    const last = isDescending ? -Infinity : Infinity;
    const prices = urls.map((url) => this.#page(url).price ?? last);
    assert.deepEqual(
      prices,
      prices.toSorted((a, b) => (isDescending ? b - a : a - b)),
      query,
    );
  }

  /** The first of each site, in the order of all. */
  async #checkGroups(query: string, urls: readonly string[]): Promise<void> {
    const grouped = await this.#search(query, 1);
    const sites = new Set<string>();
    const first = urls.filter((url) => {
      const { site } = this.#page(url);
      if (sites.has(site)) return false;
      sites.add(site);
      return true;
    });
    assert.deepEqual(
      grouped.results.map(({ url }) => url),
      first,
      query,
    );
  }

  #page(url: string): ModelPage {
    const page = this.pages.find((one) => one.url === url);
    assert.ok(page);
    return page;
  }

  #search(query: string, perSite: number): Promise<SearchResponse> {
    return executeSearch({
      ...this.#collection,
      request: { query, count: 100, perSite, foldDuplicates: false, snippetLength: 0 },
      clock: new ManualClock(),
    });
  }
}

function randomPage(random: Random, i: number): ModelPage {
  const site = `birds${random.below(6)}.example`;
  return {
    url: `https://${site}/${i}`,
    site,
    words: Array.from({ length: 1 + random.below(7) }, () => pick(random, WORDS)),
    price: random.below(4) === 0 ? undefined : random.below(MAX_PRICE),
    colour: random.below(4) === 0 ? undefined : pick(random, COLOURS),
  };
}

function contentOf({ words, price, colour }: ModelPage): string {
  const meta = [
    price === undefined ? '' : `<meta name="price" content="${price}">`,
    colour === undefined ? '' : `<meta name="colour" content="${colour}">`,
  ];
  return `<title>Page</title>${meta.join('')}<p>${words.join(' ')}</p>`;
}

function randomQuery(random: Random, depth: number): string {
  const word = (): string => pick(random, WORDS);
  const inner = (): string => randomQuery(random, depth - 1);
  switch (random.below(depth <= 0 ? 8 : 14)) {
    case 0:
      return `+${word()}`;
    case 1:
      return `-${word()}`;
    case 2:
      return `"${word()} ${word()}"`;
    case 3:
      return `${word()} ${random.below(2) === 1 ? 'O' : ''}NEAR/${1 + random.below(4)} ${word()}`;
    case 4:
      return pick(random, Object.keys(PATTERNS));
    case 5: {
      const from = random.below(MAX_PRICE);
      return pick(random, [`price:${from}..${from + random.below(9)}`, `price:>${from}`, `price:<${from}`]);
    }
    case 6:
      return `${word()}^${1 + random.below(5)}`;
    case 8:
      return `${inner()} OR ${inner()}`;
    case 9:
      return `${inner()} AND ${inner()}`;
    case 10:
      return `(${inner()})`;
    case 11:
      return `-(${inner()})`;
    case 12:
      return `(${inner()}) | ${word()}`;
    case 13:
      return `${inner()} ${inner()}`;
    default:
      return word();
  }
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)] as T;
}

/** What a page must be, must not be, and mentions, straight from the documentation. */
interface Demands {
  readonly required: QueryNode[];
  readonly excluded: QueryNode[];
  /** Words that are no conditions. */
  readonly wished: QueryNode[];
  /** Conditions in which fields have a say. */
  readonly fields: { readonly node: QueryNode; readonly isKeptAway: boolean }[];
}

export function finds(root: QueryNode | undefined, page: ModelPage): boolean {
  if (root === undefined) return false;
  const demands: Demands = { required: [], excluded: [], wished: [], fields: [] };
  gather(root, demands);
  const { required, excluded, wished, fields } = demands;
  if (!required.every((node) => holds(node, page))) return false;
  if (excluded.some((node) => holds(node, page))) return false;
  if (fields.some(({ node, isKeptAway }) => holds(node, page) === isKeptAway)) return false;
  if (required.length > 0) return true;
  if (wished.length === 0 && fields.length > 0) return true;
  const wishes = wishesOf(root);
  // The facet alone asks for every page.
  return wishes.length === 0 ? true : wishes.some((node) => holds(node, page));
}

/** Conditions: words side by side are none. */
function gather(node: QueryNode, demands: Demands): void {
  if (node.kind === 'boost') gather(node.node, demands);
  else if (node.kind === 'all' && !node.strict) for (const child of node.nodes) gather(child, demands);
  else if (node.kind !== 'word' || node.exact) require(node, demands);
  else demands.wished.push(node);
}

function require(node: QueryNode, demands: Demands): void {
  if (node.kind === 'boost' || node.kind === 'refine') require(node.node, demands);
  else if (node.kind === 'all') for (const child of node.nodes) require(child, demands);
  else if (node.kind === 'not') keepAway(node.node, demands);
  else if (hasRange(node)) demands.fields.push({ node, isKeptAway: false });
  else demands.required.push(node);
}

function keepAway(node: QueryNode, demands: Demands): void {
  if (node.kind === 'boost') keepAway(node.node, demands);
  else if (node.kind === 'not') require(node.node, demands);
  else if (node.kind === 'or' || (node.kind === 'all' && !node.strict)) {
    for (const child of node.nodes) keepAway(child, demands);
  } else if (hasRange(node)) demands.fields.push({ node, isKeptAway: true });
  else demands.excluded.push(node);
}

function hasRange(node: QueryNode): boolean {
  if (node.kind === 'range') return true;
  if (node.kind === 'not' || node.kind === 'boost' || node.kind === 'refine') return hasRange(node.node);
  return (node.kind === 'or' || node.kind === 'all') && node.nodes.some(hasRange);
}

/** Words that add to the score. */
function wishesOf(node: QueryNode): QueryNode[] {
  if (node.kind === 'word' || node.kind === 'phrase' || node.kind === 'pattern') return [node];
  if (node.kind === 'boost') return wishesOf(node.node);
  if (node.kind === 'near') return [node.left, node.right];
  if (node.kind === 'all' || node.kind === 'or') return node.nodes.flatMap(wishesOf);
  return [];
}

function holds(node: QueryNode, page: ModelPage): boolean {
  const { words } = page;
  switch (node.kind) {
    case 'word':
      return words.includes(node.text);
    case 'phrase':
      return ` ${words.join(' ')} `.includes(` ${node.text} `);
    case 'pattern':
      return words.some((word) => PATTERNS[node.pattern]?.test(word) === true);
    case 'near':
      return words.some((a, i) =>
        words.some(
          (b, j) =>
            (node.isOrdered ? j > i : j !== i) &&
            a === node.left.text &&
            b === node.right.text &&
            Math.abs(i - j) <= node.distance,
        ),
      );
    case 'range': {
      const { price } = page;
      if (price === undefined) return false;
      const from = Number(node.from ?? -Infinity);
      const to = Number(node.to ?? Infinity);
      if (node.excludesFrom === true && price === from) return false;
      return price >= from && price <= to && !(node.excludesTo === true && price === to);
    }
    case 'boost':
    case 'refine':
      return holds(node.node, page);
    case 'not': {
      const { node: inner } = node;
      // Inside `-( )` each part is kept away by itself.
      return inner.kind === 'all' && !inner.strict
        ? inner.nodes.every((child) => (child.kind === 'not' ? holds(child.node, page) : !holds(child, page)))
        : !holds(inner, page);
    }
    case 'all':
      return node.nodes.every((child) => holds(child, page));
    case 'or':
      return node.nodes.some((child) => holds(child, page));
    case 'field':
    case 'meta':
    case 'fuzzy':
      return assert.fail(`The model has no ${node.kind}.`);
    default:
      return node satisfies never;
  }
}
