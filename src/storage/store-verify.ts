/**
 * Verification of an open store: the parts that the manifest names at the beginning, one after another, held until they
 * are done, so that merges may go on beside it. Stops nothing and changes nothing.
 */

import { type LogSink, messageOf, type Random, type ShardId } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { DATABASE_NAMES, DATABASES, type DatabaseName } from './databases.ts';
import { lostRanges } from './losses.ts';
import type { Manifest } from './manifest.ts';
import { checkPart, type SlotRange } from './part-check.ts';
import type { PartReader } from './part-reader.ts';
import type { RetryingReads } from './retrying-reads.ts';
import type { LogDamage } from './shard-log.ts';
import type { StoreFiles } from './store-files.ts';
import type { StoreMemory } from './store-memory.ts';
import {
  type MemoryReport,
  type PartReport,
  sentenceOf,
  type StoreVerification,
  type VerifyDepth,
  type VerifyProblem,
  type VerifyProgress,
} from './verify-report.ts';

export interface VerifyOptions {
  /** Default `sample`. */
  readonly depth?: VerifyDepth;
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Called for each part as soon as it is done. */
  readonly onPart?: (report: PartReport) => void;
  /** Ends it with `CANCELLED`. */
  readonly signal?: AbortSignal;
  /** Waits as long as the bytes just read should take. Default: only for others to have their turn. */
  readonly afterRead?: (size_bytes: number) => Promise<void>;
}

export interface VerifyContext {
  readonly shard: ShardId;
  readonly disk: Disk;
  readonly manifest: Manifest;
  readonly files: StoreFiles;
  readonly memory: StoreMemory;
  readonly reads: RetryingReads;
  readonly random: Random;
  readonly slots: SlotRange;
  readonly log: LogSink;
  readonly logDamage: readonly LogDamage[];
}

/** Looked at by an opening; older ones are the scrub's. */
const MAX_PARTS_AT_OPENING = 512;
const PARTS_AT_ONCE = 16;

interface HeldPart {
  readonly database: DatabaseName;
  readonly run: number;
  readonly consumed: Uint8Array | undefined;
  readonly reader: PartReader;
}

/** `CANCELLED`; damage is never an error here, but what it reports. */
export async function verifyStore(
  context: VerifyContext,
  { depth = 'sample', onProgress, onPart, signal, afterRead = yieldTurn }: VerifyOptions = {},
): Promise<StoreVerification> {
  const { shard, log } = context;
  const held = holdParts(context.files);
  const total_bytes = held.reduce((sum, { reader }) => sum + reader.entry.size_bytes, 0);
  log.write('info', 'storage.verify-began', { shard, depth, parts: held.length, size_bytes: total_bytes });
  const parts: PartReport[] = [];
  let read_bytes = 0;
  let done_bytes = 0;
  const progress = (): void =>
    onProgress?.({ shard, partsDone: parts.length, parts: held.length, done_bytes, total_bytes });
  try {
    // Asked at once: what is flushed meanwhile shows in one of both or in none, never twice.
    const memory = memoryReports(context);
    const problems = await derivedProblems(context);
    for (const { database, run, consumed, reader } of held) {
      const { disk, slots, reads, random } = context;
      const report = await checkPart({
        disk,
        path: reader.path,
        database,
        run,
        entry: reader.entry,
        consumed,
        slots,
        depth,
        reads,
        random,
        afterRead: async (size_bytes) => {
          signal?.throwIfAborted();
          read_bytes += size_bytes;
          await afterRead(size_bytes);
        },
      });
      parts.push(report);
      done_bytes += reader.entry.size_bytes;
      noteProblems(log, report);
      onPart?.(report);
      progress();
    }
    const lost = lostRanges(context.manifest.state);
    const { logDamage } = context;
    const owned = parts.every((part) => part.own === part.entries);
    const isSound =
      owned &&
      problems.length + lost.length + logDamage.length === 0 &&
      parts.every((part) => part.problemCount === 0);
    const found = { shard, depth, parts, memory, problems, lost, logDamage, read_bytes, isSound };
    const verification = { ...found, sentence: sentenceOf(found) };
    log.write(isSound ? 'info' : 'error', 'storage.verified', { shard, sentence: verification.sentence });
    return verification;
  } finally {
    for (const { reader } of held) reader.unpin();
  }
}

