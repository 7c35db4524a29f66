/** Unicode's word-break cases against our words. */

import { readFileSync } from 'node:fs';
import { classOf, DIGIT, LETTER, CONTINUOUS } from '../../src/text/character-class.ts';
import { scanWords } from '../../src/text/index.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

export const wordBoundaries: Suite = {
  name: 'unicode-word-break',
  data: 'tests/unicode/WordBreakTest.txt',
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const marks = line.replace(/#.*$/, '').trim();
      if (marks !== '') tryCase(tally, marks);
    }
    return tally.result();
  },
};

function tryCase(tally: Tally, marks: string): void {
  const segments = segmentsOf(marks);
  const text = segments.join('');
  const wanted = segments.filter(hasWord).map(withoutTail);
  const got: string[] = [];
  scanWords(text, (start, end) => got.push(withoutTail(text.slice(start, end))) > 0);
  if (same(wanted, got)) tally.pass();
  else tally.differ(reasonOf(wanted, got), `${marks}: ${JSON.stringify(wanted)} but ${JSON.stringify(got)}`);
}

/** `÷ 0061 × 0308 ÷` to segments. */
function segmentsOf(marks: string): string[] {
  return marks
    .split('÷')
    .map((segment) => segment.match(/[\dA-F]{4,6}/g) ?? [])
    .filter((codes) => codes.length > 0)
    .map((codes) => String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16))));
}

/** Words are the segments that hold a letter or digit: the rest is white space, punctuation, symbols. */
function hasWord(segment: string): boolean {
  return Array.from(segment).some((character) => {
    const kind = classOf(character.codePointAt(0) ?? 0);
    return kind === LETTER || kind === DIGIT || kind === CONTINUOUS;
  });
}

/** Without format characters at the end: they are nothing in a term. */
function withoutTail(word: string): string {
  return word.replace(/\p{Cf}+$/u, '');
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

/** Signs inside of Unicode's words at which ours part, by the names of docs/suites.md. */
const PARTING: ReadonlyMap<string, string> = new Map([
  ['_', 'underscore'],
  [':', 'colon'],
  ["'", 'apostrophe'],
  ['"', 'quotation-mark'],
  ['.', 'full-stop'],
  [',', 'comma'],
]);

/** The sign that makes the difference, where Unicode's words parted at their signs are ours. */
function reasonOf(wanted: readonly string[], got: readonly string[]): string | undefined {
  const sign = wanted
    .join('')
    .split('')
    .find((character) => PARTING.has(character));
  // What is hung on a sign goes with it.
  const parted = wanted.flatMap((word) => word.split(/[_:'".,][\p{M}\p{Cf}]*/u)).filter(hasWord);
  return same(parted.map(withoutTail), got) ? PARTING.get(sign ?? '') : undefined;
}
