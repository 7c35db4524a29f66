/** Reads a relevance collection in the BEIR layout: `corpus.jsonl[.gz]`, `queries.jsonl[.gz]`, `qrels.tsv`. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Judgements } from './relevance-metrics.ts';

export interface CorpusDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly url: string;
}

export interface JudgedQuery {
  readonly id: string;
  readonly text: string;
  readonly judgements: Judgements;
}

export interface RelevanceCollection {
  readonly documents: readonly CorpusDocument[];
  /** Queries for which at least one document is relevant. */
  readonly queries: readonly JudgedQuery[];
}

type Row = Readonly<Record<string, string | undefined>>;

export function readRelevanceCollection(directory: string): RelevanceCollection {
  const judgements = readJudgements(join(directory, 'qrels.tsv'));
  const documents = readRows(join(directory, 'corpus.jsonl')).map((row) => {
    const id = row['_id'] ?? '';
    const url = row['url'] ?? `https://collection.example/${encodeURIComponent(id)}`;
    return { id, title: row['title'] ?? '', text: row['text'] ?? '', url };
  });
  const queries = readRows(join(directory, 'queries.jsonl')).flatMap((row) => {
    const id = row['_id'] ?? '';
    const own = judgements.get(id);
    return own === undefined ? [] : [{ id, text: row['text'] ?? '', judgements: own }];
  });
  return { documents, queries };
}

function readRows(path: string): Row[] {
  const text = existsSync(path)
    ? readFileSync(path, 'utf8')
    : gunzipSync(readFileSync(`${path}.gz`)).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

function readJudgements(path: string): Map<string, Map<string, number>> {
  const judgements = new Map<string, Map<string, number>>();
  for (const line of readFileSync(path, 'utf8').split('\n').slice(1)) {
    const [query = '', document = '', grade = ''] = line.trim().split('\t');
    if (document === '') continue;
    const own = judgements.get(query) ?? new Map<string, number>();
    own.set(document, Number(grade));
    judgements.set(query, own);
  }
  for (const [query, own] of judgements) {
    if (![...own.values()].some((grade) => grade > 0)) judgements.delete(query);
  }
  return judgements;
}
