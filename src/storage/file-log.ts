/**
 * {@link ShardLog} on one disk: preallocated segments, used again; group commit, that is few writes in flight while the
 * next group gathers. A failed write or sync is never tried again on the same file.
 */

import {
  type Epoch,
  isPeregrineError,
  messageOf,
  must,
  nextTurn,
  PeregrineError,
  type Seq,
  systemClock,
  toSeq,
} from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { AppendQueue, GroupEncoder, type LogAppend } from './append-queue.ts';
import type { FileLogOptions } from './file-log-options.ts';
import { type LandedWrite, LogFlights } from './log-flights.ts';
import { frameBytes, MAX_PAYLOAD_BYTES } from './log-frame.ts';
import { readPayload } from './log-payload.ts';
import {
  type LocatedFrame,
  logAfterCleanStop,
  type RecoveredLog,
  recoverLog,
  saltOf,
} from './log-recovery.ts';
import { LogSize } from './log-size.ts';
import { type OpenSegment, type SealedSegment, syncSealed } from './log-segment.ts';
import type { RetryingReads } from './retrying-reads.ts';
import { SegmentSupply } from './segment-supply.ts';
import { type LogEntry, type LogRecovery, readOnly, type ShardLog } from './shard-log.ts';

/** Bytes of frames in one write; a single longer frame makes a group of its own. */
const MAX_GROUP_BYTES = 4 * 1024 * 1024;

export class FileLog implements ShardLog {
  readonly recovery: LogRecovery;
  readonly epoch: Epoch;
  readonly #disk: Disk;
  readonly #salt: number;
  readonly #isDurable: boolean;
  readonly #reads: RetryingReads;
  readonly #flights: LogFlights;
  readonly #supply: SegmentSupply;
  /** What recovery found and replay reads. */
  #recovered: readonly LocatedFrame[];
  /** Recovered frames above this are written anew before anything is appended: no sync of ours vouches for them. */
  readonly #vouchedSeq: number;
  #segment: OpenSegment | undefined;
  #sealed: SealedSegment[];
  readonly #pending = new AppendQueue();
  #running: Promise<void> | undefined;
  /** Ends when the segment being opened holds all that was carried over. Never rejects. */
  #carrying: Promise<void> | undefined;
  #lastSeq: number;
  #durableSeq: number;
  /** What frames may claim to be durable: where nothing is synced, less than what was acknowledged. */
  #syncedSeq: number;
  #trimmedSeq: number;
  #failure: PeregrineError | undefined;
  #isClosed = false;
  readonly #size = new LogSize();
  #syncs = 0;

  private constructor(options: FileLogOptions, found: RecoveredLog) {
    this.#disk = options.disk;
    this.#salt = saltOf(options.storeId);
    this.epoch = options.epoch;
    const { clock = systemClock, blocking, durability, reads } = options;
    this.#isDurable = durability !== 'system';
    this.#reads = reads;
    this.#flights = new LogFlights(this.#salt, clock, this.#isDurable, blocking);
    this.recovery = found.recovery;
    this.#recovered = found.frames;
    this.#vouchedSeq = found.vouchedSeq;
    this.#supply = new SegmentSupply(options, found);
    this.#lastSeq = found.recovery.lastSeq;
    this.#durableSeq = found.vouchedSeq;
    this.#syncedSeq = found.vouchedSeq;
    this.#trimmedSeq = options.checkpointSeq;
    const lastSeq = this.#lastSeq;
    this.#sealed = found.segments.map(({ path, size_bytes }) => ({ path, size_bytes, lastSeq }));
    for (const { seq, payload_bytes } of found.frames) this.#size.add(seq, frameBytes(payload_bytes));
  }

  /** Reads what there is and writes nothing: a log opens on a full disk too. */
  static async open(options: FileLogOptions): Promise<FileLog> {
    return new FileLog(options, await (options.isClean ? logAfterCleanStop(options) : recoverLog(options)));
  }

