/** The engine as servers and commands see it: one process's collections over its shards. */

import type { DocId } from '../base/index.ts';
import type {
  CrawlProgress,
  CrawlRecord,
  HostManners,
  CrawlRecordFilter,
  CrawlRequest,
  IndexNowNotice,
  NoticeAnswer,
  RefreshChoice,
} from '../crawl/index.ts';
import type { DocumentSource, ParseReport, StoredDocument, TextRuns } from '../document/index.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { SettingChange } from './kept-settings.ts';
import type { Statistics } from './statistics.ts';
import type { LinksTo } from './inbound-record.ts';
import type { LinkReport } from './link-pass.ts';
import type { IndexCare } from './index-care-contract.ts';
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
import type { MeasuredQuality, SearchQuality } from './search-lab.ts';
import type { WhyNotRequest } from './why-not.ts';
import type { WhyNotAnswer } from './why-not-reason.ts';
import type { StoreStatus } from '../storage/index.ts';
import type { OnStoreEvent, StoreTask, StoreTaskResult } from './store-tasks.ts';

/** Lower-case letters, digits, `-` and `_`; 1 … 64 characters, beginning with a letter or digit. */
export type CollectionName = string;

export interface InjectRequest {
  readonly url: string;
  readonly content: Uint8Array | string;
  /** Default: sniffed. */
  readonly contentType?: string;
}

export interface InjectResult {
  readonly url: string;
  readonly docId: DocId;
  /** Of the write: `SHARD.NUMBER`. A search that names it as `minSeq` sees the document, or says that it does not. */
  readonly seq: string;
  readonly title: string;
  readonly language: string;
  readonly tokens: number;
  readonly indexed: boolean;
  readonly warnings: readonly string[];
}

export interface CollectionSummary {
  readonly name: CollectionName;
  readonly documents: number;
  readonly crawl: CrawlProgress;
  readonly index_bytes: number;
  readonly segments: number;
  /** Segments that can't be read, or in which somebody met damage: searches may be partial until they are repaired. */
  readonly damagedSegments: number;
  /** A rebuild of the index was begun and is not done; where none is under way, it was stopped. */
  readonly isRebuildUnfinished: boolean;
}

export interface EngineStatus {
  readonly version: string;
  readonly uptime_s: number;
  readonly dataDirectory: string;
  /** It is open for reading only. */
  readonly isReadOnly: boolean;
  readonly documents: number;
  readonly disk_bytes: number;
  readonly diskFree_bytes: number;
  readonly rss_bytes: number;
  readonly memoryLimit_bytes: number;
  readonly shards: readonly StoreStatus[];
  readonly collections: readonly CollectionSummary[];
  readonly search: { readonly count: number; readonly p50_ms: number; readonly p99_ms: number };
}

export type DocumentAddress = { readonly docId: DocId } | { readonly url: string };

