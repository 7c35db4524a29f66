/** Where the words of a text end: the rules, the same for documents and queries, over UTF-16 units. */

import {
  CONTINUOUS,
  classAt,
  DIGIT,
  IGNORABLE,
  LETTER,
  MARK,
  SEPARATOR,
  type TextUnits,
  widthAt,
} from './character-class.ts';
import { isSyllabic } from './continuous-scripts.ts';

/** Endings of English contractions, behind their apostrophe. */
const CONTRACTIONS: ReadonlySet<string> = new Set(['s', 't', 'd', 'm', 're', 've', 'll']);
const MAX_CONTRACTION = 2;

/**
 * The end of the word that begins with the letter or digit at `start`. Words are runs of letters, digits and marks;
 * hyphens, underscores and dots between letters part words. Kept inside a word: English contractions (`don't`,
 * `dave's`; other apostrophes part, as in `l'homme`), dots between digits (`1.5`, `10.0.0.1`), commas before groups of
 * three (`1,500,000`), the dot of Catalan `l·l`. Kept at its end: `++` and `#` (`C++`, `F#`); between single letters:
 * the dots of `U.S.A.`.
 */
export function endOfWord(text: TextUnits, start: number): number {
  return endOfAcronym(text, start) ?? endOfRun(text, start);
}

function endOfRun(text: TextUnits, start: number): number {
  let at = start;
  let before = SEPARATOR;
  // Where the last group of digits began; a comma parts groups of a number that is nothing but digits.
  let digitsFrom = start;
  let isNumber = true;
  while (at < text.length) {
    const kind = classAt(text, at);
    if (kind === LETTER || kind === DIGIT || kind === MARK) {
      if (kind !== DIGIT) isNumber = false;
      if (kind !== MARK) before = kind;
      at += widthAt(text, at);
      continue;
    }
    if (kind === CONTINUOUS) return at;
    if (kind === IGNORABLE) {
      const next = skipIgnorable(text, at);
      if (!continuesWord(text, next)) return at;
      at = next;
      continue;
    }
    const unit = unitAt(text, at);
    if (unit === 0x2e && before === DIGIT && isDigit(text, at + 1)) {
      at += 1;
      isNumber = false;
    } else if (unit === 0x2c && isNumber && at - digitsFrom <= 3 && isDigitGroup(text, at + 1)) {
      at += 1;
      digitsFrom = at;
    } else if (unit === 0xb7 && isGeminate(text, at)) {
      at += 1;
      isNumber = false;
    } else if (isApostrophe(unit) && before === LETTER) {
      return endOfContraction(text, at);
    } else {
      return endOfSuffixSigns(text, start, at);
    }
  }
  return at;
}

/** The end behind `++` or `#` where they belong to the name of a language (`C++`, `C#`), else `end`. */
function endOfSuffixSigns(text: TextUnits, start: number, end: number): number {
  const unit = unitAt(text, end);
  const length = end - start;
  if (unit === 0x2b && unitAt(text, end + 1) === 0x2b && length <= 12) {
    const behind = end + 2;
    return unitAt(text, behind) === 0x2b || !isAsciiLetters(text, start, end) ? end : behind;
  }
  if (unit === 0x23 && length <= 3 && isAsciiLetters(text, start, end)) {
    return behindIsWord(text, end + 1) || unitAt(text, end + 1) === 0x23 ? end : end + 1;
  }
  return end;
}

/** The end behind an English contraction that begins with the apostrophe at `at`, else `at`. */
function endOfContraction(text: TextUnits, at: number): number {
  let end = at + 1;
  let letters = '';
  while (end <= at + 1 + MAX_CONTRACTION && end < text.length && classAt(text, end) === LETTER) {
    letters += String.fromCharCode(unitAt(text, end)).toLowerCase();
    end += 1;
  }
  return !behindIsWord(text, end) && CONTRACTIONS.has(letters) ? end : at;
}

/** The end of letters that stand alone, each with a dot behind it, two or more; undefined where there are none. */
function endOfAcronym(text: TextUnits, start: number): number | undefined {
  if (unitAt(text, start + 1) !== 0x2e) return undefined;
  let at = start;
  while (at < text.length && classAt(text, at) === LETTER && unitAt(text, at + 1) === 0x2e) at += 2;
  if (at < start + 4) return undefined;
  if (!behindIsWord(text, at)) return at;
  return classAt(text, at) === LETTER && !behindIsWord(text, at + 1) ? at + 1 : undefined;
}

/** `.NET` stands at `at`, the dot and all. */
export function isDotNet(text: TextUnits, at: number): boolean {
  if ((unitAt(text, at + 1) | 0x20) !== 0x6e || (unitAt(text, at + 2) | 0x20) !== 0x65) return false;
  if ((unitAt(text, at + 3) | 0x20) !== 0x74 || unitAt(text, at) !== 0x2e) return false;
  return !(at > 0 && behindIsWord(text, at - 1)) && !behindIsWord(text, at + 4);
}

/**
 * The end of the run of letters of scripts without spaces that begins at `start`: all of them written in syllables, or none.
 * It is not looked at what follows, so that runs which take turns are read in linear time.
 */
export function endOfContinuous(text: TextUnits, start: number): number {
  const ofSyllables = isSyllabic(text.units[start] as number);
  let at = start;
  while (at < text.length) {
    const kind = classAt(text, at);
    if (kind === IGNORABLE) {
      const next = skipIgnorable(text, at);
      if (next >= text.length || classAt(text, next) !== CONTINUOUS) return at;
      at = next;
    } else if (
      kind === MARK ||
      (kind === CONTINUOUS && isSyllabic(text.units[at] as number) === ofSyllables)
    ) {
      at += widthAt(text, at);
    } else {
      return at;
    }
  }
  return at;
}

/** Behind the end of a text there is nothing. */
function unitAt({ units, length }: TextUnits, at: number): number {
  return at < length ? (units[at] as number) : 0;
}

function skipIgnorable(text: TextUnits, from: number): number {
  let at = from;
  while (at < text.length && classAt(text, at) === IGNORABLE) at += 1;
  return at;
}

function continuesWord(text: TextUnits, at: number): boolean {
  if (at >= text.length) return false;
  const kind = classAt(text, at);
  return kind === LETTER || kind === DIGIT || kind === MARK;
}

function behindIsWord(text: TextUnits, at: number): boolean {
  if (at >= text.length) return false;
  const kind = classAt(text, at);
  return kind === LETTER || kind === DIGIT || kind === MARK || kind === CONTINUOUS;
}

function isDigit(text: TextUnits, at: number): boolean {
  return at < text.length && classAt(text, at) === DIGIT;
}

/** Exactly three digits stand at `at`. */
function isDigitGroup(text: TextUnits, at: number): boolean {
  return isDigit(text, at) && isDigit(text, at + 1) && isDigit(text, at + 2) && !isDigit(text, at + 3);
}

/** The dot of Catalan `l·l`: `col·lecció`. */
function isGeminate(text: TextUnits, at: number): boolean {
  return (unitAt(text, at - 1) | 0x20) === 0x6c && (unitAt(text, at + 1) | 0x20) === 0x6c;
}

export function isApostrophe(unit: number): boolean {
  return unit === 0x27 || unit === 0x2019 || unit === 0x2018 || unit === 0x201b || unit === 0xff07;
}

function isAsciiLetters(text: TextUnits, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const lower = unitAt(text, i) | 0x20;
    if (lower < 0x61 || lower > 0x7a) return false;
  }
  return true;
}
