/** Looks for alarms, and tells of each once when it has stood for a while and once when it is over. */

import { type Clock, isPeregrineError, type LogSink, messageOf } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import type { ClusterSeat } from '../cluster-seat.ts';
import { type Alarm, clusterAlarms, ownAlarms } from './alarm-rules.ts';

const LOOK_MS = 5_000;
/** Looks for which a trouble must stand, or be gone, before anybody is told: hosts may just begin anew. */
const STEADY_LOOKS = 3;
/** Waits before the second, third, … delivery. */
const RETRIES_MS: readonly number[] = [1_000, 10_000, 60_000, 600_000];
const MESSAGES_WAITING = 100;

export interface StandingAlarm extends Alarm {
  readonly since_ms: number;
}

export interface AlarmMessage {
  readonly event: 'alarm.raised' | 'alarm.cleared';
  readonly at_ms: number;
  /** The host of a cluster, or the data directory: who tells it. */
  readonly from: string;
  readonly alarm: StandingAlarm;
}

/** A way by which people hear of alarms. Rejects where it did not arrive. */
export interface AlarmCourier {
  readonly name: string;
  deliver(message: AlarmMessage, signal: AbortSignal): Promise<void>;
}

export interface AlarmDeskParts {
  readonly engine: Pick<Engine, 'status'>;
  readonly cluster: ClusterSeat | undefined;
  readonly couriers: readonly AlarmCourier[];
  readonly clock: Clock;
  readonly log: LogSink;
}

interface Seen {
  alarm: StandingAlarm;
  /** Looks in a row in which it was there, or was not. */
  present: number;
  absent: number;
  isTold: boolean;
}

export class AlarmDesk {
  readonly #parts: AlarmDeskParts;
  readonly #seen = new Map<string, Seen>();
  readonly #closing = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #running: Promise<void> | undefined;

  constructor(parts: AlarmDeskParts) {
    this.#parts = parts;
  }

  /** What stands now, whether or not it was told of already; the worst first. */
  standing(): readonly StandingAlarm[] {
    const worst = { critical: 0, warning: 1 } as const;
    return [...this.#seen.values()]
      .filter(({ absent }) => absent === 0)
      .map(({ alarm }) => alarm)
      .sort((a, b) => worst[a.severity] - worst[b.severity] || a.since_ms - b.since_ms);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await Promise.all(this.#sending);
  }

  /** One look: what {@link start} does every few seconds. */
  async look(): Promise<void> {
    const { clock, cluster, engine } = this.#parts;
    const now_ms = clock.now();
    const standing = cluster?.standing();
    const found = ownAlarms(await engine.status());
    // Of what all hosts see, one tells.
    const isSpeaker = standing?.hosts.find(({ isAlive }) => isAlive)?.host === standing?.host;
    if (standing !== undefined && isSpeaker) found.push(...clusterAlarms(standing));
    for (const alarm of found) {
      const seen = this.#seen.get(alarm.id);
      if (seen === undefined) {
        const first = { alarm: { ...alarm, since_ms: now_ms }, present: 0, absent: 0, isTold: false };
        this.#seen.set(alarm.id, first);
      } else seen.alarm = { ...alarm, since_ms: seen.alarm.since_ms };
    }
    const present = new Set(found.map(({ id }) => id));
    for (const [id, seen] of this.#seen) this.#settle(id, seen, present.has(id), now_ms);
  }

  #settle(id: string, seen: Seen, isPresent: boolean, now_ms: number): void {
    seen.present = isPresent ? seen.present + 1 : 0;
    seen.absent = isPresent ? 0 : seen.absent + 1;
    if (!seen.isTold && seen.present >= STEADY_LOOKS) {
      seen.isTold = true;
      this.#tell('alarm.raised', seen.alarm, now_ms);
    } else if (seen.absent >= (seen.isTold ? STEADY_LOOKS : 1)) {
      this.#seen.delete(id);
      if (seen.isTold) this.#tell('alarm.cleared', seen.alarm, now_ms);
    }
  }

  #tell(event: AlarmMessage['event'], alarm: StandingAlarm, at_ms: number): void {
    const { cluster, couriers, engine, log } = this.#parts;
    const { id, severity, text } = alarm;
    log.write(event === 'alarm.raised' ? 'error' : 'info', event, { id, severity, text });
    const send = async (): Promise<void> => {
      const from = cluster?.standing()?.host ?? (await engine.status()).dataDirectory;
      const message: AlarmMessage = { event, at_ms, from, alarm };
      await Promise.all(couriers.map((courier) => this.#deliver(courier, message)));
    };
    if (couriers.length === 0) return;
    if (this.#sending.size >= MESSAGES_WAITING) {
      log.write('warn', 'alarm.not-delivered', { id, error: 'too many messages wait' });
      return;
    }
    const sending = send().finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #deliver(courier: AlarmCourier, message: AlarmMessage): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#closing;
    for (const wait_ms of [...RETRIES_MS, undefined]) {
      try {
        await courier.deliver(message, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.write('warn', 'alarm.not-delivered', {
          id: message.alarm.id,
          by: courier.name,
          error: messageOf(error),
        });
        if (wait_ms === undefined) return;
        await clock.sleep(wait_ms, signal).catch(() => undefined);
      }
    }
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await clock.sleep(LOOK_MS, signal);
        await this.look();
      } catch (error) {
        if (signal.aborted || isPeregrineError(error, 'CANCELLED')) return;
        log.write('warn', 'alarm.not-looked', { error: messageOf(error) });
      }
    }
  }
}
