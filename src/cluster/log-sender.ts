/**
 * A leader's sending: entries go into the stream at the place behind the last one, a few messages at once; what the stream has
 * goes into the own mirror. After any doubt the stream is read again: what of ours is there counts, what is not is sent again.
 */

import { assert, type Clock } from '../base/index.ts';
import {
  decodeLogMessage,
  encodeLogMessage,
  LogAssembly,
  type LogEntryBytes,
  packNext,
} from './log-message.ts';
import { isOfAnotherHistory, type Mirror } from './mirror.ts';
import { type OrderedStream, StreamError, type StreamState } from './spine.ts';

/** Messages on their way at once: enough to keep the stream busy, few enough to pack what comes meanwhile together. */
const WINDOW = 4;

export interface SenderParts {
  readonly stream: OrderedStream;
  /** Of the stream as it was made. */
  readonly streamIdentity: string;
  readonly mirror: Mirror;
  readonly term: number;
  readonly epoch: number;
  readonly clock: Clock;
  /** Between looks whether messages have landed. */
  readonly look_ms: number;
  /** Something is to be looked at: {@link LogSender.trouble}. */
  readonly onTrouble: () => void;
}

/** Why a stream can't be gone on with. `failed`: it could not be read to its end. */
export type ReconcileEnd = 'deposed' | 'diverged' | 'failed' | 'lost' | 'stopped';

interface Flight {
  readonly expectedLast: number;
  readonly entries: number;
  place: number | undefined;
}

export class LogSender {
  readonly #parts: SenderParts;
  /** Entries that no message confirmed yet, in order; the first `#sent` of them are on their way. */
  #unconfirmed: LogEntryBytes[] = [];
  #sent = 0;
  #sentPieces = 0;
  #flights: Flight[] = [];
  #tail: number;
  /** Why nothing is sent until the stream has been read again. */
  #trouble: unknown;
  #assembly: LogAssembly;
  /** The message at the tail was looked at: it is the one that the own mirror took. */
  #isTailOurs = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#tail = parts.mirror.position.place;
    this.#assembly = new LogAssembly(parts.mirror.position.term);
  }

  /** The last place that is known to be ours or before us. */
  get tail(): number {
    return this.#tail;
  }

  get trouble(): unknown {
    return this.#trouble;
  }

  /** What tells of a state that is heard later whether the stream is gone, or ends before what it is known to hold now. */
  watch(): (state: StreamState) => boolean {
    const tail = this.#tail;
    return ({ identity, lastPlace }) => identity !== this.#parts.streamIdentity || lastPlace < tail;
  }

  /** Puts the mark behind everything: nothing of older terms counts from here on. Rejects with a {@link StreamError}. */
  async mark(base: number): Promise<void> {
    const { stream, term } = this.#parts;
    this.#tail = await stream.publish(encodeLogMessage({ kind: 'mark', term, base }), this.#tail);
    this.#assembly = new LogAssembly(term);
  }

  send(entry: LogEntryBytes): void {
    this.#unconfirmed.push(entry);
    this.#pump();
  }

  /** After {@link reconcile}: what is not there yet is sent again. */
  goOn(): void {
    this.#trouble = undefined;
    this.#pump();
  }

  abandon(): void {
    this.#unconfirmed = [];
    this.#flights = [];
  }

  /** Resolves when nothing is on its way any more. */
  async landed(): Promise<void> {
    const { clock, look_ms } = this.#parts;
    while (this.#flights.some(({ place }) => place === undefined)) await clock.sleep(look_ms);
    this.#flights = [];
  }

  /** Reads the stream behind what is known, as it stood in `state`. Undefined when all is clear. */
  async reconcile(state: StreamState, signal: AbortSignal): Promise<ReconcileEnd | undefined> {
    if (this.watch()(state)) return 'lost';
    if (this.#tail === 0) this.#isTailOurs = true;
    const from = this.#isTailOurs ? this.#tail + 1 : this.#tail;
    if (state.firstPlace > from) return 'lost';
    if (state.lastPlace >= from) {
      const end = await this.#readOn(from, state.lastPlace, signal);
      if (end !== undefined) return end;
    }
    if (this.#tail < state.lastPlace) return signal.aborted ? 'stopped' : 'failed';
    this.#sent = 0;
    this.#sentPieces = 0;
    return undefined;
  }

  async #readOn(from: number, last: number, signal: AbortSignal): Promise<ReconcileEnd | undefined> {
    const { epoch, mirror, stream, term } = this.#parts;
    const reading = new AbortController();
    try {
      for await (const { place, bytes } of stream.read(from, AbortSignal.any([signal, reading.signal]))) {
        const message = decodeLogMessage(bytes);
        if (message.term > term) return 'deposed';
        if (isOfAnotherHistory(message, mirror.handed, !this.#isTailOurs)) return 'diverged';
        if (this.#isTailOurs) {
          const row = this.#assembly.take(message);
          if (row !== undefined) {
            await mirror.take(row, { epoch, term: message.term, place });
            const end = row.firstEntry + row.payloads.length;
            this.#unconfirmed = this.#unconfirmed.filter(({ entry }) => entry >= end);
          }
          this.#tail = place;
        }
        this.#isTailOurs = true;
        if (place >= last) return undefined;
      }
    } finally {
      reading.abort();
    }
    return undefined;
  }

  /** Sends what the window has room for. */
  #pump(): void {
    while (
      this.#trouble === undefined &&
      this.#flights.length < WINDOW &&
      this.#sent < this.#unconfirmed.length
    ) {
      const packed = packNext(this.#unconfirmed, this.#sent, this.#parts.term, this.#sentPieces);
      this.#sentPieces = packed.pieces;
      this.#sent += packed.entries;
      const flight: Flight = {
        expectedLast: this.#tail + this.#flights.length,
        entries: packed.entries,
        place: undefined,
      };
      this.#flights.push(flight);
      void this.#publish(packed.bytes, flight);
    }
  }

  async #publish(bytes: Uint8Array, flight: Flight): Promise<void> {
    try {
      flight.place = await this.#parts.stream.publish(bytes, flight.expectedLast);
      this.#confirm();
    } catch (error) {
      this.#flights = this.#flights.filter((other) => other !== flight);
      this.#stumble(error);
    }
  }

  /** Messages that the stream has, from the first on: their entries go into the own mirror. */
  #confirm(): void {
    for (let flight = this.#flights[0]; flight?.place !== undefined; flight = this.#flights[0]) {
      this.#flights.shift();
      if (this.#trouble !== undefined) {
        // What was before it is not known: all of it is read again.
        this.#parts.onTrouble();
        continue;
      }
      assert(flight.place === this.#tail + 1, 'a message stands where it was expected');
      this.#tail = flight.place;
      const row = this.#unconfirmed.splice(0, flight.entries);
      this.#sent -= row.length;
      this.#keep(row, flight.place);
    }
    this.#pump();
  }

  #keep(row: readonly LogEntryBytes[], place: number): void {
    const first = row[0];
    if (first === undefined) return;
    const { epoch, mirror, term } = this.#parts;
    const payloads = row.map(({ payload }) => payload);
    mirror
      .take({ firstEntry: first.entry, payloads }, { epoch, term, place })
      .catch((error: unknown) => this.#stumble(error));
  }

  /** The first trouble tells most: a full stream makes what was sent behind it misplaced. */
  #stumble(error: unknown): void {
    const isFull = error instanceof StreamError && error.failure === 'full';
    if (this.#trouble === undefined || (isFull && this.#trouble instanceof StreamError))
      this.#trouble = error;
    this.#parts.onTrouble();
  }
}
