/** How a host and its shards begin in a cluster: made by the first host, with what its data directory holds already. */

import { randomBytes } from 'node:crypto';

import { PeregrineError, type ShardId } from '../base/index.ts';
import { CLUSTER_FILE } from '../collection/index.ts';
import type { Disk } from '../disk/index.ts';
import type { Store } from '../storage/index.ts';
import { encodePosition, positionKey } from './mirror.ts';
import type { ShardDirectory } from './shard-directory.ts';
import { createLog } from './shard-log-stream.ts';
import { firstRecord, type HostId } from './shard-record.ts';
import type { Spine } from './spine.ts';

export interface Founding {
  readonly shard: ShardId;
  readonly shardCount: number;
  readonly host: HostId;
  /** The shard as it is on this host's disk. */
  readonly store: Store;
  readonly spine: Spine;
  readonly directory: ShardDirectory;
  readonly streamPrefix: string;
}

/** Writes into a data directory which cluster it belongs to, so that nothing else opens it from then on. */
export async function markDirectory(disk: Disk, cluster: string): Promise<void> {
  if ((await disk.stat(CLUSTER_FILE)) !== undefined) return;
  const file = await disk.open(CLUSTER_FILE, 'create');
  await file.write(new TextEncoder().encode(`${cluster}\n`), 0);
  await file.sync();
  await file.close();
  await disk.syncDirectory('');
}

/** Makes the shard. Resolves with who holds it: this host, or whoever was faster. */
export async function foundShard(founding: Founding): Promise<readonly HostId[]> {
  const { shard, shardCount, host, store, spine, directory, streamPrefix } = founding;
  const isEmpty = store.status().lastSeq === 0;
  if (!isEmpty) {
    // What is there already is older than the shared log: whoever joins copies it.
    const value = encodePosition({ epoch: 2, term: 0, entry: 0, place: 0 });
    await store.append({ records: [{ database: 'meta', key: positionKey(shard, shardCount), value }] });
  }
  const name = `${streamPrefix}-${shard}-1-${host}-${randomBytes(3).toString('hex')}`;
  const { identity } = await createLog(spine, name);
  const record = firstRecord(shard, host, { stream: name, streamIdentity: identity }, 0, isEmpty ? 1 : 2);
  if (await directory.create(record)) return record.members;
  await spine.removeStream(name);
  return (await directory.read(shard))?.members ?? [];
}

/** Documents that are in no cluster would be replaced by a copy of the cluster's. `BAD_ARGUMENT`. */
export async function refuseForeign({ shard, shardCount, store }: Founding): Promise<void> {
  if (store.status().lastSeq === 0) return;
  if ((await store.get('meta', positionKey(shard, shardCount))) !== undefined) return;
  throw new PeregrineError(
    'BAD_ARGUMENT',
    'This data directory holds documents that belong to no cluster, and the cluster has its own already. Join with an empty directory, and move the documents with a bundle.',
  );
}
