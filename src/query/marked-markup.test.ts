import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { textRuns } from '../document/index.ts';
import { foldWord, scanWords, stem, stemsOf, tokenize } from '../text/index.ts';
import { markMarkup, markWhole } from './marked-markup.ts';
import { WordMatcher } from './word-matcher.ts';

function matcherOf(query: string, language: string): WordMatcher {
  return new WordMatcher(
    tokenize(query).map(({ word, form }, place) => ({ word, form, importance: 1, place, isSmall: false })),
    language,
  );
}

const marked = (markup: string, query: string, language = 'en'): string =>
  markMarkup(markup, textRuns(markup), matcherOf(query, language));

const WORDS: Readonly<Record<string, readonly string[]>> = {
  de: ['Häuser', 'Haus', 'Straße', 'STRASSE', 'größer', 'Ha\u0308user', 'Schiff­fahrt'],
  ru: ['страницы', 'Страница', 'ещё', 'Ёлка', 'поиска', 'по́иск'],
  ar: ['البحث', 'بحث', 'الكُتُب', 'والكتاب', 'صفحات', 'كـتـاب'],
  zh: ['搜索引擎', '索引', '查询', '引', '𠮷野家'],
  ja: ['検索エンジン', '索引', 'ウェブ', 'ｳｪﾌﾞ', 'が', 'か\u3099'],
  th: ['ค้นหา', 'เครื่องมือ', 'หน้าเว็บ', 'น้ำ'],
  ko: ['검색', '검색엔진은', '단어를', '\u1100\u1161\u11a8'],
};
const LANGUAGES = Object.keys(WORDS);
const between = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ' ',
      '. ',
      '\n',
      '、',
      '。',
      '-',
      '\u3000',
      '\u00ad',
      '\u200d',
      '\ufe0f',
      '',
      '',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom('👩‍👩‍👧‍👦', '🇩🇪', 'e\u0301\u0302', 'क्षि', '\r\n', '\u0600', '\u202e') },
);
const wordOf = (language: string): fc.Arbitrary<string> => fc.constantFrom(...(WORDS[language] ?? []));
const textOf = (language: string): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(wordOf(language), wordOf('de'), between), { maxLength: 40 })
    .map((pieces) => pieces.join('').toWellFormed());

describe('marking a text', () => {
  for (const language of LANGUAGES) {
    test(`marks every form of the words, and nothing else, not off by a character: ${language}`, () => {
      fc.assert(
        fc.property(
          textOf(language),
          fc.array(wordOf(language), { minLength: 1, maxLength: 3 }),
          (text, asked) => {
            const { marks } = markWhole(text, matcherOf(asked.join(' '), language));
            const covered = coveredBy(marks, text.length);
            assert.deepEqual(
              covered,
              expected(text, asked.join(' '), language),
              JSON.stringify({ text, asked }),
            );
          },
        ),
        { numRuns: 300 },
      );
    });
  }
});

/** Units of a text that stand in a mark. */
function coveredBy(marks: readonly (readonly [number, number])[], length: number): boolean[] {
  const covered = Array.from({ length }, () => false);
  for (const [start, end] of marks) covered.fill(true, start, end);
  return covered;
}

/** Units of the words that are a form of one asked for, and of the characters that these end in: word by word. */
function expected(text: string, query: string, language: string): boolean[] {
  const forms = new Set(tokenize(query).flatMap(({ word, form }) => formsOf(word, form, language)));
  const covered = Array.from({ length: text.length }, () => false);
  const characters = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text)];
  scanWords(text, (start, end) => {
    const { word, form } = foldWord(text.slice(start, end));
    if (!formsOf(word, form, language).some((one) => forms.has(one))) return true;
    for (const { index, segment } of characters) {
      if (index < end && index + segment.length > start) covered.fill(true, index, index + segment.length);
    }
    return true;
  });
  return covered;
}

/** The word itself, told from stems, and its stems. */
function formsOf(word: string, form: string, language: string): string[] {
  return [`=${word}`, ...[...stemsOf(form, language), stem(word, language)].map((one) => `~${one}`)];
}

describe('marking a page as it came', () => {
  test('marks words of its text and nothing of its tags, scripts and styles', () => {
    assert.equal(
      marked(
        '<title>Falcon</title><p class="falcon">A <b>Falcon</b> &amp; falcons<!-- falcon -->.',
        'falcon',
      ),
      '<title>Falcon</title><p class="falcon">A <b><mark>Falcon</mark></b> &amp; <mark>falcons</mark><!-- falcon -->.',
    );
    const unmarked =
      '<script>"falcon </scr" + "ipt>"</script><style>.falcon{}</style><textarea>falcon</textarea><svg><text>falcon</text></svg><select><option>falcon</select>';
    assert.equal(marked(unmarked, 'falcon'), unmarked);
    assert.equal(marked(`${unmarked}falcon`, 'falcon'), `${unmarked}<mark>falcon</mark>`);
  });

  test('marks a word piece by piece where tags or references stand in it, and not across blocks', () => {
    assert.equal(
      marked('H&auml;<i>us</i>er, &#72;aus', 'haus', 'de'),
      '<mark>H</mark><mark>&auml;</mark><i><mark>us</mark></i><mark>er</mark>, <mark>&#72;</mark><mark>aus</mark>',
    );
    assert.equal(marked('<p>fal</p><p>con</p>', 'falcon'), '<p>fal</p><p>con</p>');
  });

  const tag = fc.constantFrom(
    '<b>',
    '</b>',
    '<p>',
    '</p>',
    '<br/>',
    '<a href="x&amp;y">',
    '</a>',
    '<',
    '>',
    '&',
    '&amp;',
    '&#x4e2d;',
    '&nbsp',
    '<!--',
    '-->',
    '<script>',
    '</script>',
    '<svg>',
    '</svg>',
    '<textarea>',
    '<li>',
    '</',
    '"',
    "='",
  );
  test('leaves everything but the marks as it was, whatever the page', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...LANGUAGES)
          .chain((language) =>
            fc.tuple(
              fc.constant(language),
              fc.array(fc.oneof(wordOf(language), tag, between), { maxLength: 50 }),
            ),
          ),
        ([language, pieces]) => {
          const markup = pieces.join('');
          const query = (WORDS[language] ?? []).join(' ');
          const runs = textRuns(markup);
          const result = markMarkup(markup, runs, matcherOf(query, language));
          assert.equal(result.replaceAll(/<\/?mark>/g, ''), markup);
          const insides = Array.from(result.matchAll(/<mark>(.*?)<\/mark>/gsu), ([, inside = '']) => inside);
          const { marks } = markWhole(runs.text, matcherOf(query, language));
          const letters = marks.map(([start, end]) => runs.text.slice(start, end)).join('');
          assert.equal(textRuns(insides.join('')).text, letters, JSON.stringify({ markup, result }));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
