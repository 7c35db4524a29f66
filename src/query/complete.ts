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

/** `past`: what was asked before and found something, the most frequent first; empty where that is not remembered. */
export async function completeQuery(
  input: Omit<SearchInput, 'request'>,
  request: CompletionRequest,
  past: readonly PastQuery[] = [],
): Promise<readonly Completion[]> {
  const typed = readTyped(request.text);
  if (typed === undefined) return [];
  const count = Math.min(MAX_COMPLETIONS, Math.max(0, request.count ?? DEFAULT_COMPLETIONS));
  const vocabulary = new ViewVocabulary(input.views);
  const expansions =
    typed.prefix === '' ? [] : vocabulary.withPrefix(typed.prefix, EXPANSIONS).map(({ word }) => word);
  const starts = foldedText(request.text);
  const found = new Map<string, Completion>();
  const add = (completion: Completion): void => {
    const key = foldedText(completion.text);
    if (key !== starts && !found.has(key)) found.set(key, completion);
  };
  // What others asked may name what a filter hides.
  const asked = request.filter === undefined ? past.filter(({ words }) => holdsTyped(words, typed)) : [];
  for (const { text } of asked.slice(0, count)) add({ text, kind: 'query' });
  const question = { typed, expansions, filter: request.filter, enough: count };
  for (const completion of await titleCompletions(input, question)) add(completion);
  // Words are of the whole collection: a filter may hide where they stand.
  if (request.filter === undefined && typed.words.length === 0) {
    for (const word of expansions) add({ text: `${typed.head}${word}`, kind: 'word' });
  }
  const isStart = ({ text }: Completion): boolean => foldedText(text).startsWith(starts);
  const all = [...found.values()];
  return [...all.filter(isStart), ...all.filter((one) => !isStart(one))].slice(0, count);
}

function foldedText(text: string): string {
  return tokenize(text)
    .map(({ word }) => word)
    .join(' ');
}
