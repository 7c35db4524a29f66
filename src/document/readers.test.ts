import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPeregrineError } from '../base/index.ts';
import { readHtml } from './html.ts';
import { readJson } from './json.ts';
import { readPdf } from './pdf.ts';
import { readPlainText } from './plain-text.ts';
import { makePdf } from './pdf.fixture.ts';
import { readXml } from './xml.ts';

const NOW_MS = Date.parse('2024-06-01');
const PAGE_URL = 'https://example.org/doc';

describe('reading plain text', () => {
  test('keeps paragraphs and finds bare links', () => {
    const { title, sections, links } = readPlainText(
      'First line\nof one.\n\nSecond (https://a.org/x).\f\n',
      PAGE_URL,
      false,
    );
    assert.equal(title, 'First line of one.');
    assert.deepEqual(
      sections.map(({ text }) => text),
      ['First line of one.\nSecond (https://a.org/x).'],
    );
    assert.deepEqual(
      links.map(({ url }) => url),
      ['https://a.org/x'],
    );
  });

  test('reads the signs of Markdown', () => {
    const { title, sections, links } = readPlainText(
      '# The *Title*\n\nSome **bold** [text](b.md "t") and `code`.\n\n- one\n- two\n\n```js\nlet x;\n```\n> said\n\n## Sub\nsnake_case',
      PAGE_URL,
      true,
    );
    assert.equal(title, 'The Title');
    assert.deepEqual(
      sections.map(({ kind, level, text }) => `${kind}${level || ''}: ${text}`),
      [
        'heading1: The Title',
        'text: Some bold text and code.',
        'list: one\ntwo',
        'code: let x;',
        'quote: said',
        'heading2: Sub',
        'text: snake_case',
      ],
    );
    assert.deepEqual(links, [
      { url: 'https://example.org/b.md', text: 'text', nofollow: false, inMenu: false },
    ]);
  });
});

/** Kind and text of each section of a Markdown. */
function read(text: string): string[] {
  return readPlainText(text, PAGE_URL, true).sections.map(({ kind, text: said }) => `${kind}: ${said}`);
}

function row(tag: string, ...cells: string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
}