/**
 * The quick look of an opening: the newest parts, some at a time, without patience. Says what is wrong in the log, and
 * keeps no store from opening.
 */
export async function lookAtOpening(context: VerifyContext): Promise<void> {
  const { disk, slots, reads, random, log } = context;
  const held = holdParts(context.files);
  try {
    const newest = held.slice(-MAX_PARTS_AT_OPENING);
    for (let i = 0; i < newest.length; i += PARTS_AT_ONCE) {
      const some = newest.slice(i, i + PARTS_AT_ONCE).map(async ({ database, run, reader }) => {
        const { path, entry } = reader;
        const options = { disk, path, database, run, entry, slots, reads, random } as const;
        noteProblems(log, await checkPart({ ...options, depth: 'quick', priority: 'interactive' }));
      });
      await Promise.all(some);
    }
  } finally {
    for (const { reader } of held) reader.unpin();
  }
}

/** Runs in one turn: a picture of one moment, each part pinned until it is given back. */
function holdParts(files: StoreFiles): HeldPart[] {
  const held: HeldPart[] = [];
  for (const database of DATABASE_NAMES) {
    for (const { entry, parts } of files.runs(database)) {
      for (const reader of parts) {
        reader.pin();
        held.push({ database, run: entry.number, consumed: entry.consumed, reader });
      }
    }
  }
  return held.sort((a, b) => a.reader.entry.number - b.reader.entry.number);
}

function memoryReports({ memory, slots }: VerifyContext): MemoryReport[] {
  const reports: MemoryReport[] = [];
  for (const database of DATABASE_NAMES) {
    const { keyBytes } = DATABASES[database];
    let entries = 0;
    let own = 0;
    for (const memtable of memory.memtables(database)) {
      for (const { count, keys } of memtable.blocks()) {
        entries += count;
        for (let i = 0; i < count; i++) {
          const slot = ((keys[i * keyBytes] ?? 0) << 8) | (keys[i * keyBytes + 1] ?? 0);
          if (slot >= slots.first && slot <= slots.last) own += 1;
        }
      }
    }
    if (entries > 0) reports.push({ database, entries, own });
  }
  return reports;
}

/** Files of derived states are looked into by their owners; here, whether they are there and as long as they should be. */
async function derivedProblems({ disk, manifest, files }: VerifyContext): Promise<VerifyProblem[]> {
  const problems: VerifyProblem[] = [];
  for (const named of manifest.state.derived.values()) {
    for (const { path, size_bytes } of named.values()) {
      const file = `${files.directory}/${path}`;
      const what = await lengthProblem(disk, file, size_bytes);
      // A merge of the owner may have taken it away meanwhile.
      const isStillNamed = [...manifest.state.derived.values()].some((found) => found.has(path));
      if (what !== undefined && isStillNamed) problems.push({ kind: 'derived', file, what });
    }
  }
  return problems;
}

async function lengthProblem(disk: Disk, file: string, size_bytes: number): Promise<string | undefined> {
  try {
    const found = await disk.stat(file);
    if (found === undefined) return 'the file is missing';
    return found.size_bytes === size_bytes
      ? undefined
      : `it has ${found.size_bytes} bytes, not ${size_bytes}`;
  } catch (error) {
    return `it can't be looked at (${messageOf(error)})`;
  }
}

function noteProblems(log: LogSink, { file, problems, entries, own }: PartReport): void {
  if (own !== entries) log.write('error', 'storage.foreign-records', { file, entries, own });
  for (const { kind, what, offset, firstKey, lastKey } of problems) {
    log.write('error', 'storage.damage-found', { file, kind, what, offset, firstKey, lastKey });
  }
}

async function yieldTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
