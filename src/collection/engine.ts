/** The engine: one process's collections over its shards, from open to close. */

import { type Clock, type CollectionId, type DocId, type LogSink, PeregrineError } from '../base/index.ts';
import {
  type Crawler,
  type CrawlProgress,
  type CrawlRecord,
  type HostManners,
  hostManners,
  type CrawlRecordFilter,
  type CrawlRequest,
  type IndexNowNotice,
  type NoticeAnswer,
  type RefreshChoice,
  searchCrawlRecords,
} from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DocumentSource, ParsePool, ParseReport, TextRuns } from '../document/index.ts';
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
import type { Courtesy } from './courtesy.ts';
import { documentUrl } from './document-url.ts';
import { dropCollection } from './drop-collection.ts';
import type {
  CollectionName,
  DocumentAddress,
  Engine,
  EngineStatus,
  InjectRequest,
  InjectResult,
} from './engine-contract.ts';
import { EngineDocuments, type FoundDocument } from './engine-documents.ts';
import { EngineSearches } from './engine-searches.ts';
import { engineStatus } from './engine-status.ts';
import type { LinksTo } from './inbound-record.ts';
import type { LocalIndexCare } from './index-care.ts';
import { type AuditTrail, StoredAuditTrail } from './audit-trail.ts';
import { type Statistics, StoredStatistics } from './statistics.ts';
import type { IndexCare } from './index-care-contract.ts';
import type { ForgottenPages } from './forgotten-pages.ts';
import type { JobNotes } from './job-notes.ts';
import type { KeptSettings, SettingChange } from './kept-settings.ts';
import type { LinkCare } from './link-care.ts';
import type { LinkReport } from './link-pass.ts';
import type { Maintenance } from './maintenance.ts';
import type { MeasuredQuality, SearchLab, SearchQuality } from './search-lab.ts';
import type { ReadPath } from './read-path.ts';
import type { EngineShards } from './shards-layer.ts';
import { type OnStoreEvent, runStoreTask, type StoreTask, type StoreTaskResult } from './store-tasks.ts';
import type { WhyNotRequest } from './why-not.ts';
import type { WhyNotAnswer } from './why-not-reason.ts';
import type { WritePath } from './write-path.ts';

/** Everything that {@link openEngine} puts together. */
export interface EngineParts {
  readonly version: string;
  readonly dataDirectory: string;
  readonly isReadOnly: boolean;
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
  readonly settings: KeptSettings;
  readonly forgotten: ForgottenPages;
  readonly crawler: Crawler;
  readonly maintenance: Maintenance;
  readonly indexCare: LocalIndexCare;
  readonly linkCare: LinkCare;
  readonly lab: SearchLab;
  readonly courtesy: Courtesy;
  readonly outbox: OutboxSender;
  /** Gives the data directory free; the very last step of closing. */
  readonly release: () => Promise<void>;
}

export class LocalEngine implements Engine {
  readonly version: string;
  readonly isReadOnly: boolean;
  readonly indexCare: IndexCare;
  readonly statistics: Statistics;
  readonly audit: AuditTrail;
  readonly #parts: EngineParts;
  readonly #documents: EngineDocuments;
  readonly #searches: EngineSearches;
  readonly #startedAt_ms: number;
  #closing: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#documents = new EngineDocuments(parts);
    this.#searches = new EngineSearches(parts);
    this.version = parts.version;
    this.isReadOnly = parts.isReadOnly;
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

  async search(
    collection: CollectionName,
    request: SearchRequest,
    signal?: AbortSignal,
  ): Promise<SearchResponse> {
    this.#assertOpen();
    return this.#searches.search(this.#id(collection), request, signal);
  }

  async searchRules(collection: CollectionName): Promise<SearchRules> {
    return this.#parts.lab.rules(this.#id(collection));
  }

  async setSearchRules(collection: CollectionName, rules: SearchRules, who = 'local'): Promise<void> {
    this.#assertOpen();
    return this.#parts.lab.setRules(this.#id(collection), rules, who);
  }

  async compareSearchRules(collection: CollectionName, candidate: SearchRules): Promise<RuleComparison> {
    this.#assertOpen();
    return this.#parts.lab.compare(this.#id(collection), candidate);
  }

  async searchQuality(collection: CollectionName): Promise<SearchQuality> {
    return this.#parts.lab.quality(this.#id(collection));
  }

  async measureSearchQuality(collection: CollectionName): Promise<MeasuredQuality | undefined> {
    this.#assertOpen();
    return this.#parts.lab.measure(this.#id(collection), 'request');
  }

