/**
 * Following a leader: what it puts into the stream goes into the own mirror, for as long as the leader is heard, the stream is
 * there and this mirror has missed nothing.
 */

import type { Clock, ShardId } from '../base/index.ts';
import type { ClusterTimes } from './cluster-options.ts';
import { decodeLogMessage, LogAssembly } from './log-message.ts';
import { isOfAnotherHistory, type Mirror } from './mirror.ts';
import type { Peers } from './peers.ts';
import { isStreamLost } from './shard-life.ts';
import { presentLife, type ShardRecord } from './shard-record.ts';
import { type OrderedStream, type Spine, StreamError } from './spine.ts';

/** Looks at the stream come once in so many turns: each is a question to its servers. */
const STATE_TURNS = 10;
/** Looks without progress after which reading begins anew. */
const STALLED_LOOKS = 3;

/**
 * Why following ended. `changed`: the shard's record has, or this mirror is in doubt. `behind`: the stream holds no more what comes
 * next here.
 */
export type FollowEnd = 'changed' | 'lost' | 'behind' | 'diverged' | 'leader-silent';

export interface FollowingParts {
  readonly shard: ShardId;
  readonly record: ShardRecord;
  readonly mirror: Mirror;
  readonly spine: Spine;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly times: ClusterTimes;
  /** A leader that is not heard for so long is given up. */
  readonly patience_ms: number;
  /** Whether this record is not the one to follow any more. */
  readonly isChanged: () => boolean;
  /** Has a listener called when {@link isChanged} may have changed; what it returns ends that. */
  readonly onWake: (listener: () => void) => () => void;
}

export async function followStream(parts: FollowingParts, signal: AbortSignal): Promise<FollowEnd> {
  const { clock, mirror, record, spine, times } = parts;
  const ending = new AbortController();
  const whole = AbortSignal.any([signal, ending.signal]);
  let end: FollowEnd = 'changed';
  const finish = (why: FollowEnd): void => {
    if (ending.signal.aborted) return;
    end = why;
    ending.abort();
  };
  const stopListening = parts.onWake(() => {
    if (parts.isChanged()) finish('changed');
  });
  const watching = watch(parts, whole, finish);
  try {
    const why = await readOn(parts, spine.stream(record.stream), whole);
    if (why !== undefined) return why;
  } catch (error) {
    if (!ending.signal.aborted && !signal.aborted) {
      if (!(error instanceof StreamError)) throw error;
      if (error.failure === 'lost') return 'lost';
      await clock.sleep(times.tick_ms, signal).catch(() => undefined);
    }
  } finally {
    stopListening();
    ending.abort();
    await watching;
    await mirror.settled();
  }
  return end;
}

/** Takes message after message, until the signal. */
async function readOn(
  { mirror, record }: FollowingParts,
  stream: OrderedStream,
  signal: AbortSignal,
): Promise<FollowEnd | undefined> {
  const { epoch } = presentLife(record);
  const state = await stream.state();
  if (state.identity !== record.streamIdentity || state.lastPlace < mirror.position.place) return 'lost';
  const last = mirror.position.place;
  let next = Math.max(1, last);
  if (state.firstPlace > next) return 'behind';
  const assembly = new LogAssembly(mirror.position.term);
  for await (const { place, bytes } of stream.read(next, signal)) {
    if (place !== next) return 'behind';
    next = place + 1;
    const message = decodeLogMessage(bytes);
    if (message.term >= assembly.term && isOfAnotherHistory(message, mirror.handed, place === last)) {
      return 'diverged';
    }
    if (place === last) continue;
    const row = assembly.take(message);
    if (row !== undefined) await mirror.take(row, { epoch, term: message.term, place });
  }
  return undefined;
}

/** Looks whether the leader lives, the stream is there, and the record is still the one we follow. */
async function watch(
  { clock, isChanged, mirror, patience_ms, peers, record, shard, spine, times }: FollowingParts,
  signal: AbortSignal,
  finish: (why: FollowEnd) => void,
): Promise<void> {
  const began_ms = clock.monotonic();
  let stalled = 0;
  let seen = -1;
  for (let turn = 1; !signal.aborted; turn++) {
    await clock.sleep(times.tick_ms, signal).catch(() => undefined);
    // The change may have come before anybody listened.
    if (isChanged()) finish('changed');
    const silent_ms = Math.min(peers.silence_ms(record.leader), clock.monotonic() - began_ms);
    if (silent_ms > patience_ms) finish('leader-silent');
    if (turn % STATE_TURNS !== 0 || signal.aborted) continue;
    const before = mirror.handed.entry;
    if (await isStreamLost(spine, record, mirror.position.place)) finish('lost');
    // Where the stream has more and nothing comes, the reading has died without saying so.
    const isBehind = (peers.positionOf(record.leader, shard)?.entry ?? 0) > before;
    stalled = isBehind && before === seen ? stalled + 1 : 0;
    seen = before;
    if (stalled >= STALLED_LOOKS) finish('changed');
  }
}
