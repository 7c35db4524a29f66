/**
 * A mirror's own copy of a shard: entries of the stream go into the local store, each with the position that it makes
 * true in the same batch, so that a replay skips what is there.
 */

import {
  ByteReader,
  ByteWriter,
  PeregrineError,
  type ShardId,
  slotsOfShard,
  toCollectionId,
} from '../base/index.ts';
import { MetaKind } from '../collection/index.ts';
import { decodeBatch, KEY_HEAD_BYTES, KeyWriter, type Store } from '../storage/index.ts';
import type { CompletedEntries, LogMessage } from './log-message.ts';
import type { MirrorPosition } from './shard-record.ts';

const POSITION_VERSION = 1;
/** Entries on their way into the local store; beyond that the reader waits. */
const MAX_IN_FLIGHT_BYTES: number = 8 * 1024 * 1024;

export function positionKey(shard: ShardId, shardCount: number): Uint8Array {
  const { first } = slotsOfShard(shard, shardCount);
  return new KeyWriter('meta', first, toCollectionId(0)).u8(MetaKind.mirrorPosition).finish();
}

/** True for the key of a mirror's own position, the one record that mirrors need not agree about. */
export const isPositionKey = (key: Uint8Array): boolean => key[KEY_HEAD_BYTES] === MetaKind.mirrorPosition;

export function encodePosition({ epoch, term, entry, place }: MirrorPosition): Uint8Array {
  return new ByteWriter(32)
    .u8(POSITION_VERSION)
    .varint(epoch)
    .varint(term)
    .varint(entry)
    .varint(place)
    .finish();
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
function decodePosition(value: Uint8Array): MirrorPosition {
  const reader = new ByteReader(value);
  const version = reader.u8();
  if (version !== POSITION_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `A mirror's position is of version ${version}.`, {
      version,
    });
  }
  return {
    epoch: reader.varint(),
    term: reader.varint(),
    entry: reader.varint(),
    place: reader.varint(),
  };
}

/** Where a store stands that was in no cluster yet. */
export const NOWHERE: MirrorPosition = { epoch: 0, term: 0, entry: 0, place: 0 };

export class Mirror {
  readonly #store: Store;
  readonly #key: Uint8Array;
  /** Told with every step. */
  readonly #onDurable: (position: MirrorPosition) => void;
  #durable: MirrorPosition;
  /** What was handed in last, durable or not. */
  #handed: MirrorPosition;
  #inFlight_bytes = 0;
  #inFlight: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  private constructor(
    store: Store,
    key: Uint8Array,
    at: MirrorPosition,
    onDurable: (position: MirrorPosition) => void,
  ) {
    this.#store = store;
    this.#key = key;
    this.#durable = at;
    this.#handed = at;
    this.#onDurable = onDurable;
  }

  static async open(
    store: Store,
    shardCount: number,
    onDurable: (position: MirrorPosition) => void,
  ): Promise<Mirror> {
    const key = positionKey(store.shard, shardCount);
    const value = await store.get('meta', key);
    return new Mirror(store, key, value === undefined ? NOWHERE : decodePosition(value), onDurable);
  }

  /** What is durable and readable here. */
  get position(): MirrorPosition {
    return this.#durable;
  }

  /** What was handed in last, durable or not. */
  get handed(): MirrorPosition {
    return this.#handed;
  }

  /** Goes on in another life of the log, at the same entry. Durable with the next entry. */
  continueAt(position: MirrorPosition): void {
    this.#durable = position;
    this.#handed = position;
    this.#failure = undefined;
  }

  /**
   * Takes what a message completes; entries that are here already are passed over. Resolves when there is room for more,
   * not when it is durable: see {@link settled}. `CORRUPT` for a row that begins behind a gap; whatever the store's
   * append says, from then on until {@link retreat}.
   */
  async take(row: CompletedEntries, at: { epoch: number; term: number; place: number }): Promise<void> {
    const last = row.payloads.length - 1;
    for (const [i, payload] of row.payloads.entries()) {
      if (this.#failure !== undefined) throw this.#failure;
      const entry = row.firstEntry + i;
      if (entry <= this.#handed.entry) continue;
      if (entry !== this.#handed.entry + 1) throw gap(this.#handed.entry, entry);
      // Before the last entry of its message a restart reads the message again.
      this.#hand({ ...at, entry, place: i === last ? at.place : at.place - 1 }, payload);
    }
    if (this.#inFlight_bytes > MAX_IN_FLIGHT_BYTES) await this.settled();
  }

  /** Resolves when everything handed in is durable; rejects where something could not be. */
  async settled(): Promise<void> {
    await this.#inFlight;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** After a failure: forgets what did not become durable, so that it can be read again. */
  async retreat(): Promise<void> {
    await this.#inFlight;
    this.#handed = this.#durable;
    this.#failure = undefined;
  }

  #hand(position: MirrorPosition, payload: Uint8Array): void {
    this.#handed = position;
    const { records, derived = [] } = decodeBatch(payload);
    const own = { database: 'meta', key: this.#key, value: encodePosition(position) } as const;
    // In its turn and not at once: what follows a batch that failed must not go in behind a gap.
    const appended = this.#store.sequence(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      return { records: [...records, own], derived };
    });
    this.#inFlight_bytes += payload.length;
    this.#inFlight = this.#settle(appended, position, payload.length);
  }

  async #settle(appended: Promise<unknown>, position: MirrorPosition, size_bytes: number): Promise<void> {
    try {
      await appended;
      this.#durable = position;
      this.#onDurable(position);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#inFlight_bytes -= size_bytes;
    }
  }
}

/**
 * Whether a message shows that a mirror holds entries which are not of this stream: its end was lost with them, and somebody
 * who had not got them wrote on. `isLast`: it stands at the mirror's own place, so that the mirror took it, or another one.
 */
export function isOfAnotherHistory(message: LogMessage, held: MirrorPosition, isLast: boolean): boolean {
  if (message.term <= held.term) return false;
  return isLast || (message.kind === 'mark' && message.base < held.entry);
}

function gap(after: number, found: number): PeregrineError {
  return new PeregrineError('CORRUPT', `The shard's stream goes on with entry ${found} after ${after}.`, {
    after,
    found,
  });
}
