/** What is done to a data directory only while no process holds it: making its manifests, and the number of its shards, again. */

import { isPeregrineError, silentLog, systemClock, systemRandom, toShardId } from '../base/index.ts';
import { type Disk, lockDirectory, openRealDisk } from '../disk/index.ts';
import {
  acceptLostShards,
  readManifestState,
  refuseLostShards,
  rebuildManifest,
  renewShardCount,
  renewShardsMade,
  RetryingReads,
  settleShardCount,
  shardDirectory,
} from '../storage/index.ts';

/**
 * Of the shards whose manifest can't be read, what was found again; with `acceptsLoss`, which shards are gone and begin anew. `LOCKED`,
 * `IO`, `CORRUPT` where a shard is gone and that is not accepted.
 */
export async function rebuildManifests(dataDirectory: string, acceptsLoss: boolean): Promise<string[]> {
  const lock = await lockDirectory(dataDirectory);
  try {
    const disk = await openRealDisk(dataDirectory);
    const renewed = await renewShardCount(disk);
    const count = renewed ?? (await settleShardCount(disk, undefined));
    const reads = new RetryingReads({ clock: systemClock, random: systemRandom, log: silentLog });
    const sentences: string[] = [];
    if (renewed !== undefined)
      sentences.push(`The number of shards was found again: ${renewed}, for so many are there.`);
    if (await renewShardsMade(disk, count)) sentences.push(MARK_RENEWED);
    if (acceptsLoss) for (const shard of await acceptLostShards(disk)) sentences.push(givenUp(shard));
    else await refuseLostShards(disk);
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

const MARK_RENEWED =
  'The mark of the shards that were made was damaged, and made again from those that are there: look whether all of them are.';

/** The first shard holds what is said once of all. */
function givenUp(shard: number): string {
  const beside = shard === 0 ? ', and with it the names and settings of all collections' : '';
  return `Shard ${shard}: all that it held is given up${beside}; it begins anew, empty.`;
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
