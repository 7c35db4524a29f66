import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { filterHash } from '../text/index.ts';
import { analyse } from './analyse.ts';
import { buildDocument, extractDocument } from './build.ts';
import type { DocumentSource, StoredDocument } from './document.ts';
import { makeDocx, makeEpub, makeOpenDocument, makePptx, makeXlsx, makeZip } from './office.fixture.ts';
import { decodeTitleRecord } from './title-record.ts';
import { ZipArchive } from './zip-archive.ts';

const NOW_MS = Date.parse('2024-06-01');
const CHANGED_MS = Date.parse('2021-02-03T04:05:06Z');

function source(bytes: Uint8Array, path = 'file'): DocumentSource {
  const url = `https://example.org/${path}`;
  return { url, bytes, headers: {}, status: 200, fetchedAt_ms: NOW_MS, depth: 0 };
}

async function read(bytes: Uint8Array): Promise<StoredDocument> {
  return (await extractDocument(source(bytes))).document;
}

const shown = ({ sections }: StoredDocument): string[] =>
  sections.map(({ kind, level, text }) => `${kind}${level || ''}: ${text}`);
const targets = ({ links }: StoredDocument): string[] => links.map(({ url, text }) => `${url} ${text}`);

describe('reading office documents', () => {
  test('DOCX: headings by style, lists, tables, links, notes', async () => {
    const document = await read(makeDocx());
    assert.equal(document.kind, 'document');
    assert.deepEqual(shown(document), [
      'heading1: Main heading',
      'heading2: Second',
      'heading3: Third',
      'text: Split word with a link',
      'list: An item',
      'table: A\tB\n1\t2',
      'text: After & all\nA note',
    ]);
    assert.deepEqual(targets(document), ['https://example.org/to with a link']);
  });

  test('XLSX: a heading a sheet, a line a row, nothing hidden', async () => {
    const document = await read(makeXlsx());
    assert.equal(document.kind, 'spreadsheet');
    assert.deepEqual(shown(document), ['heading2: First', 'table: Name\tRich\nin line\t42.5']);
    assert.deepEqual(targets(document), ['https://example.org/cell ']);
  });

  test('PPTX: slides in the order of the show, with notes, without frame', async () => {
    const document = await read(makePptx());
    assert.equal(document.kind, 'presentation');
    assert.deepEqual(shown(document), [
      'heading2: First slide',
      'text: One\nTwo\nA link\nSay hello',
      'heading2: Last slide',
      'table: x\ty',
    ]);
    assert.deepEqual(targets(document), ['https://example.org/slide A link']);
  });

  test('OpenDocument: text, sheets, slides; no remarks, nothing deleted', async () => {
    const text = await read(makeOpenDocument('text'));
    assert.equal(text.kind, 'document');
    assert.deepEqual(shown(text), [
      'heading2: A heading',
      'text: Some text and a link',
      'list: item',
      'table: A\tB',
    ]);
    assert.deepEqual(targets(text), ['https://example.org/to a link']);
    assert.equal(text.meta['keywords'], 'one, two');
    const sheet = await read(makeOpenDocument('spreadsheet'));
    assert.deepEqual([sheet.kind, ...shown(sheet)], ['spreadsheet', 'heading2: Sheet', 'table: A\tB']);
    const slides = await read(makeOpenDocument('presentation'));
    assert.deepEqual(
      [slides.kind, ...shown(slides)],
      ['presentation', 'heading2: Opening', 'text: On a slide'],
    );
  });

  test('EPUB: chapters in reading order, links out of the book', async () => {
    const book = await read(makeEpub());
    assert.equal(book.kind, 'book');
    assert.deepEqual(shown(book), [
      'heading1: Chapter one',
      'text: It was then.',
      'heading1: Chapter two',
      'text: See more.',
    ]);
    assert.deepEqual(targets(book), ['https://example.org/more more']);
    assert.equal(book.published_ms, Date.parse('2021-02-03'));
  });

  test('takes title, author and dates from the properties', async () => {
    for (const bytes of [makeDocx(), makeXlsx(), makePptx(), makeOpenDocument('text')]) {
      const { title, author, published_ms, meta } = await read(bytes);
      assert.deepEqual([title, author, published_ms], ['The Title', 'An Author', CHANGED_MS]);
      assert.equal(meta['keywords'], 'one, two');
    }
  });

  test('goes all the way to a record', async () => {
    const built = await buildDocument(source(makeDocx()));
    assert.equal(decodeTitleRecord(built.titleRecord).kind, 'document');
    assert.ok(built.tokens > 10);
  });

  test('is found by its type, whatever its URL says', async () => {
    const filters = analyse(await read(makeEpub())).document.filterHashes;
    for (const type of ['book', 'epub']) assert.ok(filters.includes(filterHash('type', type)), type);
  });
});

