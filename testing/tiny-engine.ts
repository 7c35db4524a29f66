/**
 * A small engine over arrays, for tests of what stands upon engines: it keeps documents in memory, finds them by whole
 * words, and crawls a web that the test hands it. It promises what the contract promises, for a handful of pages.
 */

import { type DocId, docIdOfHash, hashString64, PeregrineError, toCollectionId } from '../src/base/index.ts';
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
import { tinyAuditTrail, tinyStatistics } from './tiny-records.ts';
import { TinyIndexCare } from './tiny-index-care.ts';
import type {
  CrawlEvent,
  CrawlOutcome,
  CrawlRecord,
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
  type MarkedText,
  parseQuery,
  printParsed,
  type RuleComparison,
  type SearchRequest,
  type SearchResponse,
  type SearchResult,
  type SearchRules,
  type StreamedResult,
  WordMatcher,
} from '../src/query/index.ts';

interface TinyCollection {
  readonly notes: Map<string, Uint8Array>;
  readonly changes: SettingChange[];
  readonly documents: Map<DocId, StoredDocument>;
  readonly queue: string[];
  readonly seen: Set<string>;
  readonly recent: CrawlEvent[];
  readonly outcomes: Partial<Record<CrawlOutcome, number>>;
  state: CrawlProgress['state'];
  fetched: number;
  maxPages: number;
  /** The requests as they came, for tests to look at. */
  readonly requests: CrawlRequest[];
}

export interface TinyEngineOptions {
  /** URL → page: what a crawl finds. */
  readonly web?: Readonly<Record<string, string>>;
  readonly now_ms?: number;
  readonly dataDirectory?: string;
}

export class TinyEngine implements Engine {
  readonly version = '0.0.0-tiny';
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

  constructor({ web = {}, now_ms = 1_772_632_800_000, dataDirectory = '/nowhere' }: TinyEngineOptions = {}) {
    this.#web = web;
    this.#now_ms = now_ms;
    this.#dataDirectory = dataDirectory;
    this.#collections.set('main', emptyCollection());
  }

