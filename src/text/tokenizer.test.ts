import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isContinuous } from './character-class.ts';
import { MAX_TERM_LENGTH } from './folding.ts';
import { tokenize, wordsOf } from './tokenizer.ts';
import { threadCpu_ms } from '../../testing/thread-cpu.ts';

describe('the tokenizer', () => {
  const cases: readonly (readonly [what: string, text: string, words: string])[] = [
    ['folds case and compatibility forms', 'Ｆｕｌｌ ﬁne ROOM', 'full fine room'],
    [
      'folds diacritics of Latin and Greek',
      'Łódź naïve Straße ΑΘΗΝΑΣ Αθήνας',
      'lodz naive strasse αθηνασ αθηνασ',
    ],
    ['folds the dotted capital of Turkish', 'İstanbul ISPARTA', 'istanbul isparta'],
    ['keeps Cyrillic letters apart, but for ё and stress', 'йод ёлка Москва́ їжак', 'йод елка москва їжак'],
    ['strips Arabic and Hebrew points', 'الكِتَابُ أحمد שָׁלוֹם', 'الكتاب احمد שלום'],
    ['reads digits of any script', '๑๒ १२ ٣', '12 12 3'],
    ['keeps English contractions and cuts the possessive', "don’t Dave's we're", "don't dave we're"],
    ['parts other apostrophes', "l'homme dell’arte O'Reilly", 'l homme dell arte o reilly'],
    ['joins the dotted l of Catalan', 'Col·lecció coŀlecció a·b', 'colleccio colleccio a b'],
    ['drops quotes', "'quoted' ''' \"so\"", 'quoted so'],
    ['parts hyphens, underscores, paths', 'e-mail foo_bar /usr/lib a.txt', 'e mail foo bar usr lib a txt'],
    [
      'keeps numbers whole',
      '1,500,000.25 1.5 10.0.0.1 1,2,3 3. 1234,567',
      '1500000.25 1.5 10.0.0.1 1 2 3 3 1234 567',
    ],
    ['parts dates', '2024-01-02', '2024 01 02'],
    ['keeps the names of languages', 'C++ c# F#, .NET notepad++', 'c++ c# f# .net notepad++'],
    ['does not take operators for names', 'a+b x+++ #tag issue#5 asp.net', 'a b x tag issue 5 asp net'],
    ['joins acronyms', 'U.S.A. U.S. e.g. a.b.com x.y', 'usa us eg a b com x y'],
    [
      'drops soft hyphens, joiners and marks of direction',
      'soft\u00adware ze\u200dro \u202eabc\u202c',
      'software zero abc',
    ],
    ['passes over emoji and lone surrogates', '👩‍👩‍👧 ok 🎉\ud800x', 'ok x'],
    ['knows letters beyond the basic plane', '𝐛𝐨𝐥𝐝', 'bold'],
    ['keeps vowel signs of Indic scripts', 'हिन्दी में', 'हिन्दी में'],
    ['reads Chinese in pairs', '搜索引擎 iPhone手机 我', '搜索 索引 引擎 iphone 手机 我'],
    ['reads Japanese in pairs', '吾輩は猫である。', '吾輩 輩は は猫 猫で であ ある'],
    ['keeps voicing marks with their kana', 'ｶﾞｽ か\u3099す', 'ガス がす'],
    ['does not pair characters of two kinds', '日本ไทย日', '日本 ไทย 日'],
    ['reads Thai in pairs of consonants with their vowels', 'ภาษาไทย', 'ภาษา ษาไท ไทย'],
    ['reads Lao so', 'ພາສາລາວ', 'ພາສາ ສາລາ ລາວ'],
    ['reads Khmer so, with the consonants below', 'ភាសាខ្មែរ', 'ភាសា សាខ្មែ ខ្មែរ'],
    ['reads Burmese so', 'မြန်မာ', 'မြန် န်မာ'],
    ['reads over zero-width spaces between them', 'ภาษา\u200bไทย', 'ภาษา ษาไท ไทย'],
    ['parts digits from ideographs', '2024年', '2024 年'],
  ];
  for (const [what, text, words] of cases) {
    test(what, () => assert.equal(wordsOf(text).join(' '), words));
  }

  test('says where each token stands in the original text', () => {
    const text = '«Ｃａｆé-crème» 検索 don’t';
    assert.deepEqual(
      tokenize(text).map(({ start, end }) => text.slice(start, end)),
      ['Ｃａｆé', 'crème', '検索', 'don’t'],
    );
  });

  test('keeps the diacritics in the form that stemmers take', () => {
    assert.deepEqual(
      tokenize('Épées plates').map(({ word, form }) => [word, form]),
      [
        ['epees', 'épées'],
        ['plates', 'plates'],
      ],
    );
  });

  test('tells long words apart although it bounds them', () => {
    const [a, b] = tokenize(`${'x'.repeat(5000)}a ${'x'.repeat(5000)}b`);
    assert.notEqual(a?.word, b?.word);
    assert.ok((a?.word.length ?? 0) <= MAX_TERM_LENGTH);
  });

  test('gives the same words for a word alone as inside a text', () => {
    const word = fc.constantFrom('naïve', 'C++', "don't", '1,500', 'U.S.', 'Ж', 'x86', '.NET', 'ß', '東京');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        assert.deepEqual(wordsOf(words.join(' ')), words.flatMap(wordsOf));
      }),
    );
  });

  test('orders and bounds tokens whatever the text', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
        fc.constantFrom('a', '.', "'", ',', '+', '#', '1', '\u00ad', '\u0301', '漢', 'か', '\ud800', 'ก'),
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(nasty, (text) => {
        let last = 0;
        let lastEnd = 0;
        tokenize(text).forEach(({ word, start, end, position }, i) => {
          assert.equal(position, i);
          // Only pairs share a character, and no two words an end.
          assert.ok(start >= last && end > Math.max(start, lastEnd) && end <= text.length);
          assert.ok(start >= lastEnd || isContinuous(word));
          assert.ok(word.length > 0 && word.length <= MAX_TERM_LENGTH);
          last = start + 1;
          lastEnd = end;
        });
      }),
      { numRuns: 500 },
    );
  });

  test('takes time in proportion to the text, even for hostile ones', () => {
    const hostile = [
      'a',
      '1,',
      "a'",
      'a.',
      '\u00ad',
      'a\u00ad',
      '漢',
      '漢ก',
      'ไ漢',
      '1.1',
      '+',
      '\u0301',
      "a's",
    ];
    for (const unit of hostile) {
      const cpu_ms = threadCpu_ms(() => tokenize(unit.repeat(Math.floor(100_000 / unit.length))));
      assert.ok(cpu_ms < 1500, `repeated ${JSON.stringify(unit)}: ${cpu_ms} ms`);
    }
  });

  test('stops at a limit', () => {
    assert.equal(tokenize('a b c d', 2).length, 2);
    assert.equal(tokenize('漢字漢字漢字', 1).length, 1);
    assert.equal(tokenize('a', 0).length, 0);
  });
});
