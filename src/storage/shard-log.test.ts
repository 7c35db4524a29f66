import { HastyClock } from '../../testing/hasty-clock.ts';
import { describeShardLog, type TestedEntry, type TestedLog } from '../../testing/shard-log-contract.ts';
import { seededRandom, silentLog, toEpoch, toSeq } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { FileLog } from './file-log.ts';
import { RetryingReads } from './retrying-reads.ts';

class TestedFileLog implements TestedLog {
  #disk = new FaultyDisk();
  #log: FileLog | undefined;
  /** What a renewal asks its caller to hold elsewhere. */
  #elsewhere: TestedEntry[] = [];
  #acknowledged: TestedEntry[] = [];
  #checkpoint = 0;

  async open(): Promise<void> {
    await this.#disk.makeDirectory('log');
    await this.#disk.syncDirectory('');
    this.#log = await FileLog.open({
      disk: this.#disk,
      directory: 'log',
      storeId: 7n,
      epoch: toEpoch(1),
      checkpointSeq: toSeq(this.#checkpoint),
      isClean: false,
      reads: new RetryingReads({ clock: new HastyClock(), random: seededRandom(1), log: silentLog }),
      segment_bytes: 4 * 1024,
    });
  }

  append(payload: Uint8Array): { seq: number; durable: Promise<unknown> } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    const acknowledge = (): void => {
      this.#acknowledged.push(append);
      resolve();
    };
    const append = { seq: 0, payload, acknowledge, refuse: reject };
    this.#own.append(append);
    return { seq: append.seq, durable: promise };
  }

  async *replay(from: number): AsyncGenerator<TestedEntry> {
    yield* this.#elsewhere.filter(({ seq }) => seq >= from);
    yield* this.#own.replay(toSeq(Math.max(from, this.#checkpoint + 1)));
  }

  async trim(upTo: number): Promise<void> {
    await this.#own.trim(toSeq(upTo));
    this.#checkpoint = upTo;
  }

  async fill(): Promise<void> {
    for (const operation of ['write', 'allocate', 'open'] as const) {
      this.#disk.addFault({ effect: 'disk-full', operation, times: 3 });
    }
  }

  async makeRoom(): Promise<void> {
    this.#elsewhere = [...this.#acknowledged];
    this.#checkpoint = this.#own.lastSeq;
    for (let attempt = 0; this.#own.failure !== undefined && attempt < 20; attempt++) {
      await this.#own.renew().catch(() => undefined);
    }
  }

  async crash(): Promise<void> {
    this.#disk = this.#disk.crash();
    await this.open();
  }

  async close(): Promise<void> {
    await this.#own.close();
  }

  get #own(): FileLog {
    if (this.#log === undefined) throw new Error('the log is not open');
    return this.#log;
  }
}

describeShardLog('a file', {
  batches: 400,
  async within(use) {
    const log = new TestedFileLog();
    await log.open();
    await use(log);
    await log.close();
  },
});
