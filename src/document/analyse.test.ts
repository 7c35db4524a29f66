import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeAnalysedDocument, encodeAnalysedDocument, fieldGroup, ZONE_GAP } from '../text/index.ts';
import type { AnalysedDocument } from '../text/index.ts';
import { filterHash, stemHash, wordHash } from '../text/index.ts';
import { analyse } from './analyse.ts';
import type { StoredDocument } from './document.ts';

const STORED: StoredDocument = {
  url: 'https://www.docs.example.co.uk:8080/Guide/intro.html?q=a+b',
  canonical: '',
  kind: 'html',
  contentType: 'text/html',
  charset: 'utf-8',
  title: 'Wild geese',
  description: 'About geese',
  author: '',
  siteName: '',
  language: 'en',
  published_ms: 120_000,
  fetchedAt_ms: 0,
  status: 200,
  depth: 2,
  ip: '',
  robots: { noindex: false, nofollow: false, nosnippet: false, noarchive: false },
  sections: [
    { kind: 'heading', text: 'Flying', level: 1, anchor: '' },
    { kind: 'text', text: 'Geese fly. They flew.', level: 0, anchor: '' },
    { kind: 'menu', text: 'Home', level: 0, anchor: '' },
  ],
  links: [],
  meta: { keywords: 'birds, geese' },
  contentHash: '0123456789abcdef',
  fingerprint: '0000000000000000',
  raw: new Uint8Array(0),
  warnings: [],
};

function positionsOf({ termHashes, positionStarts, positions }: AnalysedDocument, hash: bigint): number[] {
  const term = termHashes.indexOf(hash);
  return term < 0 ? [] : [...positions.subarray(positionStarts[term], positionStarts[term + 1])];
}