export interface Engine {
  readonly version: string;
  /** The data directory is open for reading only: whatever would change something is `READ_ONLY`. */
  readonly isReadOnly: boolean;
  /** For operators: the indexes of collections checked, repaired, made anew. */
  readonly indexCare: IndexCare;
  /** Numbers over time: what the plots of the administration show. */
  readonly statistics: Statistics;
  /** Who changed what. */
  readonly audit: AuditTrail;
  collections(): readonly CollectionName[];
  /** `ALREADY_EXISTS`, `BAD_ARGUMENT`. */
  createCollection(name: CollectionName): Promise<void>;
  deleteCollection(name: CollectionName): Promise<void>;
  /** `NOT_FOUND` for an unknown collection, here and below. */
  /** `signal` ends it with `CANCELLED`: on query threads inside the kernels, elsewhere before its next step. */
  search(collection: CollectionName, request: SearchRequest, signal?: AbortSignal): Promise<SearchResponse>;
  /** What the keepers of the collection say of its answers. */
  searchRules(collection: CollectionName): Promise<SearchRules>;
  /** Puts rules in force, all at once; durable when it resolves. `BAD_ARGUMENT` for what can't be kept. */
  setSearchRules(collection: CollectionName, rules: SearchRules, who?: string): Promise<void>;
  /** Tries rules on the queries saved in them, beside those in force. */
  compareSearchRules(collection: CollectionName, candidate: SearchRules): Promise<RuleComparison>;
  /** What judged queries were worth over time, and, where the rules keep them, queries that found nothing. */
  searchQuality(collection: CollectionName): Promise<SearchQuality>;
  /** Asks the judged queries now, and writes down what they are worth; undefined where none is judged. */
  measureSearchQuality(collection: CollectionName): Promise<MeasuredQuality | undefined>;
  /** What a person may be about to type. */
  complete(collection: CollectionName, request: CompletionRequest): Promise<readonly Completion[]>;
  /**
   * Every match in the order of document ids, however many; one at a time, so that a slow reader costs nothing. Of the
   * request `query`, `filter` and `language` count.
   */
  stream(
    collection: CollectionName,
    request: SearchRequest,
    options?: StreamOptions,
  ): AsyncIterable<StreamedResult>;
  /** How a query is read, what it asks of the index, what its words are worth. */
  explain(collection: CollectionName, request: SearchRequest): Promise<ExplainedQuery>;
  /** Why a page is not found, or not where it is looked for. `BAD_ARGUMENT` where no page is named. */
  whyNot(collection: CollectionName, request: WhyNotRequest): Promise<WhyNotAnswer>;
  get(
    collection: CollectionName,
    address: DocumentAddress,
  ): Promise<{ docId: DocId; document: StoredDocument } | undefined>;
  /** Finds the words of a query in texts of a language. */
  wordMatcher(collection: CollectionName, query: string, language: string): Promise<WordMatcher>;
  /** Where the text of a page stands in its markup. `PARSE_FAILED`, `PARSE_TIMEOUT`, `QUEUE_FULL`. */
  textRuns(markup: string): Promise<TextRuns>;
  /** Parses, stores and indexes; resolves when durable, with `wait: 'visible'` (default) also found by searches. */
  inject(
    collection: CollectionName,
    request: InjectRequest,
    options?: { wait?: 'durable' | 'visible' },
  ): Promise<InjectResult>;
  /** What is seen in a document, and why. Nothing is stored. Same errors as {@link inject}. */
  parse(request: InjectRequest): Promise<ParseReport>;
  /**
   * Stores and indexes a document of which more is known than its bytes: when it was fetched, what else is said of it.
   * What imports use; durable and findable when it resolves. Same errors as {@link inject}.
   */
  put(collection: CollectionName, source: DocumentSource): Promise<InjectResult>;
  /** Whether {@link put} would take a document, and index it: parsed, and not stored. The collection may be one that is still to be made. Same errors. */
  tryPut(collection: CollectionName, source: DocumentSource): Promise<Pick<InjectResult, 'indexed'>>;
  /** Every document in the order of document ids, behind `after` where one is given. */
  documents(
    collection: CollectionName,
    options?: { readonly after?: DocId; readonly signal?: AbortSignal },
  ): AsyncIterable<{ docId: DocId; document: StoredDocument }>;
  /** The durable note of a long job, or undefined. */
  note(collection: CollectionName, name: string): Promise<Uint8Array | undefined>;
  /** Every note whose name begins with `prefix`. */
  notes(collection: CollectionName, prefix: string): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Writes notes in one batch, undefined deletes; durable when it resolves. They go with their collection. */
  writeNotes(collection: CollectionName, notes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void>;
  /** Writes a note that is a setting, and in the same batch who changed it to what. Durable when it resolves. */
  writeSetting(
    collection: CollectionName,
    name: string,
    value: Uint8Array | undefined,
    who: string,
  ): Promise<void>;
  /** How settings of the collection came to be, on whichever host of a cluster; the newest first. */
  settingChanges(collection: CollectionName): Promise<readonly SettingChange[]>;
  /** True when there was one. */
  remove(collection: CollectionName, address: DocumentAddress): Promise<boolean>;
  /**
   * Removes these pages and bans them: they are not fetched again and not taken in again, until {@link remember}.
   * Returns how many were there. Their bytes leave the disk with {@link erase}.
   */
  forget(collection: CollectionName, urls: readonly string[]): Promise<number>;
  /** Lifts a page's ban. */
  remember(collection: CollectionName, url: string): Promise<void>;
  /** Writes anew whatever holds deleted documents: parts, segments, logs. Resolves when the old files are gone. */
  erase(): Promise<void>;
  /** Adds seeds and starts (or goes on with) the collection's crawl. */
  startCrawl(collection: CollectionName, request: CrawlRequest): Promise<void>;
  pauseCrawl(collection: CollectionName): Promise<void>;
  resumeCrawl(collection: CollectionName): Promise<void>;
  /** Ends the crawl for good and empties its queue; what was fetched stays. */
  stopCrawl(collection: CollectionName): Promise<void>;
  /** A site tells that pages of it have changed (IndexNow), where the collection's crawl takes such notices. */
  announceChanges(collection: CollectionName, notice: IndexNowNotice): Promise<NoticeAnswer>;
  /**
   * Asks again for pages of a finished crawl: those named, or those likeliest to have changed. Returns how many; 0 while
   * the crawl is not finished.
   */
  refreshCrawl(collection: CollectionName, choice?: RefreshChoice): Promise<number>;
  /**
   * Ranks pages by the links between them and indexes what other pages say of each. Done by itself after each round of a
   * crawl; of use after imports.
   */
  refreshLinks(collection: CollectionName): Promise<LinkReport>;
  /** What the last look at the links found of a page; undefined where there is no such page. */
  linksTo(collection: CollectionName, url: string): Promise<LinksTo | undefined>;
  /** What the collection's crawls did, URL by URL, with the attempts at each. */
  crawlRecords(collection: CollectionName, filter?: CrawlRecordFilter): AsyncIterable<CrawlRecord>;
  /** How each host that the crawls met was treated ever, or `host` alone. */
  hostManners(collection: CollectionName, host?: string): AsyncIterable<HostManners>;
  crawlProgress(collection: CollectionName): CrawlProgress;
  /** Resolves when the collection's crawl has nothing left to do (or is paused). */
  crawlDone(collection: CollectionName, signal?: AbortSignal): Promise<void>;
  /** Looks after the files: see {@link StoreTask}. `CANCELLED`, `BAD_ARGUMENT`, and what each task can meet. */
  store(task: StoreTask, onEvent?: OnStoreEvent, signal?: AbortSignal): Promise<StoreTaskResult>;
  status(): Promise<EngineStatus>;
  flush(): Promise<void>;
  close(): Promise<void>;
}
