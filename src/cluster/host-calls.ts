/**
 * What hosts ask each other about a shard: the leader's next number, and to commit a batch that was built elsewhere, if
 * what it was built on still holds. Layout: docs/formats/cluster.md.
 */

import {
  ByteReader,
  ByteWriter,
  type Clock,
  type ErrorCode,
  hash64,
  isPeregrineError,
  messageOf,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import { type DatabaseName, databaseOfNumber, DATABASES, type Store } from '../storage/index.ts';
import { decodeBatch } from '../storage/index.ts';
import type { HostId } from './shard-record.ts';
import type { Messenger, Subscription } from './spine.ts';

const CALL_VERSION = 1;
const Call = { next: 1, commit: 2, piece: 3 } as const;
const Reply = { done: 1, conflict: 2, failed: 3 } as const;
/** Bytes of one message; larger batches go ahead in pieces. */
const PIECE_BYTES: number = 512 * 1024;
/** Pieces that nobody asks for are forgotten. */
const PIECES_LIFE_MS = 30_000;
const MAX_PIECES_BYTES: number = 256 * 1024 * 1024;
/** A commit waits for mirrors, and for one that must be evicted first. */
const COMMIT_TIMEOUT_MS = 15_000;
const NEXT_TIMEOUT_MS = 3_000;

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

/** Asks other hosts. */
export class HostCalls {
  readonly #messenger: Messenger;
  readonly #prefix: string;
  readonly #host: HostId;
  #count = 0;

  constructor(messenger: Messenger, prefix: string, host: HostId) {
    this.#messenger = messenger;
    this.#prefix = prefix;
    this.#host = host;
  }

  /** The number that the next batch of a shard will have. `UNAVAILABLE` where `host` does not lead it. */
  async next(host: HostId, shard: ShardId): Promise<number> {
    const call = new ByteWriter(16).u8(CALL_VERSION).u8(Call.next).varint(shard).finish();
    return (await this.#ask(host, call, NEXT_TIMEOUT_MS)) ?? 0;
  }

  /** The number that the batch got, once it is acknowledged; undefined where what it was built on has changed. */
  async commit(host: HostId, { shard, checks, payload }: CommitRequest): Promise<number | undefined> {
    this.#count += 1;
    const name = `${this.#host}.${process.pid}.${this.#count}`;
    const pieces = payload.length > PIECE_BYTES ? Math.ceil(payload.length / PIECE_BYTES) : 0;
    for (let n = 0; n < pieces; n++) {
      const bytes = payload.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES);
      const call = new ByteWriter(bytes.length + 64)
        .u8(CALL_VERSION)
        .u8(Call.piece)
        .text(name)
        .varint(n)
        .blob(bytes);
      await this.#ask(host, call.finish(), NEXT_TIMEOUT_MS);
    }
    const call = new ByteWriter(1024).u8(CALL_VERSION).u8(Call.commit).varint(shard).varint(checks.length);
    for (const { database, key, hash } of checks) call.u8(DATABASES[database].number).blob(key).u64(hash);
    call
      .varint(pieces)
      .text(name)
      .blob(pieces === 0 ? payload : new Uint8Array());
    return this.#ask(host, call.finish(), COMMIT_TIMEOUT_MS);
  }

  async #ask(host: HostId, call: Uint8Array, timeout_ms: number): Promise<number | undefined> {
    const reply = new ByteReader(await this.#messenger.ask(subjectOf(this.#prefix, host), call, timeout_ms));
    const kind = reply.u8();
    if (kind === Reply.done) return reply.varint();
    if (kind === Reply.conflict) return undefined;
    throw new PeregrineError(reply.text() as ErrorCode, reply.text(), { host });
  }
}

const subjectOf = (prefix: string, host: HostId): string => `${prefix}.host.${host}`;

/** Answers other hosts, for as long as it is not closed. */
export function serveHostCalls(parts: {
  readonly messenger: Messenger;
  readonly prefix: string;
  readonly host: HostId;
  readonly clock: Clock;
  /** The shard as this host leads it; undefined where it does not. */
  readonly led: (shard: ShardId) => { readonly store: Store; readonly nextEntry: number } | undefined;
  /** Told of a batch that another host had committed here. */
  readonly onCommitted: (shard: ShardId) => void;
}): Subscription {
  const pieces = new PieceStore(parts.clock);
  const answer = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const call = new ByteReader(bytes);
    const version = call.u8();
    if (version !== CALL_VERSION) {
      throw new PeregrineError(
        'UNSUPPORTED_VERSION',
        `This host does not speak version ${version}. Update it.`,
      );
    }
    const kind = call.u8();
    if (kind === Call.piece) {
      pieces.take(call.text(), call.varint(), call.blob());
      return done(0);
    }
    const shard = toShardId(call.varint());
    const led = parts.led(shard);
    if (led === undefined) throw new PeregrineError('UNAVAILABLE', `This host does not lead shard ${shard}.`);
    if (kind === Call.next) return done(led.nextEntry);
    const checks = Array.from({ length: call.varint() }, () => readCheck(call));
    const [count, name, inline] = [call.varint(), call.text(), call.blob()];
    const batch = decodeBatch(count === 0 ? inline : pieces.join(name, count));
    let isSame = true;
    const seq = await led.store.sequence(async (reads) => {
      for (const { database, key, hash } of checks) {
        if (hashOfValue(await reads.get(database, key)) === hash) continue;
        isSame = false;
        return null;
      }
      return batch;
    });
    if (!isSame || seq === null) return new Uint8Array([Reply.conflict]);
    parts.onCommitted(shard);
    return done(seq);
  };
  return parts.messenger.serve(subjectOf(parts.prefix, parts.host), (bytes) => answer(bytes).catch(failed));
}

function readCheck(call: ByteReader): ReadCheck {
  const database = databaseOfNumber(call.u8());
  if (database === undefined) throw new PeregrineError('CORRUPT', 'A host asks for a database that is none.');
  return { database, key: call.blob(), hash: call.u64() };
}

const done = (value: number): Uint8Array => new ByteWriter(16).u8(Reply.done).varint(value).finish();

function failed(error: unknown): Uint8Array {
  const code = isPeregrineError(error) ? error.code : 'INTERNAL';
  return new ByteWriter(128).u8(Reply.failed).text(code).text(messageOf(error)).finish();
}

/** Pieces of large batches that wait for their commit. */
class PieceStore {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, { readonly at_ms: number; readonly pieces: Uint8Array[] }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(name: string, n: number, bytes: Uint8Array): void {
    const now_ms = this.#clock.monotonic();
    let size_bytes = bytes.length;
    for (const [other, { at_ms, pieces }] of this.#waiting) {
      if (now_ms - at_ms > PIECES_LIFE_MS) this.#waiting.delete(other);
      else size_bytes += pieces.reduce((sum, piece) => sum + piece.length, 0);
    }
    if (size_bytes > MAX_PIECES_BYTES)
      throw new PeregrineError('QUEUE_FULL', 'Too many large batches wait here.');
    const row = this.#waiting.get(name) ?? { at_ms: now_ms, pieces: [] };
    row.pieces[n] = bytes.slice();
    this.#waiting.set(name, row);
  }

  join(name: string, count: number): Uint8Array {
    const pieces = this.#waiting.get(name)?.pieces ?? [];
    this.#waiting.delete(name);
    const whole = Array.from({ length: count }, (_, n) => pieces[n]);
    if (whole.some((piece) => piece === undefined)) {
      throw new PeregrineError('UNAVAILABLE', 'Pieces of a large batch did not arrive. Try again.');
    }
    return Buffer.concat(whole as Uint8Array[]);
  }
}
