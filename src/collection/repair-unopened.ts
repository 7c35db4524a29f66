/**
 * Repair of a data directory that does not open, for what every opening reads is damaged itself: the names of its
 * collections. Only its stores are opened, and their indexes, so that nothing of the log is passed over.
 */

import { type LogSink, silentLog, systemClock } from '../base/index.ts';
import { lockDirectory, openRealDisk } from '../disk/index.ts';
import { createShardIndex } from '../index/index.ts';
import { prepareShards } from '../storage/index.ts';
import { openAllHere, type OpenShard } from './shards-layer.ts';
import { type OnStoreEvent, runStoreTask, type StoreTask, type StoreTaskResult } from './store-tasks.ts';

/** No process may hold it: `LOCKED`. Else what a repair can meet. */
export async function repairUnopened(
  dataDirectory: string,
  task: Extract<StoreTask, { task: 'repair' }>,
  { log = silentLog, onEvent, signal }: { log?: LogSink; onEvent?: OnStoreEvent; signal?: AbortSignal } = {},
): Promise<StoreTaskResult> {
  const lock = await lockDirectory(dataDirectory);
  try {
    const disk = await openRealDisk(dataDirectory);
    const opener = await prepareShards({ disk, log });
    const open: OpenShard = async (shard) => {
      const index = createShardIndex({ disk, log });
      return { store: await opener.open(shard, [index]), index };
    };
    const shards = await openAllHere({ disk, opener, open });
    try {
      const parts = { held: shards.held(), shards, collections: [], log, now_ms };
      return await runStoreTask(parts, task, onEvent, signal);
    } finally {
      await shards.close();
    }
  } finally {
    await lock.release();
  }
}

function now_ms(): number {
  return systemClock.now();
}
