/** From the letters of a text to the letters of a term. Frozen with the terms: docs/formats/terms.md. */

import { hashString64 } from '../base/index.ts';
import { IGNORABLE_CHARACTER } from './character-class.ts';

/** A word in its two spellings. */
export interface FoldedWord {
  /**
   * What the index knows the word by: compatibility forms, case, diacritics and the possessive folded away.
   * Empty where nothing of a word is left.
   */
  readonly word: string;
  /** The same with its diacritics, for the stemmer: `word` itself in most cases. */
  readonly form: string;
}

/** Longest term in UTF-16 units; a longer word becomes its beginning and a hash of the whole. */
export const MAX_TERM_LENGTH = 64;
const LONG_TERM_HEAD = 40;

const IGNORABLE = new RegExp(IGNORABLE_CHARACTER, 'gu');
const APOSTROPHES = /[\u2018\u2019\u201b\u02bc\uff07]/gu;
const NOT_OF_A_WORD = /[^\p{L}\p{M}\p{N}'.+#]/gu;
const ASCII_LOWER_OR_DIGIT = /^[a-z0-9]*$/;
const ACRONYM = /^(?:\p{L}\.){2,}\p{L}?$/u;
const ASCII = /^[\u0020-\u007e]*$/;

/** Folds one word as {@link scanWords} found it. */
export function foldWord(raw: string): FoldedWord {
  if (raw.length <= MAX_TERM_LENGTH && ASCII_LOWER_OR_DIGIT.test(raw)) return { word: raw, form: raw };
  let form = raw;
  if (ASCII.test(raw)) {
    form = raw.toLowerCase();
  } else {
    form = raw.replaceAll(IGNORABLE, '').replaceAll(APOSTROPHES, "'");
    form = form
      .normalize('NFKC')
      .toLowerCase()
      .normalize('NFKC')
      .replaceAll(NOT_OF_A_WORD, '')
      .replaceAll('i\u0307', 'i');
  }
  if (form.includes("'")) form = form.replace(/^'+|'+$|'s$/gu, '');
  if (form.includes('.') && ACRONYM.test(form)) form = form.replaceAll('.', '');
  if (form.includes(',')) form = form.replaceAll(',', '');
  const word = boundTerm(foldLetters(form));
  return { word, form: form.length > MAX_TERM_LENGTH ? word : form };
}

/**
 * Folds the letters of lower-case NFKC text: diacritics of Latin and Greek, `ß` to `ss` and its like, `ё`, Arabic
 * and Hebrew vowel points, Arabic spellings, digits of any script. Marks that make other letters (`й`, kana voicing,
 * Indic vowels) stay.
 */
export function foldLetters(text: string): string {
  let folded = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    const replacement = foldUnit(unit);
    if (replacement === undefined) continue;
    folded += text.slice(from, i) + replacement;
    from = i + 1;
  }
  return from === 0 ? text : folded + text.slice(from);
}

/** Cuts a term that is too long so that different words stay different terms. */
function boundTerm(term: string): string {
  if (term.length <= MAX_TERM_LENGTH) return term;
  return `${term.slice(0, LONG_TERM_HEAD)}~${hashString64(term).toString(16).padStart(16, '0')}`;
}

/** What a UTF-16 unit becomes; undefined when it stays. Filled as units are met. */
const replacements = new Map<number, string | undefined>();

function foldUnit(unit: number): string | undefined {
  if (unit >= 0xd800 && unit <= 0xdfff) return undefined;
  const known = replacements.get(unit);
  if (known !== undefined || replacements.has(unit)) return known;
  const character = String.fromCharCode(unit);
  const folded = foldCharacter(character);
  const replacement = folded === character ? undefined : folded;
  replacements.set(unit, replacement);
  return replacement;
}

/** Letters that no decomposition takes apart. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ł', 'l'],
  ['ħ', 'h'],
  ['ı', 'i'],
  ['ŧ', 't'],
  ['ŋ', 'n'],
  ['ĸ', 'k'],
  ['ə', 'e'],
  ['ς', 'σ'],
  ['ё', 'е'],
  // Arabic: forms of alef, final yeh, teh marbuta, Persian yeh and kaf, the tatweel that only lengthens.
  ['أ', 'ا'],
  ['إ', 'ا'],
  ['آ', 'ا'],
  ['ٱ', 'ا'],
  ['ى', 'ي'],
  ['ة', 'ه'],
  ['ی', 'ي'],
  ['ک', 'ك'],
  ['ـ', ''],
]);

// Combining marks beside Latin, Greek and Cyrillic letters; Hebrew and Arabic points.
const STRIPPED_MARK =
  // oxlint-disable-next-line no-misleading-character-class -- lone marks are what is meant
  /[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]/u;
const LATIN_OR_GREEK = /[\p{Script=Latin}\p{Script=Greek}]/u;
const DIGIT = /\p{Nd}/u;

function foldCharacter(character: string): string {
  const special = SPECIAL.get(character);
  if (special !== undefined) return special;
  if (STRIPPED_MARK.test(character)) return '';
  if (DIGIT.test(character)) return String(digitValue(character));
  if (!LATIN_OR_GREEK.test(character)) return character;
  const base = character.normalize('NFD').replaceAll(/\p{M}/gu, '');
  return SPECIAL.get(base) ?? base;
}

/** Decimal digits stand in runs of ten, zero first, so the place in the run is the value. */
function digitValue(character: string): number {
  const unit = character.charCodeAt(0);
  let first = unit;
  while (DIGIT.test(String.fromCharCode(first - 1))) first -= 1;
  return (unit - first) % 10;
}
