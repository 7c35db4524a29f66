import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { partsOfCompound } from './compounds.ts';

const held = (words: string) => (word: string) => words.split(' ').filter((one) => one === word).length;
const counted = (counts: Readonly<Record<string, number>>) => (word: string) => counts[word] ?? 0;

describe('compounds', () => {
  test('are taken apart by the words that the collection holds', () => {
    for (const [language, word, parts, words] of [
      ['de', 'hundefutter', 'hund futter', 'hund futter'],
      ['de', 'geburtstagstorte', 'geburtstag torte', 'geburtstag torte tag geburt'],
      ['de', 'schulbuch', 'schule buch', 'schule buch'],
      ['de', 'krankenhausverwaltung', 'krankenhaus verwaltung', 'krankenhaus verwaltung'],
      ['nl', 'fietsenstalling', 'fiets stalling', 'fiets stalling'],
      ['sv', 'arbetsmarknad', 'arbete marknad', 'arbete marknad'],
      ['fi', 'kaupunginvaltuusto', 'kaupungin valtuusto', 'kaupungin valtuusto kaupunki'],
    ] as const) {
      assert.equal(partsOfCompound(word, language, held(words)).join(' '), parts, word);
    }
  });

  test('of three parts are taken apart further', () => {
    assert.deepEqual(
      partsOfCompound('handelsschiffahrtsroute', 'de', held('handelsschiffahrt route handel schiffahrt')),
      ['handel', 'schiffahrt', 'route'],
    );
  });

  test('are cut where the rarest part is the least rare', () => {
    assert.deepEqual(
      partsOfCompound('staubecken', 'de', counted({ staub: 5, becken: 1, stau: 1, ecken: 5 })),
      ['staub', 'ecken'],
    );
    assert.deepEqual(
      partsOfCompound('staubecken', 'de', counted({ stau: 9, becken: 5, staub: 2, ecken: 1 })),
      ['stau', 'becken'],
    );
  });

  test('are none in other languages, too short, too long, or of parts that nobody uses', () => {
    assert.deepEqual(partsOfCompound('hundefutter', 'en', held('hund futter')), []);
    assert.deepEqual(partsOfCompound('rotwein', 'de', held('rot wein')), []);
    assert.deepEqual(partsOfCompound('hundefutter', 'de', held('hund')), []);
    assert.deepEqual(partsOfCompound(`${'hund'.repeat(10)}x`, 'de', held('hund')), []);
  });
});