const refuses = (bytes: Uint8Array, code: 'TOO_LARGE' | 'PARSE_FAILED' | 'UNSUPPORTED_TYPE'): Promise<void> =>
  assert.rejects(buildDocument(source(bytes)), (error) => isPeregrineError(error, code));

describe('an archive', () => {
  test('that unpacks to too much is refused, whatever it says of its size', async () => {
    const bomb = makeZip([{ name: 'word/document.xml', content: Buffer.alloc(64 << 20, ' ') }]);
    assert.ok(bomb.length < 100_000);
    await refuses(bomb, 'TOO_LARGE');
    // The size of the content stands in the directory, 24 bytes in.
    const liar = Buffer.from(bomb);
    liar.writeUInt32LE(10, liar.indexOf('PK\x01\x02') + 24);
    await refuses(liar, 'TOO_LARGE');
    const files = Array.from({ length: 8 }, (_, i) => ({ name: `${i}`, content: Buffer.alloc(1 << 20) }));
    const many = new ZipArchive(makeZip(files), { total_bytes: 4 << 20 });
    assert.throws(
      () => files.forEach(({ name }) => many.read(name)),
      (error) => isPeregrineError(error, 'TOO_LARGE'),
    );
  });

  test('of too many files is refused', () => {
    const files = Array.from({ length: 12 }, (_, i) => ({ name: `f${i}`, content: 'x' }));
    assert.equal(new ZipArchive(makeZip(files)).names.length, 12);
    assert.throws(
      () => new ZipArchive(makeZip(files), { entries: 11 }),
      (error) => isPeregrineError(error, 'TOO_LARGE'),
    );
  });

  test('that is cut, damaged or encrypted is refused', async () => {
    const whole = makeDocx();
    await refuses(whole.subarray(0, whole.length - 30), 'PARSE_FAILED');
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.indexOf('word/document.xml') + 20, whole.indexOf('word/document.xml') + 60);
    await refuses(damaged, 'PARSE_FAILED');
    const encrypted = Buffer.from(whole);
    for (let at = whole.indexOf('PK\x01\x02'); at >= 0; at = whole.indexOf('PK\x01\x02', at + 1)) {
      encrypted[at + 8] = 1;
    }
    await refuses(encrypted, 'PARSE_FAILED');
  });

  test('that holds no text says so', async () => {
    await refuses(
      makeZip([{ name: 'a.png', content: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') }]),
      'UNSUPPORTED_TYPE',
    );
    await refuses(makeZip([]), 'UNSUPPORTED_TYPE');
  });
});

describe('XML inside of documents', () => {
  test('does not expand its own entities, and may nest as deep as it likes', async () => {
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w:document><w:p><w:t>&b;</w:t></w:p>`;
    const document = await read(makeZip([{ name: 'word/document.xml', content: laughs }]));
    assert.ok(document.sections.every(({ text }) => !text.includes('haha')));
    const deep = `<w:document>${'<w:p>'.repeat(500_000)}<w:t>x</w:t>`;
    assert.deepEqual((await read(makeZip([{ name: 'word/document.xml', content: deep }]))).sections, []);
  });
});
