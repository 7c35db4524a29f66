/** Logging as a seam: code says what happened as an event with facts; who runs it decides where that goes. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogSink {
  /** `event` is a stable dotted name (`storage.flush`); `facts` hold no secret and no page content. */
  write(level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>): void;
}

export const silentLog: LogSink = { write: () => undefined };

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes one JSON object a line to `out` for events at or above `least`. */
export function jsonLinesLog(out: { write(text: string): unknown }, least: LogLevel = 'info'): LogSink {
  return {
    write: (level, event, facts) => {
      if (RANK[level] < RANK[least]) return;
      out.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`);
    },
  };
}
