/**
 * Leading a shard: batches go into the stream at the place behind the last one, so that two leaders can't both write
 * (`log-sender.ts`); a write is acknowledged when every member in sync has it on its disk (`in-sync-set.ts`).
 */

import { type Clock, type LogSink, messageOf, PeregrineError } from '../base/index.ts';
import { type ClusterTimes, defaultMinDurable } from './cluster-options.ts';
import { InSyncSet } from './in-sync-set.ts';
import { LogSender, type ReconcileEnd } from './log-sender.ts';
import type { Mirror } from './mirror.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import { type HostId, presentLife, type ShardRecord } from './shard-record.ts';
import { type OrderedStream, StreamError } from './spine.ts';
import { WaitingWrites } from './waiting-writes.ts';

/** Looks after members for each look at the stream, which is a question to its servers. */
const LOOKS_AT_STREAM = 10;

/**
 * `deposed`: somebody else leads, or may. `lost`: the stream is gone or lost its end. `diverged`: it holds another history than
 * the own mirror, as its end was lost and somebody wrote on. `full`: it takes nothing, though all members have what it holds.
 * `failed`: something else went wrong, begin anew.
 */
export type LeadershipEnd = ReconcileEnd | 'full';

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
  /** Mirrors that the shard is to have. */
  readonly copies: number;
  readonly minDurable?: number | undefined;
}

export class Leadership {
  readonly #parts: LeadershipParts;
  readonly #sender: LogSender;
  readonly #set: InSyncSet;
  readonly #writes = new WaitingWrites();
  #lastEntry: number;
  #isOpen = false;
  /** Since when the stream has taken nothing because it is full, and where it ended then. */
  #full: { readonly since_ms: number; readonly tail: number } | undefined;
  #looks = 0;
  #wake: (() => void) | undefined;

