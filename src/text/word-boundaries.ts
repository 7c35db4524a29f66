/** Finds the words of a text: one pass, linear in its length, the same for documents and queries. */

import {
  CONTINUOUS,
  classAt,
  DIGIT,
  endOfLetters,
  IGNORABLE,
  LETTER,
  MARK,
  SEPARATOR,
  widthAt,
} from './character-class.ts';
import { segmentContinuous } from './continuous-scripts.ts';
import type { WordSink } from './word-sink.ts';

const APOSTROPHE_SUFFIX = /^(?:s|t|d|m|re|ve|ll)$/i;
const MAX_SUFFIX = 2;

/**
 * Hands every word of `text` to `sink`. Words are runs of letters, digits and marks; hyphens, underscores and dots
 * between letters part words. Kept inside a word: English contractions (`don't`, `dave's`; other apostrophes part, as
 * in `l'homme`), dots between digits (`1.5`, `10.0.0.1`), commas before groups of three (`1,500,000`), the dot of
 * Catalan `l·l`. Kept at its
 * end: `++` and `#` (`C++`, `F#`); between single letters: the dots of `U.S.A.`; at its beginning: the dot of `.NET`. Scripts without spaces are cut by dictionary.
 */
export function scanWords(text: string, sink: WordSink): void {
  let at = 0;
  while (at < text.length) {
    const kind = classAt(text, at);
    if (kind === LETTER || kind === DIGIT) {
      const end = endOfAcronym(text, at) ?? endOfWord(text, at);
      if (!sink(at, end)) return;
      at = end;
    } else if (kind === CONTINUOUS) {
      const end = endOfContinuous(text, at);
      if (!segmentContinuous(text, at, end, sink)) return;
      at = end;
    } else if (isDotNet(text, at)) {
      if (!sink(at, at + 4)) return;
      at += 4;
    } else {
      at += widthAt(text, at);
    }
  }
}

function endOfWord(text: string, start: number): number {
  let at = endOfLetters(text, start);
  let before = at === start ? SEPARATOR : LETTER;
  // Where the last group of digits began; a comma parts groups of a number that is nothing but digits.
  let digitsFrom = start;
  let isNumber = at === start;
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
    const unit = text.charCodeAt(at);
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
function endOfSuffixSigns(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(end);
  const length = end - start;
  if (unit === 0x2b && text.charCodeAt(end + 1) === 0x2b && length <= 12) {
    const behind = end + 2;
    return text.charCodeAt(behind) === 0x2b || !isAsciiLetters(text, start, end) ? end : behind;
  }
  if (unit === 0x23 && length <= 3 && isAsciiLetters(text, start, end)) {
    return behindIsWord(text, end + 1) || text.charCodeAt(end + 1) === 0x23 ? end : end + 1;
  }
  return end;
}

/** The end behind an English contraction that begins with the apostrophe at `at`, else `at`. */
function endOfContraction(text: string, at: number): number {
  let end = at + 1;
  while (end <= at + 1 + MAX_SUFFIX && end < text.length && classAt(text, end) === LETTER) end += 1;
  return !behindIsWord(text, end) && APOSTROPHE_SUFFIX.test(text.slice(at + 1, end)) ? end : at;
}

/** The end of letters that stand alone, each with a dot behind it, two or more; undefined where there are none. */
function endOfAcronym(text: string, start: number): number | undefined {
  if (text.charCodeAt(start + 1) !== 0x2e) return undefined;
  let at = start;
  while (at < text.length && classAt(text, at) === LETTER && text.charCodeAt(at + 1) === 0x2e) at += 2;
  if (at < start + 4) return undefined;
  if (!behindIsWord(text, at)) return at;
  return classAt(text, at) === LETTER && !behindIsWord(text, at + 1) ? at + 1 : undefined;
}

function isDotNet(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== 0x2e || (at > 0 && behindIsWord(text, at - 1))) return false;
  return /^net$/i.test(text.slice(at + 1, at + 4)) && !behindIsWord(text, at + 4);
}

function endOfContinuous(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const kind = classAt(text, at);
    if (kind === IGNORABLE) {
      const next = skipIgnorable(text, at);
      if (next >= text.length || classAt(text, next) !== CONTINUOUS) return at;
      at = next;
    } else if (kind === CONTINUOUS || kind === MARK) {
      at += widthAt(text, at);
    } else {
      return at;
    }
  }
  return at;
}

function skipIgnorable(text: string, from: number): number {
  let at = from;
  while (at < text.length && classAt(text, at) === IGNORABLE) at += 1;
  return at;
}

function continuesWord(text: string, at: number): boolean {
  if (at >= text.length) return false;
  const kind = classAt(text, at);
  return kind === LETTER || kind === DIGIT || kind === MARK;
}

function behindIsWord(text: string, at: number): boolean {
  if (at >= text.length) return false;
  const kind = classAt(text, at);
  return kind === LETTER || kind === DIGIT || kind === MARK || kind === CONTINUOUS;
}

function isDigit(text: string, at: number): boolean {
  return at < text.length && classAt(text, at) === DIGIT;
}

/** Exactly three digits stand at `at`. */
function isDigitGroup(text: string, at: number): boolean {
  return isDigit(text, at) && isDigit(text, at + 1) && isDigit(text, at + 2) && !isDigit(text, at + 3);
}

/** The dot of Catalan `l·l`: `col·lecció`. */
function isGeminate(text: string, at: number): boolean {
  return (text.charCodeAt(at - 1) | 0x20) === 0x6c && (text.charCodeAt(at + 1) | 0x20) === 0x6c;
}

function isApostrophe(unit: number): boolean {
  return unit === 0x27 || unit === 0x2019 || unit === 0x2018 || unit === 0x201b || unit === 0xff07;
}

function isAsciiLetters(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const lower = text.charCodeAt(i) | 0x20;
    if (lower < 0x61 || lower > 0x7a) return false;
  }
  return true;
}
