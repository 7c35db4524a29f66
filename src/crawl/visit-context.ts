/** What visitors of hosts need of the crawl that sends them, and what they hand back. */

import type { CrawlJob } from './crawl-job.ts';
import type { CrawlPace } from './crawl-pace.ts';
import type { ReplyRecord, RequestRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { FetchRequest, FetchResponse } from './fetcher.ts';
import type { DueEntry, NewRequest } from './frontier.ts';
import type { HostRef } from './host.ts';
import type { HostQueue } from './host-queue.ts';
import type { Conclusion } from './page-conclusion.ts';
import type { Permits } from './permits.ts';
import type { RowQuotas } from './row-quotas.ts';
import type { RuleLanes } from './rule-lanes.ts';
import type { RuleTable } from './rule-table.ts';
import type { Effort, RunLedger } from './run-ledger.ts';
import type { Scope } from './scope.ts';
import type { TrapGuard } from './trap-guard.ts';

/** What visitors need of the crawl that sends them. */
export interface VisitContext {
  readonly services: CrawlServices;
  /** As it stands now: a crawl may be widened while it runs. */
  readonly job: () => CrawlJob;
  readonly scope: Scope;
  readonly ledger: RunLedger;
  readonly traps: TrapGuard;
  /** Takes up what was learned of a host before. */
  readonly recall: (host: HostRef) => Promise<void>;
  readonly table: () => RuleTable;
  readonly pace: CrawlPace;
  /** What goes with each request of this crawl. */
  readonly sent: () => Pick<FetchRequest, 'allowPrivate' | 'cookies' | 'onBytes'>;
  /** Rows that bound what is fetched at once. */
  readonly lanes: () => RuleLanes;
  /** Requests at once. */
  readonly fetches: Permits;
  /** Answers held in memory at once. */
  readonly pages: Permits;
  /** Aborts when no new work may begin. */
  readonly stopSignal: AbortSignal;
  /** Aborts when work under way must end. */
  readonly killSignal: AbortSignal;
  /** Among several processes: another one does not visit the host before what this returns is called. */
  readonly holdLease?: () => () => void;
  /** Requests added before this run began may have been stored by one that was killed. */
  readonly startedAt_ms: number;
  /** The crawl was going on when an earlier process ended. */
  readonly isResumed: boolean;
  /** Origins whose sitemaps have been asked for. */
  readonly sitemapOrigins: Set<string>;
  /** What rows with a quota have let in of each host. */
  readonly quotas: RowQuotas;
  /** Told of each request that is taken up. */
  readonly visited: () => void;
  /** Hosts wait for this visitor's place. */
  readonly isCrowded: () => boolean;
  /** Takes a page off what the crawl may fetch: `later` where that depends on pages under way. */
  readonly reserve: () => 'yes' | 'no' | 'later';
  readonly unreserve: () => void;
  readonly limitReached: () => void;
  readonly add: (requests: readonly NewRequest[]) => Promise<void>;
  /** Has that asked for which the last good copy of a page leads to: the page itself can't be had. */
  readonly followKept: (request: RequestRecord) => Promise<void>;
  /** Concludes an answer and writes the result; never rejects. */
  readonly conclude: (visit: Visit) => Promise<void>;
}

/** An attempt that is over, and what came of it. */
export interface Visit {
  readonly entry: DueEntry;
  readonly previous: ReplyRecord | undefined;
  readonly answer: { readonly response: FetchResponse } | { readonly failure: Conclusion };
  readonly effort: Effort;
  readonly queue: HostQueue;
}
