/** What a verification found, as data and as one sentence. */

import type { ShardId } from '../base/index.ts';
import type { DatabaseName } from './databases.ts';
import type { LogDamage } from './shard-log.ts';

/**
 * - `quick`: every file is there, as long as it should be, with a footer that fits the manifest.
 * - `sample`: also the page map, and some {@link SAMPLE_BYTES} of pages of each part.
 * - `deep`: every page: checksum, order, map, filter, counts, and the owner of every record.
 */
export type VerifyDepth = 'quick' | 'sample' | 'deep';

/** Data looked at in each part by a sample; what the old program read of each of its files. */
export const SAMPLE_BYTES = 64_000;

/**
 * `missing`, `length`, `footer`, `page`: the file's bytes. `map`, `order`, `filter`, `counts`: pages that are whole and
 * don't agree. `manifest`: what the manifest says of the file. `owner`: records of other shards. `unreadable`: the disk.
 * `derived`: a file of a derived state.
 */
export type ProblemKind =
  | 'missing'
  | 'length'
  | 'footer'
  | 'page'
  | 'map'
  | 'order'
  | 'filter'
  | 'counts'
  | 'manifest'
  | 'owner'
  | 'unreadable'
  | 'derived';

export interface VerifyProblem {
  readonly kind: ProblemKind;
  readonly file: string;
  /** A sentence. */
  readonly what: string;
  readonly offset?: number | undefined;
  readonly size_bytes?: number | undefined;
  /** Keys that can't be read because of it, in hex, both inclusive. */
  readonly firstKey?: string | undefined;
  readonly lastKey?: string | undefined;
}

export interface PartReport {
  readonly file: string;
  readonly database: DatabaseName;
  readonly partNumber: number;
  readonly run: number;
  readonly size_bytes: number;
  /** Pages read and found whole. */
  readonly pages: number;
  readonly read_bytes: number;
  /** Entries seen, deletions among them. Those that a merge has moved on already are not counted. */
  readonly entries: number;
  readonly tombstones: number;
  /** Of the entries seen, those whose slot this shard owns. */
  readonly own: number;
  /** The first {@link MAX_PROBLEMS}; empty for a sound part. */
  readonly problems: readonly VerifyProblem[];
  readonly problemCount: number;
}

export const MAX_PROBLEMS = 100;

/** What stands in memory, told apart from what files hold. */
export interface MemoryReport {
  readonly database: DatabaseName;
  readonly entries: number;
  readonly own: number;
}

/** Keys of a database that are lost until they are repaired, written anew, or given up by name. */
export interface LostRange {
  readonly database: DatabaseName;
  /** In hex, both inclusive. */
  readonly firstKey: string;
  readonly lastKey: string;
  /** The part that held them. */
  readonly partNumber: number;
  /** How many entries were lost; undefined where that can't be known. */
  readonly entries: number | undefined;
}

export interface StoreVerification {
  readonly shard: ShardId;
  readonly depth: VerifyDepth;
  readonly parts: readonly PartReport[];
  readonly memory: readonly MemoryReport[];
  /** Damage of files that are no parts. */
  readonly problems: readonly VerifyProblem[];
  readonly lost: readonly LostRange[];
  readonly logDamage: readonly LogDamage[];
  readonly read_bytes: number;
  /** True where nothing is wrong and nothing is lost. */
  readonly isSound: boolean;
  readonly sentence: string;
}

export interface VerifyProgress {
  readonly shard: ShardId;
  readonly partsDone: number;
  readonly parts: number;
  readonly done_bytes: number;
  readonly total_bytes: number;
}

export function problemCount({ parts, problems }: Pick<StoreVerification, 'parts' | 'problems'>): number {
  return parts.reduce((sum, part) => sum + part.problemCount, problems.length);
}

/** The whole of a verification for a person. */
export function sentenceOf(verification: Omit<StoreVerification, 'sentence'>): string {
  const { shard, depth, parts, lost, logDamage } = verification;
  const entries = parts.reduce((sum, part) => sum + part.entries, 0);
  const own = parts.reduce((sum, part) => sum + part.own, 0);
  const bad = parts.filter((part) => part.problemCount > 0).length;
  const seen = depth === 'quick' ? '' : `, ${entries} entries`;
  const head = `Shard ${shard}: ${parts.length} ${parts.length === 1 ? 'part' : 'parts'}${seen} looked at (${depth})`;
  const faults: string[] = [];
  const problems = problemCount(verification);
  if (problems > 0) {
    faults.push(`${problems} ${problems === 1 ? 'problem' : 'problems'}, in ${bad} of the parts`);
  }
  if (own !== entries) faults.push(`of ${entries} records only ${own} belong to this shard`);
  if (lost.length > 0)
    faults.push(`${lost.length} key ${lost.length === 1 ? 'range is' : 'ranges are'} lost`);
  for (const { firstSeq, lastSeq } of logDamage) faults.push(`the log has lost ${firstSeq} to ${lastSeq}`);
  return `${head}: ${faults.length === 0 ? 'all is well' : faults.join('; ')}.`;
}
