/** Words of a query that a document does not hold in any form, each with the nearest that it holds. */

import { decodeTitleRecord } from '../document/index.ts';
import { ALL_GROUPS } from '../index/index.ts';
import { stemHash, tokenize, wordHash } from '../text/index.ts';
import type { DocumentQuestions } from './document-questions.ts';
import { editDistance } from './edit-distance.ts';
import type { PreparedSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { ChosenWord } from './stem-choice.ts';

/** Words of a document that are compared with a missing one. */
const MAX_COMPARED_WORDS = 20_000;
/** Words of a query that are looked for, one by one. */
const MAX_ASKED = 100;

export interface MissingWord {
  readonly word: string;
  /** The nearest word that the document has; empty where none is near. */
  readonly nearest: string;
}

export interface MissingWords {
  /** Of the words that were typed; other names of them are nobody's loss. */
  readonly typed: readonly MissingWord[];
  /** It holds none of the words, nor any of their other names. */
  readonly hasNone: boolean;
}

/** Asks the index, which also knows what links say of the document. */
export async function missingWords(
  { chosen, parsed }: PreparedSearch,
  document: DocumentQuestions,
  titleRecord: Uint8Array,
): Promise<MissingWords> {
  const asked = chosen.slice(0, MAX_ASKED);
  const lacks = await Promise.all(asked.map(async (word) => !(await holds(document, word))));
  const typed = new Set(tokenize(printParsed(parsed)).map(({ word }) => word));
  const missing = asked.filter(({ word }, i) => lacks[i] === true && typed.has(word.word));
  const words = missing.length === 0 ? new Set<string>() : wordsOf(titleRecord);
  return {
    typed: missing.map(({ word }) => ({ word: word.word, nearest: nearestOf(word.word, words) })),
    hasNone: asked.length > 0 && lacks.every((isMissing) => isMissing),
  };
}

function holds(document: DocumentQuestions, { word, stem }: ChosenWord): Promise<boolean> {
  const hashes = new Set([...[stem, ...word.stems].map(stemHash), wordHash(word.word)]);
  const clauses = Array.from(hashes, (hash) => ({ kind: 'term', hash, groups: ALL_GROUPS }) as const);
  return document.meets({ required: [{ kind: 'any', clauses }], excluded: [], fields: [] });
}

function wordsOf(titleRecord: Uint8Array): ReadonlySet<string> {
  const { title, sections, description, url } = decodeTitleRecord(titleRecord, { raw: false });
  const words = new Set<string>();
  for (const text of [title, ...sections.map((section) => section.text), description, url]) {
    for (const { word } of tokenize(text, MAX_COMPARED_WORDS - words.size)) words.add(word);
    if (words.size >= MAX_COMPARED_WORDS) break;
  }
  return words;
}

function nearestOf(word: string, words: ReadonlySet<string>): string {
  let best = '';
  let least = Math.min(3, Math.max(2, Math.ceil(word.length / 3)));
  for (const candidate of words) {
    const distance = editDistance(word, candidate, least - 1);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}
