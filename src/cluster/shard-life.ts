/** The lives of a shard's log: whether a stream is over, and how the log goes on in a new one. */

import type { LogSink } from '../base/index.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import { createLog } from './shard-log-stream.ts';
import { type HostId, type MirrorPosition, presentLife, reborn, type ShardRecord } from './shard-record.ts';
import { type Spine, StreamError } from './spine.ts';

/** Whether the stream of the present life is gone, or ends before `place`. False where nobody answers: that may be the network. */
export async function isStreamLost(spine: Spine, record: ShardRecord, place: number): Promise<boolean> {
  try {
    const { identity, lastPlace } = await spine.stream(record.stream).state();
    return identity !== record.streamIdentity || lastPlace < place;
  } catch (error) {
    if (error instanceof StreamError) return error.failure === 'lost';
    throw error;
  }
}

export interface LifeParts {
  readonly host: HostId;
  readonly spine: Spine;
  readonly streamPrefix: string;
  readonly directory: ShardDirectory;
  readonly peers: Peers;
  readonly log: LogSink;
}

/**
 * Begins the next life in a new stream, led by this host, behind where its mirror stands. Whoever else stands exactly there goes
 * on with it. Does nothing where another host was faster.
 */
export async function beginLife(
  { host, spine, streamPrefix, directory, peers, log }: LifeParts,
  record: ShardRecord,
  at: MirrorPosition,
): Promise<void> {
  const { shard } = record;
  const { epoch } = presentLife(record);
  const { entry: base, term } = at;
  const name = `${streamPrefix}-${shard}-${epoch + 1}-${host}-${record.term}`;
  const { identity } = await createLog(spine, name);
  const atBase = record.inSync.filter((member) => {
    const position = peers.positionOf(member, shard);
    return position?.epoch === at.epoch && position.entry === base && position.term === term;
  });
  const changed = await directory.change(shard, (now) =>
    now.term === record.term && now.inSync.includes(host)
      ? reborn(now, host, { stream: name, streamIdentity: identity }, { base, term }, atBase)
      : undefined,
  );
  if (changed === undefined) {
    await spine.removeStream(name).catch(() => undefined);
    return;
  }
  log.write('warn', 'cluster.log-reborn', { shard, epoch: epoch + 1, base });
}