  async complete(collection: CollectionName, request: CompletionRequest): Promise<readonly Completion[]> {
    this.#assertOpen();
    return this.#searches.complete(this.#id(collection), request);
  }

  stream(
    collection: CollectionName,
    request: SearchRequest,
    options?: StreamOptions,
  ): AsyncIterable<StreamedResult> {
    this.#assertOpen();
    return this.#searches.stream(this.#id(collection), request, options);
  }

  async explain(collection: CollectionName, request: SearchRequest): Promise<ExplainedQuery> {
    this.#assertOpen();
    return this.#searches.explain(this.#id(collection), request);
  }

  async whyNot(collection: CollectionName, request: WhyNotRequest): Promise<WhyNotAnswer> {
    this.#assertOpen();
    return this.#searches.whyNot(this.#id(collection), request);
  }

  async get(collection: CollectionName, address: DocumentAddress): Promise<FoundDocument | undefined> {
    this.#assertOpen();
    return this.#documents.get(this.#id(collection), address);
  }

  async wordMatcher(collection: CollectionName, query: string, language: string): Promise<WordMatcher> {
    this.#assertOpen();
    return this.#searches.wordMatcher(this.#id(collection), query, language);
  }

  async textRuns(markup: string): Promise<TextRuns> {
    this.#assertOpen();
    return this.#parts.parsePool.textRuns(markup);
  }

  async inject(collection: CollectionName, request: InjectRequest): Promise<InjectResult> {
    this.#assertOpen();
    return this.#documents.inject(this.#id(collection), request);
  }

  async parse(request: InjectRequest): Promise<ParseReport> {
    this.#assertOpen();
    return this.#documents.parse(request);
  }

  async put(collection: CollectionName, source: DocumentSource): Promise<InjectResult> {
    this.#assertOpen();
    return this.#documents.put(this.#id(collection), source);
  }

  async tryPut(collection: CollectionName, source: DocumentSource): Promise<Pick<InjectResult, 'indexed'>> {
    this.#assertOpen();
    const isThere = this.collections().includes(collection);
    return this.#documents.tryPut(isThere ? this.#id(collection) : undefined, source);
  }

  async *crawlRecords(collection: CollectionName, filter?: CrawlRecordFilter): AsyncGenerator<CrawlRecord> {
    yield* searchCrawlRecords(this.#parts.shards, this.#id(collection), filter);
  }

  async *hostManners(collection: CollectionName, host?: string): AsyncGenerator<HostManners> {
    yield* hostManners(this.#parts.shards, this.#id(collection), host);
  }

  async *documents(
    collection: CollectionName,
    options: { readonly after?: DocId; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<FoundDocument> {
    this.#assertOpen();
    yield* this.#documents.all(this.#id(collection), options);
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

  async writeSetting(
    collection: CollectionName,
    name: string,
    value: Uint8Array | undefined,
    who: string,
  ): Promise<void> {
    this.#assertOpen();
    await this.#parts.settings.set(this.#id(collection), name, value, who);
  }

  async settingChanges(collection: CollectionName): Promise<readonly SettingChange[]> {
    return this.#parts.settings.changes(this.#id(collection));
  }

  async remove(collection: CollectionName, address: DocumentAddress): Promise<boolean> {
    this.#assertOpen();
    return this.#documents.remove(this.#id(collection), address);
  }

  async forget(collection: CollectionName, urls: readonly string[]): Promise<number> {
    this.#assertOpen();
    return this.#documents.forget(this.#id(collection), urls);
  }

  async remember(collection: CollectionName, url: string): Promise<void> {
    this.#assertOpen();
    await this.#documents.remember(this.#id(collection), url);
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
    const { shards, log, clock, dataDirectory, registry } = this.#parts;
    const collections = registry.entries();
    const parts = { held: shards.held(), shards, collections, log, dataDirectory, now_ms: () => clock.now() };
    return runStoreTask(parts, task, onEvent, signal);
  }

  status(): Promise<EngineStatus> {
    return engineStatus(this.#parts, { startedAt_ms: this.#startedAt_ms, latency: this.#searches.latency });
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
    await lab.close();
    await maintenance.stop();
    await parsePool.close();
    await outbox.stop();
    await shards.close();
    await release();
  }

  #id(name: CollectionName): CollectionId {
    return this.#parts.registry.resolve(name).id;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new PeregrineError('CLOSED', 'The engine is closing.');
  }
}
