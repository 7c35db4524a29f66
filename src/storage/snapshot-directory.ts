/**
 * Snapshots of a whole data directory, all shards at one moment, and the way back. A snapshot is itself a data
 * directory; the file `snapshot`, written last, says that it is whole. Layout: docs/formats/snapshot.md.
 */

import {
  hash64,
  isPeregrineError,
  PeregrineError,
  type Random,
  type Seq,
  systemRandom,
  toSeq,
  toShardId,
} from '../base/index.ts';
import { type Disk, mayLink, removeTree, treeBytes } from '../disk/index.ts';
import type { ManifestState } from './manifest-state.ts';
import { readManifestState } from './manifest-roots.ts';
import { encodeAllMade, SHARDS_MADE_FILE } from './shards-made.ts';
import { encodeShardCount, SHARD_COUNT_FILE } from './shards.ts';
import {
  copyShard,
  filesOf,
  type HeldMoment,
  refuseWithoutRoom,
  type SnapshotOptions,
  type SnapshotReport,
} from './snapshot.ts';
import type { MaintainedStore } from './store-contract.ts';
import { shardDirectory } from './store-names.ts';
import { writeWholeFile } from './whole-file.ts';

export const SNAPSHOT_FILE = 'snapshot';
export const SNAPSHOT_VERSION = 1;
/** Bytes before the sequences of the shards. */
export const SNAPSHOT_HEAD_BYTES = 16;
const SNAPSHOT_CHECKSUM_BYTES = 8;
const MAGIC = 0x504e5350; // 'PSNP'
const SHARD_NAME = /^shard-\d+$/;

export interface DirectoryPlace {
  readonly disk: Disk;
  /** `''` for the disk's root. */
  readonly directory: string;
  /** For people: where that is. Default: `directory`. */
  readonly name?: string;
}

export interface SnapshotMark {
  readonly created_ms: number;
  /** Of each shard, the last batch that is in it. */
  readonly seqs: readonly Seq[];
}

export interface DirectorySnapshot extends SnapshotMark {
  readonly shards: readonly SnapshotReport[];
  readonly files: number;
  readonly size_bytes: number;
  readonly linked: number;
  readonly sentence: string;
}

/**
 * Writes a snapshot into a directory that is empty, absent, or holds one that was never finished. Writers wait while
 * memory is flushed, not while files are copied. `ALREADY_EXISTS`, `DISK_FULL`, `IO`, `CANCELLED`.
 */
export async function snapshotShards(
  stores: readonly MaintainedStore[],
  place: DirectoryPlace,
  created_ms: number,
  options: SnapshotOptions = {},
): Promise<DirectorySnapshot> {
  await clearUnfinished(place);
  const moments = await holdAll(stores);
  try {
    const shards: SnapshotReport[] = [];
    for (const [index, moment] of moments.entries()) {
      const directory = inside(place, shardDirectory(toShardId(index)));
      shards.push(await moment.write({ disk: place.disk, directory }, options));
    }
    const mark = { created_ms, seqs: moments.map(({ seq }) => seq) };
    await writeFile(place, SHARDS_MADE_FILE, encodeAllMade(stores.length));
    await writeFile(place, SHARD_COUNT_FILE, encodeShardCount(stores.length));
    await writeFile(place, SNAPSHOT_FILE, encodeMark(mark));
    return summed(mark, shards, 'Snapshot');
  } finally {
    for (const moment of moments) await moment.release();
  }
}

/**
 * Makes a data directory of a snapshot. It must be empty, absent, or an unfinished one of before; `replaces` removes
 * the shards that stand there. The snapshot stays and shares files that never change with what is made of it.
 * `NOT_FOUND`, `ALREADY_EXISTS`, `CORRUPT`, `DISK_FULL`, `IO`.
 */
