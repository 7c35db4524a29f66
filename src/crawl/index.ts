/** The door of `crawl`. */

export type * from './crawl-contract.ts';
export { isPublicAddress } from './address-guard.ts';
export { type CrawlAccess, NO_ACCESS, readAccess } from './crawl-access.ts';
export { CrawlMetaKind } from './crawl-keys.ts';
export type { PolitenessRecord, ReplyRecord, RequestRecord } from './crawl-records.ts';
export type {
  Crawler,
  CrawlerOptions,
  CrawlLimit,
  CrawlReach,
  QueuePlace,
  RefreshChoice,
  UrlStatus,
} from './crawler-contract.ts';
export type { CrawlPeers, LedShard, PeerName } from './crawl-peers.ts';
export { AGENT_NAME } from './crawl-services.ts';
export { createCrawler } from './create-crawler.ts';
export { createBrowserRenderer, type BrowserRendererOptions } from './browser-renderer.ts';
export { findBrowser } from './find-browser.ts';
export type * from './renderer.ts';
export {
  createFetcher,
  type Fetcher,
  type FetcherOptions,
  type FetchRequest,
  type FetchResponse,
  type FetchTimeouts,
} from './fetcher.ts';
export {
  type CrawlRecord,
  type CrawlRecordFilter,
  isRecordOutcome,
  RECORD_COLUMNS,
  recordLine,
  searchCrawlRecords,
} from './crawl-record-search.ts';
export { hostManners, type HostManners } from './host-manners.ts';
export { hostOf, type HostRef, registrableDomain } from './host.ts';
export type { IndexNowNotice, NoticeAnswer } from './index-now.ts';
export { LIGHTEST, LinkGraph } from './link-graph.ts';
export { beginAtSites, rankNodes } from './link-rank.ts';
export { parseQuietHours, type QuietHours } from './crawl-pace.ts';
export { type GigablastFilter, importFilters } from './gigablast-filters.ts';
export { RULE_PROFILES, type RuleDecision, RuleTable, type UrlRule } from './rule-table.ts';
export { rulesOfText, textOfRules } from './rule-text.ts';
export { Robots, type RobotsDecision } from './robots.ts';
export { readSitemap, type Sitemap } from './sitemap.ts';
export {
  MAX_URL_CHARACTERS,
  type NormalisedUrl,
  normaliseUrl,
  requireUrl,
  type UrlRefusal,
} from './url-normaliser.ts';
