/** The engine's events on stderr: errors in a few words, a readable line for each event, or JSON for programs. */

import {
  jsonLinesLog,
  type LogLevel,
  type LogSink,
  logToAll,
  RecentLog,
  silentLog,
  weighs,
} from '../base/index.ts';
import { printable } from './printable.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

/** Times that one kind of error is told before the rest is left to `--log text`. */
const TELLINGS = 3;
/** Events kept for the administration. */
const EVENTS_KEPT = 1_000;

type LogOptions = Pick<SharedOptions, 'quiet' | 'verbose' | 'log' | 'logLevel'>;

export function logTo(terminal: Terminal, { quiet, verbose, log, logLevel }: LogOptions): LogSink {
  const least = verbose === true ? 'debug' : (logLevel ?? 'info');
  const write = (text: string): void => terminal.err(text.trimEnd());
  if (log === 'text') return textLog(terminal, least);
  if (log === 'json' || verbose === true) return jsonLinesLog({ write }, least);
  return quiet === true ? silentLog : shortLog(terminal);
}

/** What goes to the terminal, and the latest of it for pages that show it. */
export function logsOf(terminal: Terminal, options: LogOptions): { log: LogSink; recentLog: RecentLog } {
  const recentLog = new RecentLog(EVENTS_KEPT);
  return { log: logToAll(logTo(terminal, options), recentLog), recentLog };
}

function shortLog(terminal: Terminal): LogSink {
  const told = new Map<string, number>();
  return {
    write: (level, event, facts) => {
      if (level !== 'error') return;
      const times = (told.get(event) ?? 0) + 1;
      told.set(event, times);
      if (times > TELLINGS) return;
      terminal.err(`${event}: ${inWords(facts).join(', ')}`);
      if (times === TELLINGS) terminal.err(`${event}: more of this is shown with --log text only.`);
    },
  };
}

const COLOURS: Readonly<Record<LogLevel, string>> = { debug: '2', info: '36', warn: '33', error: '31' };

/** `12:03:44 warn  storage.slow  shard 0, took_ms 812`. */
function textLog(terminal: Terminal, least: LogLevel): LogSink {
  const coloured = (level: LogLevel, text: string): string =>
    terminal.hasColour ? `\u001B[${COLOURS[level]}m${text}\u001B[0m` : text;
  return {
    isDebugging: least === 'debug',
    write: (level, event, facts) => {
      if (!weighs(level, least)) return;
      const time = new Date().toISOString().slice(11, 19);
      terminal.err(
        `${time} ${coloured(level, level.padEnd(5))} ${event}  ${inWords(facts).join(', ')}`.trimEnd(),
      );
    },
  };
}

function inWords(facts: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    // What is not known has no form in JSON, and a line about damage must not fail for it.
    if (value === undefined) return [];
    return [`${name} ${printable(typeof value === 'string' ? value : JSON.stringify(value))}`];
  });
}
