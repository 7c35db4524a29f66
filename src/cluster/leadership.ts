/**
 * Leading a shard: batches go into the stream at the place behind the last one, so that two leaders can't both write;
 * what the stream has goes into the own mirror; a write is acknowledged when every member in sync has it on its disk.
 */

import { assert, type Clock, type LogSink, messageOf, PeregrineError } from '../base/index.ts';
import { type ClusterTimes, defaultMinDurable } from './cluster-options.ts';
import {
  decodeLogMessage,
  encodeLogMessage,
  LogAssembly,
  type LogEntryBytes,
  packNext,
} from './log-message.ts';
import { isOfAnotherHistory, type Mirror } from './mirror.ts';
import { MemberProgress } from './member-progress.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import {
  admitted,
  evicted,
  type HostId,
  type MirrorPosition,
  presentLife,
  type ShardRecord,
} from './shard-record.ts';
import { type OrderedStream, StreamError } from './spine.ts';
import { WaitingWrites } from './waiting-writes.ts';

/** Messages on their way at once: enough to keep the stream busy, few enough to pack what comes meanwhile together. */
const WINDOW = 4;
/** Looks after members for each look at the stream, which is a question to its servers. */
const LOOKS_AT_STREAM = 10;

export type LeadershipEnd =
  /** Somebody else leads, or may. */
  | 'deposed'
  /** The stream is gone or lost its end. */
  | 'lost'
  /** The stream holds another history than the own mirror: its end was lost, and somebody wrote on. */
  | 'diverged'
  /** Something else went wrong: begin anew. */
  | 'failed'
  | 'stopped';

export interface LeadershipParts {
  readonly host: HostId;
  readonly record: ShardRecord;
  readonly stream: OrderedStream;
  readonly mirror: Mirror;
  readonly directory: ShardDirectory;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly times: ClusterTimes;
  readonly minDurable?: number | undefined;
}

interface Flight {
  readonly expectedLast: number;
  readonly entries: number;
  place: number | undefined;
}

