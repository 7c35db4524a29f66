/** Scripts that are written without spaces, and what of them is read as one character: words are read in pairs of those. */

import { classAt, CONTINUOUS, isContinuous, type TextUnits, widthAt } from './character-class.ts';

/** Blocks of Thai, Lao, Khmer and Burmese, first and last unit. */
const BLOCKS: readonly (readonly [first: number, last: number])[] = [
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x19e0, 0x19ff],
  [0xa9e0, 0xa9ff],
  [0xaa60, 0xaa7f],
];

const ZERO_WIDTH_SPACE = 0x200b;
/** Vowels that are written before the consonant that they follow. */
const LEADING_VOWEL = /[\u0e40-\u0e44\u0ec0-\u0ec4]/;
/** Vowels that are written behind their consonant, and signs that belong to it. */
const HANGING = /[\p{M}\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3\u0ebd]/u;
/** What stands behind it is written below the letter before it. */
const JOINING = /[\u1039\u17d2]/;

const [ALONE, LEADS, HANGS, JOINS] = [0, 1, 2, 3] as const;
/** Kinds of units of the blocks, from the first one on. */
const kinds = ((): Uint8Array => {
  const table = new Uint8Array(0xaa80);
  for (const [first, last] of BLOCKS) {
    for (let unit = first; unit <= last; unit++) {
      const character = String.fromCharCode(unit);
      if (LEADING_VOWEL.test(character)) table[unit] = LEADS;
      else if (HANGING.test(character)) table[unit] = JOINING.test(character) ? JOINS : HANGS;
    }
  }
  return table;
})();

/** True for letters of Thai, Lao, Khmer and Burmese; other letters without spaces are Chinese and Japanese. */
export function isSyllabic(unit: number): boolean {
  return (
    unit < 0xaa80 && (unit < 0x1a00 || unit >= 0xa9e0) && BLOCKS.some(([a, z]) => unit >= a && unit <= z)
  );
}

/**
 * Behind the consonant at `at` of Thai, Lao, Khmer or Burmese, with the vowels and signs that are written around it, and with
 * the consonants below it.
 */
export function endOfSyllable(text: TextUnits, at: number, runEnd: number): number {
  const { units } = text;
  let end = at;
  while (end + 1 < runEnd && kinds[units[end] as number] === LEADS) end += 1;
  end = Math.min(runEnd, end + widthAt(text, end));
  for (; end < runEnd; end += 1) {
    const kind = kinds[units[end] as number];
    if (kind === HANGS || kind === JOINS) continue;
    const isBelow = kind === ALONE && kinds[units[end - 1] as number] === JOINS;
    if (!isBelow && classAt(text, end) === CONTINUOUS) break;
  }
  return end;
}

/** A zero-width space stands at `at` between two of such letters: some write it between words, others leave it out. */
export function skipsBorder(text: TextUnits, at: number): boolean {
  return (
    at > 0 &&
    at + 1 < text.length &&
    text.units[at] === ZERO_WIDTH_SPACE &&
    isSyllabic(text.units[at - 1] as number) &&
    isSyllabic(text.units[at + 1] as number)
  );
}

/** The first character of a pair of such, as {@link WordReader} reads them; empty for any other word. */
export function headOfPair(word: string): string {
  if (!isContinuous(word)) return '';
  const head = isSyllabic(word.charCodeAt(0)) ? headOfSyllables(word) : (CHARACTER.exec(word)?.[0] ?? word);
  return head.length < word.length ? head : '';
}

function headOfSyllables(word: string): string {
  const units = Uint16Array.from({ length: word.length }, (_, at) => word.charCodeAt(at));
  return word.slice(0, endOfSyllable({ units, length: units.length }, 0, units.length));
}

/** A character with what hangs on it: marks, format characters, half-width voicing. */
const CHARACTER = /^.[\p{M}\p{Cf}\uff9e\uff9f]*/su;
