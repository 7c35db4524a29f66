import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPdf } from './pdf.ts';
import { makePdf, type PlacedText } from './pdf.fixture.ts';

const URL = 'https://example.org/doc.pdf';
const NOW_MS = Date.parse('2024-06-01');
const WORDS = 'running text fills nearly the whole of its column';

const at = (x: number, y: number, text: string, size = 10): PlacedText => ({ text, x, y, size });

/** Lines of running text from a height on, each with its number. */
const lines = (count: number, x = 72, top = 700, name = 'line'): PlacedText[] =>
  Array.from({ length: count }, (_, i) => at(x, top - i * 12, `${name} ${i} ${WORDS}`));

async function sectionsOf(pages: readonly (readonly PlacedText[])[], title = 'T'): Promise<string[]> {
  const { sections } = await readPdf(makePdf(title, pages), URL, NOW_MS);
  return sections.map(({ kind, level, anchor, text }) => `${anchor} ${kind}${level || ''} ${text}`);
}

/** A property in XMP that has several values. */
const bag = (name: string, item: string): string =>
  `<dc:${name}><rdf:Bag><rdf:li>${item}</rdf:li></rdf:Bag></dc:${name}>`;

describe('a PDF', () => {
  test('in two columns that come line by line is read column by column, below its heading', async () => {
    const left = lines(8, 60, 700, 'left');
    const right = lines(8, 320, 700, 'right');
    const page = [at(60, 740, 'A heading that reaches over both of the columns of the page', 16)];
    left.forEach((line, i) => page.push(line, right[i] as PlacedText));
    const [heading = '', text = ''] = await sectionsOf([page]);
    assert.equal(heading, 'page=1 heading1 A heading that reaches over both of the columns of the page');
    const numbers = [...text.matchAll(/(left|right) (\d)/g)].map(([found]) => found);
    assert.deepEqual(
      numbers,
      ['left', 'right'].flatMap((side) => left.map((_, i) => `${side} ${i}`)),
    );
  });

  test('with a table keeps its rows', async () => {
    const rows = Array.from({ length: 8 }, (_, i) => [
      at(60, 700 - i * 12, `name${i}`),
      at(320, 700 - i * 12, `value${i}`),
    ]);
    const [text = ''] = await sectionsOf([rows.flat()]);
    assert.match(text, /name0 value0 name1 value1 name2/);
  });

  test('has headings where letters are larger, by their sizes, and paragraphs where lines stand apart', async () => {
    const page = [
      at(72, 760, 'Part', 20),
      at(72, 730, 'Chapter', 14),
      ...lines(3, 72, 700, 'first'),
      ...lines(3, 72, 640, 'second'),
      at(72, 560, 'Contents . . . . . . . 7', 14),
    ];
    const found = await sectionsOf([page]);
    assert.deepEqual(found.slice(0, 2), ['page=1 heading1 Part', 'page=1 heading2 Chapter']);
    assert.match(found[2] ?? '', /^page=1 text first 0 .*\nsecond 0 .*\nContents/);
    assert.equal(found.length, 3);
  });

  test('has six levels of headings, of however many sizes they are', async () => {
    const heads = [60, 52, 45, 39, 34, 29, 25, 21, 18].map((size, i) =>
      at(72, 760 - i * 40, `Head ${i}`, size),
    );
    const found = await sectionsOf([[...heads, ...lines(12, 72, 380)]]);
    assert.deepEqual(
      found.slice(0, 9).map((section) => section.replace(/^page=1 heading(\d) Head \d$/, '$1')),
      ['1', '2', '3', '4', '5', '6', '6', '6', '6'],
    );
  });

  test('has no running heads and page numbers in its text', async () => {
    const pages = Array.from({ length: 4 }, (_, i) => [
      at(72, 770, `The book, page ${i + 1}`),
      ...lines(5, 72, 700, `page${i}`),
      at(300, 30, String(i + 1)),
    ]);
    const found = await sectionsOf(pages);
    assert.equal(found.length, 4);
    for (const text of found) assert.match(text, /^page=\d text page\d 0 (?!.*The book).*column$/);
  });

  test('that nobody has named is called by the largest letters of its first page', async () => {
    const page = [at(72, 760, 'On the flight', 24), at(72, 732, 'of falcons', 24), ...lines(6)];
    for (const name of ['', 'Microsoft Word - final2.doc', 'untitled', 'paper.dvi']) {
      assert.equal((await readPdf(makePdf(name, [page]), URL, NOW_MS)).title, 'On the flight of falcons');
    }
    assert.equal((await readPdf(makePdf('Its name', [page]), URL, NOW_MS)).title, 'Its name');
    assert.equal((await readPdf(makePdf('', [lines(6)]), URL, NOW_MS)).title, '');
  });

  test('joins words that a line parts', async () => {
    const [text] = await sectionsOf([
      [at(72, 700, 'a fal-'), at(72, 688, 'con of the north-'), at(72, 676, 'West')],
    ]);
    assert.equal(text, 'page=1 text a falcon of the north- West');
  });

  test('has the headings that its outline names, in whatever letters they stand', async () => {
    const page = [
      at(72, 760, '1.1 On flight'),
      ...lines(3, 72, 748),
      at(72, 700, 'Wings'),
      ...lines(2, 72, 688),
    ];
    const outline = [{ title: 'On Flight', page: 0, below: [{ title: 'Wings', page: 0 }] }];
    const { sections } = await readPdf(makePdf('T', [page], { outline }), URL, NOW_MS);
    assert.deepEqual(
      sections.map(({ kind, level, text }) => `${kind} ${level} ${text.slice(0, 13)}`),
      ['heading 1 1.1 On flight', 'text 0 line 0 runnin', 'heading 2 Wings', 'text 0 line 0 runnin'],
    );
  });

  test('says in XMP what its dictionary leaves out', async () => {
    const xmp =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
      '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">' +
      `${bag('title', 'The flight of falcons')}${bag('creator', 'A. Falconer')}${bag('subject', 'birds')}` +
      '<xmp:ModifyDate>2024-03-04T05:06:07Z</xmp:ModifyDate></rdf:Description></rdf:RDF></x:xmpmeta>';
    const { title, author, meta, published_ms } = await readPdf(
      makePdf('paper.dvi', ['x'], { xmp }),
      URL,
      NOW_MS,
    );
    assert.equal(title, 'The flight of falcons');
    assert.equal(author, 'A. Falconer');
    assert.deepEqual(meta, { keywords: 'birds' });
    assert.equal(published_ms, Date.UTC(2024, 2, 4, 5, 6, 7));
  });
});