  constructor(parts: LeadershipParts) {
    const { clock, mirror, record, stream, times } = parts;
    this.#parts = parts;
    this.#lastEntry = mirror.position.entry;
    this.#set = new InSyncSet({ ...parts, onChange: () => this.#acknowledge() }, record);
    this.#sender = new LogSender({
      stream,
      streamIdentity: record.streamIdentity,
      mirror,
      term: record.term,
      epoch: presentLife(record).epoch,
      clock,
      look_ms: times.tick_ms / 4,
      onTrouble: () => this.#wake?.(),
    });
  }

  /** The number that the next batch will have. */
  get nextEntry(): number {
    return this.#lastEntry + 1;
  }

  get record(): ShardRecord {
    return this.#set.record;
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
    this.#sender.send({ entry, payload });
    return { entry, done };
  }

  /** Leads until something ends it. Every wait of {@link append} has settled when this resolves. */
  async run(signal: AbortSignal): Promise<LeadershipEnd> {
    const { peers, log } = this.#parts;
    const { shard, term } = this.record;
    const stopListening = peers.onReport((host, reports) => {
      for (const { shard: of, position } of reports) if (of === shard) this.#set.heard(host, position);
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
    if (record.term === this.record.term) this.#set.take(record);
    else this.#isOpen = false;
    this.#wake?.();
  }

  /** The own mirror has come further. */
  noted(): void {
    this.#acknowledge();
  }

  #assertWritable(): void {
    const { members, inSync, shard } = this.record;
    if (!this.#isOpen) throw unavailable(`Shard ${shard} is between two leaders.`);
    const { copies, minDurable } = this.#parts;
    const least = minDurable ?? defaultMinDurable(members.length, copies);
    if (inSync.length >= least) return;
    throw new PeregrineError(
      'READ_ONLY',
      `Shard ${shard} has ${inSync.length} of the ${least} mirrors that a write needs. Bring hosts back, or ask for fewer.`,
      { shard, inSync: inSync.length, needed: least },
    );
  }

  /** Reads what the stream holds, and puts the mark behind it. */
  async #begin(signal: AbortSignal): Promise<LeadershipEnd | undefined> {
    const { mirror } = this.#parts;
    while (!signal.aborted) {
      const end = await this.#reconcile(signal);
      if (end !== undefined) return end;
      await mirror.settled();
      const base = mirror.position.entry;
      try {
        await this.#sender.mark(base);
        this.#lastEntry = base;
        this.#set.beginAt(base);
        return undefined;
      } catch (error) {
        if (!(error instanceof StreamError) || error.failure === 'lost') throw error;
        // A mark finds no room either where a stream is full of what everybody has.
        if (error.failure === 'full') await this.#set.trim(1);
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
      if (this.#sender.trouble !== undefined) {
        const end = await this.#settle(signal);
        if (end !== undefined) return end;
      }
      await mirror.settled();
      const end = await this.#tend();
      if (end !== undefined) return end;
      await this.#pause(signal);
    }
    return 'stopped';
  }

  /** After a doubt: the stream is read again, and what it has not is sent again. */
  async #settle(signal: AbortSignal): Promise<LeadershipEnd | undefined> {
    const { clock, mirror, times } = this.#parts;
    const { trouble } = this.#sender;
    await this.#sender.landed();
    if (!(trouble instanceof StreamError)) throw trouble;
    const end = await this.#reconcile(signal);
    if (end !== undefined) return end;
    if (trouble.failure === 'full') {
      const { tail } = this.#sender;
      const now_ms = clock.monotonic();
      if (this.#full?.tail !== tail) this.#full = { since_ms: now_ms, tail };
      // Who waits is told, rather than kept for as long as it lasts.
      if (now_ms - this.#full.since_ms > times.evict_ms) return 'full';
      await mirror.settled();
      await this.#set.trim(1);
      await clock.sleep(times.tick_ms, signal).catch(() => undefined);
    }
    this.#sender.goOn();
    return undefined;
  }

  /** Undefined when all is clear. */
  async #reconcile(signal: AbortSignal): Promise<LeadershipEnd | undefined> {
    const state = await this.#patiently(signal, () => this.#parts.stream.state());
    if (state === undefined) return signal.aborted ? 'stopped' : 'deposed';
    return this.#sender.reconcile(state, signal);
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
    const { shard, term } = this.record;
    const known = await this.#parts.directory.read(shard).catch(() => undefined);
    // Nobody to ask: the stream decides.
    return known === undefined || known.term === term;
  }

  /** Members that fell silent go, those that caught up come, what all have is trimmed. */
  async #tend(): Promise<LeadershipEnd | undefined> {
    this.#acknowledge();
    const acknowledged = (): number => (this.#writes.oldest?.entry ?? this.#lastEntry + 1) - 1;
    if (!(await this.#set.evictSilent(this.#writes.oldest))) return 'deposed';
    if (!(await this.#set.admitReady(acknowledged))) return 'deposed';
    await this.#set.trim();
    this.#looks += 1;
    return this.#looks % LOOKS_AT_STREAM === 0 ? this.#lookAtStream() : undefined;
  }

  /** Nothing may be written for long, and the stream be gone for as long. */
  async #lookAtStream(): Promise<LeadershipEnd | undefined> {
    try {
      // What is confirmed while the answer is under way is no loss: the tail of before counts.
      const isOver = this.#sender.watch();
      return isOver(await this.#parts.stream.state()) ? 'lost' : undefined;
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      return error.failure === 'lost' ? 'lost' : undefined;
    }
  }

  /** Everything up to what all members in sync have is acknowledged, in order. */
  #acknowledge(): void {
    this.#writes.acknowledge(this.#set.floor);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (this.#sender.trouble === undefined || !this.#isOpen) {
      if (signal.aborted) return;
      await this.#parts.clock.sleep(this.#parts.times.tick_ms, woken.signal).catch(() => undefined);
    }
    this.#wake = undefined;
  }

  #abandon(end: LeadershipEnd): void {
    const { shard } = this.record;
    const why =
      end === 'full'
        ? `The log of shard ${shard} is full: whether this was written is not known.`
        : `Shard ${shard} changed its leader: whether this was written is not known.`;
    this.#writes.reject(unavailable(`${why} Try again.`, end));
    this.#sender.abandon();
  }
}

function unavailable(message: string, why?: string): PeregrineError {
  return new PeregrineError('UNAVAILABLE', message, why === undefined ? {} : { why });
}
