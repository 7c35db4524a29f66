/** The door of `transfer`. */

export { IMPORT_HASH, IMPORT_ID, IMPORT_SOURCE } from './gigablast/document-source.ts';
export type { DataLoss } from './gigablast/file-survey.ts';
export { DEFAULT_AT_ONCE, ImportJob, type ImportRequest, MAX_AT_ONCE } from './import-job.ts';
export type * from './import-report.ts';
export { Imports, importsOf } from './imports.ts';
