import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FieldValue } from '../text/index.ts';
import { buildDocument } from './build.ts';
import { FieldCollector } from './document-fields.ts';
import { decodeAnalysedDocument } from '../text/index.ts';

async function fieldsOfPage(
  head: string,
  url = 'https://www.docs.example.co.uk/a',
): Promise<Map<string, readonly FieldValue[]>> {
  const { analysed } = await buildDocument({
    url,
    bytes: new TextEncoder().encode(`<title>Geese</title>${head}<p>Wild geese fly south in autumn.</p>`),
    headers: { 'content-type': 'text/html; charset=utf-8' },
    status: 200,
    fetchedAt_ms: Date.parse('2024-05-01T00:00:00Z'),
    depth: 3,
  });
  const { fields = [] } = decodeAnalysedDocument(analysed!);
  return new Map(fields.map(({ name, type, values }) => [`${name} ${type}`, values]));
}

describe('fields of a page', () => {
  test('say where it stands, what it is and when it was written', async () => {
    const fields = await fieldsOfPage(
      '<meta name=author content="Ann Field"><meta property=article:published_time content=2024-02-03>',
    );
    assert.deepEqual(fields.get('date date'), [Date.parse('2024-02-03')]);
    assert.deepEqual(fields.get('fetched date'), [Date.parse('2024-05-01')]);
    assert.deepEqual(fields.get('author keyword'), ['Ann Field']);
    assert.deepEqual(fields.get('site keyword'), ['docs.example.co.uk']);
    assert.deepEqual(fields.get('host keyword'), ['www.docs.example.co.uk']);
    assert.deepEqual(fields.get('type keyword'), ['html']);
    assert.deepEqual(fields.get('language keyword'), ['en']);
    assert.deepEqual(fields.get('depth number'), [3]);
  });

  test('hold its metadata by name: the text, and the number or date that it spells', async () => {
    const fields = await fieldsOfPage(
      '<meta property=product:price:amount content=12.50><meta name=released content=1969-07-20>' +
        '<meta name=keywords content="Birds, Geese,birds">',
    );
    assert.deepEqual(fields.get('product:price:amount number'), [12.5]);
    assert.deepEqual(fields.get('product:price:amount keyword'), ['12.50']);
    assert.deepEqual(fields.get('released date'), [Date.parse('1969-07-20')]);
    assert.deepEqual(fields.get('keywords keyword'), ['birds', 'geese']);
  });

  test('keep whole numbers of 64 bits exact', async () => {
    const fields = await fieldsOfPage(
      '<meta name=a content=9007199254740993><meta name=b content=-9223372036854775808><meta name=c content=9223372036854775808>',
    );
    assert.deepEqual(fields.get('a integer'), [9007199254740993n]);
    assert.equal(fields.has('a number'), false);
    assert.deepEqual(fields.get('b integer'), [-(2n ** 63n)]);
    assert.deepEqual(fields.get('c number'), [2 ** 63]);
  });

  test('do not let a page name its own site', async () => {
    const fields = await fieldsOfPage('<meta name=site content=bank.example>');
    assert.deepEqual(fields.get('site keyword'), ['docs.example.co.uk']);
    assert.deepEqual(fields.get('meta.site keyword'), ['bank.example']);
  });

  test('count what there is too much of', () => {
    const fields = new FieldCollector();
    for (let i = 0; i < 2000; i++) fields.number('many', i);
    for (let i = 0; i < 2000; i++) fields.keyword(`name${i}`, 'x');
    assert.equal(fields.finish().length, 1024);
    assert.equal(fields.leftOut, 976 + 977);
  });
});
