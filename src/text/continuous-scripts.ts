/** Words of Thai, Lao, Khmer and Burmese, which are written without spaces, cut by the dictionaries of the runtime's ICU. */

import { isContinuous } from './character-class.ts';

// Made when the first such text is met: most processes never need it.
let segmenter: Intl.Segmenter | undefined;

/** A dictionary looks at a whole run at once, so runs are handed to it in pieces of at most this many UTF-16 units. */
const MAX_RUN = 512;

/** Blocks of the scripts, first and last unit. */
const BLOCKS: readonly (readonly [first: number, last: number])[] = [
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x19e0, 0x19ff],
  [0xa9e0, 0xa9ff],
  [0xaa60, 0xaa7f],
];

/** Letters of the scripts that are read in pairs. */
export const CHINESE_OR_JAPANESE: RegExp = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}]/u;

/** True for what the dictionaries know; other letters without spaces are Chinese and Japanese. */
export function isWrittenByDictionary(unit: number): boolean {
  return (
    unit < 0xaa80 && (unit < 0x1a00 || unit >= 0xa9e0) && BLOCKS.some(([a, z]) => unit >= a && unit <= z)
  );
}

/** The first character of a pair of such, as {@link WordReader} reads them; empty for any other word. */
export function headOfPair(word: string): string {
  if (isWrittenByDictionary(word.charCodeAt(0)) || !isContinuous(word)) return '';
  const head = CHARACTER.exec(word)?.[0] ?? word;
  return head.length < word.length ? head : '';
}

/** A character with what hangs on it: marks, format characters, half-width voicing. */
const CHARACTER = /^.[\p{M}\p{Cf}\uff9e\uff9f]*/su;

/** Start and end of each word of `text.slice(start, end)`, one run of such a script, in turn. */
export function segmentContinuous(text: string, start: number, end: number): number[] {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  const cuts: number[] = [];
  for (let from = start; from < end;) {
    const to = Math.min(end, from + MAX_RUN);
    for (const { segment, index, isWordLike } of segmenter.segment(text.slice(from, to))) {
      if (isWordLike === true) cuts.push(from + index, from + index + segment.length);
    }
    from = to;
  }
  return cuts;
}