  get lastSeq(): Seq {
    return toSeq(this.#lastSeq);
  }

  get durableSeq(): Seq {
    return toSeq(this.#durableSeq);
  }

  get size_bytes(): number {
    return this.#size.size_bytes;
  }

  get failure(): PeregrineError | undefined {
    return this.#failure;
  }

  /** Writes made durable since opening. */
  get syncs(): number {
    return this.#syncs;
  }

  append(append: LogAppend): void {
    const refusal = this.#refusal(append.payload);
    append.seq = this.#lastSeq + 1;
    if (refusal !== undefined) return queueMicrotask(() => append.refuse(refusal));
    this.#lastSeq = append.seq;
    this.#pending.push(append);
    // Begun behind this turn, so that appends of one turn share a write.
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  async *replay(from: Seq): AsyncIterable<LogEntry> {
    for (const frame of this.#recovered) {
      if (frame.seq < from) continue;
      yield { epoch: this.epoch, seq: toSeq(frame.seq), payload: await this.#payloadOf(frame) };
    }
  }

  async trim(upTo: Seq): Promise<void> {
    this.#trimmedSeq = Math.max(this.#trimmedSeq, upTo);
    this.#size.trim(upTo);
    // What a first segment is just carrying over is read from the files that would go now.
    await this.#carrying;
    const isOver = ({ lastSeq }: SealedSegment): boolean => lastSeq <= upTo;
    if (!this.#sealed.some(isOver) || !(await this.#hasBegun()) || !(await this.#isSettled())) return;
    const released = this.#sealed.filter(isOver);
    this.#sealed = this.#sealed.filter((segment) => !isOver(segment));
    for (const segment of released) await this.#supply.takeBack(segment);
  }

  /**
   * Whether a segment of this life stands. Files of earlier ones go one after another, and a power cut may bring some back
   * without the header that took back what they hold: that has to be done anew before. Where it can't, they stay.
   */
  async #hasBegun(): Promise<boolean> {
    while (this.#segment === undefined && this.#running !== undefined) await this.#running;
    if (this.#segment === undefined && this.#failure === undefined && !this.#isClosed) {
      this.#running = this.#beginFirst();
      await this.#running;
    }
    return this.#segment !== undefined;
  }

  /** Whether the header that the log stands on outlives a power cut, as those before it need no longer then. */
  async #isSettled(): Promise<boolean> {
    for (;;) {
      const segment = this.#segment;
      try {
        await segment?.settled();
      } catch {
        // The next append says why.
        return false;
      }
      if (segment === this.#segment) return segment !== undefined;
    }
  }

  async #beginFirst(): Promise<void> {
    try {
      await this.#rotate(0);
    } catch {
      // The next append says why.
    }
    await this.#run();
  }

  async discard(upTo: Seq): Promise<void> {
    // Appends wait meanwhile, as they wait for a write.
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#goOnElsewhere();
    await this.#running;
    await this.trim(upTo);
    await this.#supply.removeSpares();
  }

  async #goOnElsewhere(): Promise<void> {
    try {
      await this.#supply.removeSpares();
      if (this.#segment !== undefined && this.#failure === undefined) await this.#rotate(0);
    } catch (error) {
      await this.#fail(error);
    }
    await this.#run();
  }

  /**
   * After a clean opening: takes back what earlier writes left behind the checkpoint and nobody counts, a refused batch
   * for one. Must be done before the manifest says that the log is to be read again.
   */
  async begin(): Promise<void> {
    this.#segment ??= await this.#supply.next({ firstSeq: this.#lastSeq + 1 });
  }

  async renew(): Promise<void> {
    await this.#running;
    if (this.#failure === undefined) return;
    this.#segment = await this.#supply.next({ firstSeq: this.#lastSeq + 1 });
    this.#recovered = [];
    this.#durableSeq = this.#lastSeq;
    this.#syncedSeq = this.#lastSeq;
    this.#failure = undefined;
    await this.#supply.removeAbandoned();
  }

  /** What had the word of the system alone outlives a power cut, too. Fails where a write has failed: nothing is known of its file. */
  async makeDurable(): Promise<void> {
    if (this.#isDurable) return;
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#segment?.settled();
    await syncSealed(this.#disk, this.#sealed);
    await this.#segment?.file.sync();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await this.#closeSegment(this.#segment);
    this.#segment = undefined;
  }

  #refusal(payload: Uint8Array): PeregrineError | undefined {
    if (this.#isClosed) return new PeregrineError('CLOSED', 'The log is closed.');
    if (this.#failure !== undefined) return readOnly(this.#failure);
    if (payload.length <= MAX_PAYLOAD_BYTES) return undefined;
    return new PeregrineError('TOO_LARGE', `One batch takes at most ${MAX_PAYLOAD_BYTES} bytes.`, {
      size_bytes: payload.length,
    });
  }

  async #run(): Promise<void> {
    const flights = this.#flights;
    try {
      for (;;) {
        if (this.#pending.count > 0 && flights.hasRoomFor(this.#pending)) {
          await this.#beginWrite();
        } else if (flights.isEmpty) {
          break;
        } else {
          await this.#land();
        }
      }
    } catch (error) {
      await this.#fail(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #beginWrite(): Promise<void> {
    const needed_bytes = frameBytes(must(this.#pending.first, 'a pending append').payload.length);
    this.#segment?.checkSettling();
    if (this.#segment === undefined || this.#segment.free_bytes < needed_bytes) {
      // The next segment's header says what of all before it is durable.
      while (!this.#flights.isEmpty) await this.#land();
      await this.#rotate(needed_bytes);
    }
    const segment = must(this.#segment, 'a segment');
    const group = this.#pending.take(Math.min(segment.free_bytes, Math.max(needed_bytes, MAX_GROUP_BYTES)));
    try {
      this.#flights.begin(segment, group, this.#syncedSeq);
    } catch (error) {
      this.#pending.putBack(group);
      throw error;
    }
  }

  /** Waits for the oldest write and tells some of it. */
  async #land(): Promise<void> {
    this.#count(await this.#flights.landed());
    const isTold = this.#flights.tell();
    if (isTold && this.#isDurable) this.#syncs += 1;
    // Writers that were just acknowledged come along with what they write next.
    await nextTurn();
  }

  /** Once for each write, which may be told in pieces. */
  readonly #count = ({ lastSeq, size_bytes }: LandedWrite): void => {
    if (lastSeq === this.#durableSeq) return;
    this.#durableSeq = lastSeq;
    if (this.#isDurable) this.#syncedSeq = lastSeq;
    this.#size.add(lastSeq, size_bytes);
  };

  /** Goes on in another segment. The first one after opening carries what recovery found and no sync vouches for. */
  async #rotate(needed_bytes: number): Promise<void> {
    const before = this.#segment;
    if (before === undefined) return this.#rotateFirst(needed_bytes);
    // Headers become durable in their order.
    await before.settled();
    const { file, size_bytes } = before;
    this.#segment = await this.#supply.next({
      firstSeq: this.#durableSeq + 1,
      // Where the system's word is enough a full segment is left to it, too: most have gone before it writes them out.
      unvouched: this.#durableSeq - this.#syncedSeq,
      frames_bytes: needed_bytes,
      settlesLater: !this.#isDurable,
    });
    this.#sealed.push({ path: file.path, size_bytes, lastSeq: this.#durableSeq });
    await file.close();
  }

  async #rotateFirst(needed_bytes: number): Promise<void> {
    const carried = this.#recovered.filter(({ seq }) => seq > this.#unvouchedFrom());
    const carried_bytes = carried.reduce((sum, { payload_bytes }) => sum + frameBytes(payload_bytes), 0);
    const opening = this.#supply.next({
      firstSeq: this.#durableSeq + 1,
      frames_bytes: needed_bytes + carried_bytes,
      fill: (segment) => this.#carry(segment, carried),
    });
    this.#carrying = Promise.allSettled([opening]).then(() => undefined);
    this.#segment = await opening;
    this.#durableSeq = this.recovery.lastSeq;
    this.#syncedSeq = this.#durableSeq;
    this.#recovered = [];
  }

  #unvouchedFrom(): number {
    return Math.max(this.#vouchedSeq, this.#trimmedSeq);
  }

  /** The header comes after: until then the old segment counts. */
  async #carry(segment: OpenSegment, carried: readonly LocatedFrame[]): Promise<void> {
    const encoder = new GroupEncoder(this.#salt);
    for (const frame of carried) {
      const payload = await this.#payloadOf(frame);
      const { generation } = segment.header;
      const { bytes } = encoder.encode([{ seq: frame.seq, payload }], generation, this.#syncedSeq);
      await segment.write(bytes);
    }
  }

  async #closeSegment(segment: OpenSegment | undefined): Promise<void> {
    await segment?.settled().catch(() => undefined);
    await segment?.file.close();
  }

  #payloadOf(frame: LocatedFrame): Promise<Uint8Array> {
    return readPayload(this.#disk, frame, this.#salt, this.#reads);
  }

  /** Takes back everything that is not durable. Never throws. */
  async #fail(cause: unknown): Promise<void> {
    const failure = isPeregrineError(cause)
      ? cause
      : new PeregrineError('INTERNAL', messageOf(cause), {}, cause);
    this.#failure = failure;
    this.#pending.putBack(await this.#flights.takeBack(this.#count));
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment !== undefined) {
      this.#supply.abandon(segment.file.path);
      await this.#closeSegment(segment).catch(() => undefined);
    }
    // What recovery found was applied: it counts although no segment of ours carries it yet.
    this.#lastSeq = Math.max(this.#durableSeq, this.recovery.lastSeq);
    this.#pending.fail(failure);
  }
}
