/**
 * Whether the mirrors of a shard hold the same records: each sums up the same ranges, and sums that stay different while
 * nothing changes there are a difference. Bytes that rot are found by their checksums; this finds what went wrong before
 * they were written.
 */

import {
  type ByteReader,
  ByteWriter,
  type Clock,
  hash64,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import {
  type DatabaseName,
  DATABASE_NAMES,
  DATABASES,
  type RangeRequest,
  type Store,
} from '../storage/index.ts';
import { readDatabase } from './host-calls.ts';
import { type HostLink, Service, type ServiceAnswer } from './host-link.ts';
import { isPositionKey } from './mirror.ts';
import type { HostId } from './shard-record.ts';

/** Bytes of records that one sum is made of. */
const PIECE_BYTES: number = 256 * 1024;
const TIMEOUT_MS = 30_000;
/** A range that writes keep changing is looked at again so often, and left for the next time then. */
const LOOKS = 12;
const LOOK_PAUSE_MS = 250;

/** The sum of a range on one mirror. */
export interface RangeSum {
  /** The mirror's last durable entry when it began to read. */
  readonly entry: number;
  readonly records: number;
  /** xxHash64 over keys and values with their lengths, without the mirror's own position. */
  readonly hash: bigint;
}

export interface MirrorDifference {
  readonly shard: ShardId;
  readonly database: DatabaseName;
  /** The first and the last key of the range, in hexadecimal digits. */
  readonly first: string;
  readonly last: string;
  /** Whose records are other ones than the leader's. */
  readonly host: HostId;
}

export interface MirrorComparison {
  readonly shard: ShardId;
  /** Compared with each other; the leader first. */
  readonly hosts: readonly HostId[];
  readonly records: number;
  readonly differences: readonly MirrorDifference[];
  /** Ranges that changed all the time. */
  readonly unsettled: number;
}

/** One mirror that can sum up ranges. */
export interface SummingMirror {
  readonly host: HostId;
  sum(database: DatabaseName, start: Uint8Array, end: Uint8Array): Promise<RangeSum>;
}

export interface ComparisonParts {
  readonly shard: ShardId;
  /** Of whoever leads, which says where ranges end. */
  readonly store: Pick<Store, 'range'>;
  readonly leader: SummingMirror;
  readonly others: readonly SummingMirror[];
  readonly clock: Clock;
  /** Told after each piece: the place to go slowly. */
  readonly afterPiece?: (size_bytes: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** `CANCELLED`, `UNAVAILABLE` where a mirror does not answer. */
export async function compareMirrors(parts: ComparisonParts): Promise<MirrorComparison> {
  const { shard, store, leader, others, afterPiece, signal } = parts;
  const differences: MirrorDifference[] = [];
  let records = 0;
  let unsettled = 0;
  for (const database of DATABASE_NAMES) {
    const { keyBytes } = DATABASES[database];
    const last = new Uint8Array(keyBytes).fill(0xff);
    for (let start: Uint8Array | undefined = new Uint8Array(keyBytes); start !== undefined;) {
      signal?.throwIfAborted();
      const request: RangeRequest = { database, start, end: last, byteTarget: PIECE_BYTES };
      const { records: found, resume } = await store.range(request);
      const end = found.at(-1)?.key ?? last;
      const bound = resume === undefined ? last : end;
      for (const other of others) {
        const outcome = await compareRange(parts, other, database, start, bound);
        if (outcome === 'unsettled') unsettled += 1;
        else if (outcome === 'different') {
          differences.push({ shard, database, first: hex(start), last: hex(bound), host: other.host });
        }
      }
      records += found.length;
      await afterPiece?.(found.reduce((sum, { key, value }) => sum + key.length + value.length, 0));
      start = resume;
    }
  }
  return { shard, hosts: [leader, ...others].map(({ host }) => host), records, differences, unsettled };
}

async function compareRange(
  { leader, clock, signal }: ComparisonParts,
  other: SummingMirror,
  database: DatabaseName,
  start: Uint8Array,
  end: Uint8Array,
): Promise<'same' | 'different' | 'unsettled'> {
  let before: RangeSum | undefined;
  for (let look = 0; look < LOOKS; look++) {
    const [own, theirs] = await Promise.all([
      leader.sum(database, start, end),
      other.sum(database, start, end),
    ]);
    if (own.hash === theirs.hash) return 'same';
    // Nothing changed here since the last look, and the other one had all of it then.
    if (before?.hash === own.hash && theirs.entry >= before.entry) return 'different';
    before = own;
    await clock.sleep(LOOK_PAUSE_MS, signal);
  }
  return 'unsettled';
}

/** Sums up a range of a store. `entryOf`: how far the mirror is. */
export async function sumRange(
  store: Pick<Store, 'scan'>,
  entryOf: () => number,
  database: DatabaseName,
  start: Uint8Array,
  end: Uint8Array,
): Promise<RangeSum> {
  const entry = entryOf();
  let hash = 0n;
  let records = 0;
  for await (const { key, value } of store.scan({ database, start, end })) {
    if (database === 'meta' && isPositionKey(key)) continue;
    const line = new ByteWriter(key.length + value.length + 16).u64(hash).blob(key).blob(value).finish();
    hash = hash64(line);
    records += 1;
  }
  return { entry, records, hash };
}

/** A mirror on another host. */
export function remoteMirror(link: HostLink, host: HostId, shard: ShardId): SummingMirror {
  return {
    host,
    sum: async (database, start, end) => {
      const body = new ByteWriter(96).varint(shard).u8(DATABASES[database].number).blob(start).blob(end);
      const reply = await link.ask(host, Service.sumRange, body.finish(), TIMEOUT_MS);
      return { entry: reply.varint(), records: reply.varint(), hash: reply.u64() };
    },
  };
}

/** What a host answers with. `mirrorOf`: undefined where it has not everything of a shard. */
export function sumService(mirrorOf: (shard: ShardId) => SummingMirror | undefined): {
  readonly [Service.sumRange]: ServiceAnswer;
} {
  return {
    [Service.sumRange]: async (body: ByteReader) => {
      const shard = toShardId(body.varint());
      const mirror = mirrorOf(shard);
      if (mirror === undefined) {
        throw new PeregrineError('UNAVAILABLE', `This host can't answer for shard ${shard}.`);
      }
      const { entry, records, hash } = await mirror.sum(
        readDatabase(body),
        body.blob().slice(),
        body.blob().slice(),
      );
      return new ByteWriter(32).varint(entry).varint(records).u64(hash).finish();
    },
  };
}

const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');
