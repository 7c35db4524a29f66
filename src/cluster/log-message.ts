/**
 * Messages of a shard's stream: batches packed together, a batch cut in pieces, or the mark with which a leader begins.
 * Layout: docs/formats/cluster.md.
 */

import { ByteReader, ByteWriter, hash64, must, PeregrineError } from '../base/index.ts';

const LOG_MESSAGE_VERSION = 2;
const CHECKSUM_BYTES = 8;
/** Bytes of a message; NATS takes a megabyte where nothing else is set. */
export const MAX_MESSAGE_BYTES: number = 768 * 1024;
const HEAD_BYTES = 64;

const Kind = { mark: 0, entries: 1, piece: 2 } as const;

export type LogMessage =
  /** A leader begins behind entry `base`: what older terms publish behind the mark does not exist. */
  | { readonly kind: 'mark'; readonly term: number; readonly base: number }
  | {
      readonly kind: 'entries';
      readonly term: number;
      readonly firstEntry: number;
      readonly payloads: readonly Uint8Array[];
    }
  | {
      readonly kind: 'piece';
      readonly term: number;
      readonly entry: number;
      /** From 0; the last one completes the entry. */
      readonly piece: number;
      readonly pieces: number;
      readonly bytes: Uint8Array;
    };

export function encodeLogMessage(message: LogMessage): Uint8Array {
  const writer = new ByteWriter(sizeOf(message)).u8(LOG_MESSAGE_VERSION).u8(Kind[message.kind]);
  writer.varint(message.term);
  if (message.kind === 'mark') writer.varint(message.base);
  else if (message.kind === 'entries') {
    writer.varint(message.firstEntry).varint(message.payloads.length);
    for (const payload of message.payloads) writer.blob(payload);
  } else {
    writer.varint(message.entry).varint(message.piece).varint(message.pieces).blob(message.bytes);
  }
  writer.u64(hash64(writer.finish()));
  return writer.finish();
}

/** Payloads are views of `bytes`. `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeLogMessage(bytes: Uint8Array): LogMessage {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 3 || hash64(bytes.subarray(0, end)) !== new ByteReader(bytes, end).u64()) {
    throw new PeregrineError('CORRUPT', "A message of a shard's stream is damaged.", {
      size_bytes: bytes.length,
    });
  }
  const reader = new ByteReader(bytes.subarray(0, end));
  const version = reader.u8();
  if (version !== LOG_MESSAGE_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `A message of a shard's stream is of version ${version}; this program knows ${LOG_MESSAGE_VERSION}. Update this host.`,
      { version },
    );
  }
  const kind = reader.u8();
  const term = reader.varint();
  if (kind === Kind.mark) return { kind: 'mark', term, base: reader.varint() };
  if (kind === Kind.entries) {
    const firstEntry = reader.varint();
    const payloads = Array.from({ length: reader.varint() }, () => reader.blob());
    return { kind: 'entries', term, firstEntry, payloads };
  }
  if (kind === Kind.piece) {
    const entry = reader.varint();
    const piece = reader.varint();
    return { kind: 'piece', term, entry, piece, pieces: reader.varint(), bytes: reader.blob() };
  }
  throw new PeregrineError('CORRUPT', `A message of a shard's stream is of no kind that there is: ${kind}.`);
}

/** An entry on its way: its number and its batch. */
export interface LogEntryBytes {
  readonly entry: number;
  readonly payload: Uint8Array;
}

/** The next message of a row of entries, with how many of them it completes: 0 for a piece that is not the last. */
export interface PackedMessage {
  readonly bytes: Uint8Array;
  readonly entries: number;
  /** Pieces of the first entry that are sent when this one is. */
  readonly pieces: number;
}

/**
 * Packs as many entries of `row` behind `from` as one message takes, or, where the first is too large for one, its next piece.
 * @param sent Pieces of the first entry that were packed before.
 */
export function packNext(
  row: readonly LogEntryBytes[],
  from: number,
  term: number,
  sent: number,
  maxBytes: number = MAX_MESSAGE_BYTES,
): PackedMessage {
  const first = must(row[from], 'an entry to pack');
  const room = maxBytes - HEAD_BYTES;
  if (first.payload.length > room) {
    const pieces = Math.ceil(first.payload.length / room);
    const bytes = first.payload.subarray(sent * room, (sent + 1) * room);
    const message = { kind: 'piece', term, entry: first.entry, piece: sent, pieces, bytes } as const;
    const isLast = sent + 1 === pieces;
    return { bytes: encodeLogMessage(message), entries: isLast ? 1 : 0, pieces: isLast ? 0 : sent + 1 };
  }
  const payloads: Uint8Array[] = [];
  let size = 0;
  for (let i = from; i < row.length; i++) {
    const { payload } = must(row[i], 'an entry of the row');
    if (payloads.length > 0 && size + payload.length + 4 > room) break;
    payloads.push(payload);
    size += payload.length + 4;
  }
  const message = { kind: 'entries', term, firstEntry: first.entry, payloads } as const;
  return { bytes: encodeLogMessage(message), entries: payloads.length, pieces: 0 };
}

/** A row of entries that a message completes. */
export interface CompletedEntries {
  readonly firstEntry: number;
  readonly payloads: readonly Uint8Array[];
}

/**
 * Puts messages together in the order of the stream. What an older term publishes behind a newer mark is passed over;
 * a cut-up entry that is interrupted is forgotten with its pieces: who wrote it was deposed.
 */
export class LogAssembly {
  #term: number;
  #open: { entry: number; pieces: number; parts: Uint8Array[] } | undefined;

  /** @param term The newest one that is known. */
  constructor(term = 0) {
    this.#term = term;
  }

  /** The newest term seen. */
  get term(): number {
    return this.#term;
  }

  take(message: LogMessage): CompletedEntries | undefined {
    if (message.term < this.#term) return undefined;
    this.#term = message.term;
    if (message.kind !== 'piece') {
      this.#open = undefined;
      return message.kind === 'mark' ? undefined : message;
    }
    const { entry, piece, pieces, bytes } = message;
    if (piece === 0) this.#open = { entry, pieces, parts: [] };
    const open = this.#open;
    if (open?.entry !== entry || open.pieces !== pieces || open.parts.length !== piece) {
      this.#open = undefined;
      return undefined;
    }
    open.parts.push(bytes);
    if (open.parts.length < pieces) return undefined;
    this.#open = undefined;
    return { firstEntry: entry, payloads: [Buffer.concat(open.parts)] };
  }
}

function sizeOf(message: LogMessage): number {
  if (message.kind === 'mark') return HEAD_BYTES;
  if (message.kind === 'piece') return message.bytes.length + HEAD_BYTES;
  return message.payloads.reduce((sum, { length }) => sum + length + 4, HEAD_BYTES);
}
