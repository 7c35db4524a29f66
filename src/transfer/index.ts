/** The door of `transfer`. */

export { IMPORT_HASH, IMPORT_ID, IMPORT_SOURCE } from './gigablast/document-source.ts';
export {
  type BundleImportOptions,
  type BundleRequest,
  importBundle,
  makeBundle,
} from './bundles/bundle-documents.ts';
export { BundleFolder } from './bundles/bundle-folder.ts';
export { type BundleManifest, newSigningKey, openManifest, signingKeyOf } from './bundles/bundle-manifest.ts';
export { type BundleSource, fetchBundle, type FetchOptions } from './bundles/bundle-fetch.ts';
export { type BundleAddress, httpSource } from './bundles/bundle-http.ts';
export { answerPipe, type Pipe, pipeSource } from './bundles/bundle-pipe.ts';
export type { ConflictPolicy } from './import-record.ts';
export { type ExportFormat, exportDocuments, type ExportRequest } from './export-documents.ts';
export {
  dropExportBookmark,
  type ExportBookmark,
  exportBookmarks,
  exportIntoFile,
  type ExportOptions,
  type ExportReport,
  type FileExport,
} from './export-job.ts';
export { type FeedOptions, type FeedProblem, type FeedReport, importFeed } from './feed-import.ts';
export {
  directoryPublicKey,
  directorySigningKey,
  SIGNING_KEY_FILE,
} from './bundles/directory-signing-key.ts';
export { archiveFeed } from './feeds/archive-feed.ts';
export { type Feed, type FeedItem, type FeedPlace, placeInWords } from './feeds/feed.ts';
export { folderFeed } from './feeds/folder-feed.ts';
export { lineFeed, type LineFeedOptions } from './feeds/line-feed.ts';
export { tableFeed, type TableFeedOptions } from './feeds/table-feed.ts';
export {
  type FoundRequest,
  readAgain,
  reindexFound,
  type ReindexReport,
  type RemovalReport,
  removeFound,
  toTheLetter,
} from './found-documents.ts';
export { FORGET_WITHIN_MS, type ForgetReport, forgetPages, type ForgetRequest } from './forget.ts';
export type { DataLoss } from './gigablast/file-survey.ts';
export { DEFAULT_AT_ONCE, importId, ImportJob, type ImportRequest, MAX_AT_ONCE } from './import-job.ts';
export { planImports, type PlannedImport } from './import-plan.ts';
export { reasonsInWords } from './reason-words.ts';
export type * from './import-report.ts';
export { Imports, importsOf } from './imports.ts';
export {
  type FeedKind,
  type ImportFeedTask,
  type OnTransferEvent,
  type ResultOf,
  refuseChanges,
  runTransferTask,
  type TransferEvent,
  type TransferResults,
  type TransferTask,
} from './transfer-task.ts';
export type { ObjectStore } from './snapshots/object-store.ts';
export { openObjectStore } from './snapshots/open-object-store.ts';
export { restoreDirectory } from './snapshots/restore-directory.ts';
export type { SnapshotManifest } from './snapshots/snapshot-manifest.ts';
export {
  fetchSnapshot,
  findSnapshot,
  listSnapshots,
  removeFolder as removeSnapshotFolder,
} from './snapshots/snapshot-repository.ts';
export {
  readPlan,
  SCHEDULE_FILE,
  type SnapshotPlan,
  SnapshotSchedule,
  writePlan,
} from './snapshots/snapshot-schedule.ts';
export type { SnapshotFinding } from './snapshots/snapshot-search.ts';
export {
  restoreCollection,
  takeSnapshot,
  type TakenSnapshot,
  verifySnapshot,
} from './snapshots/take-snapshot.ts';
