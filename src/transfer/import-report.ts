/** What an import tells of itself, while it runs and afterwards. */

import type { DataLoss } from './gigablast/file-survey.ts';

/** `waiting`: for other imports to end. */
export type ImportState = 'waiting' | 'reading' | 'running' | 'draining' | 'paused' | 'done' | 'failed';

/** Every record that was read is one of these. */
export type ImportOutcome = 'imported' | 'unchanged' | 'superseded' | 'tombstone' | 'skipped' | 'failed';

export interface ImportCounts {
  /** Records and tombstones read; the others add up to it. */
  readonly read: number;
  /** Stored by this import. */
  readonly imported: number;
  /** Stood there already, byte for byte: by an earlier run, or by the same one before it was stopped. */
  readonly unchanged: number;
  /** Older versions, and versions older than what the collection holds. */
  readonly superseded: number;
  readonly tombstones: number;
  /** Records that are no pages, or of none that may be shown: reports of a crawl, pages of banned sites. */
  readonly skipped: number;
  readonly failed: number;
  /** Why records were left out, refused, or stored without being found: how often each, by code or in words. */
  readonly reasons: ImportReasons;
}

export type ImportReasons = Readonly<Record<string, number>>;

/** Different reasons that are told apart; what is said of one record alone is no reason to count. */
const MAX_REASONS = 40;
const MAX_REASON_CHARACTERS = 100;
const OTHER_REASONS = 'other reasons';

export interface ImportFailure {
  readonly file: string;
  readonly offset: number;
  readonly docId: number;
  /** Empty where the record could not be read. */
  readonly url: string;
  readonly code: string;
  readonly message: string;
}

export interface ImportReport extends ImportCounts {
  readonly id: string;
  readonly kind: 'gigablast';
  readonly collection: string;
  readonly directory: string;
  /** The old cluster's collection, where the folder holds several. */
  readonly from?: string;
  /** Name under which the documents say where they are from. */
  readonly source: string;
  readonly isDryRun: boolean;
  readonly state: ImportState;
  /** Records in all files; 0 until they are surveyed. */
  readonly total: number;
  readonly lost_bytes: number;
  readonly losses: readonly DataLoss[];
  /** The latest; all of them are kept with the import. */
  readonly failures: readonly ImportFailure[];
  /** What lies beside the documents, and what became of it: sentences. */
  readonly notes: readonly string[];
  readonly inFlight: number;
  readonly documents_per_s: number;
  /** Undefined until the rate is known. */
  readonly remaining_s: number | undefined;
  readonly startedAt_ms: number;
  /** 0 while it runs. */
  readonly endedAt_ms: number;
  /** Why it stopped, where it failed. */
  readonly error: string;
}

export const NO_COUNTS: ImportCounts = {
  read: 0,
  imported: 0,
  unchanged: 0,
  superseded: 0,
  tombstones: 0,
  skipped: 0,
  failed: 0,
  reasons: {},
};

export function addCounts(a: ImportCounts, b: Partial<ImportCounts>): ImportCounts {
  return {
    read: a.read + (b.read ?? 0),
    imported: a.imported + (b.imported ?? 0),
    unchanged: a.unchanged + (b.unchanged ?? 0),
    superseded: a.superseded + (b.superseded ?? 0),
    tombstones: a.tombstones + (b.tombstones ?? 0),
    skipped: a.skipped + (b.skipped ?? 0),
    failed: a.failed + (b.failed ?? 0),
    reasons: addReasons(a.reasons, b.reasons),
  };
}

/** Bookmarks and reports of earlier versions know no reasons. */
function addReasons(a: ImportReasons | undefined = {}, b: ImportReasons | undefined = {}): ImportReasons {
  const added = Object.entries(b);
  if (added.length === 0) return a;
  const sum: Record<string, number> = { ...a };
  for (const [reason, times] of added) {
    const short = reason.slice(0, MAX_REASON_CHARACTERS);
    const isKept = Object.hasOwn(sum, short) || Object.keys(sum).length < MAX_REASONS;
    const name = isKept ? short : OTHER_REASONS;
    sum[name] = (sum[name] ?? 0) + times;
  }
  return sum;
}
