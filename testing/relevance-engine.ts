/** A relevance collection in the real engine: documents built and indexed as in service, queries searched as in service. */

import { basename } from 'node:path';
import {
  docIdOfHash,
  type DocId,
  hashString64,
  must,
  systemClock,
  toCollectionId,
} from '../src/base/index.ts';
import { buildDocument } from '../src/document/index.ts';
import type { IndexView, RankingWeights } from '../src/index/index.ts';
import { DEFAULT_WEIGHTS, executeSearch, type SearchResult } from '../src/query/index.ts';
import { MemoryIndex } from './memory-index.ts';
import { type CorpusDocument, type JudgedQuery, readRelevanceCollection } from './relevance-collection.ts';

const COLLECTION = toCollectionId(1);
/** Results that are measured of a query. */
export const RANKING_DEPTH = 100;

/** A document of a ranking, with the parts of its score. */
export interface RankedDocument {
  readonly id: string;
  readonly features: Readonly<Record<string, number>>;
}

export class RelevanceEngine {
  readonly name: string;
  readonly documents: readonly CorpusDocument[];
  readonly queries: readonly JudgedQuery[];
  readonly #index: MemoryIndex;
  readonly #view: IndexView;
  readonly #idOf: ReadonlyMap<DocId, string>;
  readonly #languages: readonly string[];
  /** Snippets are not measured, so that any readable record will do for every result. */
  readonly #record: Uint8Array | undefined;

  private constructor(
    name: string,
    collection: ReturnType<typeof readRelevanceCollection>,
    index: MemoryIndex,
    built: { idOf: Map<DocId, string>; languages: readonly string[]; record: Uint8Array | undefined },
  ) {
    this.name = name;
    this.documents = collection.documents;
    this.queries = collection.queries;
    this.#index = index;
    this.#view = index.view(COLLECTION);
    this.#idOf = built.idOf;
    this.#languages = built.languages;
    this.#record = built.record;
  }

  /** Reads a folder of the BEIR layout and indexes its documents. */
  static async open(directory: string): Promise<RelevanceEngine> {
    const collection = readRelevanceCollection(directory);
    const index = await MemoryIndex.open();
    const idOf = new Map<DocId, string>();
    const counts = new Map<string, number>();
    let record: Uint8Array | undefined;
    for (const document of collection.documents) {
      const built = await buildDocument(sourceOf(document));
      record ??= built.titleRecord;
      const docId = docIdOfHash(hashString64(document.id));
      idOf.set(docId, document.id);
      counts.set(built.language, (counts.get(built.language) ?? 0) + 1);
      if (built.analysed !== undefined) index.put(COLLECTION, docId, built.analysed);
    }
    await index.flush();
    const languages = [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([language]) => language)
      .filter((language) => language !== '');
    return new RelevanceEngine(basename(directory), collection, index, { idOf, languages, record });
  }

  /** The language of most documents; empty where none is known. */
  get language(): string {
    return this.#languages[0] ?? '';
  }

  /** The first {@link RANKING_DEPTH} documents, best first. */
  async rank(query: string, weights: RankingWeights = DEFAULT_WEIGHTS): Promise<RankedDocument[]> {
    const { results } = await executeSearch({
      collection: COLLECTION,
      views: [this.#view],
      request: {
        query,
        count: RANKING_DEPTH,
        perSite: 0,
        foldDuplicates: false,
        snippetLength: 0,
        explain: true,
      },
      titleRecords: () => Promise.resolve(this.#record),
      collectionLanguages: this.#languages,
      weights,
      clock: systemClock,
    });
    return results.map((result) => this.#ranked(result));
  }

  async close(): Promise<void> {
    this.#view.release();
    await this.#index.close();
  }

  #ranked({ docId, features = {} }: SearchResult): RankedDocument {
    return { id: must(this.#idOf.get(docId), 'a document'), features };
  }
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
