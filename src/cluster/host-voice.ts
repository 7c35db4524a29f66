/** A host's voice among the others: heartbeats, reports of its mirrors between them, and what the others say. */

import { type Clock, isPeregrineError, type LogSink, type ShardId } from '../base/index.ts';
import type { ClusterTimes } from './cluster-options.ts';
import {
  decodeHeartbeat,
  decodeReport,
  encodeHeartbeat,
  encodeReport,
  type Heartbeat,
  type Peers,
} from './peers.ts';
import type { MirrorPosition } from './shard-record.ts';
import type { Messenger, Subscription } from './spine.ts';

export class HostVoice {
  readonly #messenger: Messenger;
  readonly #subject: string;
  readonly #peers: Peers;
  readonly #clock: Clock;
  readonly #log: LogSink;
  readonly #times: ClusterTimes;
  /** What is to be said now. */
  readonly #beat: () => Heartbeat;
  readonly #subscriptions: Subscription[];
  readonly #stopping = new AbortController();
  /** Reports of this turn, the latest of each shard. */
  readonly #reports = new Map<ShardId, MirrorPosition>();
  readonly #beating: Promise<void>;

  constructor(parts: {
    readonly messenger: Messenger;
    /** What subjects begin with. */
    readonly prefix: string;
    readonly peers: Peers;
    readonly clock: Clock;
    readonly log: LogSink;
    readonly times: ClusterTimes;
    readonly beat: () => Heartbeat;
  }) {
    const { messenger, prefix } = parts;
    this.#messenger = messenger;
    this.#subject = prefix;
    this.#peers = parts.peers;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#times = parts.times;
    this.#beat = parts.beat;
    this.#subscriptions = [
      messenger.listen(`${prefix}.beat`, (bytes) =>
        this.#heard(() => this.#peers.hear(decodeHeartbeat(bytes))),
      ),
      messenger.listen(`${prefix}.report`, (bytes) =>
        this.#heard(() => {
          const { host, report } = decodeReport(bytes);
          this.#peers.hearReport(host, report);
        }),
      ),
    ];
    this.#beating = this.#run();
  }

  /** A mirror of this host has come further: said with whatever else this turn brings. */
  report(shard: ShardId, position: MirrorPosition): void {
    const isFirst = this.#reports.size === 0;
    this.#reports.set(shard, position);
    if (isFirst) queueMicrotask(() => this.#sayReports());
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    for (const subscription of this.#subscriptions) await subscription.close();
  }

  #sayReports(): void {
    const { host } = this.#beat();
    for (const [shard, position] of this.#reports) {
      this.#messenger.tell(`${this.#subject}.report`, encodeReport(host, { shard, position }));
    }
    this.#reports.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#messenger.tell(`${this.#subject}.beat`, encodeHeartbeat(this.#beat()));
      await this.#clock.sleep(this.#times.heartbeat_ms, signal).catch((error: unknown) => {
        if (!isPeregrineError(error, 'CANCELLED')) throw error;
      });
    }
  }

  /** What can't be read is said once and passed over: a newer program may speak otherwise. */
  #heard(take: () => void): void {
    try {
      take();
    } catch (error) {
      this.#log.write('warn', 'cluster.not-understood', { message: String(error) });
    }
  }
}
