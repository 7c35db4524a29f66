/**
 * Plain BM25, as a peer to measure ranking against: Lucene's formula with exact lengths, title and text as one field, in
 * four cells: words as they are or stemmed without the smallest words, k1 and b of 0.9/0.4 and of 1.2/0.75.
 */

import { stem } from '../src/text/index.ts';
import type { RelevanceCollection } from './relevance-collection.ts';
import { meanMetrics, measureRanking, type RelevanceMetrics } from './relevance-metrics.ts';

export interface ReferenceCell extends RelevanceMetrics {
  readonly name: string;
}

const DEPTH = 100;
/** k1 and b. */
const PARAMETERS = [
  [0.9, 0.4],
  [1.2, 0.75],
] as const;
const WORDS = /[\p{L}\p{N}\p{M}]+/gu;
const CONTINUOUS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu;
/** The smallest words of English, which stemmed cells leave out. */
const SMALL = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to
   was will with`.split(/\s+/),
);

/** The four cells of a collection. `language` (ISO 639-1) says how words are stemmed. */
export function referenceCells(collection: RelevanceCollection, language: string): ReferenceCell[] {
  return [
    ...cellsOf('plain', collection, wordsOf),
    ...cellsOf('stemmed', collection, (text) => stemsOf(text, language)),
  ];
}

function cellsOf(
  name: string,
  { documents, queries }: RelevanceCollection,
  analyse: (text: string) => string[],
): ReferenceCell[] {
  const index = new Bm25Index(
    documents.map(({ id, title, text }) => ({ id, terms: analyse(`${title} ${text}`) })),
  );
  return PARAMETERS.map(([k1, b]) => {
    const measured = queries.map(({ text, judgements }) =>
      measureRanking(index.rank(analyse(text), k1, b), judgements),
    );
    const { ndcg10, map, recall100, mrr } = meanMetrics(measured);
    return { name: `${name} ${k1}/${b}`, ndcg10, map, recall100, mrr };
  });
}

function wordsOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(WORDS) ?? [];
}

function stemsOf(text: string, language: string): string[] {
  if (language === 'zh' || language === 'ja') return bigramsOf(text);
  const words = wordsOf(text);
  const kept = language === 'en' ? words.filter((word) => !SMALL.has(word)) : words;
  return kept.map((word) => stem(word, language));
}

function bigramsOf(text: string): string[] {
  return wordsOf(text.replace(CONTINUOUS, ' $& ')).flatMap((word) => {
    const letters = Array.from(word);
    if (letters.length < 2 || !/^[^ -~]/u.test(word)) return [word];
    return letters.slice(1).map((letter, i) => `${letters[i]}${letter}`);
  });
}

class Bm25Index {
  readonly #ids: string[] = [];
  readonly #lengths: number[] = [];
  readonly #postings = new Map<string, { document: number; frequency: number }[]>();
  readonly #meanLength: number;

  constructor(documents: readonly { readonly id: string; readonly terms: readonly string[] }[]) {
    documents.forEach(({ id, terms }, document) => {
      this.#ids.push(id);
      this.#lengths.push(terms.length);
      const frequencies = new Map<string, number>();
      for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
      for (const [term, frequency] of frequencies) {
        const postings = this.#postings.get(term) ?? [];
        postings.push({ document, frequency });
        this.#postings.set(term, postings);
      }
    });
    this.#meanLength = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, documents.length);
  }

  rank(terms: readonly string[], k1: number, b: number): string[] {
    const scores = new Map<number, number>();
    for (const term of terms) {
      const postings = this.#postings.get(term) ?? [];
      const idf = Math.log(1 + (this.#ids.length - postings.length + 0.5) / (postings.length + 0.5));
      for (const { document, frequency } of postings) {
        const norm = k1 * (1 - b + (b * (this.#lengths[document] ?? 0)) / this.#meanLength);
        scores.set(document, (scores.get(document) ?? 0) + (idf * frequency) / (frequency + norm));
      }
    }
    return [...scores]
      .sort((x, y) => y[1] - x[1] || x[0] - y[0])
      .slice(0, DEPTH)
      .map(([document]) => this.#ids[document] ?? '');
  }
}
