import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { extractDocument } from './build.ts';
import type { StoredDocument } from './document.ts';
import { RICH_TEXT_BODY } from './rich-text.fixture.ts';

const NOW_MS = Date.parse('2024-06-01');

async function read(body: string): Promise<StoredDocument> {
  const bytes = Buffer.from(`{\\rtf1\\ansi\\ansicpg1252\\deff0${body}}`, 'latin1');
  const source = {
    url: 'https://example.org/a.rtf',
    bytes,
    headers: {},
    status: 200,
    fetchedAt_ms: NOW_MS,
    depth: 0,
  };
  return (await extractDocument(source)).document;
}

const shown = ({ sections }: StoredDocument): string[] =>
  sections.map(({ kind, level, text }) => `${kind}${level || ''}: ${text}`);

describe('reading RTF', () => {
  test('headings by style and outline level, lists, tables, links', async () => {
    const document = await read(RICH_TEXT_BODY);
    assert.equal(document.kind, 'document');
    assert.equal(document.contentType, 'application/rtf');
    assert.deepEqual(
      [
        document.title,
        document.author,
        document.meta['keywords'],
        new Date(document.published_ms).toISOString(),
      ],
      ['A title', 'Ann', 'k, l', '2023-05-06T07:08:00.000Z'],
    );
    assert.deepEqual(shown(document), [
      'heading1: First',
      'heading2: Second',
      'text: Some bold text here, there.',
      'list: An item',
      'table: A\tB\n1\t2',
      'text: After',
    ]);
    assert.deepEqual(
      document.links.map(({ url, text }) => `${url} ${text}`),
      ['https://example.org/to/there there'],
    );
  });

  test('letters of code pages, of fonts, and of Unicode with their substitutes', async () => {
    const document = await read(
      String.raw`{\fonttbl{\f0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}}Gr\'fc\'dfe {\f1 \'cf\'f0\'e8\'e2\'e5\'f2} ` +
        String.raw`{\f2 \'93\'fa\'96\'7b} \u8364?5 {\uc2\u261\'61\'62c} \u-10179?\u-8704? a\~b\emdash c \{x\}\par`,
    );
    assert.deepEqual(shown(document), ['text: Grüße Привет 日本 €5 ąc 😀 a b—c {x}']);
  });

  test('passes over pictures, binary data and what only some programs know', async () => {
    const document = await read(
      String.raw`Before {\pict\wmetafile8 010203{\*\x abc}}{\*\unknown {\deep text}}\bin5 {{}}}after{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt  boxed}}\par`,
    );
    assert.deepEqual(shown(document), ['text: Before after boxed']);
  });

  test('says PARSE_FAILED for groups nested beyond reason, and reads what breaks off', async () => {
    await assert.rejects(read('{'.repeat(100_000)), (error) => isPeregrineError(error, 'PARSE_FAILED'));
    assert.deepEqual(shown(await read(String.raw`One\par Two {\b three \u`)), ['text: One\nTwo three']);
  });
});
