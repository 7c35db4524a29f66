import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type LanguageIdentifier,
  languageOfScript,
  loadLanguageIdentifier,
} from './language-identification.ts';
import { LANGUAGES, languageNumber, languageOfTag } from './languages.ts';

describe('language identification', () => {
  let identifier: LanguageIdentifier;
  before(async () => {
    identifier = await loadLanguageIdentifier();
  });

  test('tells languages that the letter statistics do not know', () => {
    for (const [text, language] of [
      ['Kila mtu ana haki ya kuishi na ya kuwa huru', 'sw'],
      ['Toda persoa ten dereito á vida e á liberdade', 'gl'],
      ['Setiap orang berhak atas kebebasan berpendapat karena itu adil', 'id'],
      ['Semua orang berhak kerana undang-undang ialah sama bagi setiap orang', 'ms'],
      ['Hva skal vi gjøre uten frihet?', 'no'],
      ['Hvad skal vi gøre uden frihed?', 'da'],
      ['Svako ima pravo na slobodu, a gde je nema, niko nije slobodan', 'sr'],
      ['Svatko ima pravo na slobodu, a gdje je nema, nitko nije slobodan', 'hr'],
      ['Elke mens het die reg op lewe, en hulle moet nie sonder reg wees nie', 'af'],
    ] as const) {
      assert.equal(identifier.identify(text), language, text);
    }
  });

  test('does not take Spanish for French by the small words that they share', () => {
    const text = `La defensa de los Panthers cedió solo 308 puntos y se clasificó en sexto lugar de la liga, mientras que
      lideró la NFL en intercepciones con 24 y se jactó de contar con cuatro selecciones para el Pro Bowl en la temporada.`;
    assert.equal(identifier.identify(text), 'es');
    assert.equal(identifier.identify(text, 'es'), 'es');
  });

  test('does not take a quoted name for the language', () => {
    const russian =
      'Столица страны — город Київ, самый большой по числу жителей и по площади в этой части света.';
    assert.equal(identifier.identify(russian), 'ru');
    assert.equal(
      identifier.identify('Die Stadt Ħamrun auf Malta hat heute viele Bewohner und Gäste aus Europa.'),
      'de',
    );
  });

  test('lets the declaration decide between neighbours', () => {
    assert.equal(identifier.identify('Semua orang bebas dan sama rata', 'ms'), 'ms');
    assert.equal(identifier.identify('Semua orang bebas dan sama rata', 'id'), 'id');
    assert.equal(identifier.identify('ہر شخص کو آزادی کا حق ہے', 'fa'), 'ur');
  });

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
  });
});
