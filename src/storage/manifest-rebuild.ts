/**
 * Makes a damaged manifest again from what can be read of its roots, from the parts' own footers and from the log. What
 * the last edits said beside that is lost: deletions that a merge had dropped may come back, and derived files that
 * nobody names any more are made again by their owners.
 */

import { isPeregrineError, type Random, type ShardId, toSeq, toShardId } from '../base/index.ts';
import { copyFile, type Disk } from '../disk/index.ts';
import { DATABASE_NAMES, type DatabaseName, databaseOfNumber } from './databases.ts';
import { compareKeys } from './key-order.ts';
import { listSegments, recoverLog } from './log-recovery.ts';
import { encodeRecord } from './manifest-codec.ts';
import { MANIFEST_NAMES, readableRoots } from './manifest-roots.ts';
import {
  type DatabaseFiles,
  editsOfState,
  emptyState,
  type ManifestState,
  type PartEntry,
  type RunEntry,
} from './manifest-state.ts';
import { decodeFooter, FOOTER_BYTES } from './part-format.ts';
import type { RetryingReads } from './retrying-reads.ts';
import { LOG_DIRECTORY, partNumberOf, PARTS_DIRECTORY } from './store-names.ts';

export interface RebuildReport {
  readonly shard: ShardId;
  readonly parts: number;
  readonly runs: number;
  /** Part files that can't be placed: nothing readable says where they belong. They stay where they are until the store is opened. */
  readonly leftOut: readonly string[];
  /** Derived files were lost with the manifest: what they held is to be made again from records. */
  readonly losesDerived: boolean;
  readonly sentence: string;
}

interface FoundPart {
  readonly database: DatabaseName;
  /** Of the run that the readable part of the manifest names it in, else of the one that its footer names. */
  readonly order: number;
  readonly run: RunEntry | undefined;
  readonly entry: PartEntry;
}