export async function restoreSnapshot(
  from: DirectoryPlace,
  to: DirectoryPlace,
  options: SnapshotOptions & { readonly replaces?: boolean; readonly random?: Random } = {},
): Promise<DirectorySnapshot> {
  const { random = systemRandom } = options;
  const mark = await readMark(from);
  const states: RestoredShard[] = [];
  for (const index of mark.seqs.keys()) {
    const directory = inside(from, shardDirectory(toShardId(index)));
    const state = await readManifestState(from.disk, directory);
    await refuseIncomplete(from.disk, directory, filesOf(state));
    states.push({ directory, state });
  }
  await refuseWithoutRoomFor(states, from, to, options);
  if (options.replaces === true) await removeShards(to);
  else await clearUnfinished(to);
  const shards: SnapshotReport[] = [];
  for (const { directory, state } of states) {
    const target = { disk: to.disk, directory: inside(to, shardDirectory(state.shard)) };
    shards.push(await copyShard({ disk: from.disk, directory }, state, target, random, options));
  }
  // Last: a directory of shards without their number is refused, and cleared by the next restore.
  await writeFile(to, SHARDS_MADE_FILE, encodeAllMade(states.length));
  await writeFile(to, SHARD_COUNT_FILE, encodeShardCount(states.length));
  return summed(mark, shards, 'Restored');
}

interface RestoredShard {
  /** Inside the snapshot. */
  readonly directory: string;
  readonly state: ManifestState;
}

/** `DISK_FULL` before anything is removed, unless files are shared, or what stands there leaves room enough. */
async function refuseWithoutRoomFor(
  shards: readonly RestoredShard[],
  from: DirectoryPlace,
  to: DirectoryPlace,
  { copies }: SnapshotOptions,
): Promise<void> {
  const files = shards.flatMap(({ directory, state }) =>
    filesOf(state).map(({ path, size_bytes }) => ({ path: `${directory}/${path}`, size_bytes })),
  );
  const [first] = files;
  if (first === undefined) return;
  if (copies !== true && (await mayLink(from.disk, first.path, to.disk, inside(to, 'link.new')))) return;
  const needed_bytes = files.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  await refuseWithoutRoom(to.disk, needed_bytes - (await shardBytes(to)));
}

/** Of the shards that stand there. */
async function shardBytes({ disk, directory }: DirectoryPlace): Promise<number> {
  let sum_bytes = 0;
  for (const name of await disk.list(directory)) {
    if (SHARD_NAME.test(name)) sum_bytes += await treeBytes(disk, inside({ disk, directory }, name));
  }
  return sum_bytes;
}

/** What stands in a snapshot's mark. `NOT_FOUND` for a directory that is none, or was never finished; `CORRUPT`. */
export async function readMark(place: DirectoryPlace): Promise<SnapshotMark> {
  const path = inside(place, SNAPSHOT_FILE);
  let bytes: Uint8Array;
  try {
    const file = await place.disk.open(path, 'read');
    bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
  } catch (error) {
    if (!isPeregrineError(error, 'NOT_FOUND')) throw error;
    throw new PeregrineError(
      'NOT_FOUND',
      `There is no finished snapshot in ${place.name ?? place.directory}: it has no file "${SNAPSHOT_FILE}".`,
      {
        file: path,
      },
    );
  }
  return decodeMark(bytes, path);
}

export function encodeMark({ created_ms, seqs }: SnapshotMark): Uint8Array {
  const bytes = new Uint8Array(SNAPSHOT_HEAD_BYTES + seqs.length * 8 + SNAPSHOT_CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, SNAPSHOT_VERSION, true);
  view.setUint16(6, seqs.length, true);
  view.setBigUint64(8, BigInt(created_ms), true);
  for (const [i, seq] of seqs.entries()) view.setBigUint64(SNAPSHOT_HEAD_BYTES + i * 8, BigInt(seq), true);
  const end = bytes.length - SNAPSHOT_CHECKSUM_BYTES;
  view.setBigUint64(end, hash64(bytes.subarray(0, end)), true);
  return bytes;
}

