/**
 * Measures ranking on relevance collections, through everything that a page and a query pass in service: build, index,
 * search. `node scripts/bench-relevance.ts DIRECTORY… [--queries N] [--weights JSON] [--json]`; the last line is JSON.
 */

import { basename } from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sharedData } from '../testing/shared-data.ts';
import {
  docIdOfHash,
  hashString64,
  type DocId,
  must,
  systemClock,
  toCollectionId,
} from '../src/base/index.ts';
import { buildDocument } from '../src/document/index.ts';
import type { RankingWeights } from '../src/index/index.ts';
import { DEFAULT_WEIGHTS, executeSearch } from '../src/query/index.ts';
import { MemoryIndex } from '../testing/memory-index.ts';
import { type CorpusDocument, readRelevanceCollection } from '../testing/relevance-collection.ts';
import { meanMetrics, measureRanking, type RelevanceMetrics } from '../testing/relevance-metrics.ts';

const COLLECTION = toCollectionId(1);

interface Outcome extends RelevanceMetrics {
  readonly collection: string;
  readonly documents: number;
  readonly queries: number;
  readonly build_ms: number;
  /** Mean time of a query without snippets. */
  readonly query_ms: number;
}

async function measure(directory: string, most: number, weights: RankingWeights): Promise<Outcome> {
  const { documents, queries } = readRelevanceCollection(directory);
  const built_ms = performance.now();
  const index = await MemoryIndex.open();
  const idOf = new Map<DocId, string>();
  const languages = new Map<string, number>();
  // Snippets are not measured, so that any readable record will do for every result.
  let record: Uint8Array | undefined;
  for (const document of documents) {
    const built = await buildDocument(sourceOf(document));
    record ??= built.titleRecord;
    const docId = docIdOfHash(hashString64(document.id));
    idOf.set(docId, document.id);
    languages.set(built.language, (languages.get(built.language) ?? 0) + 1);
    if (built.analysed !== undefined) index.put(COLLECTION, docId, built.analysed);
  }
  await index.flush();
  const held = [...languages].sort((a, b) => b[1] - a[1]).map(([language]) => language);
  const started_ms = performance.now();
  const sample = queries.slice(0, most);
  const all: RelevanceMetrics[] = [];
  const view = index.view(COLLECTION);
  for (const { text, judgements } of sample) {
    const { results } = await executeSearch({
      collection: COLLECTION,
      views: [view],
      request: { query: text, count: 100, perSite: 0, foldDuplicates: false, snippetLength: 0 },
      titleRecords: () => Promise.resolve(record),
      collectionLanguages: held.filter((language) => language !== ''),
      weights,
      clock: systemClock,
    });
    const ranking = results.map(({ docId }) => must(idOf.get(docId), 'a document'));
    all.push(measureRanking(ranking, judgements));
  }
  view.release();
  await index.close();
  return {
    collection: basename(directory),
    documents: documents.length,
    queries: sample.length,
    ...meanMetrics(all),
    build_ms: Math.round(started_ms - built_ms),
    query_ms: (performance.now() - started_ms) / Math.max(1, sample.length),
  };
}

function sourceOf({ url, title, text }: CorpusDocument): Parameters<typeof buildDocument>[0] {
  const page = `<!doctype html><title>${escaped(title)}</title><p>${escaped(text)}</p>`;
  return {
    url,
    bytes: new TextEncoder().encode(page),
    headers: { 'content-type': 'text/html; charset=utf-8' },
    status: 200,
    fetchedAt_ms: 0,
    depth: 0,
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    queries: { type: 'string', default: '100000' },
    weights: { type: 'string', default: '{}' },
    json: { type: 'boolean', default: false },
  },
});
const weights = { ...DEFAULT_WEIGHTS, ...(JSON.parse(values.weights) as Partial<RankingWeights>) };
const outcomes: Outcome[] = [];
for (const name of positionals) {
  // A folder of its own, or the name of one of the collections that tests use.
  const directory = existsSync(name) ? name : sharedData(`ir/${name}`);
  if (directory === undefined)
    throw new Error(`There is no folder ${name}, and no test collection of that name.`);
  const outcome = await measure(directory, Number(values.queries), weights);
  outcomes.push(outcome);
  if (values.json) continue;
  const { collection, documents, queries, ndcg10, map, recall100, mrr, query_ms } = outcome;
  console.log(
    `${collection}: ${documents} documents, ${queries} queries: nDCG@10 ${ndcg10.toFixed(4)}, MAP ${map.toFixed(4)}, ` +
      `R@100 ${recall100.toFixed(4)}, MRR ${mrr.toFixed(4)}, ${query_ms.toFixed(2)} ms a query`,
  );
}
console.log(JSON.stringify({ weights, outcomes }));
