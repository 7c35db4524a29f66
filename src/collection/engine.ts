/** The engine: one process's collections over its shards, from open to close. */

import {
  type Clock,
  type CollectionId,
  type DocId,
  Histogram,
  type LogSink,
  PeregrineError,
} from '../base/index.ts';
import {
  type Crawler,
  type CrawlProgress,
  type CrawlRecord,
  type CrawlRecordFilter,
  type CrawlRequest,
  type IndexNowNotice,
  type NoticeAnswer,
  type RefreshChoice,
  searchCrawlRecords,
} from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import {
  type BuiltDocument,
  decodeTitleRecord,
  type DocumentSource,
  type ParsePool,
  type ParseReport,
  reportOf,
  type StoredDocument,
  type TextRuns,
} from '../document/index.ts';
import type {
  Completion,
  CompletionRequest,
  ExplainedQuery,
  RuleComparison,
  SearchRules,
  SearchRequest,
  SearchResponse,
  StreamedResult,
  StreamOptions,
  WordMatcher,
} from '../query/index.ts';
import type { OutboxSender } from '../storage/index.ts';
import type { CollectionRegistry } from './collection-registry.ts';
import { documentUrl, withCharset } from './document-url.ts';
import { dropCollection } from './drop-collection.ts';
import type {
  CollectionName,
  CollectionSummary,
  DocumentAddress,
  Engine,
  EngineStatus,
  InjectRequest,
  InjectResult,
} from './engine-contract.ts';
import type { LinksTo } from './inbound-record.ts';
import type { LocalIndexCare } from './index-care.ts';
import { type AuditTrail, StoredAuditTrail } from './audit-trail.ts';
import { type Statistics, StoredStatistics } from './statistics.ts';
import type { IndexCare } from './index-care-contract.ts';
import type { ForgottenPages } from './forgotten-pages.ts';
import type { JobNotes } from './job-notes.ts';
import type { LinkCare } from './link-care.ts';
import type { LinkReport } from './link-pass.ts';
import type { Maintenance } from './maintenance.ts';
import type { SearchLab, SearchQuality } from './search-lab.ts';
import type { ReadPath } from './read-path.ts';
import type { EngineShards } from './shards-layer.ts';
import { type OnStoreEvent, runStoreTask, type StoreTask, type StoreTaskResult } from './store-tasks.ts';
import { walkTitles } from './title-walk.ts';
import { whyNot, type WhyNotRequest } from './why-not.ts';
import type { WhyNotAnswer } from './why-not-reason.ts';
import type { WritePath } from './write-path.ts';

/** Largest content that an injection may bring. */
export const MAX_INJECT_BYTES: number = 64 * 1024 * 1024;

/** Everything that {@link openEngine} puts together. */
export interface EngineParts {
  readonly version: string;
  readonly dataDirectory: string;
  readonly memoryLimit_bytes: number;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly disk: Disk;
  readonly shards: EngineShards;
  readonly registry: CollectionRegistry;
  readonly parsePool: ParsePool;
  readonly readPath: ReadPath;
  readonly writePath: WritePath;
  readonly notes: JobNotes;
  readonly forgotten: ForgottenPages;
  readonly crawler: Crawler;
  readonly maintenance: Maintenance;
  readonly indexCare: LocalIndexCare;
  readonly linkCare: LinkCare;
  readonly lab: SearchLab;
  readonly outbox: OutboxSender;
  /** Gives the data directory free; the very last step of closing. */
  readonly release: () => Promise<void>;
}