describe('reading tables of Markdown', () => {
  test('makes rows and cells of them, as of those of HTML', () => {
    const markdown = [
      '# Falcons',
      'Three of them:',
      '| Name | *Speed*, km/h | Prey |',
      '|:-----|------:|:-:|',
      '| [Peregrine](p.md) | 389 | **birds**, `bats` |',
      '|  Kestrel |  | a \\| b |',
      '| | 160 | |',
      '',
      'That is all.',
    ];
    const html = [
      '<h1>Falcons</h1><p>Three of them:</p><table>',
      row('th', 'Name', 'Speed, km/h', 'Prey'),
      row('td', '<a href="p.md">Peregrine</a>', '389', 'birds, bats'),
      row('td', ' Kestrel ', '', 'a | b'),
      row('td', '', '160', ''),
      '</table><p>That is all.</p>',
    ];
    const { sections } = readHtml(html.join('\n'), PAGE_URL, NOW_MS);
    const lines = ['Name\tSpeed, km/h\tPrey', 'Peregrine\t389\tbirds, bats', 'Kestrel\ta | b', '160'];
    const expected = [
      'heading: Falcons',
      'text: Three of them:',
      `table: ${lines.join('\n')}`,
      'text: That is all.',
    ];
    assert.deepEqual(
      sections.map(({ kind, text }) => `${kind}: ${text}`),
      expected,
    );
    assert.deepEqual(read(markdown.join('\n')), expected);
  });

  test('knows tables without outer bars and below an item, and ends them where something else begins', () => {
    assert.deepEqual(read('a | b\n--|--\n1 | 2\n- item\n\n  | c | d |\n  |---|---|\n  | 3 | 4 |\n## End'), [
      'table: a\tb\n1\t2',
      'list: item',
      'table: c\td\n3\t4',
      'heading: End',
    ]);
  });

  test('knows tables inside quotes, which end with their quote', () => {
    assert.deepEqual(read('> As they say:\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n>\n> So much.'), [
      'quote: As they say:',
      'table: a\tb\n1\t2',
      'quote: So much.',
    ]);
    assert.deepEqual(read('>> a | b\n> > --|--\n> >1 | 2\nno | row'), [
      'table: a\tb\n1\t2',
      'text: no | row',
    ]);
    assert.deepEqual(read('| a |\n|---|\n> | 1 |'), ['table: a', 'quote: | 1 |']);
    assert.deepEqual(read('a | b\n> --|--'), ['text: a | b', 'quote: --|--']);
    assert.deepEqual(read('> one\ntwo\n\n> > three'), ['quote: one two\nthree']);
  });

  test('takes bars and dashes that are no table for text', () => {
    for (const text of ['a | b\n1 | 2', 'one\n|---|---|', '|---|', 'x | y\n---', 'a | b\n|---|---|---|']) {
      assert.deepEqual(
        read(text).map((section) => section.split(':')[0]),
        ['text'],
        text,
      );
    }
    assert.deepEqual(read('```\na | b\n--|--\n```'), ['code: a | b\n--|--']);
  });

  test('reads lines of nothing but bars and spaces in time', () => {
    const hostile = [
      '|'.repeat(300_000),
      `|${'-|'.repeat(150_000)}`,
      ' '.repeat(300_000),
      '|\t '.repeat(100_000),
    ];
    assert.ok(read(hostile.join('\n')).every((section) => section.startsWith('text: ')));
    const rows = read(`| a |\n|---|\n${hostile.join('\n|')}`);
    assert.ok(rows.every((section) => section.startsWith('table: ')));
  });
});

describe('reading JSON', () => {
  test('takes every leaf, and titles and links where keys and values tell', () => {
    const json = readJson(
      '{"id":7,"Title":"T","deep":[{"summary":"S","url":"https://a.org/"}],"b":true}',
      PAGE_URL,
    );
    assert.equal(json.title, 'T');
    assert.equal(json.description, 'S');
    assert.equal(json.sections[0]?.text, '7\nT\nS');
    assert.equal(json.links[0]?.url, 'https://a.org/');
  });

  test('makes fields of leaves by their paths, with all values of a name', () => {
    const { meta } = readJson(
      '{"price":12.5,"tags":["a","b"],"seller":{"City":"Bonn"},"text":"' +
        'long '.repeat(60) +
        '","__proto__":{"x":1}}',
      PAGE_URL,
    );
    assert.deepEqual({ ...meta }, { price: '12.5', tags: 'a\nb', 'seller.city': 'Bonn', '__proto__.x': '1' });
  });

  test('reads lines of JSON and refuses what is none', () => {
    assert.equal(readJson('{"a":"x"}\n{"a":"y"}\n', PAGE_URL).sections[0]?.text, 'x\ny');
    assert.throws(
      () => readJson('{oops', PAGE_URL),
      (error) => isPeregrineError(error, 'PARSE_FAILED'),
    );
  });

  test('bounds depth and size', () => {
    const deep = readJson(`${'['.repeat(500)}"x"${']'.repeat(500)}`, PAGE_URL);
    assert.equal(deep.warnings.length, 1);
    assert.ok(readJson(JSON.stringify(Array(150_000).fill('word')), PAGE_URL).warnings.length === 1);
  });
});

/** An entry of an Atom feed. */
function entry(tag: string, text: string): string {
  return `<entry xml:lang="${tag}"><id>urn:uuid:1</id><title>${text}</title></entry>`;
}

