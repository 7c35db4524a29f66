/** The words that tell most of a page: said often in it, seldom elsewhere; what its title says counts as said several times. */

import type { Engine } from '../collection/index.ts';
import type { StoredDocument } from '../document/index.ts';
import { wordWeight } from '../text/index.ts';

/** Words that pages like it are looked for by. */
const WORDS_ASKED = 8;
/** UTF-16 units of a page that its words are taken from. */
const TEXT_READ = 8_000;
/** Different words of which is asked how rare they are, those said most first. */
const WORDS_WEIGHED = 120;
const LONGEST_WORD = 40;
const TITLE_COUNTS = 4;

export async function tellingWords(
  engine: Engine,
  collection: string,
  { title, sections, language }: StoredDocument,
): Promise<string> {
  const counts = new Map<string, number>();
  const read = (text: string, weight: number): void => {
    for (const [found] of text.matchAll(/[\p{L}\p{M}\p{N}]{3,}/gu)) {
      const word = found.toLowerCase();
      // Small words tell nothing, however often a title has them.
      if (word.length <= LONGEST_WORD && wordWeight(word, language) >= 1)
        counts.set(word, (counts.get(word) ?? 0) + weight);
    }
  };
  read(title, TITLE_COUNTS);
  let left = TEXT_READ;
  for (const { text, kind } of sections) {
    if (left <= 0) break;
    if (kind === 'menu' || kind === 'code') continue;
    read(text.slice(0, left), 1);
    left -= text.length;
  }
  const said = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, WORDS_WEIGHED);
  const { terms, documents } = await engine.explain(collection, {
    query: said.map(([word]) => word).join(' '),
  });
  const weighed = new Map<string, number>();
  for (const term of terms) {
    // What no other page holds finds none.
    if (term.documents < 2) continue;
    const often = 1 + Math.log(counts.get(term.word) ?? 1);
    weighed.set(term.word, often * Math.log(1 + documents / term.documents));
  }
  const best = [...weighed].toSorted(([, a], [, b]) => b - a).map(([word]) => word);
  const words = best.length > 0 ? best : terms.map(({ word }) => word);
  return [...new Set(words)].slice(0, WORDS_ASKED).join(' ');
}
