/**
 * Peregrine as a library: what `import … from 'peregrine-search'` gives.
 *
 * @example
 * const engine = await open({ dataDirectory: './data' });
 * await engine.createCollection('docs');
 * await engine.inject('docs', { url: 'https://example.org/', content: '<h1>Hello</h1>' });
 * const { results } = await engine.search('docs', { query: 'hello' });
 * await engine.close();
 */

export { isPeregrineError, PeregrineError } from './base/index.ts';
export type { DocId, ErrorCode, ErrorFacts } from './base/index.ts';
export * from './collection/index.ts';
export { openEngine as open } from './collection/index.ts';
export type { CrawlEvent, CrawlOutcome, CrawlProgress, CrawlRequest } from './crawl/index.ts';
export type { StoredDocument } from './document/index.ts';
export type { SearchRequest, SearchResponse, SearchResult } from './query/index.ts';
