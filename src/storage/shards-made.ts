/**
 * Which shards of a data directory were made: a mark beside their directories, so that one that somebody took away is missed, and
 * not made anew in silence. A shard is marked when its manifest is durable. Layout: docs/formats/manifest.md.
 */

import { hash64, isPeregrineError, PeregrineError, type ShardId, toShardId } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { MANIFEST_NAMES } from './manifest-roots.ts';
import { LOG_DIRECTORY, PARTS_DIRECTORY, shardDirectory } from './store-names.ts';
import { readWholeFile, writeWholeFile } from './whole-file.ts';

export const SHARDS_MADE_FILE = 'shards-made';
export const SHARDS_MADE_BYTES = 24;
const SHARDS_MADE_VERSION = 1;
const MAGIC = 0x444d5350; // 'PSMD'

export interface ShardsMade {
  /** Shards of the directory, as its file `shards` has it. */
  readonly count: number;
  readonly made: ReadonlySet<ShardId>;
}

/** All shards of a directory of `count`: of a snapshot, whose shards stand before its mark does. */
export function encodeAllMade(count: number): Uint8Array {
  return encodeShardsMade({ count, made: new Set(Array.from({ length: count }, (_, i) => toShardId(i))) });
}

export function encodeShardsMade({ count, made }: ShardsMade): Uint8Array {
  const bytes = new Uint8Array(SHARDS_MADE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, SHARDS_MADE_VERSION, true);
  view.setUint16(6, count, true);
  view.setBigUint64(
    8,
    [...made].reduce((bits, shard) => bits | (1n << BigInt(shard)), 0n),
    true,
  );
  view.setBigUint64(16, hash64(bytes.subarray(0, 16)), true);
  return bytes;
}

/** Undefined where there is no mark: the directory is new, or of a program that made none. `CORRUPT`, `UNSUPPORTED_VERSION`, `IO`. */
export async function readShardsMade(disk: Disk): Promise<ShardsMade | undefined> {
  const bytes = await readWholeFile(disk, SHARDS_MADE_FILE, SHARDS_MADE_BYTES);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  const facts = { file: SHARDS_MADE_FILE, offset: 0 };
  if (view.getUint32(0, true) !== MAGIC || view.getBigUint64(16, true) !== hash64(bytes.subarray(0, 16))) {
    throw new PeregrineError(
      'CORRUPT',
      `The file "${SHARDS_MADE_FILE}", which says which shards were made, is damaged. "peregrine store repair" makes it again from the shards that are there.`,
      facts,
    );
  }
  const version = view.getUint16(4, true);
  if (version !== SHARDS_MADE_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The file "${SHARDS_MADE_FILE}" is of version ${version}; this program knows ${SHARDS_MADE_VERSION}.`,
      { ...facts, version },
    );
  }
  const bits = view.getBigUint64(8, true);
  const count = view.getUint16(6, true);
  const all = Array.from({ length: count }, (_, i) => toShardId(i));
  return { count, made: new Set(all.filter((shard) => ((bits >> BigInt(shard)) & 1n) === 1n)) };
}

/** Shards that were made and of which nothing is there: no manifest, no log, no part. */
export async function lostShards(disk: Disk): Promise<ShardId[]> {
  const lost: ShardId[] = [];
  for (const shard of (await readShardsMade(disk))?.made ?? []) {
    if (!(await isThere(disk, shardDirectory(shard)))) lost.push(shard);
  }
  return lost;
}

/** `CORRUPT` names the first that was made and is gone, and what can be done. */
export async function refuseLostShards(disk: Disk): Promise<void> {
  const lost = await lostShards(disk);
  const [first] = lost;
  if (first === undefined) return;
  const names = lost.map(shardDirectory).join(', ');
  throw new PeregrineError(
    'CORRUPT',
    `${names} ${lost.length === 1 ? 'is' : 'are'} gone, with all that was kept there: bring the folder back from a copy, or restore a snapshot ("peregrine store restore"). To go on without it, "peregrine store repair --accept-loss" begins it anew, empty.`,
    { file: shardDirectory(first), offset: 0, lost: lost.length },
  );
}

/** Marks shards 0 … `count` - 1, all of which are durable; writes nothing where they are marked already. */
export async function markShardsMade(disk: Disk, count: number): Promise<void> {
  const before = await readShardsMade(disk);
  if (before?.count === count && before.made.size === count) return;
  await writeWholeFile(disk, SHARDS_MADE_FILE, encodeAllMade(count));
}

/** Shards that are gone count as never made from now on: the next opening makes them anew. Returns which. */
export async function acceptLostShards(disk: Disk): Promise<ShardId[]> {
  const before = await readShardsMade(disk);
  const lost = await lostShards(disk);
  if (before === undefined || lost.length === 0) return [];
  const made = new Set([...before.made].filter((shard) => !lost.includes(shard)));
  await writeWholeFile(disk, SHARDS_MADE_FILE, encodeShardsMade({ count: before.count, made }));
  return lost;
}

/**
 * Makes a damaged mark again, of the shards that are there; false where it was whole or absent. Which of them were taken away before,
 * it can't know.
 */
export async function renewShardsMade(disk: Disk, count: number): Promise<boolean> {
  try {
    await readShardsMade(disk);
    return false;
  } catch (error) {
    if (!isPeregrineError(error, 'CORRUPT')) throw error;
  }
  const made = new Set<ShardId>();
  for (let shard = 0; shard < count; shard++) {
    if (await isThere(disk, shardDirectory(toShardId(shard)))) made.add(toShardId(shard));
  }
  await writeWholeFile(disk, SHARDS_MADE_FILE, encodeShardsMade({ count, made }));
  return true;
}

async function isThere(disk: Disk, directory: string): Promise<boolean> {
  const names = await disk.list(directory);
  if (MANIFEST_NAMES.some((name) => names.includes(name))) return true;
  for (const inside of [LOG_DIRECTORY, PARTS_DIRECTORY]) {
    if ((await disk.list(`${directory}/${inside}`)).length > 0) return true;
  }
  return false;
}
