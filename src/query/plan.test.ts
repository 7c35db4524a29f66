import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clause } from '../index/index.ts';
import { filterHash, stemHash, wordHash } from '../text/index.ts';
import { planQuery, type QueryPlan } from './plan.ts';
import { parseQuery } from './query-language.ts';
import { chooseStems } from './stem-choice.ts';

const plan = (query: string, held: readonly string[] = ['en'], asked?: string): QueryPlan =>
  planQuery(parseQuery(query), asked, held);

const everywhere = 0xffff;
/** Bit 8 is the menu. */
const outsideMenus = everywhere & ~(1 << 8);
const term = (hash: bigint, groups = everywhere): Clause => ({ kind: 'term', hash, groups });
const word = (text: string): Clause => term(wordHash(text));

const filter = (field: string, value: string): Clause => ({ kind: 'filter', hash: filterHash(field, value) });
const either = (...clauses: Clause[]): Clause => ({ kind: 'any', clauses });
const all = (...clauses: Clause[]): Clause => ({ kind: 'all', clauses });
const weights = (query: string): number[] => plan(query).words.map(({ weight }) => weight);

function chosen(
  query: string,
  held: readonly string[],
  frequencies: Readonly<Record<string, number>>,
  asked?: string,
): string[] {
  return chooseStems(plan(query, held, asked), statisticsOf(frequencies)).map(({ stem }) => stem);
}

function statisticsOf(frequencies: Readonly<Record<string, number>>): Parameters<typeof chooseStems>[1] {
  const byHash = new Map(Object.entries(frequencies).map(([stem, count]) => [stemHash(stem), count]));
  return (terms) => ({
    documentCount: 1000,
    documentFrequencies: terms.map(({ stem }) => byHash.get(stem) ?? 0),
    surfaceFrequencies: [],
    menuOnlyFrequencies: [],
    menuOnlySurfaceFrequencies: [],
    fieldLengthTotals: [],
  });
}

