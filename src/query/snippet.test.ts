import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Section, StoredDocument } from '../document/index.ts';
import { stem, tokenize } from '../text/index.ts';
import { markText } from './marked-text.ts';
import type { MarkedText } from './search-contract.ts';
import { makeSnippet } from './snippet.ts';
import { characterEnd, characterStart } from './text-cut.ts';
import { WordMatcher } from './word-matcher.ts';

const filler = 'Nothing of interest stands in this sentence, which only fills the page. ';

function documentOf(
  sections: readonly (string | Partial<Section>)[],
  more: Partial<StoredDocument> = {},
): StoredDocument {
  return {
    url: 'https://example.org/',
    canonical: '',
    kind: 'html',
    contentType: 'text/html',
    charset: 'utf-8',
    title: 'A title',
    description: '',
    author: '',
    siteName: '',
    language: 'en',
    published_ms: 0,
    fetchedAt_ms: 0,
    status: 200,
    depth: 0,
    ip: '',
    robots: { noindex: false, nofollow: false, nosnippet: false, noarchive: false },
    sections: sections.map((section) => ({
      kind: 'text',
      text: '',
      level: 0,
      anchor: '',
      ...(typeof section === 'string' ? { text: section } : section),
    })),
    links: [],
    meta: {},
    contentHash: '',
    fingerprint: '',
    raw: new Uint8Array(0),
    warnings: [],
    ...more,
  };
}

function matcherOf(query: string, language: string): WordMatcher {
  const sought = tokenize(query).map(({ word, form }, place) => ({
    word,
    form,
    place,
    importance: word.length > 3 ? 4 : 0.1,
    isSmall: word.length <= 3 && /^[a-z]+$/.test(word),
  }));
  return new WordMatcher(sought, language);
}

function snippetOf(document: StoredDocument, query: string, length = 160): MarkedText & { anchor: string } {
  const { text, anchor } = makeSnippet(document, matcherOf(query, document.language), length);
  return { ...text, anchor };
}

const marked = ({ text, marks }: MarkedText): string[] => marks.map(([start, end]) => text.slice(start, end));