export class LocalEngine implements Engine {
  readonly version: string;
  readonly indexCare: IndexCare;
  readonly statistics: Statistics;
  readonly audit: AuditTrail;
  readonly #parts: EngineParts;
  readonly #startedAt_ms: number;
  readonly #latency = new Histogram();
  #closing: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.version = parts.version;
    this.indexCare = parts.indexCare;
    this.statistics = new StoredStatistics(parts.shards);
    this.audit = new StoredAuditTrail(parts.shards);
    this.#startedAt_ms = parts.clock.monotonic();
  }

  collections(): readonly CollectionName[] {
    return this.#parts.registry.names();
  }

  async createCollection(name: CollectionName): Promise<void> {
    this.#assertOpen();
    await this.#parts.registry.create(name);
  }

  async deleteCollection(name: CollectionName): Promise<void> {
    this.#assertOpen();
    const { crawler, linkCare, registry, shards } = this.#parts;
    const { id } = registry.resolve(name);
    await crawler.forget(id);
    this.#parts.lab.past.drop(id);
    await linkCare.idle(id);
    await registry.delete(name);
    await dropCollection(shards, id);
  }

  async search(collection: CollectionName, request: SearchRequest): Promise<SearchResponse> {
    this.#assertOpen();
    const started_ms = this.#parts.clock.monotonic();
    const response = await this.#parts.readPath.search(this.#id(collection), request);
    this.#latency.add(this.#parts.clock.monotonic() - started_ms);
    await this.#parts.lab.note(this.#id(collection), request, response);
    return response;
  }

  async searchRules(collection: CollectionName): Promise<SearchRules> {
    return this.#parts.lab.rules(this.#id(collection));
  }

  async setSearchRules(collection: CollectionName, rules: SearchRules): Promise<void> {
    this.#assertOpen();
    return this.#parts.lab.setRules(this.#id(collection), rules);
  }

  async compareSearchRules(collection: CollectionName, candidate: SearchRules): Promise<RuleComparison> {
    this.#assertOpen();
    return this.#parts.lab.compare(this.#id(collection), candidate);
  }

  async searchQuality(collection: CollectionName): Promise<SearchQuality> {
    return this.#parts.lab.quality(this.#id(collection));
  }

  async complete(collection: CollectionName, request: CompletionRequest): Promise<readonly Completion[]> {
    this.#assertOpen();
    const id = this.#id(collection);
    return this.#parts.readPath.complete(id, request, await this.#parts.lab.past.offered(id));
  }

  stream(
    collection: CollectionName,
    request: SearchRequest,
    options?: StreamOptions,
  ): AsyncIterable<StreamedResult> {
    this.#assertOpen();
    return this.#parts.readPath.stream(this.#id(collection), request, options);
  }

  async explain(collection: CollectionName, request: SearchRequest): Promise<ExplainedQuery> {
    this.#assertOpen();
    return this.#parts.readPath.explain(this.#id(collection), request);
  }

  async whyNot(collection: CollectionName, request: WhyNotRequest): Promise<WhyNotAnswer> {
    this.#assertOpen();
    return whyNot(this.#parts, this.#id(collection), request);
  }

  async get(
    collection: CollectionName,
    address: DocumentAddress,
  ): Promise<{ docId: DocId; document: StoredDocument } | undefined> {
    this.#assertOpen();
    const id = this.#id(collection);
    if ('docId' in address) {
      const document = await this.#parts.readPath.documentById(id, address.docId);
      return document === undefined ? undefined : { docId: address.docId, document };
    }
    const found = await this.#parts.readPath.find(id, documentUrl(address.url));
    return found === undefined
      ? undefined
      : { docId: found.docId, document: decodeTitleRecord(found.record) };
  }

  async wordMatcher(collection: CollectionName, query: string, language: string): Promise<WordMatcher> {
    this.#assertOpen();
    return this.#parts.readPath.wordMatcher(this.#id(collection), { query }, language);
  }

  async textRuns(markup: string): Promise<TextRuns> {
    this.#assertOpen();
    return this.#parts.parsePool.textRuns(markup);
  }

  async inject(collection: CollectionName, request: InjectRequest): Promise<InjectResult> {
    this.#assertOpen();
    return this.put(collection, this.#source(request));
  }

  async parse(request: InjectRequest): Promise<ParseReport> {
    this.#assertOpen();
    const source = this.#source(request);
    const { titleRecord } = await this.#parts.parsePool.build(source);
    return reportOf(decodeTitleRecord(titleRecord), source.headers);
  }

  async put(collection: CollectionName, source: DocumentSource): Promise<InjectResult> {
    this.#assertOpen();
    const id = this.#id(collection);
    const url = documentUrl(source.url);
    if (await this.#parts.forgotten.has(id, url)) {
      throw new PeregrineError('FORBIDDEN', 'This page is to be forgotten; it may not come back.', { url });
    }
    const built = await this.#parts.parsePool.build(url === source.url ? source : { ...source, url });
    // What is applied is in the next view, so that "durable" and "visible" come together here.
    return resultOf(built, await this.#parts.writePath.put(id, built));
  }

  async *crawlRecords(collection: CollectionName, filter?: CrawlRecordFilter): AsyncGenerator<CrawlRecord> {
    yield* searchCrawlRecords(this.#parts.shards, this.#id(collection), filter);
  }

  async *documents(
    collection: CollectionName,
    options: { readonly after?: DocId; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<{ docId: DocId; document: StoredDocument }> {
    this.#assertOpen();
    for await (const { docId, record } of walkTitles(this.#parts.shards, this.#id(collection), options)) {
      yield { docId, document: decodeTitleRecord(record) };
    }
  }

  async note(collection: CollectionName, name: string): Promise<Uint8Array | undefined> {
    return this.#parts.notes.get(this.#id(collection), name);
  }

  async notes(collection: CollectionName, prefix: string): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#parts.notes.list(this.#id(collection), prefix);
  }

  async writeNotes(
    collection: CollectionName,
    notes: ReadonlyMap<string, Uint8Array | undefined>,
  ): Promise<void> {
    this.#assertOpen();
    await this.#parts.notes.write(this.#id(collection), notes);
  }

  async remove(collection: CollectionName, address: DocumentAddress): Promise<boolean> {
    this.#assertOpen();
    const id = this.#id(collection);
    if ('url' in address) return this.#parts.writePath.remove(id, documentUrl(address.url));
    const document = await this.#parts.readPath.documentById(id, address.docId);
    return document !== undefined && this.#parts.writePath.remove(id, document.url);
  }

  async forget(collection: CollectionName, urls: readonly string[]): Promise<number> {
    this.#assertOpen();
    const id = this.#id(collection);
    const known = urls.map(documentUrl);
    // First the ban, so that nobody brings back meanwhile what is being removed.
    await this.#parts.forgotten.add(id, known, this.#parts.clock.now());
    let removed = 0;
    await this.#parts.crawler.forgetPages(id, known, async () => {
      for (const url of known) if (await this.#parts.writePath.remove(id, url)) removed += 1;
    });
    return removed;
  }

  async remember(collection: CollectionName, url: string): Promise<void> {
    this.#assertOpen();
    await this.#parts.forgotten.remove(this.#id(collection), documentUrl(url));
  }

  async erase(): Promise<void> {
    this.#assertOpen();
    const held = this.#parts.shards.held();
    await this.flush();
    for (const { index } of held) await index.merge({ force: true });
    for (const { store } of held) await store.erase();
    // What the merges replaced is named no more; this lets it go.
    await this.flush();
  }

  async startCrawl(collection: CollectionName, request: CrawlRequest): Promise<void> {
    this.#assertOpen();
    await this.#parts.crawler.start(this.#id(collection), request);
  }

  async pauseCrawl(collection: CollectionName): Promise<void> {
    await this.#parts.crawler.pause(this.#id(collection));
  }

  async resumeCrawl(collection: CollectionName): Promise<void> {
    this.#assertOpen();
    await this.#parts.crawler.resume(this.#id(collection));
  }

  async stopCrawl(collection: CollectionName): Promise<void> {
    this.#assertOpen();
    await this.#parts.crawler.stop(this.#id(collection));
  }

  async announceChanges(collection: CollectionName, notice: IndexNowNotice): Promise<NoticeAnswer> {
    this.#assertOpen();
    return this.#parts.crawler.announce(this.#id(collection), notice);
  }

  async refreshCrawl(collection: CollectionName, choice?: RefreshChoice): Promise<number> {
    this.#assertOpen();
    return this.#parts.crawler.refresh(this.#id(collection), choice);
  }

  refreshLinks(collection: CollectionName): Promise<LinkReport> {
    this.#assertOpen();
    return this.#parts.linkCare.refresh(this.#id(collection));
  }

  async linksTo(collection: CollectionName, url: string): Promise<LinksTo | undefined> {
    this.#assertOpen();
    return this.#parts.readPath.linksTo(this.#id(collection), documentUrl(url));
  }

  crawlProgress(collection: CollectionName): CrawlProgress {
    return this.#parts.crawler.progress(this.#id(collection));
  }

  crawlDone(collection: CollectionName, signal?: AbortSignal): Promise<void> {
    return this.#parts.crawler.done(this.#id(collection), signal);
  }

  async store(task: StoreTask, onEvent?: OnStoreEvent, signal?: AbortSignal): Promise<StoreTaskResult> {
    this.#assertOpen();
    const { shards, log, clock, dataDirectory } = this.#parts;
    const parts = { held: shards.held(), log, dataDirectory, now_ms: () => clock.now() };
    return runStoreTask(parts, task, onEvent, signal);
  }

  async status(): Promise<EngineStatus> {
    const { clock, dataDirectory, disk, memoryLimit_bytes, registry, shards, version } = this.#parts;
    const stores = shards.held().map(({ store }) => store.status());
    const collections = registry.names().map((name) => this.#summary(name));
    return {
      version,
      uptime_s: Math.round((clock.monotonic() - this.#startedAt_ms) / 1000),
      dataDirectory,
      documents: collections.reduce((sum, { documents }) => sum + documents, 0),
      disk_bytes: stores.reduce((sum, { disk_bytes }) => sum + disk_bytes, 0),
      diskFree_bytes: await disk.free_bytes(),
      rss_bytes: process.memoryUsage.rss(),
      memoryLimit_bytes,
      shards: stores,
      collections,
      search: {
        count: this.#latency.count,
        p50_ms: this.#latency.quantile(0.5),
        p99_ms: this.#latency.quantile(0.99),
      },
    };
  }

  async flush(): Promise<void> {
    await Promise.all(this.#parts.shards.held().map(({ store }) => store.flush()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { crawler, indexCare, lab, linkCare, maintenance, outbox, parsePool, release, shards } =
      this.#parts;
    // Whoever writes stops first; the store closes when nobody writes; the lock goes last.
    await crawler.close();
    await linkCare.close();
    await indexCare.close();
    await lab.past.close();
    await maintenance.stop();
    await parsePool.close();
    await outbox.stop();
    await shards.close();
    await release();
  }

  #summary(name: CollectionName): CollectionSummary {
    const { id } = this.#parts.registry.resolve(name);
    const totals = this.#parts.shards.indexes.totals(id);
    return {
      name,
      documents: totals.documents,
      crawl: this.#parts.crawler.progress(id),
      index_bytes: totals.disk_bytes + totals.memory_bytes,
      segments: totals.segments + totals.liveSegments,
    };
  }

  #source(request: InjectRequest): DocumentSource {
    const url = documentUrl(request.url);
    const bytes =
      typeof request.content === 'string' ? new TextEncoder().encode(request.content) : request.content;
    if (bytes.length > MAX_INJECT_BYTES) {
      throw new PeregrineError('TOO_LARGE', `A document may have ${MAX_INJECT_BYTES} bytes at most.`, {
        url,
        size_bytes: bytes.length,
      });
    }
    const charset = typeof request.content === 'string' ? '; charset=utf-8' : '';
    const headers: Record<string, string> =
      request.contentType === undefined ? {} : { 'content-type': withCharset(request.contentType, charset) };
    return { url, bytes, headers, status: 200, fetchedAt_ms: this.#parts.clock.now(), depth: 0 };
  }

  #id(name: CollectionName): CollectionId {
    return this.#parts.registry.resolve(name).id;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new PeregrineError('CLOSED', 'The engine is closing.');
  }
}

function resultOf(
  built: BuiltDocument,
  { docId, seq }: { readonly docId: DocId; readonly seq: string },
): InjectResult {
  return {
    url: built.url,
    docId,
    seq,
    title: built.title,
    language: built.language,
    tokens: built.tokens,
    indexed: built.analysed !== undefined,
    warnings: built.warnings,
  };
}
