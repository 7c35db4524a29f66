/**
 * A small engine over arrays, for tests of what stands upon engines: it keeps documents in memory, finds them by whole
 * words, and crawls a web that the test hands it. It promises what the contract promises, for a handful of pages.
 */

import { type DocId, PeregrineError } from '../src/base/index.ts';
import type {
  AuditTrail,
  CollectionSummary,
  DocumentAddress,
  Engine,
  EngineStatus,
  IndexCare,
  InjectRequest,
  InjectResult,
  LinkReport,
  LinksTo,
  Statistics,
  SearchQuality,
  SettingChange,
  WhyNotAnswer,
  WhyNotRequest,
} from '../src/collection/index.ts';
import { TinyCrawl } from './tiny-crawl.ts';
import { answerOf, explainedBy } from './tiny-answers.ts';
import { docIdOf, documentOf, wordsOf } from './tiny-documents.ts';
import { tinyAuditTrail, tinyStatistics } from './tiny-records.ts';
import { TinyIndexCare } from './tiny-index-care.ts';
import type {
  CrawlRecord,
  HostManners,
  CrawlProgress,
  CrawlRequest,
  IndexNowNotice,
  NoticeAnswer,
  RefreshChoice,
} from '../src/crawl/index.ts';
import {
  buildDocument,
  decodeTitleRecord,
  type DocumentSource,
  type ParseReport,
  reportOf,
  type TextRuns,
  textRuns,
  type StoredDocument,
} from '../src/document/index.ts';
import {
  compareAnswers,
  type Completion,
  type CompletionRequest,
  type ExplainedQuery,
  type RuleComparison,
  type SearchRequest,
  type SearchResponse,
  type SearchRules,
  type StreamedResult,
  WordMatcher,
} from '../src/query/index.ts';

interface TinyCollection {
  readonly notes: Map<string, Uint8Array>;
  readonly changes: SettingChange[];
  readonly documents: Map<DocId, StoredDocument>;
  readonly crawl: TinyCrawl;
}

export interface TinyEngineOptions {
  /** URL → page: what a crawl finds. */
  readonly web?: Readonly<Record<string, string>>;
  readonly now_ms?: number;
  readonly dataDirectory?: string;
}

