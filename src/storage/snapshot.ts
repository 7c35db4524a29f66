/**
 * Snapshots: a store at one moment, as a directory that opens like any other. Everything applied is flushed first, so
 * that the checkpoint is the end of the log and no log need be copied; then parts and derived files, which never change,
 * get a second name, and a fresh manifest names them. Writes wait for the flush, not for the copying.
 */

import { PeregrineError, type Random, type Seq, type ShardId } from '../base/index.ts';
import { copyFile, type Disk, directoryOfPath, linkOrCopy } from '../disk/index.ts';
import { DATABASE_NAMES } from './databases.ts';
import { makeDurableDirectory } from './durable-directory.ts';
import { encodeRecord } from './manifest-codec.ts';
import { MANIFEST_NAMES } from './manifest-roots.ts';
import { editsOfState, type ManifestState } from './manifest-state.ts';
import { LOG_DIRECTORY, PARTS_DIRECTORY, partName } from './store-names.ts';

/** A copy goes on under numbers of its own, so that parts of both never share one: the gap is drawn up to this. */
const NUMBER_GAP: number = 2 ** 20;

export interface SnapshotPlace {
  readonly disk: Disk;
  /** The shard's directory inside the snapshot; made where it does not exist. */
  readonly directory: string;
}

export interface SnapshotReport {
  readonly shard: ShardId;
  /** Every batch up to here is in it, and none behind. */
  readonly seq: Seq;
  readonly files: number;
  readonly size_bytes: number;
  /** Files that got a second name instead of a copy. */
  readonly linked: number;
}

export interface SnapshotProgress {
  readonly shard: ShardId;
  readonly filesDone: number;
  readonly files: number;
  readonly done_bytes: number;
  readonly total_bytes: number;
}

/** A moment of a store, held until it is released. */
export interface HeldMoment {
  readonly state: ManifestState;
  readonly seq: Seq;
  /** Copies it. `DISK_FULL`, `IO`, `ALREADY_EXISTS`, `CANCELLED`. */
  write(place: SnapshotPlace, options?: SnapshotOptions): Promise<SnapshotReport>;
  release(): Promise<void>;
}

export interface SnapshotOptions {
  /** Copy every file, so that damage to one disk's bytes does not reach both. Default: share what never changes. */
  readonly copies?: boolean;
  readonly onProgress?: (progress: SnapshotProgress) => void;
  readonly signal?: AbortSignal;
}

/** What makes up a shard beside its manifest, by path in its directory. */
export function filesOf(state: ManifestState): { readonly path: string; readonly size_bytes: number }[] {
  const files: { path: string; size_bytes: number }[] = [];
  for (const database of DATABASE_NAMES) {
    for (const { parts } of state.databases[database].runs) {
      for (const { number, size_bytes } of parts)
        files.push({ path: `${PARTS_DIRECTORY}/${partName(number)}`, size_bytes });
    }
  }
  for (const named of state.derived.values()) {
    for (const { path, size_bytes } of named.values()) files.push({ path, size_bytes });
  }
  return files;
}

/** Copies the files that `state` names and writes a manifest of them, last of all. */
export async function copyShard(
  from: { readonly disk: Disk; readonly directory: string },
  state: ManifestState,
  to: SnapshotPlace,
  random: Random,
  { onProgress, signal, copies = false }: SnapshotOptions = {},
): Promise<SnapshotReport> {
  const files = filesOf(state);
  const total_bytes = files.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const { disk, directory } = to;
  const directories = new Set([
    PARTS_DIRECTORY,
    LOG_DIRECTORY,
    ...files.map(({ path }) => directoryOfPath(path)),
  ]);
  for (const inside of directories) await makeDurableDirectory(disk, `${directory}/${inside}`);
  if (copies) await refuseWithoutRoom(disk, total_bytes);
  let linked = 0;
  let done_bytes = 0;
  for (const [index, { path, size_bytes }] of files.entries()) {
    signal?.throwIfAborted();
    const [source, target] = [`${from.directory}/${path}`, `${directory}/${path}`];
    if (copies) await copyFile(from.disk, source, disk, target);
    else if ((await linkOrCopy(from.disk, source, disk, target)) === 'linked') linked += 1;
    // The first that is copied shows that all must be.
    else if (index === linked) await refuseWithoutRoom(disk, total_bytes - done_bytes - size_bytes);
    done_bytes += size_bytes;
    const { shard } = state;
    onProgress?.({ shard, filesDone: index + 1, files: files.length, done_bytes, total_bytes });
  }
  for (const inside of directories) await disk.syncDirectory(`${directory}/${inside}`);
  await writeManifest(to, state, random);
  const report = { shard: state.shard, seq: state.checkpointSeq, files: files.length, linked };
  return { ...report, size_bytes: total_bytes };
}

/** `DISK_FULL` for more than a disk has room for: better before hours of copying than behind them. */
export async function refuseWithoutRoom(disk: Disk, needed_bytes: number): Promise<void> {
  // A disk that does not say is not full: a write that fails says so itself.
  const free_bytes = await disk.free_bytes().catch(() => Number.POSITIVE_INFINITY);
  if (needed_bytes <= free_bytes) return;
  const [needed, free] = [needed_bytes, free_bytes].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  throw new PeregrineError(
    'DISK_FULL',
    `What is still to be copied takes ${needed}, and its disk has ${free} free. Make room there, or choose another disk.`,
    { needed_bytes, free_bytes },
  );
}

/** A first root that says what `state` says, and that the log ends with its checkpoint. */
async function writeManifest(
  { disk, directory }: SnapshotPlace,
  state: ManifestState,
  random: Random,
): Promise<void> {
  const fresh: ManifestState = {
    ...state,
    isClean: true,
    nextFile: state.nextFile + 1 + random.below(NUMBER_GAP),
  };
  const bytes = encodeRecord({ kind: 'snapshot', generation: 1, number: 0, edits: editsOfState(fresh) });
  const file = await disk.open(`${directory}/${MANIFEST_NAMES[0]}`, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncDirectory(directory);
}
