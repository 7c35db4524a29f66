import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError, PeregrineError } from '../base/index.ts';
import { decodeAnalysedDocument, stem, stemHash } from '../text/index.ts';
import { buildDocument } from './build.ts';
import type { DocumentSource } from './document.ts';
import { makePdf } from './pdf.fixture.ts';
import { decodeTitleRecord } from './title-record.ts';

const FETCHED_MS = Date.parse('2024-06-01');

function source(content: string | Uint8Array, headers: Record<string, string> = {}): DocumentSource {
  return {
    url: 'https://example.org/some/page.html',
    bytes: typeof content === 'string' ? Buffer.from(content) : content,
    headers,
    status: 200,
    fetchedAt_ms: FETCHED_MS,
    depth: 1,
  };
}

async function titleOf(content: string): Promise<string> {
  return (await buildDocument(source(content))).title;
}

describe('building a document', () => {
  test('makes a title record and an analysed document of a page', async () => {
    const page =
      '<html lang=en><title>Falcons</title><h1>The peregrine</h1><p>It is the fastest bird in the world, and lives nearly everywhere.';
    const built = await buildDocument(
      source(page, { 'content-type': 'text/html', 'x-robots-tag': 'nofollow' }),
    );
    assert.equal(built.title, 'Falcons');
    assert.equal(built.language, 'en');
    assert.equal(built.robots.nofollow, true);
    const stored = decodeTitleRecord(built.titleRecord);
    assert.equal(Buffer.from(stored.raw).toString(), page);
    assert.equal(stored.sections.length, 2);
    assert.equal(stored.contentHash, built.contentHash);
    assert.ok(built.analysed !== undefined && decodeAnalysedDocument(built.analysed).termHashes.length > 10);
    assert.ok(built.tokens > 15);
  });

  test('keeps the languages of parts where their text bears them out, and stems their words in them', async () => {
    const page =
      '<html lang=en><title>Proverbs</title><p>Every country has sayings of its own, and this page lists some of them.' +
      '<blockquote lang=de>Wer anderen eine Grube gräbt, fällt selbst hinein, sagen die Leute bei uns.</blockquote>' +
      '<div lang=fr><p>What follows is only said to be French, but it is English as everybody can see.</div>';
    const built = await buildDocument(source(page, { 'content-type': 'text/html; charset=utf-8' }));
    const { language, sections } = decodeTitleRecord(built.titleRecord);
    assert.deepEqual([language, ...sections.map((section) => section.language ?? '')], ['en', '', 'de', '']);
    assert.ok(built.analysed !== undefined);
    const { termHashes } = decodeAnalysedDocument(built.analysed);
    assert.ok(termHashes.includes(stemHash(stem('anderen', 'de'))));
    assert.ok(!termHashes.includes(stemHash(stem('anderen', 'en'))));
    assert.ok(termHashes.includes(stemHash(stem('sayings', 'en'))));
  });

  test('tells its language by what most of it is declared to be in, not by what comes first', async () => {
    const arabic = `<p lang=ar>${'لا يبحث محرك البحث في الشبكة لحظة كتابة السؤال. '.repeat(9)}</p>`;
    const english = `<p>${'A search engine does not look through the web while you type your question. '.repeat(9)}</p>`;
    for (const markup of [
      `<html lang=en>${arabic}${english}`,
      `<html lang=ar>${arabic}<div lang=en>${english}${english}`,
    ]) {
      const built = await buildDocument(source(markup, { 'content-type': 'text/html; charset=utf-8' }));
      assert.equal(built.language, 'en');
    }
  });

  test('is a function of its source', async () => {
    const page = source('<title>x</title><p>Déjà vu, encore une fois, dans la même ville');
    assert.deepEqual(await buildDocument(page), await buildDocument(page));
  });

  test('honours noindex and noarchive', async () => {
    const built = await buildDocument(source('<meta name=robots content="noindex,noarchive"><p>secret'));
    assert.equal(built.analysed, undefined);
    assert.equal(decodeTitleRecord(built.titleRecord).raw.length, 0);
  });

  test('finds a title where the document has none', async () => {
    assert.equal(await titleOf('<h2>Second</h2><h1>First</h1>'), 'First');
    assert.equal(await titleOf('<p>only a line'), 'only a line');
    assert.equal(await titleOf('<!-- nothing -->'), 'page.html');
  });

  test('dates a page by its server where it says nothing itself', async () => {
    const headers = { 'last-modified': 'Tue, 02 Jan 2024 03:04:05 GMT', 'content-type': 'text/html' };
    const dated = decodeTitleRecord((await buildDocument(source('<p>x', headers))).titleRecord);
    assert.equal(dated.published_ms, Date.parse('2024-01-02T03:04:05Z'));
    const justNow = { ...headers, 'last-modified': new Date(FETCHED_MS).toUTCString() };
    assert.equal(
      decodeTitleRecord((await buildDocument(source('<p>x', justNow))).titleRecord).published_ms,
      0,
    );
  });

  test('reads PDF, and refuses what holds no text', async () => {
    assert.equal((await buildDocument(source(makePdf('P', ['some words'])))).title, 'P');
    for (const [content, code] of [
      ['\x89PNG\r\n\x1a\n\0\0\0', 'UNSUPPORTED_TYPE'],
      ['PK\x03\x04\0\0\0\0\0', 'PARSE_FAILED'],
      ['%PDF-1.4 and nothing more', 'PARSE_FAILED'],
    ] as const) {
      await assert.rejects(buildDocument(source(Buffer.from(content, 'latin1'))), (error) =>
        isPeregrineError(error, code),
      );
    }
  });
});

describe('bad input', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const cases: readonly (readonly [string, string | Uint8Array])[] = [
    ['nothing', ''],
    ['NUL characters', '<title>a\0b</title><p>c\0d\0'],
    [
      'lone surrogates as character references',
      '<title>&#xd800;x</title><p>&#xdc00; y <a href="/&#xd801;">z</a>',
    ],
    ['invalid UTF-8', Buffer.concat([Buffer.from('<p>gr'), Buffer.of(0xfc, 0xdf), Buffer.from('e')])],
    ['a hundred thousand open elements', '<div>'.repeat(100_000)],
    ['a million attributes', `<p ${'a '.repeat(1_000_000)}>x`],
    ['one endless word', `<p>${'x'.repeat(2_000_000)}`],
    ['nothing but combining marks', `<p>${'\u0301'.repeat(200_000)}`],
    ['a page of links to itself', '<a href="">x</a>'.repeat(50_000)],
    ['every byte there is', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 31) % 256))],
    [
      'names of prototypes',
      '<meta name="__proto__" content="x"><meta name=constructor content=y><p lang=toString>z',
    ],
  ];
  for (const [what, content] of cases) {
    test(`${what}: is a document or a typed error`, async () => {
      try {
        const { titleRecord, analysed } = await buildDocument(source(content, html));
        const stored = decodeTitleRecord(titleRecord);
        assert.ok(stored.title.isWellFormed());
        if (analysed !== undefined) decodeAnalysedDocument(analysed);
      } catch (error) {
        assert.ok(error instanceof PeregrineError, String(error));
      }
    });
  }

  test('a page of 50 MB is cut, with a warning', async () => {
    const page = Buffer.alloc(50_000_000, `<p>${'many words here '.repeat(20)}</p>`);
    const { warnings, titleRecord } = await buildDocument(source(page, html));
    assert.ok(warnings.length >= 2, warnings.join(' '));
    assert.ok(titleRecord.length < 20_000_000);
  });
});
