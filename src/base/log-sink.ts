/** Logging as a seam: code says what happened as an event with facts; who runs it decides where that goes. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogSink {
  /** Events of `debug` are looked at: who must measure something for one asks first. */
  readonly isDebugging?: boolean;
  /** `event` is a stable dotted name (`storage.flush`); `facts` hold no secret and no page content. */
  write(level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** One event as it was written. */
export interface LogEvent {
  readonly at_ms: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Keeps the latest events, for people who look at them afterwards. */
export class RecentLog implements LogSink {
  readonly #kept: number;
  readonly #now_ms: () => number;
  readonly #events: LogEvent[] = [];

  /** `kept`: events; the oldest leave first. */
  constructor(kept: number, now_ms: () => number = Date.now) {
    this.#kept = kept;
    this.#now_ms = now_ms;
  }

  write(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#events.push({ at_ms: this.#now_ms(), level, event, facts });
    if (this.#events.length > this.#kept) this.#events.shift();
  }

  /** Oldest first. */
  events(): readonly LogEvent[] {
    return [...this.#events];
  }
}

/** One sink that writes to several. */
export function logToAll(...sinks: readonly LogSink[]): LogSink {
  return {
    isDebugging: sinks.some(({ isDebugging }) => isDebugging === true),
    write: (level, event, facts) => sinks.forEach((sink) => sink.write(level, event, facts)),
  };
}

export const silentLog: LogSink = { write: () => undefined };

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Whether an event of `level` is at or above `least`. */
export function weighs(level: LogLevel, least: LogLevel): boolean {
  return RANK[level] >= RANK[least];
}

/** Writes one JSON object a line to `out` for events at or above `least`. */
export function jsonLinesLog(out: { write(text: string): unknown }, least: LogLevel = 'info'): LogSink {
  return {
    isDebugging: least === 'debug',
    write: (level, event, facts) => {
      if (!weighs(level, least)) return;
      out.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`);
    },
  };
}