export class Leadership {
  readonly #parts: LeadershipParts;
  #record: ShardRecord;
  /** Entries that no message confirmed yet, in order; the first `#sent` of them are on their way. */
  #unconfirmed: LogEntryBytes[] = [];
  #sent = 0;
  #sentPieces = 0;
  #flights: Flight[] = [];
  /** The last place that is known to be ours or before us. */
  #tail = 0;
  readonly #writes = new WaitingWrites();
  #lastEntry: number;
  /** Why nothing is sent until the stream has been read again. */
  #broken: unknown;
  #isOpen = false;
  #assembly: LogAssembly;
  /** The last entry before the mark: what mirrors hold of older terms beyond it is not of this log. */
  #base = 0;
  /** The message at the tail was looked at: it is the one that the own mirror took. */
  #isTailOurs = false;
  readonly #progress = new MemberProgress();
  /** Members that are being let in: acknowledgements wait for them already. */
  readonly #candidates = new Set<HostId>();
  #trimmed = 0;
  #looks = 0;
  #wake: (() => void) | undefined;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
    this.#record = parts.record;
    this.#lastEntry = parts.mirror.position.entry;
    this.#assembly = new LogAssembly(parts.mirror.position.term);
  }

  /** The number that the next batch will have. */
  get nextEntry(): number {
    return this.#lastEntry + 1;
  }

  get record(): ShardRecord {
    return this.#record;
  }

  /** True while batches are taken. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True where one more batch may come. */
  get hasRoom(): boolean {
    return this.#writes.hasRoom;
  }

  /** Resolves when there is room again, or the leadership has ended. */
  async room(): Promise<void> {
    while (!this.hasRoom && this.#isOpen) await this.#writes.room();
  }

  /**
   * Gives the batch the next number, in the order of calls. `done` resolves when it is acknowledged; rejects with
   * `UNAVAILABLE` where that is not known any more, with `READ_ONLY` where too few mirrors are in sync.
   */
  append(payload: Uint8Array): { readonly entry: number; readonly done: Promise<void> } {
    this.#assertWritable();
    const entry = ++this.#lastEntry;
    const done = this.#writes.wait(entry, payload.length, this.#parts.clock.monotonic());
    this.#unconfirmed.push({ entry, payload });
    this.#pump();
    return { entry, done };
  }

  /** Leads until something ends it. Every wait of {@link append} has settled when this resolves. */
  async run(signal: AbortSignal): Promise<LeadershipEnd> {
    const { peers, log } = this.#parts;
    const { shard, term } = this.#record;
    const stopListening = peers.onReport((host, reports) => {
      for (const { shard: of, position } of reports) if (of === shard) this.heard(host, position);
    });
    const onStop = (): void => this.#wake?.();
    signal.addEventListener('abort', onStop);
    let end: LeadershipEnd = 'failed';
    try {
      const early = await this.#begin(signal);
      if (early !== undefined) {
        end = early;
        return end;
      }
      log.write('info', 'cluster.leading', { shard, term, entry: this.#lastEntry });
      this.#isOpen = true;
      end = await this.#lead(signal);
      return end;
    } catch (error) {
      log.write('warn', 'cluster.leadership-failed', { shard, term, message: messageOf(error) });
      end = error instanceof StreamError && error.failure === 'lost' ? 'lost' : 'failed';
      return end;
    } finally {
      this.#isOpen = false;
      signal.removeEventListener('abort', onStop);
      stopListening();
      this.#abandon(end);
    }
  }

  /** The record changed by somebody: a new member, or another leader. */
  adopt(record: ShardRecord): void {
    if (record.term === this.#record.term) this.#take(record);
    else this.#isOpen = false;
    this.#wake?.();
  }

  /** The own mirror has come further. */
  noted(): void {
    this.#acknowledge();
  }

  /** A mirror says how far it is. */
  heard(host: HostId, position: MirrorPosition): void {
    if (position.epoch !== presentLife(this.#record).epoch) return;
    this.#progress.heard(host, position, this.#parts.clock.monotonic());
    this.#acknowledge();
  }

  /** What a member had said before it went out does not let it in again: it may have lost its disk. */
  #take(record: ShardRecord): void {
    for (const host of this.#record.inSync) if (!record.inSync.includes(host)) this.#progress.forget(host);
    this.#record = record;
  }

  #assertWritable(): void {
    const { members, inSync, shard } = this.#record;
    if (!this.#isOpen) throw unavailable(`Shard ${shard} is between two leaders.`);
    const least = this.#parts.minDurable ?? defaultMinDurable(members.length);
    if (inSync.length >= least) return;
    throw new PeregrineError(
      'READ_ONLY',
      `Shard ${shard} has ${inSync.length} of the ${least} mirrors that a write needs. Bring hosts back, or ask for fewer.`,
      { shard, inSync: inSync.length, needed: least },
    );
  }

  /** Reads what the stream holds, and puts the mark behind it. */
  async #begin(signal: AbortSignal): Promise<LeadershipEnd | undefined> {
    const { mirror, stream } = this.#parts;
    this.#tail = mirror.position.place;
    while (!signal.aborted) {
      const end = await this.#reconcile(signal);
      if (end !== undefined) return end;
      await mirror.settled();
      const base = mirror.position.entry;
      try {
        const mark = encodeLogMessage({ kind: 'mark', term: this.#record.term, base });
        this.#tail = await stream.publish(mark, this.#tail);
        this.#lastEntry = base;
        this.#base = base;
        this.#assembly = new LogAssembly(this.#record.term);
        return undefined;
      } catch (error) {
        if (!(error instanceof StreamError) || error.failure === 'lost') throw error;
        await this.#pause(signal);
      }
      if (!(await this.#isStillOurs())) return 'deposed';
    }
    return 'stopped';
  }

  async #lead(signal: AbortSignal): Promise<LeadershipEnd> {
    const { mirror } = this.#parts;
    while (!signal.aborted) {
      if (!this.#isOpen) return 'deposed';
      if (this.#broken !== undefined) {
        await this.#landed();
        if (this.#broken instanceof StreamError) {
          const end = await this.#reconcile(signal);
          if (end !== undefined) return end;
          this.#broken = undefined;
          this.#pump();
        } else throw this.#broken;
      }
      await mirror.settled();
      const end = await this.#tend();
      if (end !== undefined) return end;
      await this.#pause(signal);
    }
    return 'stopped';
  }

  /** Sends what the window has room for. */
  #pump(): void {
    const { stream } = this.#parts;
    while (
      this.#broken === undefined &&
      this.#flights.length < WINDOW &&
      this.#sent < this.#unconfirmed.length
    ) {
      const packed = packNext(this.#unconfirmed, this.#sent, this.#record.term, this.#sentPieces);
      this.#sentPieces = packed.pieces;
      this.#sent += packed.entries;
      const flight: Flight = {
        expectedLast: this.#tail + this.#flights.length,
        entries: packed.entries,
        place: undefined,
      };
      this.#flights.push(flight);
      void this.#send(packed.bytes, flight, stream);
    }
  }

  async #send(bytes: Uint8Array, flight: Flight, stream: OrderedStream): Promise<void> {
    try {
      flight.place = await stream.publish(bytes, flight.expectedLast);
      this.#confirm();
    } catch (error) {
      this.#flights = this.#flights.filter((other) => other !== flight);
      this.#break(error);
    }
  }

  /** Messages that the stream has, from the first on: their entries go into the own mirror. */
  #confirm(): void {
    for (let flight = this.#flights[0]; flight?.place !== undefined; flight = this.#flights[0]) {
      this.#flights.shift();
      if (this.#broken !== undefined) {
        // What was before it is not known: all of it is read again.
        this.#wake?.();
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
    const { term } = this.#record;
    const { epoch } = presentLife(this.#record);
    const payloads = row.map(({ payload }) => payload);
    this.#parts.mirror
      .take({ firstEntry: first.entry, payloads }, { epoch, term, place })
      .catch((error: unknown) => this.#break(error));
  }

  #break(error: unknown): void {
    this.#broken ??= error;
    this.#wake?.();
  }

  /** When nothing is on its way any more. */
  async #landed(): Promise<void> {
    while (this.#flights.some(({ place }) => place === undefined)) {
      await this.#parts.clock.sleep(this.#parts.times.tick_ms / 4);
    }
    this.#flights = [];
  }

  /**
   * After a doubt: reads the stream behind what is known. What of ours is there counts; what is not is sent again.
   * Undefined when all is clear.
   */
  async #reconcile(signal: AbortSignal): Promise<LeadershipEnd | undefined> {
    const { stream, mirror } = this.#parts;
    const { term, streamIdentity } = this.#record;
    const { epoch } = presentLife(this.#record);
    const state = await this.#patiently(signal, () => stream.state());
    if (state === undefined) return signal.aborted ? 'stopped' : 'deposed';
    if (state.identity !== streamIdentity || state.lastPlace < this.#tail) return 'lost';
    if (this.#tail === 0) this.#isTailOurs = true;
    const from = this.#isTailOurs ? this.#tail + 1 : this.#tail;
    if (state.firstPlace > from) return 'lost';
    const reading = new AbortController();
    const whole = AbortSignal.any([signal, reading.signal]);
    try {
      if (state.lastPlace >= from) {
        for await (const { place, bytes } of stream.read(from, whole)) {
          const message = decodeLogMessage(bytes);
          if (message.term > term) return 'deposed';
          if (isOfAnotherHistory(message, mirror.handed, !this.#isTailOurs)) return 'diverged';
          if (!this.#isTailOurs) {
            this.#isTailOurs = true;
            if (place >= state.lastPlace) break;
            continue;
          }
          const row = this.#assembly.take(message);
          if (row !== undefined) {
            await mirror.take(row, { epoch, term: message.term, place });
            const end = row.firstEntry + row.payloads.length;
            this.#unconfirmed = this.#unconfirmed.filter(({ entry }) => entry >= end);
          }
          this.#tail = place;
          if (place >= state.lastPlace) break;
        }
      }
    } finally {
      reading.abort();
    }
    if (this.#tail < state.lastPlace) return signal.aborted ? 'stopped' : 'failed';
    this.#sent = 0;
    this.#sentPieces = 0;
    return undefined;
  }

  /** Asks again while there is no answer, for as long as a lease: then others lead, and who waits here is told. */
  async #patiently<T>(signal: AbortSignal, question: () => Promise<T>): Promise<T | undefined> {
    const { clock, times } = this.#parts;
    const began_ms = clock.monotonic();
    while (!signal.aborted && clock.monotonic() - began_ms < times.lease_ms) {
      try {
        return await question();
      } catch (error) {
        if (!(error instanceof StreamError) || error.failure !== 'unavailable') throw error;
      }
      await this.#pause(signal);
      if (!(await this.#isStillOurs())) return undefined;
    }
    return undefined;
  }

  async #isStillOurs(): Promise<boolean> {
    const known = await this.#parts.directory.read(this.#record.shard).catch(() => undefined);
    // Nobody to ask: the stream decides.
    return known === undefined || known.term === this.#record.term;
  }

  /** Members that fell silent go, those that caught up come, what all have is trimmed. */
  async #tend(): Promise<LeadershipEnd | undefined> {
    const { clock, host, times, log } = this.#parts;
    this.#acknowledge();
    const { oldest } = this.#writes;
    const now_ms = clock.monotonic();
    if (oldest !== undefined && now_ms - oldest.since_ms >= times.evict_ms) {
      for (const member of this.#record.inSync) {
        const entry = this.#entryOf(member);
        const silent_ms = now_ms - Math.max(this.#progress.movedAt_ms(member), oldest.since_ms);
        if (member === host || entry >= oldest.entry || silent_ms < times.evict_ms) continue;
        log.write('warn', 'cluster.evicted', { shard: this.#record.shard, host: member, entry });
        if (!(await this.#change((record) => evicted(record, member)))) return 'deposed';
      }
    }
    for (const member of this.#record.members) {
      if (this.#record.inSync.includes(member) || !this.#hasCaughtUp(member)) continue;
      // From here on acknowledgements wait for it, so that it has everything when it counts.
      this.#candidates.add(member);
      try {
        if (!(await this.#change((record) => admitted(record, member)))) return 'deposed';
        log.write('info', 'cluster.admitted', { shard: this.#record.shard, host: member });
      } finally {
        this.#candidates.delete(member);
      }
    }
    await this.#trim();
    this.#looks += 1;
    return this.#looks % LOOKS_AT_STREAM === 0 ? this.#lookAtStream() : undefined;
  }

  /** Nothing may be written for long, and the stream be gone for as long. */
  async #lookAtStream(): Promise<LeadershipEnd | undefined> {
    const tail = this.#tail;
    try {
      const { identity, lastPlace } = await this.#parts.stream.state();
      return identity !== this.#record.streamIdentity || lastPlace < tail ? 'lost' : undefined;
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      return error.failure === 'lost' ? 'lost' : undefined;
    }
  }

  #hasCaughtUp(member: HostId): boolean {
    const { times, peers } = this.#parts;
    const acknowledged = (this.#writes.oldest?.entry ?? this.#lastEntry + 1) - 1;
    return this.#entryOf(member) >= acknowledged && peers.silence_ms(member) < times.evict_ms;
  }

  /** The last entry of this log that a member is known to hold; -1 where nothing of it counts. */
  #entryOf(member: HostId): number {
    return this.#progress.entryOf(member, this.#record.term, this.#base);
  }

  async #change(change: (record: ShardRecord) => ShardRecord): Promise<boolean> {
    const { directory } = this.#parts;
    const { shard, term } = this.#record;
    try {
      const changed = await directory.change(shard, (record) =>
        record.term === term ? change(record) : undefined,
      );
      if (changed === undefined) return false;
      this.#take(changed);
      this.#acknowledge();
      return true;
    } catch (error) {
      // Nobody knows whether it came through: the next look tells.
      if (error instanceof StreamError) return this.#reread();
      throw error;
    }
  }

  async #reread(): Promise<boolean> {
    const known = await this.#parts.directory.read(this.#record.shard).catch(() => undefined);
    if (known === undefined) return true;
    if (known.term !== this.#record.term) return false;
    this.#take(known);
    return true;
  }

  /** Everything up to what all members in sync have is acknowledged, in order. */
  #acknowledge(): void {
    const { host, mirror } = this.#parts;
    let floor = mirror.position.entry;
    for (const member of [...this.#record.inSync, ...this.#candidates]) {
      if (member !== host) floor = Math.min(floor, this.#entryOf(member));
    }
    this.#writes.acknowledge(floor);
  }

  async #trim(): Promise<void> {
    const { host, mirror, peers, stream, times } = this.#parts;
    const { shard, inSync } = this.#record;
    const { epoch } = presentLife(this.#record);
    const places = inSync.map((member) => {
      const position = member === host ? mirror.position : peers.positionOf(member, shard);
      return position?.epoch === epoch ? position.place : 0;
    });
    // The last message that all have stays: by it they see that the stream is still the one they know.
    const least = Math.min(...places) - 1;
    if (least - this.#trimmed < times.trimmedMessages) return;
    await stream.trim(least).then(
      () => (this.#trimmed = least),
      // It is tried again with the next look.
      () => undefined,
    );
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (this.#broken === undefined || !this.#isOpen) {
      if (signal.aborted) return;
      await this.#parts.clock.sleep(this.#parts.times.tick_ms, woken.signal).catch(() => undefined);
    }
    this.#wake = undefined;
  }

  #abandon(end: LeadershipEnd): void {
    const { shard } = this.#record;
    const error = unavailable(
      `Shard ${shard} changed its leader: whether this was written is not known. Try again.`,
      end,
    );
    this.#writes.reject(error);
    this.#unconfirmed = [];
    this.#flights = [];
  }
}

function unavailable(message: string, why?: string): PeregrineError {
  return new PeregrineError('UNAVAILABLE', message, why === undefined ? {} : { why });
}