function decodeMark(bytes: Uint8Array, file: string): SnapshotMark {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - SNAPSHOT_CHECKSUM_BYTES;
  const isWhole =
    end >= SNAPSHOT_HEAD_BYTES &&
    view.getUint32(0, true) === MAGIC &&
    view.getBigUint64(end, true) === hash64(bytes.subarray(0, end)) &&
    end === SNAPSHOT_HEAD_BYTES + view.getUint16(6, true) * 8;
  if (!isWhole) throw new PeregrineError('CORRUPT', `${file} is damaged.`, { file, offset: 0 });
  const version = view.getUint16(4, true);
  if (version !== SNAPSHOT_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The snapshot is of version ${version}; this program knows ${SNAPSHOT_VERSION}.`,
      { file, version },
    );
  }
  const seqs = Array.from({ length: view.getUint16(6, true) }, (_, i) =>
    toSeq(Number(view.getBigUint64(SNAPSHOT_HEAD_BYTES + i * 8, true))),
  );
  return { created_ms: Number(view.getBigUint64(8, true)), seqs };
}

/** One moment of all: no shard writes while the others are flushed, so that no effect is there without its cause. */
async function holdAll(stores: readonly MaintainedStore[]): Promise<HeldMoment[]> {
  const moments: HeldMoment[] = [];
  const hold = async (left: readonly MaintainedStore[]): Promise<void> => {
    const [store, ...rest] = left;
    if (store !== undefined) return store.paused(() => hold(rest));
    for (const each of stores) moments.push(await each.holdMoment());
  };
  try {
    await hold(stores);
    return moments;
  } catch (error) {
    for (const moment of moments) await moment.release();
    throw error;
  }
}

function summed(mark: SnapshotMark, shards: readonly SnapshotReport[], verb: string): DirectorySnapshot {
  const sum = (of: (report: SnapshotReport) => number): number =>
    shards.reduce((total, shard) => total + of(shard), 0);
  const files = sum((shard) => shard.files);
  const size_bytes = sum((shard) => shard.size_bytes);
  const linked = sum((shard) => shard.linked);
  const sentence = `${verb}: ${shards.length} ${shards.length === 1 ? 'shard' : 'shards'} up to ${mark.seqs.join(', ')}, ${files} files of ${size_bytes} bytes, ${linked} of them shared.`;
  return { ...mark, shards, files, size_bytes, linked, sentence };
}

async function refuseIncomplete(
  disk: Disk,
  directory: string,
  files: readonly { readonly path: string; readonly size_bytes: number }[],
): Promise<void> {
  for (const { path, size_bytes } of files) {
    const file = `${directory}/${path}`;
    const found = await disk.stat(file);
    if (found?.size_bytes === size_bytes) continue;
    const what = found === undefined ? 'is missing' : `has ${found.size_bytes} bytes, not ${size_bytes}`;
    throw new PeregrineError('CORRUPT', `The snapshot is not whole: ${file} ${what}.`, { file, offset: 0 });
  }
}

/** `ALREADY_EXISTS` for anything that opens; what an interrupted copy left is taken away. */
async function clearUnfinished(place: DirectoryPlace): Promise<void> {
  const names = await place.disk.list(place.directory);
  if (names.includes(SHARD_COUNT_FILE) || names.includes(SNAPSHOT_FILE)) {
    throw new PeregrineError(
      'ALREADY_EXISTS',
      `${place.name ?? (place.directory || 'The directory')} holds a store already. Choose an empty one.`,
      { file: place.directory },
    );
  }
  await removeShards(place);
}

async function removeShards(place: DirectoryPlace): Promise<void> {
  const { disk, directory } = place;
  // The number first: from here on the directory does not open, whenever this is cut off.
  for (const name of [SNAPSHOT_FILE, SHARD_COUNT_FILE, SHARDS_MADE_FILE])
    await disk.remove(inside(place, name));
  if ((await disk.stat(directory)) !== undefined) await disk.syncDirectory(directory);
  for (const name of await disk.list(directory)) {
    if (SHARD_NAME.test(name)) await removeTree(disk, inside(place, name));
  }
}

function writeFile(place: DirectoryPlace, name: string, bytes: Uint8Array): Promise<void> {
  return writeWholeFile(place.disk, inside(place, name), bytes);
}

function inside({ directory }: DirectoryPlace, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
