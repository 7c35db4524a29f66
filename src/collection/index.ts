/** The door of `collection`. */

export { decodeLink, linkKey, type LinkRecord } from './link-records.ts';
export { withFolderAside } from './aside-folder.ts';
export { COPY_PLACES_FILE, type CopyPlace, copyPlaces, noteCopyPlace } from './copy-places.ts';
export { documentUrl } from './document-url.ts';
export { MAX_COLLECTIONS } from './collection-registry.ts';
export { MetaKind } from './meta-kinds.ts';
export { MAX_INJECT_BYTES } from './engine-documents.ts';
export type * from './engine-contract.ts';
export type * from './index-care-contract.ts';
export { problemLines } from './index-care-sentences.ts';
export type { LinksTo } from './inbound-record.ts';
export type { SettingChange } from './kept-settings.ts';
export type { LinkReport } from './link-pass.ts';
export type { WhyNotRequest } from './why-not.ts';
export type { LinkingPage, WhyNotAnswer, WhyNotKind } from './why-not-reason.ts';
export { repairUnopened } from './repair-unopened.ts';
export { DEFAULT_MEMORY_BYTES, MIN_MEMORY_BYTES } from './memory-plan.ts';
export * from './index-fleet.ts';
export { joinSequences, type SeenSequences } from './seen-sequences.ts';
export * from './shards-layer.ts';
export type * from './store-tasks.ts';
export type { IndexVerified } from './verify-indexes.ts';
export type { AuditEntry, AuditTrail } from './audit-trail.ts';
export {
  type Statistics,
  STATISTICS_KEPT_MS,
  STATISTICS_STEP_MS,
  type StatisticsSample,
} from './statistics.ts';
export type { EngineOptions } from './engine-options.ts';
export { openEngine } from './open-engine.ts';
export type { MeasuredQuality, MissedQuery, SearchQuality } from './search-lab.ts';
