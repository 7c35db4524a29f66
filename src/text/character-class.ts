/** What a character is to the tokenizer. Computed from the Unicode properties of the runtime, block by block. */

export type CharacterClass = number;

/** White space, punctuation, symbols, emoji: stands between words. */
export const SEPARATOR: CharacterClass = 0;
/** A letter of a script that puts spaces between words (Hangul among them). */
export const LETTER: CharacterClass = 1;
export const DIGIT: CharacterClass = 2;
/** A combining mark: belongs to the word before it. */
export const MARK: CharacterClass = 3;
/** A letter or mark of a script that is written without spaces: Han, kana, Thai, Lao, Khmer, Burmese. */
export const CONTINUOUS: CharacterClass = 4;
/** Soft hyphen, joiners, marks of direction, variation selectors: inside a word as if they weren't there. */
export const IGNORABLE: CharacterClass = 5;

const UNKNOWN: CharacterClass = 255;

const continuous =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
const letter = /\p{L}/u;
const number = /\p{N}/u;
const mark = /\p{M}/u;
/**
 * Format characters, except the zero-width space, which is there to part words, and the marks of Arabic numbers. Without
 * flags; make a pattern of it with `u`.
 */
export const IGNORABLE_CHARACTER: RegExp =
  // oxlint-disable-next-line no-misleading-character-class -- lone marks are what is meant
  /[\u00ad\u034f\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]/u;

/** Thai is the first of those scripts. */
const FIRST_CONTINUOUS = 0x0e00;

/** By UTF-16 unit; filled as units are met. Surrogates stay unknown: {@link classOf} takes the pair. */
const classes = new Uint8Array(0x1_0000).fill(UNKNOWN);

/** UTF-16 units of a text: the first `length` of an array that may be longer. */
export interface TextUnits {
  readonly units: Uint16Array;
  readonly length: number;
}

/** Class of the character at `index` of `text`. A lone surrogate is a separator. */
export function classAt(text: TextUnits, index: number): CharacterClass {
  const unit = text.units[index] as number;
  const known = classes[unit] as number;
  return known === UNKNOWN ? classOf(codePointAt(text, index)) : known;
}

/** Class of a code point. */
export function classOf(codePoint: number): CharacterClass {
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return SEPARATOR;
  const found = classify(String.fromCodePoint(codePoint));
  if (codePoint < 0x1_0000) classes[codePoint] = found;
  return found;
}

/** True where `word` begins with a letter of a script that is written without spaces. */
export function isContinuous(word: string): boolean {
  const unit = word.charCodeAt(0);
  if (!(unit >= FIRST_CONTINUOUS)) return false;
  const known = classes[unit] as number;
  return (known === UNKNOWN ? classOf(word.codePointAt(0) ?? 0) : known) === CONTINUOUS;
}

/** UTF-16 units of the character at `index`. */
export function widthAt({ units, length }: TextUnits, index: number): number {
  const unit = units[index] as number;
  if (unit < 0xd800 || unit > 0xdbff || index + 1 >= length) return 1;
  const next = units[index + 1] as number;
  return next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
}

function codePointAt(text: TextUnits, index: number): number {
  const unit = text.units[index] as number;
  if (widthAt(text, index) === 1) return unit;
  return 0x1_0000 + ((unit - 0xd800) << 10) + ((text.units[index + 1] as number) - 0xdc00);
}

function classify(character: string): CharacterClass {
  if (IGNORABLE_CHARACTER.test(character)) return IGNORABLE;
  if (letter.test(character)) return continuous.test(character) ? CONTINUOUS : LETTER;
  if (mark.test(character)) return continuous.test(character) ? CONTINUOUS : MARK;
  // The ideographic zero is a number by name and an ideograph by use.
  if (character === '〇') return CONTINUOUS;
  return number.test(character) ? DIGIT : SEPARATOR;
}
