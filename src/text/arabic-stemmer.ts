/**
 * Light stems of Arabic: the conjunction, the article with what is written together with it, and one pass over the
 * endings. Source: Larkey, Ballesteros and Connell, "Light stemming for Arabic information retrieval" (2007), light10.
 */

import { foldLetters } from './folding.ts';

const CONJUNCTION = 'و';
/** Letters that must be left behind the conjunction, and behind anything else that is taken away. */
const LEAST_BEHIND_CONJUNCTION = 3;
const LEAST_LEFT = 2;
const ARTICLES: readonly string[] = ['ال', 'وال', 'بال', 'كال', 'فال', 'لل'];
/** In this order, each once. Folded: the marked final letters have become plain ones. */
const ENDINGS: readonly string[] = ['ها', 'ان', 'ات', 'ون', 'ين', 'يه', 'ه', 'ي'];

/** The stem of a word with folded letters. */
export function stemArabic(form: string): string {
  let stem = foldLetters(form);
  if (stem.startsWith(CONJUNCTION) && stem.length > LEAST_BEHIND_CONJUNCTION) stem = stem.slice(1);
  const article = ARTICLES.find(
    (prefix) => stem.startsWith(prefix) && stem.length >= prefix.length + LEAST_LEFT,
  );
  if (article !== undefined) stem = stem.slice(article.length);
  for (const ending of ENDINGS) {
    if (stem.endsWith(ending) && stem.length >= ending.length + LEAST_LEFT)
      stem = stem.slice(0, -ending.length);
  }
  return stem;
}
