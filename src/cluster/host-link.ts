/**
 * Questions from host to host, of any length: what does not fit one message travels in pieces, and an error arrives as the
 * error that it was. Layout: docs/formats/cluster.md.
 */

import {
  ByteReader,
  ByteWriter,
  type Clock,
  type ErrorCode,
  isPeregrineError,
  messageOf,
  PeregrineError,
} from '../base/index.ts';
import type { HostId } from './shard-record.ts';
import type { Messenger, Subscription } from './spine.ts';

const LINK_VERSION = 1;
const Frame = { whole: 1, piece: 2, joined: 3, fetch: 4 } as const;
const Reply = { done: 1, failed: 2, pieces: 3 } as const;

/** What hosts answer, by number. */
export const Service = {
  next: 1,
  commit: 2,
  get: 3,
  range: 4,
  openViews: 5,
  askViews: 6,
  releaseViews: 7,
  documentsWith: 8,
  documents: 9,
  totals: 10,
  sumRange: 11,
  replaceMirror: 12,
  crawl: 13,
} as const;
export type ServiceNumber = (typeof Service)[keyof typeof Service];

/** Bytes of one message: well below what a server of NATS takes by default. */
const PIECE_BYTES: number = 512 * 1024;
/** Pieces that nobody asks for are forgotten. */
const PIECES_LIFE_MS = 30_000;
const MAX_PIECES_BYTES: number = 256 * 1024 * 1024;

export type ServiceAnswer = (body: ByteReader) => Promise<Uint8Array>;

export interface HostLinkParts {
  readonly messenger: Messenger;
  /** What subjects begin with. */
  readonly prefix: string;
  readonly host: HostId;
  readonly clock: Clock;
}

export class HostLink {
  readonly host: HostId;
  readonly #parts: HostLinkParts;
  readonly #pieces: PieceStore;
  #count = 0;

  constructor(parts: HostLinkParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.#pieces = new PieceStore(parts.clock);
  }

  /** `UNAVAILABLE` at once where `host` is not there, `DEADLINE`, and whatever the host's answer failed with. */
  async ask(
    host: HostId,
    service: ServiceNumber,
    body: Uint8Array,
    timeout_ms: number,
    signal?: AbortSignal,
  ): Promise<ByteReader> {
    const count = body.length > PIECE_BYTES ? Math.ceil(body.length / PIECE_BYTES) : 0;
    const name = count === 0 ? '' : this.#nextName();
    for (let n = 0; n < count; n++) {
      const piece = body.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES);
      await this.#send(host, frame(Frame.piece, piece.length).text(name).varint(n).blob(piece), timeout_ms);
    }
    const call =
      count === 0
        ? frame(Frame.whole, body.length).u8(service).blob(body)
        : frame(Frame.joined, 0).u8(service).text(name).varint(count);
    return this.#send(host, call, timeout_ms, signal);
  }

  /** Answers other hosts, for as long as it is not closed. */
  serve(services: Readonly<Partial<Record<ServiceNumber, ServiceAnswer>>>): Subscription {
    const { messenger, prefix, host } = this.#parts;
    return messenger.serve(subjectOf(prefix, host), (bytes) => this.#answer(bytes, services).catch(failed));
  }

  async #send(host: HostId, call: ByteWriter, timeout_ms: number, signal?: AbortSignal): Promise<ByteReader> {
    const { messenger, prefix } = this.#parts;
    const subject = subjectOf(prefix, host);
    const reply = new ByteReader(await messenger.ask(subject, call.finish(), timeout_ms, signal));
    const kind = reply.u8();
    if (kind === Reply.done) return reply;
    if (kind === Reply.failed) throw new PeregrineError(reply.text() as ErrorCode, reply.text(), { host });
    const [name, count] = [reply.text(), reply.varint()];
    const pieces: Uint8Array[] = [];
    for (let n = 0; n < count; n++) {
      const piece = await this.#send(host, frame(Frame.fetch, 0).text(name).varint(n), timeout_ms, signal);
      pieces.push(piece.blob().slice());
    }
    return new ByteReader(Buffer.concat(pieces));
  }

  async #answer(
    bytes: Uint8Array,
    services: Readonly<Partial<Record<ServiceNumber, ServiceAnswer>>>,
  ): Promise<Uint8Array> {
    const call = new ByteReader(bytes);
    const version = call.u8();
    if (version !== LINK_VERSION) {
      throw new PeregrineError(
        'UNSUPPORTED_VERSION',
        `This host does not speak version ${version}. Update it.`,
      );
    }
    const kind = call.u8();
    if (kind === Frame.piece) {
      this.#pieces.take(call.text(), call.varint(), call.blob());
      return done(new Uint8Array());
    }
    if (kind === Frame.fetch) {
      const piece = this.#pieces.give(call.text(), call.varint());
      return done(new ByteWriter(piece.length + 8).blob(piece).finish());
    }
    const service = call.u8() as ServiceNumber;
    const answer = services[service];
    if (answer === undefined)
      throw new PeregrineError(
        'UNSUPPORTED_VERSION',
        `This host does not know service ${service}. Update it.`,
      );
    const body = kind === Frame.whole ? call.blob() : this.#pieces.join(call.text(), call.varint());
    const reply = await answer(new ByteReader(body));
    if (reply.length <= PIECE_BYTES) return done(reply);
    const name = this.#nextName();
    const count = Math.ceil(reply.length / PIECE_BYTES);
    for (let n = 0; n < count; n++)
      this.#pieces.take(name, n, reply.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES));
    return new ByteWriter(64).u8(Reply.pieces).text(name).varint(count).finish();
  }

  #nextName(): string {
    this.#count += 1;
    return `${this.host}.${process.pid}.${this.#count}`;
  }
}