  collections(): readonly string[] {
    return [...this.#collections.keys()];
  }

  async createCollection(name: string): Promise<void> {
    if (this.#collections.has(name)) {
      throw new PeregrineError('ALREADY_EXISTS', `There is a collection "${name}" already.`);
    }
    this.#collections.set(name, emptyCollection());
  }

  async deleteCollection(name: string): Promise<void> {
    this.#of(name);
    this.#collections.delete(name);
  }

  async *crawlRecords(name: string): AsyncGenerator<CrawlRecord> {
    for (const { url, outcome, detail, at_ms, status } of this.#of(name).recent) {
      yield { url, outcome, detail, at_ms, status, depth: 0, round: 1, attempts: 1, target: '', tries: [] };
    }
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

  async explain(name: string, { query }: SearchRequest): Promise<ExplainedQuery> {
    const parsed = parseQuery(query);
    const { terms, documents, warnings } = await this.search(name, { query });
    return {
      query,
      understood: printParsed(parsed),
      tree: parsed.root,
      language: '',
      terms: terms.map(({ text, stem, documents: holding }, place) => ({
        word: text,
        stem,
        documents: holding,
        mass: 1,
        weight: 1,
        place,
      })),
      required: [],
      excluded: [],
      sort: [],
      facets: [],
      siteName: '',
      homePages: 0,
      documents,
      warnings,
    };
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
    await this.searchHold;
    const { documents } = this.#of(name);
    const words = wordsOf(request.query);
    const first = request.first ?? 0;
    const hits = [...documents]
      .map(([docId, document]) => ({ docId, document, score: scoreOf(document, words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.docId - b.docId);
    const shown = hits.slice(first, first + (request.count ?? 10));
    return {
      query: request.query,
      results: shown.map(({ docId, document, score }) => resultOf(docId, document, score, words, request)),
      matches: hits.length,
      countIsExact: true,
      hasMore: first + shown.length < hits.length,
      folded: 0,
      took_ms: 0.4,
      documents: documents.size,
      terms: words.map((word) => ({
        text: word,
        stem: word,
        documents: [...documents.values()].filter((document) => scoreOf(document, [word]) > 0).length,
      })),
      warnings: [],
      partial: false,
      shardsAsked: 1,
      shardsMissing: 0,
      shardsBehind: 0,
    };
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
      indexed: true,
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
    const collection = this.#of(name);
    collection.requests.push(request);
    collection.queue.push(...request.seeds);
    collection.maxPages = request.maxPages ?? 100_000;
    collection.state = 'running';
    void this.#crawl(name, collection);
  }

  async pauseCrawl(name: string): Promise<void> {
    this.#of(name).state = 'paused';
  }

  async stopCrawl(name: string): Promise<void> {
    const collection = this.#of(name);
    collection.state = 'done';
    collection.queue.length = 0;
  }

  async announceChanges(name: string, { urls }: IndexNowNotice): Promise<NoticeAnswer> {
    this.#of(name);
    return { kind: 'taken', urls };
  }

  async resumeCrawl(name: string): Promise<void> {
    const collection = this.#of(name);
    collection.state = 'running';
    void this.#crawl(name, collection);
  }

  async refreshCrawl(name: string, choice: RefreshChoice = {}): Promise<number> {
    return this.#of(name).state === 'done' ? (choice.urls?.length ?? choice.pages ?? 1) : 0;
  }

  crawlProgress(name: string): CrawlProgress {
    const { state, queue, fetched, outcomes, recent } = this.#of(name);
    const indexed = outcomes.indexed ?? 0;
    return {
      collection: toCollectionId(1),
      state,
      queued: queue.length,
      fetched,
      inFlight: 0,
      indexed,
      failed: fetched - indexed,
      outcomes: { ...outcomes },
      pages_per_s: 0,
      startedAt_ms: this.#now_ms,
      recent: [...recent],
    };
  }

  async crawlDone(name: string, signal?: AbortSignal): Promise<void> {
    while (this.#of(name).state === 'running') {
      if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The wait was cancelled.');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The crawl requests that a collection was given. */
  crawlRequests(name: string): readonly CrawlRequest[] {
    return this.#of(name).requests;
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
    }));
    return {
      version: this.version,
      uptime_s: 61,
      dataDirectory: this.#dataDirectory,
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
    for (const collection of this.#collections.values()) collection.state = 'paused';
  }

  async #crawl(name: string, collection: TinyCollection): Promise<void> {
    while (collection.state === 'running') {
      await new Promise((resolve) => setImmediate(resolve));
      const url = collection.queue.shift();
      if (url === undefined || collection.fetched >= collection.maxPages) {
        if (collection.state === 'running') collection.state = 'done';
        return;
      }
      if (collection.seen.has(url)) continue;
      collection.seen.add(url);
      const page = this.#web[url];
      collection.fetched += 1;
      const outcome: CrawlOutcome = page === undefined ? 'not-found' : 'indexed';
      collection.outcomes[outcome] = (collection.outcomes[outcome] ?? 0) + 1;
      collection.recent.push({
        collection: toCollectionId(1),
        url,
        at_ms: this.#now_ms + collection.fetched,
        outcome,
        status: page === undefined ? 404 : 200,
        size_bytes: page?.length ?? 0,
        took_ms: 12,
        detail: '',
        title: '',
      });
      if (page === undefined || this.isClosed) continue;
      await this.inject(name, { url, content: page });
      for (const [, target = ''] of page.matchAll(/href="([^"]*)"/g)) {
        if (URL.canParse(target, url)) collection.queue.push(new URL(target, url).href);
      }
    }
  }

  #of(name: string): TinyCollection {
    if (this.isClosed) throw new PeregrineError('CLOSED', 'The engine is closed.');
    const collection = this.#collections.get(name);
    if (collection === undefined) throw new PeregrineError('NOT_FOUND', `There is no collection "${name}".`);
    return collection;
  }
}

function emptyCollection(): TinyCollection {
  return {
    documents: new Map(),
    notes: new Map(),
    changes: [],
    queue: [],
    seen: new Set(),
    recent: [],
    outcomes: {},
    state: 'idle',
    fetched: 0,
    maxPages: 100_000,
    requests: [],
  };
}

function docIdOf(url: string): DocId {
  return docIdOfHash(hashString64(url));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function scoreOf(document: StoredDocument, words: readonly string[]): number {
  const held = wordsOf([document.title, ...document.sections.map(({ text }) => text)].join(' '));
  const counts = words.map((word) => held.filter((other) => other === word).length);
  return counts.length > 0 && counts.every((times) => times > 0) ? counts.reduce((a, b) => a + b, 0) : 0;
}

function resultOf(
  docId: DocId,
  document: StoredDocument,
  score: number,
  words: readonly string[],
  request: SearchRequest,
): SearchResult {
  const text = document.sections.map((section) => section.text).join(' ');
  return {
    docId,
    url: document.url,
    title: markWords(document.title, words),
    snippet: markWords(text.slice(0, request.snippetLength ?? 240), words),
    anchor: document.sections.find(({ anchor }) => anchor !== '')?.anchor ?? '',
    site: new URL(document.url).host,
    language: document.language,
    contentType: document.contentType,
    score,
    ...(request.explain === true ? { features: { count: score } } : {}),
    fetchedAt_ms: document.fetchedAt_ms,
    published_ms: document.published_ms,
    size_bytes: document.raw.length,
    moreOfSite: 0,
    copies: 0,
  };
}

function markWords(text: string, words: readonly string[]): MarkedText {
  const marks: [number, number][] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (words.includes(match[0].toLowerCase())) marks.push([match.index, match.index + match[0].length]);
  }
  return { text, marks };
}

function documentOf(url: string, raw: Uint8Array, contentType: string, now_ms: number): StoredDocument {
  const source = new TextDecoder().decode(raw);
  const isHtml = contentType.includes('html');
  const title = unescaped(/<title>([^]*?)<\/title>/i.exec(source)?.[1] ?? '');
  const body = source
    .replace(/<title>[^]*?<\/title>|<script>[^]*?<\/script>/gi, ' ')
    .replace(/<[^>]*>/g, ' ');
  const text = (isHtml ? unescaped(body) : source).replace(/\s+/g, ' ').trim();
  return {
    url,
    canonical: '',
    kind: isHtml ? 'html' : contentType.includes('json') ? 'json' : 'text',
    contentType,
    charset: 'utf-8',
    title: isHtml ? title : url,
    description: '',
    author: '',
    siteName: '',
    language: /<html lang="([a-z]+)"/i.exec(source)?.[1] ?? '',
    published_ms: 0,
    fetchedAt_ms: now_ms,
    status: 200,
    depth: 0,
    ip: '',
    robots: {
      noindex: false,
      nofollow: false,
      nosnippet: false,
      noarchive: source.includes('noarchive'),
    },
    sections:
      text === '' ? [] : [{ kind: 'text', text, level: 0, anchor: /\bid="([^"]*)"/.exec(source)?.[1] ?? '' }],
    links: [],
    meta: {},
    contentHash: hashString64(text).toString(16).padStart(16, '0'),
    fingerprint: '0'.repeat(16),
    raw,
    warnings: [],
  };
}

function unescaped(markup: string): string {
  return markup
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
