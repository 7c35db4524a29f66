/**
 * Writing to a shard that another host leads: the leader's next number, and to commit a batch that was built elsewhere, if
 * what it was built on still holds. Layout: docs/formats/cluster.md.
 */

import {
  type ByteReader,
  ByteWriter,
  hash64,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import { type DatabaseName, databaseOfNumber, DATABASES, decodeBatch, type Store } from '../storage/index.ts';
import { type HostLink, Service, type ServiceAnswer } from './host-link.ts';
import type { HostId } from './shard-record.ts';

/** A commit waits for mirrors, and for one that must be evicted first. */
const COMMIT_TIMEOUT_MS = 15_000;
const NEXT_TIMEOUT_MS = 3_000;
const Outcome = { committed: 1, conflict: 2 } as const;

/** What a build has read: a batch is only committed where it would read the same. */
export interface ReadCheck {
  readonly database: DatabaseName;
  readonly key: Uint8Array;
  /** Of the value; 0 where there was none. */
  readonly hash: bigint;
}

export const hashOfValue = (value: Uint8Array | undefined): bigint =>
  value === undefined ? 0n : hash64(value) | 1n;

export interface CommitRequest {
  readonly shard: ShardId;
  readonly checks: readonly ReadCheck[];
  readonly payload: Uint8Array;
}

/** The number that the next batch of a shard will have. `UNAVAILABLE` where `host` does not lead it. */
export async function askNext(link: HostLink, host: HostId, shard: ShardId): Promise<number> {
  const body = new ByteWriter(8).varint(shard).finish();
  return (await link.ask(host, Service.next, body, NEXT_TIMEOUT_MS)).varint();
}

/** The number that the batch got, once it is acknowledged; undefined where what it was built on has changed. */
export async function askCommit(
  link: HostLink,
  host: HostId,
  { shard, checks, payload }: CommitRequest,
): Promise<number | undefined> {
  const body = new ByteWriter(payload.length + 1024).varint(shard).varint(checks.length);
  for (const { database, key, hash } of checks) body.u8(DATABASES[database].number).blob(key).u64(hash);
  body.blob(payload);
  const reply = await link.ask(host, Service.commit, body.finish(), COMMIT_TIMEOUT_MS);
  return reply.u8() === Outcome.committed ? reply.varint() : undefined;
}

/** The services of a leader. */
export function leaderServices(parts: {
  /** The shard as this host leads it; undefined where it does not. */
  readonly led: (shard: ShardId) => { readonly store: Store; readonly nextEntry: number } | undefined;
  /** Told of a batch that another host had committed here. */
  readonly onCommitted: (shard: ShardId) => void;
}): { readonly [Service.next]: ServiceAnswer; readonly [Service.commit]: ServiceAnswer } {
  const ledShard = (body: ByteReader): { shard: ShardId; store: Store; nextEntry: number } => {
    const shard = toShardId(body.varint());
    const led = parts.led(shard);
    if (led === undefined) throw new PeregrineError('UNAVAILABLE', `This host does not lead shard ${shard}.`);
    return { shard, ...led };
  };
  return {
    [Service.next]: async (body) => new ByteWriter(16).varint(ledShard(body).nextEntry).finish(),
    [Service.commit]: async (body) => {
      const { shard, store } = ledShard(body);
      const checks = Array.from({ length: body.varint() }, () => readCheck(body));
      const batch = decodeBatch(body.blob());
      let isSame = true;
      const seq = await store.sequence(async (reads) => {
        for (const { database, key, hash } of checks) {
          if (hashOfValue(await reads.get(database, key)) === hash) continue;
          isSame = false;
          return null;
        }
        return batch;
      });
      if (!isSame || seq === null) return new Uint8Array([Outcome.conflict]);
      parts.onCommitted(shard);
      return new ByteWriter(16).u8(Outcome.committed).varint(seq).finish();
    },
  };
}

function readCheck(body: ByteReader): ReadCheck {
  return { database: readDatabase(body), key: body.blob(), hash: body.u64() };
}

/** `CORRUPT`. */
export function readDatabase(body: ByteReader): DatabaseName {
  const database = databaseOfNumber(body.u8());
  if (database === undefined) throw new PeregrineError('CORRUPT', 'A host asks for a database that is none.');
  return database;
}
