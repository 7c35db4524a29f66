/**
 * What commands need of an engine, whether it runs in this process or behind a control socket. Two implementations:
 * `ControlClient` here, and in `cli` the one that calls an engine of its own.
 */

import type {
  DocumentAddress,
  EngineStatus,
  InjectRequest,
  InjectResult,
  CareProgress,
  IndexWork,
  IndexWorkResult,
  MeasuredQuality,
  SearchQuality,
  WhyNotAnswer,
  WhyNotRequest,
  OnStoreEvent,
  StoreTask,
  StoreTaskResult,
} from '../collection/index.ts';
import type { CrawlProgress, CrawlRequest } from '../crawl/index.ts';
import type {
  ExplainedQuery,
  RuleComparison,
  SearchRequest,
  SearchResponse,
  SearchRules,
} from '../query/index.ts';
import type { ReadablePage } from './page-markdown.ts';
import type {
  ImportReport,
  ImportRequest,
  OnTransferEvent,
  ResultOf,
  TransferTask,
} from '../transfer/index.ts';

export interface EngineCalls {
  collections(): Promise<readonly string[]>;
  createCollection(collection: string): Promise<void>;
  deleteCollection(collection: string): Promise<void>;
  search(collection: string, request: SearchRequest): Promise<SearchResponse>;
  explain(collection: string, request: SearchRequest): Promise<ExplainedQuery>;
  searchRules(collection: string): Promise<SearchRules>;
  setSearchRules(collection: string, rules: SearchRules): Promise<void>;
  compareSearchRules(collection: string, candidate: SearchRules): Promise<RuleComparison>;
  searchQuality(collection: string): Promise<SearchQuality>;
  measureSearchQuality(collection: string): Promise<MeasuredQuality | undefined>;
  whyNot(collection: string, request: WhyNotRequest): Promise<WhyNotAnswer>;
  inject(
    collection: string,
    request: InjectRequest,
    options?: { wait?: 'durable' | 'visible' },
  ): Promise<InjectResult>;
  remove(collection: string, address: DocumentAddress): Promise<boolean>;
  /** A stored page as it is read; undefined where it is not stored, or asks not to be shown. */
  read(collection: string, address: DocumentAddress): Promise<ReadablePage | undefined>;
  startCrawl(collection: string, request: CrawlRequest): Promise<void>;
  pauseCrawl(collection: string): Promise<void>;
  resumeCrawl(collection: string): Promise<void>;
  stopCrawl(collection: string): Promise<void>;
  crawlProgress(collection: string): Promise<CrawlProgress>;
  store(task: StoreTask, onEvent?: OnStoreEvent, signal?: AbortSignal): Promise<StoreTaskResult>;
  status(): Promise<EngineStatus>;
  /**
   * Checks, repairs or rebuilds the index of a collection; resolves when it is done. Once `signal` says so: `CANCELLED`. The work
   * ends then where it is done by this process; another one goes on with it.
   */
  indexWork(collection: string, work: IndexWork, signal?: AbortSignal): Promise<IndexWorkResult>;
  /** What is being done about indexes. */
  indexProgress(): Promise<readonly CareProgress[]>;
  /** Begins an import, or goes on with one that was stopped. */
  startImport(collection: string, request: ImportRequest): Promise<ImportReport>;
  /** Every import into a collection, the latest first. */
  imports(collection: string): Promise<readonly ImportReport[]>;
  pauseImport(collection: string, id: string): Promise<ImportReport>;
  /** Moves documents: archives and lists in, exports and bundles out, pages forgotten. */
  transfer<T extends TransferTask>(
    collection: string,
    task: T,
    onEvent?: OnTransferEvent,
    signal?: AbortSignal,
  ): Promise<ResultOf<T>>;
  /** Lets go of the engine: closes one of this process, only hangs up on another's. */
  close(): Promise<void>;
}
