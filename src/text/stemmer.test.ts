import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sharedData } from '../../testing/shared-data.ts';
import { foldWord } from './folding.ts';
import { stem, stemsKeepTheStart, stemsOf } from './stemmer.ts';

/** Vocabularies of the algorithms whose stems are said to begin as their words do. */
const KEEPING = {
  danish: 'da',
  english: 'en',
  finnish: 'fi',
  german: 'de',
  hungarian: 'hu',
  italian: 'it',
  norwegian: 'no',
  portuguese: 'pt',
  romanian: 'ro',
  russian: 'ru',
  spanish: 'es',
  swedish: 'sv',
  turkish: 'tr',
};
const vocabularies = sharedData('tests/snowball');

describe('the stemmer', () => {
  test('brings inflected words together', () => {
    assert.equal(stem('searching', 'en'), stem('searches', 'en'));
    assert.equal(stem('häuser', 'de'), stem('haus', 'de'));
    assert.equal(stem('서울에서', 'ko'), stem('서울은', 'ko'));
  });

  test('knows the rules of Snowball in its latest release', () => {
    for (const [word, language, expected] of [
      ['arbeitet', 'de', 'arbeit'],
      ['Internet'.toLowerCase(), 'de', 'internet'],
      ['lehrerinnen', 'de', 'lehr'],
      ['nüsse', 'de', 'nuss'],
      ['kenntnisse', 'de', 'kenntnis'],
      ['geologists', 'en', 'geolog'],
      ['internalized', 'en', 'internal'],
      ['svaret', 'sv', 'svar'],
      ['paketet', 'sv', 'paket'],
      ['löst', 'sv', 'lost'],
      ['relațiune', 'ro', 'relat'],
      ["ankara'nın", 'tr', 'ankar'],
      ['educacion', 'es', 'educ'],
      ['univers', 'no', 'univers'],
      ['kamerafilmen', 'nl', 'kamerafilm'],
      ['kotkami', 'pl', stem('kotkach', 'pl')],
      ['stromů', 'cs', stem('stromy', 'cs')],
    ] as const) {
      assert.equal(stem(word, language), expected, word);
    }
  });

  test('finds Arabic words by a light stem too, beside that of Snowball', () => {
    assert.notEqual(stem('والمدرسة', 'ar'), stem('المدرسة', 'ar'));
    assert.ok(stemsOf('والمدرسة', 'ar').includes(stem('المدرسة', 'ar')));
    // What would leave hardly anything stays.
    assert.deepEqual(stemsOf('ات', 'ar'), [stem('ات', 'ar')]);
    assert.deepEqual(stemsOf('words', 'en'), ['word']);
  });

  test('folds stems, so that they compare with words', () => {
    assert.equal(stem('épées', 'fr'), 'epe');
  });

  test('leaves alone what is not made of letters, and languages without stemmer', () => {
    assert.equal(stem('c++', 'en'), 'c++');
    assert.equal(stem('x86s', 'en'), 'x86s');
    assert.equal(stem('жовтий', 'uk'), 'жовтий');
    assert.equal(stem('words', ''), 'words');
    assert.equal(stem('words', 'toString'), 'words');
  });

  test('never gives an empty stem', () => {
    for (const word of ["'", 'a', 's', 'ing', 'ed', 'ya', 'ات', 'по']) {
      for (const language of ['en', 'de', 'ar', 'ru', 'tr', 'el', 'ta', 'cs', 'ca']) {
        assert.notEqual(stem(word, language), '', `${word} in ${language}`);
      }
    }
  });
});

test(
  'stems begin as their words do, in the languages of which that is said',
  { skip: vocabularies === undefined && 'the test data are not at hand' },
  () => {
    for (const [name, language] of Object.entries(KEEPING)) {
      assert.ok(stemsKeepTheStart(language), language);
      for (const line of readFileSync(`${vocabularies}/${name}.tsv`, 'utf8').trim().split('\n')) {
        const { word, form } = foldWord(line.split('\t', 1)[0] ?? '');
        for (const typed of [word, form]) {
          assert.equal(stem(typed, language).charAt(0), word.charAt(0), `${typed} (${language})`);
        }
      }
    }
    assert.equal(stemsKeepTheStart('nl'), false, 'gesteriliseerd: steriliseer');
  },
);

test('loading the stemmers loads nothing that asks the web', () => {
  const script = `
    const { stem } = await import(${JSON.stringify(new URL('stemmer.ts', import.meta.url).href)});
    console.log(stem('running', 'en'), process.moduleLoadList.filter((name) => name.includes('undici')).length);`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(told.trim(), 'run 0');
});