describe('a snippet', () => {
  test('finds words in parts of other languages by the stems of those', () => {
    const document = documentOf([
      'What is new on this site.',
      'Как работает поисковая машина, которая ищет.',
    ]);
    const [own, other] = document.sections;
    assert.ok(own !== undefined && other !== undefined);
    const mixed = { ...document, sections: [own, { ...other, language: 'ru' }] };
    const [inEnglish, inRussian] = ['en', 'ru'].map((language) => matcherOf('поисковые машины', language));
    assert.ok(inEnglish !== undefined && inRussian !== undefined);
    const { text } = makeSnippet(mixed, inEnglish, 160, () => inRussian);
    assert.deepEqual(marked(text), ['поисковая', 'машина']);
  });

  test('quotes where most of the words stand together', () => {
    const document = documentOf([
      `The piano is an instrument. ${filler.repeat(5)}`,
      `${filler.repeat(5)}Jazz pianists loved this studio. ${filler.repeat(5)}`,
    ]);
    const snippet = snippetOf(document, 'jazz pianist studio');
    assert.deepEqual(marked(snippet), ['Jazz', 'pianists', 'studio']);
    assert.match(snippet.text, /^… .*Jazz pianists loved this studio\..* …$/);
  });

  test('begins with the sentence where there is room', () => {
    const document = documentOf([`${filler.repeat(4)}The old studio had a piano in it. ${filler.repeat(4)}`]);
    assert.match(snippetOf(document, 'piano').text, /^… (?:Nothing|The old studio)/);
  });

  test('shows two places where one does not hold all words', () => {
    const document = documentOf([
      `Pianos are tuned here. ${filler.repeat(6)}`,
      `${filler.repeat(6)}Bicycles are repaired there.`,
    ]);
    const snippet = snippetOf(document, 'pianos bicycles');
    assert.deepEqual(marked(snippet), ['Pianos', 'Bicycles']);
    assert.match(snippet.text, / … /);
  });

  test('prefers words that stand as they were asked', () => {
    const document = documentOf([
      `A house that is white. ${filler.repeat(4)}`,
      `${filler.repeat(4)}The white house stands. ${filler.repeat(4)}`,
    ]);
    assert.match(snippetOf(document, 'white house', 80).text, /white house stands/);
  });

  test('avoids headings and menus unless nothing else matches', () => {
    const heading = { kind: 'heading', text: 'Piano tuning', level: 2 } as const;
    const menu = { kind: 'menu', text: 'Home Piano Tuning Contact' } as const;
    const text = `Piano tuning takes an hour. ${filler}`;
    assert.match(
      snippetOf(documentOf([menu, heading, text]), 'piano tuning', 60).text,
      /^Piano tuning takes an hour/,
    );
    assert.match(snippetOf(documentOf([menu, filler]), 'piano').text, /Home Piano/);
    assert.match(
      snippetOf(documentOf([heading, filler]), 'piano').text,
      /^Piano tuning … Nothing of interest/,
    );
  });

  test('falls back to the description, then to the first text', () => {
    assert.equal(
      snippetOf(documentOf([filler], { description: 'What it is about.' }), 'x').text,
      'What it is about.',
    );
    const menu = { kind: 'menu', text: 'Home' } as const;
    assert.match(snippetOf(documentOf([menu, filler]), 'x').text, /^Nothing of interest/);
    assert.equal(snippetOf(documentOf([]), 'x').text, '');
  });

  test('gives the anchor of the section that it quotes', () => {
    const document = documentOf([
      { text: filler.repeat(4), anchor: 'top' },
      { text: 'Piano tuning.', anchor: 'tuning' },
    ]);
    assert.equal(snippetOf(document, 'piano').anchor, 'tuning');
  });

  test('says nothing of pages and sections that forbid it', () => {
    const robots = { noindex: false, nofollow: false, nosnippet: true, noarchive: false };
    assert.deepEqual(snippetOf(documentOf(['Piano.'], { robots }), 'piano').text, '');
    const secret = documentOf([{ text: 'A secret piano.', noSnippet: true }, filler]);
    assert.doesNotMatch(snippetOf(secret, 'piano').text, /secret/);
  });

  test('marks small words only beside their neighbours', () => {
    const document = documentOf(['Bank of England: one of the banks of old.']);
    assert.deepEqual(marked(snippetOf(document, 'bank of england')), [
      'Bank',
      'of',
      'England',
      'banks',
      'of',
    ]);
    assert.deepEqual(marked(snippetOf(documentOf(['Of old England, of banks.']), 'bank of england')), [
      'England',
      'banks',
    ]);
  });

  const languages: readonly (readonly [language: string, text: string, query: string, marks: string[]])[] = [
    ['de', 'Die Häuser der Straße wurden größer.', 'haus straße gross', ['Häuser', 'Straße', 'größer']],
    [
      'ru',
      'Поисковые системы индексируют страницы Интернета.',
      'страница интернет',
      ['страницы', 'Интернета'],
    ],
    ['ar', 'محرك البحث يفهرس صفحات الويب.', 'البحث', ['البحث']],
    ['zh', '搜索引擎为网页建立索引，然后回答查询。', '搜索引擎', ['搜索引擎', '索引']],
    ['ja', '検索エンジンはウェブページを集めて索引を作る。', '検索 索引', ['検索', '索引']],
    ['th', 'เครื่องมือค้นหาช่วยให้พบหน้าเว็บ', 'ค้นหา', ['ค้นหา']],
    ['hi', 'खोज इंजन वेब पृष्ठों को खोजता है।', 'खोज', ['खोज', 'खोजता']],
    ['ko', '검색엔진은 문서에서 단어를 찾는다.', '단어', ['단어를']],
    [
      '',
      'Ｐｉａｎｏ, PIANO, pia\u00adno, pìano 🎹piano🎹',
      'piano',
      ['Ｐｉａｎｏ', 'PIANO', 'pia\u00adno', 'pìano', 'piano'],
    ],
  ];
  for (const [language, text, query, marks] of languages) {
    test(`marks words of ${language || 'no language'}`, () => {
      const snippet = snippetOf(documentOf([text], { language }), query);
      assert.equal(snippet.text, text);
      const found = marked(snippet);
      assert.deepEqual([...new Set(found)], marks);
    });
  }

  test('cuts long texts of scripts without spaces between words', () => {
    const text = '搜索引擎为网页建立索引，然后回答查询。'.repeat(30);
    const snippet = snippetOf(documentOf([text], { language: 'zh' }), '查询', 80);
    assert.ok(snippet.text.length <= 80 && snippet.text.length > 50, snippet.text);
    assert.ok(marked(snippet).includes('查询'));
  });

  const word = fc.constantFrom(
    'piano',
    'pianos',
    'Häuser',
    'haus',
    'страницы',
    '検索エンジン',
    'ค้นหา',
    'البحث',
    'C++',
  );
  const piece = fc.oneof(
    { weight: 3, arbitrary: word },
    {
      weight: 3,
      arbitrary: fc.constantFrom(' ', '. ', '\n', '\u3000', '、', '-', '\u00ad', '\u200d', '\ufe0f'),
    },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('👩‍👩‍👧‍👦', '🇩🇪🇫🇷', 'e\u0301\u0302', '\ud800', '\udc00', 'क्षि', '\r\n', '\u0600'),
    },
  );
  const passage = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

  test('marks only forms of the words, inside its length, never inside a character, whatever the text', () => {
    const query = 'piano haus страница 検索 ค้นหา البحث c++';
    fc.assert(
      fc.property(
        fc.array(passage, { maxLength: 4 }),
        fc.constantFrom('en', 'de', 'ru', 'ar', 'zh', 'ja', 'th', 'ko', ''),
        fc.integer({ min: 0, max: 200 }),
        (texts, language, length) => {
          const document = documentOf(
            texts.map((text) => text.toWellFormed()),
            { language, title: texts[0] ?? '' },
          );
          const matcher = matcherOf(query, language);
          const formsOf = (text: string): string[] =>
            tokenize(text).flatMap(({ word, form }) => [word, stem(form, language), stem(word, language)]);
          const forms = new Set(formsOf(query));
          const title = markText(document.title, matcher, 60);
          const snippet = makeSnippet(document, matcher, length).text;
          assert.ok(snippet.text.length <= length, `${snippet.text.length} of ${length}`);
          assert.ok(title.text.length <= 60);
          for (const { text, marks } of [title, snippet]) {
            assert.ok(text.isWellFormed());
            let last = 0;
            for (const [start, end] of marks) {
              assert.ok(start >= last && end > start && end <= text.length);
              assert.equal(characterStart(text, start), start);
              assert.equal(characterEnd(text, end), end);
              const mark = text.slice(start, end);
              assert.ok(
                formsOf(mark).some((form) => forms.has(form)),
                JSON.stringify(mark),
              );
              last = end;
            }
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('cutting a text', () => {
  test('never parts what a reader sees as one character', () => {
    const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 20 }),
        fc.nat(60),
        (parts, at) => {
          const text = parts.join('');
          const borders = new Set([...graphemes.segment(text)].map(({ index }) => index)).add(text.length);
          const place = Math.min(at, text.length);
          assert.ok(borders.has(characterStart(text, place)));
          assert.ok(borders.has(characterEnd(text, place)));
          assert.ok(characterStart(text, place) <= place && characterEnd(text, place) >= place);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