/** To be run while nobody has the store open. The damaged roots stay beside the new one, under other names. `IO`, `DISK_FULL`. */
export async function rebuildManifest(
  disk: Disk,
  directory: string,
  shard: number,
  reads: RetryingReads,
  random: Random,
): Promise<RebuildReport> {
  const roots = await readableRoots(disk, directory);
  const base = roots[0];
  const { found, leftOut } = await findParts(disk, directory, base?.state);
  const log = await readLog(disk, directory, base?.state, reads);
  const storeId =
    base?.state.storeId ??
    log.storeId ??
    (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
  const { derived, losesDerived } = await findDerived(disk, directory, base?.state, log.checkpointSeq);
  const highest = found.reduce((most, { entry }) => Math.max(most, entry.number), base?.state.nextFile ?? 0);
  const empty = base?.state ?? emptyState(storeId, toShardId(shard));
  const { databases, nextRun } = placeParts(found, empty);
  const state: ManifestState = {
    ...empty,
    storeId,
    epoch: log.epoch ?? empty.epoch,
    checkpointSeq: toSeq(log.checkpointSeq),
    isClean: false,
    nextFile: highest + 1,
    nextRun,
    databases,
    derived,
  };
  await writeRoots(disk, directory, state, (base?.generation ?? 0) + 1 + random.below(1_000));
  const runs = DATABASE_NAMES.reduce((sum, name) => sum + databases[name].runs.length, 0);
  const words = [`${found.length} parts in ${runs} runs found again`];
  if (leftOut.length > 0) words.push(`${leftOut.length} could not be placed`);
  if (losesDerived) words.push('the index is to be made again from the records');
  const sentence = `Shard ${shard}: ${words.join(', ')}.`;
  return { shard: toShardId(shard), parts: found.length, runs, leftOut, losesDerived, sentence };
}

async function findParts(
  disk: Disk,
  directory: string,
  base: ManifestState | undefined,
): Promise<{ found: FoundPart[]; leftOut: string[] }> {
  const named = new Map<number, FoundPart>();
  for (const database of DATABASE_NAMES) {
    for (const run of base?.databases[database].runs ?? []) {
      for (const entry of run.parts) named.set(entry.number, { database, order: run.order, run, entry });
    }
  }
  const found: FoundPart[] = [];
  const leftOut: string[] = [];
  for (const name of await disk.list(`${directory}/${PARTS_DIRECTORY}`)) {
    const number = partNumberOf(name);
    if (number === undefined) continue;
    const path = `${directory}/${PARTS_DIRECTORY}/${name}`;
    const part = named.get(number) ?? (await readFooter(disk, path, number));
    if (part === undefined || part.order === 0) leftOut.push(path);
    else found.push(part);
  }
  return { found, leftOut };
}

async function readFooter(disk: Disk, path: string, number: number): Promise<FoundPart | undefined> {
  const file = await disk.open(path, 'read');
  try {
    const size_bytes = await file.size();
    const offset = Math.max(0, size_bytes - FOOTER_BYTES);
    const bytes = new Uint8Array(FOOTER_BYTES);
    const count = await file.read(bytes, offset);
    const footer = decodeFooter(bytes.subarray(0, count), path, offset);
    const database = databaseOfNumber(footer.database);
    if (database === undefined || footer.partNumber !== number) return undefined;
    const { records, tombstones, firstKey, lastKey, order } = footer;
    return {
      database,
      order,
      run: undefined,
      entry: { number, size_bytes, records, tombstones, firstKey, lastKey },
    };
  } catch (error) {
    // Never finished, or damaged at its end: nobody can say what it is.
    if (isPeregrineError(error, 'CORRUPT') || isPeregrineError(error, 'UNSUPPORTED_VERSION'))
      return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

/** Parts of one order as few runs in which none overlap; those that a run is known of stay in it. */
function placeParts(
  found: readonly FoundPart[],
  base: ManifestState,
): { databases: Record<DatabaseName, DatabaseFiles>; nextRun: number } {
  let nextRun = found.reduce(
    (most, { order, run }) => Math.max(most, order + 1, (run?.number ?? 0) + 1),
    base.nextRun,
  );
  const databases = Object.fromEntries(
    DATABASE_NAMES.map((database): [DatabaseName, DatabaseFiles] => {
      const mine = found.filter((part) => part.database === database);
      const runs: RunEntry[] = [];
      for (const [run, parts] of Map.groupBy(mine, (part) => part.run)) {
        if (run !== undefined) {
          runs.push({ ...run, parts: inOrder(parts) });
          continue;
        }
        for (const [order, others] of Map.groupBy(parts, (part) => part.order)) {
          for (const row of rowsOf(inOrder(others))) {
            runs.push({ number: nextRun, order, consumed: undefined, parts: row });
            nextRun += 1;
          }
        }
      }
      runs.sort((a, b) => b.order - a.order || b.number - a.number);
      return [database, { runs, merge: undefined, losses: base.databases[database].losses }];
    }),
  ) as Record<DatabaseName, DatabaseFiles>;
  return { databases, nextRun };
}

function inOrder(parts: readonly FoundPart[]): PartEntry[] {
  return parts.map(({ entry }) => entry).sort((a, b) => compareKeys(a.firstKey, b.firstKey));
}

function rowsOf(parts: readonly PartEntry[]): PartEntry[][] {
  const rows: PartEntry[][] = [];
  for (const part of parts) {
    const row = rows.find((each) => {
      const last = each.at(-1);
      return last !== undefined && compareKeys(last.lastKey, part.firstKey) < 0;
    });
    if (row === undefined) rows.push([part]);
    else row.push(part);
  }
  return rows;
}

/**
 * What the log can give back: the unbroken row of entries at its end. What stands before a gap may be older than what
 * files hold, for it was kept only because its segment was not used again yet.
 */
async function readLog(
  disk: Disk,
  directory: string,
  base: ManifestState | undefined,
  reads: RetryingReads,
): Promise<{
  checkpointSeq: number;
  storeId: bigint | undefined;
  epoch: ManifestState['epoch'] | undefined;
}> {
  const logDirectory = `${directory}/${LOG_DIRECTORY}`;
  // Of any store: its own number may have been lost with the manifest.
  const { segments } = await listSegments(disk, logDirectory, base?.storeId, reads);
  const newest = segments.reduce<(typeof segments)[number] | undefined>((last, segment) => {
    return (segment.header?.generation ?? 0) > (last?.header?.generation ?? 0) ? segment : last;
  }, undefined);
  const storeId = base?.storeId ?? newest?.header?.storeId;
  const before = base?.checkpointSeq ?? 0;
  if (storeId === undefined || newest?.header === undefined) {
    return { checkpointSeq: before, storeId, epoch: undefined };
  }
  const { epoch } = newest.header;
  const { frames, recovery } = await recoverLog({
    disk,
    directory: logDirectory,
    storeId,
    epoch,
    checkpointSeq: before,
    reads,
  });
  let checkpointSeq = recovery.lastSeq as number;
  for (const { seq } of frames.toReversed()) {
    if (seq !== checkpointSeq) break;
    checkpointSeq = seq - 1;
  }
  return { checkpointSeq: Math.max(before, checkpointSeq), storeId, epoch: epoch as ManifestState['epoch'] };
}

async function findDerived(
  disk: Disk,
  directory: string,
  base: ManifestState | undefined,
  checkpointSeq: number,
): Promise<{ derived: ManifestState['derived']; losesDerived: boolean }> {
  const derived = new Map<
    number,
    Map<string, NonNullable<ReturnType<NonNullable<ReturnType<ManifestState['derived']['get']>>['get']>>>
  >();
  let losesDerived = base === undefined || base.checkpointSeq !== checkpointSeq;
  for (const [number, files] of base?.derived ?? []) {
    const kept = new Map(files);
    for (const [path, { size_bytes }] of files) {
      const found = await disk.stat(`${directory}/${path}`);
      if (found?.size_bytes === size_bytes) continue;
      kept.delete(path);
      losesDerived = true;
    }
    derived.set(number, kept);
  }
  return { derived, losesDerived };
}

/** The new root takes its place by one rename; before that the old ones are copied aside. */
async function writeRoots(
  disk: Disk,
  directory: string,
  state: ManifestState,
  generation: number,
): Promise<void> {
  const [first, second] = MANIFEST_NAMES.map((name) => `${directory}/${name}`) as [string, string];
  for (const path of [first, second]) {
    if ((await disk.stat(path)) === undefined) continue;
    await disk.remove(`${path}.damaged`);
    await copyFile(disk, path, disk, `${path}.damaged`);
  }
  const draft = `${first}.new`;
  await disk.remove(draft);
  const file = await disk.open(draft, 'create');
  try {
    await file.write(
      encodeRecord({ kind: 'snapshot', generation, number: 0, edits: editsOfState(state) }),
      0,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  // Second first: until the rename there is no manifest at all, and this is done again.
  await disk.syncDirectory(directory);
  await disk.remove(second);
  await disk.rename(draft, first);
  await disk.syncDirectory(directory);
}
