import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { sharedData } from '../../testing/shared-data.ts';
import {
  type LanguageIdentifier,
  languageOfScript,
  loadLanguageIdentifier,
} from './language-identification.ts';
import { LANGUAGES, languageNumber, languageOfNumber, languageOfTag } from './languages.ts';

const declaration = sharedData('tests/langid/udhr-articles-1-10.tsv');

describe('language identification', () => {
  let identifier: LanguageIdentifier;
  before(async () => {
    identifier = await loadLanguageIdentifier();
  });

  test(
    'knows articles of the Universal Declaration',
    { skip: declaration === undefined && 'no test data here' },
    () => {
      let lines = 0;
      let right = 0;
      let rightDeclared = 0;
      for (const line of readFileSync(declaration ?? '', 'utf8')
        .trim()
        .split('\n')) {
        const [, tag = '', , text = ''] = line.split('\t');
        // Vietnamese in ideographs and text of character references are no fair question.
        if (tag === 'vi-Hani' || text.includes('&#x')) continue;
        const expected = languageOfTag(tag)?.code;
        lines += 1;
        if (identifier.identify(text) === expected) right += 1;
        if (identifier.identify(text, tag) === expected) rightDeclared += 1;
      }
      assert.ok(right / lines >= 0.88, `${right} of ${lines} without a declaration`);
      assert.ok(rightDeclared / lines >= 0.99, `${rightDeclared} of ${lines} with a declaration`);
    },
  );

  test('is right about short texts where the script tells', () => {
    for (const [text, language] of [
      ['東京タワー', 'ja'],
      ['서울', 'ko'],
      ['北京', 'zh'],
      ['Αθήνα', 'el'],
      ['ไทย', 'th'],
      ['שלום', 'he'],
    ] as const) {
      assert.equal(languageOfScript(text), language);
      assert.equal(identifier.identify(text), language);
    }
    assert.equal(languageOfScript('東京', 'ja'), 'ja');
    assert.equal(languageOfScript('hello'), undefined);
  });

  test('says nothing when unsure', () => {
    for (const text of ['', '12345', 'C++', 'ok']) assert.equal(identifier.identify(text), '');
  });

  test('does not believe a declaration against the text', () => {
    const german =
      'Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft begabt.';
    assert.equal(identifier.identify(german, 'en-US'), 'de');
    assert.equal(identifier.identify(german, 'ja'), 'de');
  });
});

describe('the table of languages', () => {
  test('gives each number and code once, and never another number', () => {
    assert.equal(new Set(LANGUAGES.map(({ number }) => number)).size, LANGUAGES.length);
    assert.equal(new Set(LANGUAGES.map(({ code }) => code)).size, LANGUAGES.length);
    const frozen = ['en 1', 'de 2', 'ru 22', 'ar 40', 'zh 66', 'ko 68', 'fo 96'];
    assert.deepEqual(
      frozen.map((entry) => `${entry.split(' ')[0]} ${languageNumber(entry.split(' ')[0] ?? '')}`),
      frozen,
    );
  });

  test('reads tags as pages write them', () => {
    assert.equal(languageOfTag('de-AT')?.code, 'de');
    assert.equal(languageOfTag(' zh_Hant ')?.code, 'zh');
    assert.equal(languageOfTag('nb')?.code, 'no');
    assert.equal(languageOfTag('x-default'), undefined);
    assert.equal(languageNumber('tlh'), 0);
    assert.equal(languageOfNumber(0), undefined);
  });
});
