/** What is done to a data directory only while no process holds it: making its manifests, and the number of its shards, again. */

import { isPeregrineError, silentLog, systemClock, systemRandom, toShardId } from '../base/index.ts';
import { type Disk, lockDirectory, openRealDisk } from '../disk/index.ts';
import {
  readManifestState,
  rebuildManifest,
  renewShardCount,
  RetryingReads,
  settleShardCount,
  shardDirectory,
} from '../storage/index.ts';

/** Of the shards whose manifest can't be read, what was found again. `LOCKED`, `IO`. */
export async function rebuildManifests(dataDirectory: string): Promise<string[]> {
  const lock = await lockDirectory(dataDirectory);
  try {
    const disk = await openRealDisk(dataDirectory);
    const renewed = await renewShardCount(disk);
    const count = renewed ?? (await settleShardCount(disk, undefined));
    const reads = new RetryingReads({ clock: systemClock, random: systemRandom, log: silentLog });
    const sentences: string[] = [];
    if (renewed !== undefined)
      sentences.push(`The number of shards was found again: ${renewed}, for so many are there.`);
    for (let shard = 0; shard < count; shard++) {
      const directory = shardDirectory(toShardId(shard));
      if (await isReadable(disk, directory)) continue;
      const { sentence } = await rebuildManifest(disk, directory, shard, reads, systemRandom);
      sentences.push(sentence);
    }
    return sentences;
  } finally {
    await lock.release();
  }
}

async function isReadable(disk: Disk, directory: string): Promise<boolean> {
  try {
    await readManifestState(disk, directory);
    return true;
  } catch (error) {
    if (isPeregrineError(error, 'CORRUPT')) return false;
    // Without a manifest there may still be parts; an empty directory gets one of its own when it is opened.
    if (isPeregrineError(error, 'NOT_FOUND')) return (await disk.list(`${directory}/parts`)).length === 0;
    throw error;
  }
}