describe('reading XML', () => {
  test('reads feeds: items with their titles, links, dates', () => {
    const feed = readXml(
      `<?xml version="1.0"?><rss><channel><title>Feed</title><link>https://a.org/</link><description>About</description>
      <language>de</language><item><title>One</title><link>https://a.org/1</link><pubDate>Tue, 02 Jan 2024 03:04:05 GMT</pubDate>
      <description>&lt;p&gt;Text &lt;a href="/x"&gt;here&lt;/a&gt;&lt;/p&gt;</description></item></channel></rss>`,
      PAGE_URL,
      NOW_MS,
      'feed',
    );
    assert.equal(feed.title, 'Feed');
    assert.equal(feed.description, 'About');
    assert.equal(feed.declaredLanguage, 'de');
    assert.equal(feed.published_ms, Date.parse('2024-01-02T03:04:05Z'));
    assert.deepEqual(
      feed.sections.map(({ kind, text }) => `${kind}: ${text}`),
      ['text: Feed\nAbout', 'heading: One', 'text: Text here'],
    );
    assert.deepEqual(
      feed.links.map(({ url, text }) => `${url} ${text}`),
      ['https://a.org/ ', 'https://a.org/1 One', 'https://example.org/x One'],
    );
  });

  test('makes fields of leaves and attributes', () => {
    const { meta } = readXml(
      '<book id="7" xmlns="x"><title>T</title><price currency="EUR">9.5</price><author><name>A</name></author><author><name>B</name></author></book>',
      PAGE_URL,
      NOW_MS,
      'xml',
    );
    assert.deepEqual(
      { ...meta },
      { id: '7', title: 'T', 'price.currency': 'EUR', price: '9.5', 'author.name': 'A\nB' },
    );
  });

  test('knows the languages of the items of a feed, and leaves out what is there for programs', () => {
    const inEnglish = readXml(
      `<feed xml:lang="en"><title>News</title>${entry('ar', 'عنوان')}${entry('en', 'Title')}</feed>`,
      PAGE_URL,
      NOW_MS,
      'feed',
    );
    assert.equal(inEnglish.declaredLanguage, 'en');
    assert.deepEqual(
      inEnglish.sections.map(({ text, language }) => [text, language]),
      [
        ['News', undefined],
        ['عنوان', 'ar'],
        ['Title', undefined],
      ],
    );
    assert.equal(
      readXml(`<feed>${entry('ar', 'عنوان')}</feed>`, PAGE_URL, NOW_MS, 'feed').declaredLanguage,
      '',
    );
  });

  test('reads Atom links and broken XML as far as it goes', () => {
    const atom = readXml(
      '<feed><entry><title>E</title><link href="/e"/><link rel="self" href="/s"/>',
      PAGE_URL,
      NOW_MS,
      'feed',
    );
    assert.deepEqual(
      atom.links.map(({ url }) => url),
      ['https://example.org/e'],
    );
    assert.equal(readXml('<a><b>x</b></c>y', PAGE_URL, NOW_MS, 'xml').sections[0]?.text, 'x\ny');
    assert.equal(readXml('<x>'.repeat(100_000), PAGE_URL, NOW_MS, 'xml').warnings.length, 1);
  });
});

describe('reading PDF', () => {
  test('takes title and pages', async () => {
    const pdf = await readPdf(makePdf('The Title', ['Hello first page', 'And a second']), PAGE_URL, NOW_MS);
    assert.equal(pdf.title, 'The Title');
    assert.deepEqual(
      pdf.sections.map(({ text, anchor }) => `${anchor} ${text}`),
      ['page=1 Hello first page', 'page=2 And a second'],
    );
  });

  test('refuses what only begins like one', async () => {
    for (const junk of ['%PDF-1.7\nno more', '%PDF-1.4\n'.padEnd(5000, '\x00'), '']) {
      await assert.rejects(readPdf(Buffer.from(junk), PAGE_URL, NOW_MS), (error) =>
        isPeregrineError(error, 'PARSE_FAILED'),
      );
    }
  });
});