describe('a plan', () => {
  test('scores plain words by stem and surface and requires none', () => {
    const { words, required, excluded } = plan('jazz pianists');
    assert.deepEqual(
      words.map(({ word, stems, weight, place }) => [word, stems, weight, place]),
      [
        ['jazz', ['jazz'], 1, 0],
        ['pianists', ['pianist'], 1, 1],
      ],
    );
    assert.deepEqual([required, excluded], [[], []]);
    assert.deepEqual(
      chooseStems(plan('pianists'), statisticsOf({})).map(({ term }) => term),
      [{ stem: stemHash('pianist'), surface: wordHash('pianists'), weight: 1, place: 0 }],
    );
  });

  test('weighs small words less, unless nothing else is asked or they are meant', () => {
    assert.deepEqual(weights('how the jazz'), [0.3, 0.1, 1]);
    assert.deepEqual(weights('how does jazz work'), [0.3, 0.1, 1, 0.3]);
    assert.deepEqual(weights('how does jazz "work"'), [0.3, 0.1, 1, 1]);
    assert.deepEqual(weights('to be or not to be'), [2, 2, 1, 1]);
    assert.deepEqual(weights('"the who" jazz'), [1, 1, 1]);
    assert.deepEqual(weights('+the jazz'), [1, 1]);
  });

  test('counts a word that comes again, a few times', () => {
    assert.deepEqual(plan('piano '.repeat(100)).words[0]?.weight, 4);
  });

  test('requires phrases, signed words and fields', () => {
    assert.deepEqual(plan('"take five" +Jazz site:example.org lang:de').required, [
      { kind: 'phrase', hashes: [wordHash('take'), wordHash('five')], offsets: [0, 1], groups: everywhere },
      word('jazz'),
      { kind: 'filter', hash: filterHash('site', 'example.org') },
      { kind: 'filter', hash: filterHash('lang', 'de') },
    ]);
  });

  test('looks for fields of text in their part of the document', () => {
    const title = 1 << 1;
    assert.deepEqual(plan('intitle:pianists').required, [
      { kind: 'any', clauses: [term(stemHash('pianist'), title), term(wordHash('pianists'), title)] },
    ]);
    assert.deepEqual(plan('intitle:"pianists"').required, [term(wordHash('pianists'), title)]);
  });

  test('takes any stem of a required word', () => {
    assert.deepEqual(plan('häuser AND piano', ['en', 'de']).required, [
      { kind: 'any', clauses: [term(stemHash('hauser')), term(stemHash('haus')), word('hauser')] },
      { kind: 'any', clauses: [term(stemHash('piano')), word('piano')] },
    ]);
  });

  test('excludes the form that was typed, words of a group one by one', () => {
    assert.deepEqual(plan('a -pianists -(b OR c) -(d e) NOT "f g"').excluded, [
      // Menus name what other pages are about.
      ...['pianists', 'b', 'c', 'd', 'e'].map((text) => term(wordHash(text), outsideMenus)),
      { kind: 'phrase', hashes: [wordHash('f'), wordHash('g')], offsets: [0, 1], groups: everywhere },
    ]);
  });

  test('turns OR over AND into conditions', () => {
    const pairs = plan('lang:de (lang:fr type:pdf OR lang:en type:xml)').required.slice(1);
    assert.deepEqual(pairs, [
      either(
        all(filter('lang', 'fr'), filter('type', 'pdf')),
        all(filter('lang', 'en'), filter('type', 'xml')),
      ),
    ]);
  });

  test('excludes what holds only together, and alternatives that something is missing', () => {
    assert.deepEqual(plan('x NOT (site:a.org AND type:pdf)').excluded, [
      all(filter('site', 'a.org'), filter('type', 'pdf')),
    ]);
    assert.deepEqual(plan('lang:de OR NOT lang:en').required, [
      either(filter('lang', 'de'), { kind: 'not', clause: filter('lang', 'en') }),
    ]);
  });

  test('keeps ranges of fields apart from words', () => {
    const { required, fields, warnings } = plan('jazz price:1..2 -(size:>3) (a:1.. OR b:..2)');
    assert.deepEqual([required, warnings], [[], []]);
    assert.deepEqual(
      fields.map(({ kind }) => kind),
      ['range', 'not', 'any'],
    );
  });

  test('takes words and ranges in one breath as one condition', () => {
    const jazz: Clause = either(term(stemHash('jazz')), word('jazz'));
    const range = { kind: 'range', name: 'price', from: '1', to: '2' } as const;
    const words = { kind: 'words', clause: jazz } as const;
    const { fields, required, warnings } = plan('jazz OR price:1..2');
    assert.deepEqual([fields, required, warnings], [[{ kind: 'any', conditions: [words, range] }], [], []]);
    assert.deepEqual(plan('NOT (jazz AND price:1..2)').fields, [
      { kind: 'not', condition: { kind: 'all', conditions: [words, range] } },
    ]);
    // Side by side each is kept away by itself; of a word the form that was typed.
    const kept = plan('x OR -(jazz price:1..2)').fields[0];
    assert.deepEqual(kept?.kind === 'any' && kept.conditions[1], {
      kind: 'all',
      conditions: [
        { kind: 'words', clause: { kind: 'not', clause: term(wordHash('jazz'), outsideMenus) } },
        { kind: 'not', condition: range },
      ],
    });
  });

  test('scores what a pattern stands for less, and requires one of it', () => {
    const { words, required } = planQuery(parseQuery('jazz pian*^2'), undefined, ['en'], () => ({
      words: ['piano', 'pianist'],
      isCut: false,
    }));
    assert.deepEqual(
      words.map(({ word, weight, place }) => [word, weight, place]),
      [
        ['jazz', 1, 0],
        ['piano', 0.6, 1],
        ['pianist', 0.6, 1],
      ],
    );
    assert.deepEqual(required, [either(word('piano'), word('pianist'))]);
  });

  test('takes a word of several tokens as a phrase where it is required, and scores each', () => {
    const { words, required } = plan('+e-mail 搜索引擎', ['en', 'zh']);
    assert.deepEqual(
      words.map(({ word }) => word),
      ['e', 'mail', '搜索', '索引', '引擎'],
    );
    assert.equal(required[0]?.kind, 'phrase');
  });

  test('keeps alternatives far from each other', () => {
    const places = plan('white house OR jazz').words.map(({ place }) => place);
    assert.equal((places[1] ?? 0) - (places[0] ?? 0), 1);
    assert.ok((places[2] ?? 0) - (places[1] ?? 0) > 16);
  });
});

describe('the stem of a word', () => {
  test('is that of the asker, where documents have it', () => {
    assert.deepEqual(chosen('häuser', ['en', 'de'], { haus: 5, hauser: 9 }, 'de'), ['haus']);
    assert.deepEqual(chosen('häuser', ['en', 'de'], { hauser: 9 }, 'de'), ['hauser']);
  });

  test('is the one that most documents have, where the language is open', () => {
    assert.deepEqual(chosen('häuser', ['en', 'de'], { haus: 5, hauser: 2 }), ['haus']);
    assert.deepEqual(chosen('information', ['en', 'de'], { inform: 50, information: 20 }), ['inform']);
  });

  test('is told by small words', () => {
    assert.equal(plan('die Geschichte der Häuser', ['en', 'de']).language, 'de');
    assert.equal(plan('the history of the houses', ['de', 'en']).language, 'en');
    assert.equal(plan('houses', ['de', 'en']).language, '');
  });

  test('is made only in languages of its script', () => {
    assert.deepEqual(
      plan('страницы houses', ['en', 'ru']).words.map(({ stems }) => stems),
      [['страниц'], ['hous']],
    );
    assert.deepEqual(
      plan('1999 検索', ['en', 'ru']).words.map(({ stems }) => stems),
      [['1999'], ['検索']],
    );
  });
});