describe('analysing a document', () => {
  const { document, tokens } = analyse(STORED);

  test('puts surface form and stem of a word at its place', () => {
    // wild geese | flying | geese fly they flew | home | docs … | about geese | birds geese
    const body = 2 + ZONE_GAP + 1 + ZONE_GAP;
    assert.deepEqual(positionsOf(document, wordHash('geese')).slice(0, 2), [1, body]);
    assert.deepEqual(positionsOf(document, wordHash('fly')), [body + 1]);
    assert.deepEqual(positionsOf(document, stemHash('fli')), [2 + ZONE_GAP, body + 1]);
    assert.deepEqual(positionsOf(document, wordHash('flying')), [2 + ZONE_GAP]);
    assert.deepEqual(positionsOf(document, wordHash('goose')), []);
  });

  test('keeps the letters of the words that can be suggested, by term', () => {
    const { lengths, bytes } = document.words!;
    const found = new Map<bigint, string>();
    let from = 0;
    lengths.forEach((length, term) => {
      if (length > 0)
        found.set(document.termHashes[term]!, Buffer.from(bytes.slice(from, from + length)).toString());
      from += length;
    });
    assert.equal(from, bytes.length);
    for (const [hash, word] of found) assert.equal(hash, wordHash(word));
    const words = [...found.values()];
    assert.ok(['geese', 'flying', 'wild', 'guide'].every((word) => words.includes(word)));
    assert.ok(!words.includes('8080') && new Set(words).size === words.length);
  });

  test('finds the names of functions and types by what they are put together from', () => {
    const sections = [
      { kind: 'code', level: 0, anchor: '', text: 'getElementById XMLHttpRequest JavaScript iPhone' },
    ];
    const { document: named } = analyse({ ...STORED, sections } as StoredDocument);
    const found = (stem: string): boolean => positionsOf(named, stemHash(stem)).length > 0;
    assert.ok(['element', 'http', 'request', 'xml', 'getelementbyid'].every(found));
    assert.ok(!['script', 'java', 'phone', 'by'].some(found));
    assert.deepEqual(positionsOf(named, wordHash('element')), []);
  });

  test('counts the parts of names once, and not at all where the word stands by itself before', () => {
    const text = 'A request. getElementById setElementById sendRequest setElementById element';
    const sections = [{ kind: 'code', level: 0, anchor: '', text }];
    const { document: named } = analyse({ ...STORED, title: '', sections } as StoredDocument);
    const places = (stem: string): number[] => positionsOf(named, stemHash(stem));
    assert.deepEqual(['request', 'element', 'setelementbyid', 'send'].map(places), [
      [1],
      [2, 6],
      [3, 5],
      [4],
    ]);
  });

  test('finds Chinese by any two neighbouring characters, and by one', () => {
    const text = '搜索引擎。我';
    const sections = [{ kind: 'text', level: 0, anchor: '', text }];
    const { document: chinese } = analyse({
      ...STORED,
      language: 'zh',
      title: 'x',
      sections,
    } as StoredDocument);
    const at = (word: string): number[] =>
      positionsOf(chinese, wordHash(word)).map((place) => place - 1 - ZONE_GAP);
    assert.deepEqual(['搜索', '索引', '引擎', '我'].map(at), [[0], [1], [2], [3]]);
    assert.deepEqual(['搜', '索', '引', '擎'].map(at), [[0], [1], [2], [2]]);
    assert.deepEqual(at('擎我'), []);
  });

  test('parts zones by a gap and counts their tokens', () => {
    assert.deepEqual(
      [...document.zoneGroups],
      (['title', 'heading', 'body', 'menu', 'url', 'meta', 'meta'] as const).map(fieldGroup),
    );
    assert.deepEqual([...document.zoneStarts].slice(0, 4), [
      0,
      2 + ZONE_GAP,
      3 + 2 * ZONE_GAP,
      7 + 3 * ZONE_GAP,
    ]);
    assert.equal(document.fieldLengths[fieldGroup('body')], 4);
    assert.equal(document.fieldLengths[fieldGroup('meta')], 4);
    assert.equal(tokens, 2 + 1 + 4 + 1 + 10 + 4);
  });

  test('makes words of the URL', () => {
    for (const word of ['docs', 'example', 'guide', 'intro', 'html', 'q']) {
      assert.equal(positionsOf(document, wordHash(word)).length, 1, word);
    }
  });

  test('filters by site and its parents, host, language, type, content', () => {
    const expected = [
      filterHash('site', 'docs.example.co.uk'),
      filterHash('site', 'example.co.uk'),
      filterHash('host', 'www.docs.example.co.uk:8080'),
      filterHash('host', 'www.docs.example.co.uk'),
      filterHash('lang', 'en'),
      filterHash('type', 'html'),
      filterHash('content', STORED.contentHash),
    ];
    for (const hash of expected) assert.ok(document.filterHashes.includes(hash));
    const local = analyse({ ...STORED, url: 'http://127.0.0.1/x.pdf', language: '' }).document;
    assert.ok(local.filterHashes.includes(filterHash('site', '127.0.0.1')));
    assert.ok(local.filterHashes.includes(filterHash('type', 'pdf')));
  });

  test('filters by address, links, metadata and the names of a site, of its front page only', () => {
    const shown = {
      ...STORED,
      url: 'https://www.blue-rivers.co.uk/',
      title: 'Home | Blue Rivers Ltd',
      siteName: 'Blue Rivers',
      ip: '192.0.2.7',
      author: 'Jane Smith',
      meta: { 'og:type': 'Article' },
      links: [{ url: 'https://www.example.net/b/', text: 'b', nofollow: false, inMenu: false }],
    };
    const { filterHashes } = analyse(shown).document;
    const has = (field: string, value: string): boolean => filterHashes.includes(filterHash(field, value));
    for (const [field, value] of [
      ['url', 'blue-rivers.co.uk'],
      ['link', 'example.net/b'],
      ['sitelink', 'example.net'],
      ['ip', '192.0.2.7'],
      ['ip', '192.0.2'],
      ['meta', 'author=smith'],
      ['metavalue', 'author=jane smith'],
      ['metaname', 'og.type'],
      ['home', 'bluerivers'],
      ['home', 'blueriversltd'],
    ] as const) {
      assert.ok(has(field, value), `${field} ${value}`);
    }
    assert.ok(!has('meta', 'author=jon'));
    const deep = analyse({ ...shown, url: 'https://www.blue-rivers.co.uk/about' }).document.filterHashes;
    assert.ok(!deep.includes(filterHash('home', 'bluerivers')));
  });

  test('fills the columns', () => {
    const { columns } = document;
    assert.deepEqual(
      { ...columns, siteHash: 0 },
      {
        siteHash: 0,
        language: 1,
        date_min: 2,
        rank: 120,
        depth: 2,
        contentHash: 0x01234567,
      },
    );
    const home = analyse({ ...STORED, url: 'https://docs.example.co.uk/', depth: 0 }).document.columns;
    assert.equal(home.siteHash, columns.siteHash);
    assert.ok(home.rank > 128);
  });

  test('finds words with diacritics by stems typed without', () => {
    const text = 'La puerta comería tierra';
    const spanish = analyse({
      ...STORED,
      language: 'es',
      sections: [{ kind: 'text', text, level: 0, anchor: '' }],
    });
    assert.equal(positionsOf(spanish.document, stemHash('com')).length, 1);
    assert.equal(positionsOf(spanish.document, stemHash('comeri')).length, 1);
  });

  test('writes what the codec accepts, and stops at the limit of positions', () => {
    const text = Array.from({ length: 400_000 }, (_, i) => `w${i % 5000}`).join(' ');
    const section = { kind: 'text' as const, text, level: 0, anchor: '' };
    const long = analyse({ ...STORED, sections: [section, section, section] });
    assert.ok(long.isCut);
    assert.deepEqual(decodeAnalysedDocument(encodeAnalysedDocument(long.document)), long.document);
  });
});