export class TinyEngine implements Engine {
  readonly version = '0.0.0-tiny';
  /** Tests of servers over what is only read set it; the engine takes changes all the same. */
  isReadOnly = false;
  readonly indexCare: IndexCare = new TinyIndexCare((name) => this.#of(name).documents.size);
  readonly statistics: Statistics = tinyStatistics();
  readonly audit: AuditTrail = tinyAuditTrail();
  readonly #collections = new Map<string, TinyCollection>();
  readonly #web: Readonly<Record<string, string>>;
  readonly #now_ms: number;
  readonly #dataDirectory: string;
  isClosed = false;
  #rules: SearchRules = {};
  /** Searches wait for this when it is set. */
  searchHold: Promise<void> | undefined;
  /** Searches that did so far. */
  searchesHeld = 0;

  constructor({ web = {}, now_ms = 1_772_632_800_000, dataDirectory = '/nowhere' }: TinyEngineOptions = {}) {
    this.#web = web;
    this.#now_ms = now_ms;
    this.#dataDirectory = dataDirectory;
    this.#collections.set('main', this.#empty('main'));
  }

  collections(): readonly string[] {
    return [...this.#collections.keys()];
  }

  async createCollection(name: string): Promise<void> {
    if (this.#collections.has(name)) {
      throw new PeregrineError('ALREADY_EXISTS', `There is a collection "${name}" already.`);
    }
    this.#collections.set(name, this.#empty(name));
  }

  async deleteCollection(name: string): Promise<void> {
    this.#of(name);
    this.#collections.delete(name);
  }

  async *crawlRecords(name: string): AsyncGenerator<CrawlRecord> {
    yield* this.#of(name).crawl.records();
  }

  async *hostManners(name: string): AsyncGenerator<HostManners> {
    yield* this.#of(name).crawl.manners();
  }

  async refreshLinks(name: string): Promise<LinkReport> {
    const documents = this.#of(name).documents.size;
    return { documents, links: 0, hosts: 0, rounds: 1, reindexed: 0, unread: 0, graph_bytes: 0 };
  }

  async linksTo(name: string, url: string): Promise<LinksTo | undefined> {
    const isThere = [...this.#of(name).documents.values()].some((document) => document.url === url);
    return isThere ? { rank: 128, links: 0, hosts: 0, anchors: [] } : undefined;
  }

  async parse({ url, content, contentType }: InjectRequest): Promise<ParseReport> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
    const source = { url, bytes, headers, status: 200, fetchedAt_ms: this.#now_ms, depth: 0 };
    return reportOf(decodeTitleRecord((await buildDocument(source)).titleRecord), headers);
  }

  async tryPut(_: string, source: DocumentSource): Promise<Pick<InjectResult, 'indexed'>> {
    return { indexed: (await buildDocument(source)).analysed !== undefined };
  }

  async explain(name: string, { query }: SearchRequest): Promise<ExplainedQuery> {
    return explainedBy(query, await this.search(name, { query }));
  }

  async whyNot(name: string, { query, url = '' }: WhyNotRequest): Promise<WhyNotAnswer> {
    if (url === '') throw new PeregrineError('BAD_ARGUMENT', 'Say which page.');
    const { results } = await this.search(name, { query, count: 100 });
    const rank = results.findIndex((result) => result.url === url) + 1;
    const known = [...this.#of(name).documents.values()].some((document) => document.url === url);
    const kind = rank > 0 ? 'found' : known ? 'words-missing' : 'not-seen';
    return { kind, url, query, sentence: `It is ${kind}.`, advice: '', linkedFrom: [] };
  }

  async search(name: string, request: SearchRequest): Promise<SearchResponse> {
    if (this.searchHold !== undefined) this.searchesHeld += 1;
    await this.searchHold;
    return answerOf(this.#of(name).documents, request);
  }

  async searchRules(): Promise<SearchRules> {
    return this.#rules;
  }

  async setSearchRules(name: string, rules: SearchRules, who = 'local'): Promise<void> {
    await this.writeSetting(name, 'search-rules', Buffer.from(JSON.stringify(rules)), who);
    this.#rules = rules;
  }

  async compareSearchRules(name: string, { queries = [] }: SearchRules): Promise<RuleComparison> {
    const ask = (query: string): Promise<SearchResponse> => this.search(name, { query });
    return compareAnswers(queries, ask, ask);
  }

  async searchQuality(): Promise<SearchQuality> {
    return { measured: [], missed: [] };
  }

  async measureSearchQuality(): Promise<undefined> {}

  async complete(name: string, { text }: CompletionRequest): Promise<readonly Completion[]> {
    return [...this.#of(name).documents.values()]
      .filter(({ title }) => title.toLowerCase().startsWith(text.toLowerCase()))
      .map(({ title }) => ({ text: title, kind: 'title' }));
  }

  async *stream(name: string, request: SearchRequest): AsyncGenerator<StreamedResult> {
    const { results } = await this.search(name, { ...request, count: 1_000_000 });
    for (const { title, ...result } of results) yield { ...result, title: title.text };
  }

  async get(
    name: string,
    address: DocumentAddress,
  ): Promise<{ docId: DocId; document: StoredDocument } | undefined> {
    const docId = 'docId' in address ? address.docId : docIdOf(address.url);
    const document = this.#of(name).documents.get(docId);
    return document === undefined ? undefined : { docId, document };
  }

  async wordMatcher(name: string, query: string, language: string): Promise<WordMatcher> {
    this.#of(name);
    const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    return new WordMatcher(
      words.map((word, place) => ({ word, form: word, importance: 1, place, isSmall: false })),
      language,
    );
  }

  async textRuns(markup: string): Promise<TextRuns> {
    return textRuns(markup);
  }

  async inject(name: string, { url, content, contentType }: InjectRequest): Promise<InjectResult> {
    const collection = this.#of(name);
    if (!URL.canParse(url)) throw new PeregrineError('BAD_ARGUMENT', `"${url}" is no address.`);
    const raw = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const document = documentOf(url, raw, contentType ?? 'text/html', this.#now_ms);
    const docId = docIdOf(url);
    collection.documents.set(docId, document);
    const text = document.sections.map((section) => section.text).join(' ');
    return {
      url,
      docId,
      title: document.title,
      language: document.language,
      tokens: wordsOf(text).length,
      seq: '0.1',
      indexed: wordsOf(text).length > 0,
      warnings: [],
    };
  }

  async put(name: string, source: DocumentSource): Promise<InjectResult> {
    const contentType = source.headers['content-type'];
    const result = await this.inject(name, {
      url: source.url,
      content: source.bytes,
      ...(contentType === undefined ? {} : { contentType }),
    });
    const { documents } = this.#of(name);
    const document = documents.get(result.docId)!;
    const { fetchedAt_ms, depth, status, meta = {} } = source;
    documents.set(result.docId, { ...document, fetchedAt_ms, depth, status, meta });
    return result;
  }

  async *documents(
    name: string,
    { after = -1 }: { after?: number } = {},
  ): AsyncGenerator<{ docId: DocId; document: StoredDocument }> {
    for (const [docId, document] of [...this.#of(name).documents].sort(([a], [b]) => a - b)) {
      if (docId > after) yield { docId, document };
    }
  }

  async note(name: string, note: string): Promise<Uint8Array | undefined> {
    return this.#of(name).notes.get(note);
  }

  async notes(name: string, prefix: string): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map([...this.#of(name).notes].filter(([note]) => note.startsWith(prefix)));
  }

  async writeNotes(name: string, notes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
    for (const [note, value] of notes) {
      if (value === undefined) this.#of(name).notes.delete(note);
      else this.#of(name).notes.set(note, value);
    }
  }

  async writeSetting(
    name: string,
    setting: string,
    value: Uint8Array | undefined,
    who: string,
  ): Promise<void> {
    const { changes, notes } = this.#of(name);
    const [before, after] = [notes.get(setting), value].map((text) => Buffer.from(text ?? []).toString());
    await this.writeNotes(name, new Map([[setting, value]]));
    changes.unshift({
      at_ms: this.#now_ms,
      who,
      host: '',
      setting,
      before: before ?? '',
      after: after ?? '',
    });
  }

  async settingChanges(name: string): Promise<readonly SettingChange[]> {
    return this.#of(name).changes;
  }

  async remove(name: string, address: DocumentAddress): Promise<boolean> {
    const docId = 'docId' in address ? address.docId : docIdOf(address.url);
    return this.#of(name).documents.delete(docId);
  }

  async forget(name: string, urls: readonly string[]): Promise<number> {
    let removed = 0;
    for (const url of urls) if (await this.remove(name, { url })) removed += 1;
    return removed;
  }

  async remember(): Promise<void> {}

  async erase(): Promise<void> {}

  async startCrawl(name: string, request: CrawlRequest): Promise<void> {
    this.#of(name).crawl.start(request);
  }

  async pauseCrawl(name: string): Promise<void> {
    this.#of(name).crawl.pause();
  }

  async stopCrawl(name: string): Promise<void> {
    this.#of(name).crawl.stop();
  }

  async announceChanges(name: string, { urls }: IndexNowNotice): Promise<NoticeAnswer> {
    this.#of(name);
    return { kind: 'taken', urls };
  }

  async resumeCrawl(name: string): Promise<void> {
    this.#of(name).crawl.resume();
  }

  async refreshCrawl(name: string, choice: RefreshChoice = {}): Promise<number> {
    return this.#of(name).crawl.refresh(choice);
  }

  crawlProgress(name: string): CrawlProgress {
    return this.#of(name).crawl.progress();
  }

  async crawlDone(name: string, signal?: AbortSignal): Promise<void> {
    await this.#of(name).crawl.done(signal);
    this.#of(name);
  }

  /** The crawl requests that a collection was given. */
  crawlRequests(name: string): readonly CrawlRequest[] {
    return this.#of(name).crawl.requests;
  }

  async store(): Promise<never> {
    throw new PeregrineError('BAD_ARGUMENT', 'This engine keeps no files.');
  }

  async status(): Promise<EngineStatus> {
    const collections: CollectionSummary[] = this.collections().map((name) => ({
      name,
      documents: this.#of(name).documents.size,
      crawl: this.crawlProgress(name),
      index_bytes: 0,
      segments: 1,
      damagedSegments: 0,
      isRebuildUnfinished: false,
    }));
    return {
      version: this.version,
      uptime_s: 61,
      dataDirectory: this.#dataDirectory,
      isReadOnly: this.isReadOnly,
      documents: collections.reduce((sum, { documents }) => sum + documents, 0),
      disk_bytes: 123_456,
      diskFree_bytes: 9_876_543_210,
      rss_bytes: 234_567_890,
      memoryLimit_bytes: 536_870_912,
      shards: [],
      collections,
      search: { count: 3, p50_ms: 1.2, p99_ms: 8.9 },
    };
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.isClosed = true;
    for (const collection of this.#collections.values()) collection.crawl.pause();
  }

  #empty(name: string): TinyCollection {
    const crawl = new TinyCrawl({
      pages: this.#web,
      now_ms: this.#now_ms,
      take: async (url, content) => {
        await this.inject(name, { url, content });
      },
      isClosed: () => this.isClosed,
    });
    return { documents: new Map(), notes: new Map(), changes: [], crawl };
  }

  #of(name: string): TinyCollection {
    if (this.isClosed) throw new PeregrineError('CLOSED', 'The engine is closed.');
    const collection = this.#collections.get(name);
    if (collection === undefined) throw new PeregrineError('NOT_FOUND', `There is no collection "${name}".`);
    return collection;
  }
}