const subjectOf = (prefix: string, host: HostId): string => `${prefix}.host.${host}`;

const frame = (kind: number, body_bytes: number): ByteWriter =>
  new ByteWriter(body_bytes + 64).u8(LINK_VERSION).u8(kind);

const done = (body: Uint8Array): Uint8Array =>
  new ByteWriter(body.length + 1).u8(Reply.done).raw(body).finish();

function failed(error: unknown): Uint8Array {
  const code = isPeregrineError(error) ? error.code : 'INTERNAL';
  return new ByteWriter(128).u8(Reply.failed).text(code).text(messageOf(error)).finish();
}

interface WaitingPieces {
  readonly at_ms: number;
  readonly pieces: Uint8Array[];
  left: number;
}

/** Pieces on their way in, until they are joined, and out, until the last was fetched. */
class PieceStore {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, WaitingPieces>();

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
      throw new PeregrineError('QUEUE_FULL', 'Too many large messages wait here.');
    const row = this.#waiting.get(name) ?? { at_ms: now_ms, pieces: [], left: 0 };
    row.pieces[n] = bytes.slice();
    row.left += 1;
    this.#waiting.set(name, row);
  }

  give(name: string, n: number): Uint8Array {
    const row = this.#waiting.get(name);
    const piece = row?.pieces[n];
    if (row === undefined || piece === undefined) throw gone();
    row.left -= 1;
    if (row.left <= 0) this.#waiting.delete(name);
    return piece;
  }

  join(name: string, count: number): Uint8Array {
    const pieces = this.#waiting.get(name)?.pieces ?? [];
    this.#waiting.delete(name);
    const whole = Array.from({ length: count }, (_, n) => pieces[n]);
    if (whole.some((piece) => piece === undefined)) throw gone();
    return Buffer.concat(whole as Uint8Array[]);
  }
}

const gone = (): PeregrineError =>
  new PeregrineError('UNAVAILABLE', 'Pieces of a large message did not arrive. Try again.');
