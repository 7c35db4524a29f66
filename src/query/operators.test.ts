import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { queryDocumentation } from '../../scripts/build-query-docs.ts';
import { ManualClock } from '../base/index.ts';
import { type PageCollection, pageCollection } from '../../testing/page-collection.ts';
import { executeSearch } from './execute.ts';
import { BASIC_OPERATORS, FIELD_OPERATORS, RANGE_OPERATORS } from './operators.ts';
import { parseQuery } from './query-language.ts';

const page = (title: string, text: string): string =>
  `<html lang="en"><title>${title}</title><body><h1>${title}</h1><p>${text}</p></body></html>`;

const pages: Readonly<Record<string, string>> = {
  'https://www.example.org/brubeck': page(
    'Take five',
    '<meta name="author" content="Paul Desmond"><meta name="price" content="12.50"><meta name="version" content="1.9.2"><meta name="date" content="2023-06-01"><a href="https://example.org/manual/repair">here</a> A piece of jazz for piano and saxophone, which many pianos have played since in many rooms.',
  ),
  'https://example.org/manual/repair': page(
    'Bicycle repair',
    '<meta name="version" content="1.11"> Take a spanner, and five minutes later the bicycle will be as good as it was when it was new.',
  ),
  'https://jazz.example.net/trio.pdf': page(
    'A jazz trio',
    'The trio of this evening is one of a piano, a double bass and drums, without any of the horns.',
  ),
  'https://example.net/de': `<html lang="de"><title>Über das Klavier</title><body><p>Das Klavier ist ein Instrument, das
    mit <a href="https://example.org/brubeck/">Tasten</a> gespielt wird. Die Saiten werden von kleinen Hämmern angeschlagen und klingen lange nach.</p></body></html>`,
};

/** Paths of the pages that each example of the table finds. */
const found: Readonly<Record<string, readonly string[]>> = {
  'jazz piano': ['/brubeck', '/trio.pdf'],
  '"take five"': ['/brubeck'],
  '+pianos': ['/brubeck'],
  'jazz -saxophone': ['/trio.pdf'],
  'jazz AND saxophone': ['/brubeck'],
  'saxophone OR bicycle': ['/brubeck', '/manual/repair'],
  'jazz AND NOT saxophone': ['/trio.pdf'],
  'piano NEAR/3 saxophone': ['/brubeck'],
  'piano ONEAR/3 saxophone': ['/brubeck'],
  'saxo*': ['/brubeck'],
  '~saxaphone': ['/brubeck'],
  'jazz^3 piano': ['/brubeck', '/trio.pdf'],
  'jazz | piano': ['/brubeck', '/trio.pdf'],
  'author:Desmond': ['/brubeck'],
  'inheading:repair': ['/manual/repair'],
  'url:example.org/manual/repair': ['/manual/repair'],
  'link:example.org/brubeck': ['/de'],
  'sitelink:example.org': ['/brubeck', '/de'],
  'price:10..20': ['/brubeck'],
  'after:2023-05 jazz': ['/brubeck'],
  'type:html sort:-price': ['/brubeck', '/de', '/manual/repair', '/trio.pdf'],
  'jazz facet:author': ['/brubeck', '/trio.pdf'],
  'docid:7172078698380245': ['/brubeck'],
  'version:1.2..1.10': ['/brubeck'],
  'hopcount:0': ['/brubeck', '/de', '/manual/repair', '/trio.pdf'],
  '(jazz OR bicycle) AND repair': ['/manual/repair'],
  'piano site:example.org': ['/brubeck'],
  'host:www.example.org': ['/brubeck'],
  'intitle:"take five"': ['/brubeck'],
  'inurl:manual': ['/manual/repair'],
  'lang:de': ['/de'],
  'piano type:pdf': ['/trio.pdf'],
};

const VALUES: Readonly<Record<string, string>> = {
  lang: 'de',
  url: 'a.b/c',
  link: 'a.b/c',
  hopcount: '3',
  docid: '3',
};

describe('each operator of the query language', () => {
  let collection: PageCollection;
  before(async () => {
    collection = await pageCollection(pages);
  });
  after(() => collection.close());

  for (const { syntax, example } of [...BASIC_OPERATORS, ...FIELD_OPERATORS, ...RANGE_OPERATORS]) {
    test(`does what its example says: ${syntax}`, async () => {
      assert.deepEqual(parseQuery(example).warnings, []);
      const { results } = await executeSearch({
        ...collection,
        request: { query: example },
        collectionLanguages: ['en', 'de'],
        clock: new ManualClock(),
      });
      const paths = results.map(({ url }) => new URL(url).pathname).sort();
      assert.deepEqual(paths, [...(found[example] ?? [])].sort());
    });
  }

  test('goes by all of its names', () => {
    for (const { field, aliases } of FIELD_OPERATORS) {
      const value = VALUES[field] ?? 'x';
      for (const name of aliases) {
        assert.deepEqual(parseQuery(`${name}:${value}`), parseQuery(`${field}:${value}`));
      }
    }
  });

  test('stands in the documentation as in the table', () => {
    const written = readFileSync(new URL('../../docs/query-language.md', import.meta.url), 'utf8');
    assert.equal(written, queryDocumentation(), 'run: node scripts/build-query-docs.ts');
  });
});
