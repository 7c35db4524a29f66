/**
 * What a person may be about to type: titles and headings of documents that hold the words typed so far, and the words
 * that begin like the last. Found through the index, so that they are as fresh as searches and within their filter.
 */

import { tokenize } from '../text/index.ts';
import {
  type Completion,
  type CompletionRequest,
  DEFAULT_COMPLETIONS,
  MAX_COMPLETIONS,
  type PastQuery,
} from './completion-contract.ts';
import type { SearchInput } from './search-input.ts';
import { titleCompletions } from './title-completions.ts';
import { holdsTyped, readTyped } from './typed-text.ts';
import { ViewVocabulary } from './view-vocabulary.ts';

/** Words that the last one may become. */
const EXPANSIONS = 12;

/** What the index has for what was typed: names of pages and sections, then words. As good as its views for whoever types the same. */
export async function findCompletions(
  input: Omit<SearchInput, 'request'>,
  request: CompletionRequest,
): Promise<readonly Completion[]> {
  const typed = readTyped(request.text);
  if (typed === undefined) return [];
  const vocabulary = new ViewVocabulary(input.views);
  const expansions =
    typed.prefix === '' ? [] : vocabulary.withPrefix(typed.prefix, EXPANSIONS).map(({ word }) => word);
  const question = { typed, expansions, filter: request.filter, enough: countOf(request) };
  const titles = await titleCompletions(input, question);
  // Words are of the whole collection: a filter may hide where they stand.
  if (request.filter !== undefined || typed.words.length > 0) return titles;
  return [
    ...titles,
    ...expansions.map((word): Completion => ({ text: `${typed.head}${word}`, kind: 'word' })),
  ];
}

/**
 * The best of what was found, each once; what begins as was typed comes first. `past`: what was asked before and found
 * something, the most frequent first; empty where that is not remembered.
 */
export function chooseCompletions(
  request: CompletionRequest,
  found: readonly Completion[],
  past: readonly PastQuery[] = [],
): readonly Completion[] {
  const typed = readTyped(request.text);
  if (typed === undefined) return [];
  const count = countOf(request);
  const starts = foldedText(request.text);
  // What others asked may name what a filter hides.
  const asked = request.filter === undefined ? past.filter(({ words }) => holdsTyped(words, typed)) : [];
  const queries = asked.slice(0, count).map(({ text }): Completion => ({ text, kind: 'query' }));
  const chosen = new Map<string, Completion>();
  for (const completion of [...queries, ...found]) {
    const key = foldedText(completion.text);
    if (key !== starts && !chosen.has(key)) chosen.set(key, completion);
  }
  const all = [...chosen];
  const begun = all.filter(([key]) => key.startsWith(starts));
  const others = all.filter(([key]) => !key.startsWith(starts));
  return [...begun, ...others].slice(0, count).map(([, completion]) => completion);
}

function countOf({ count = DEFAULT_COMPLETIONS }: CompletionRequest): number {
  return Math.min(MAX_COMPLETIONS, Math.max(0, count));
}

function foldedText(text: string): string {
  return tokenize(text)
    .map(({ word }) => word)
    .join(' ');
}
