/** The engine's events on a terminal: a few words for people about what went wrong, everything with `--verbose`. */

import { jsonLinesLog, type LogSink, silentLog } from '../base/index.ts';
import { printable } from './printable.ts';
import type { SharedOptions } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

/** Times that one kind of error is told before the rest is left to `--verbose`. */
const TELLINGS = 3;

export function logTo(
  terminal: Terminal,
  { quiet, verbose }: Pick<SharedOptions, 'quiet' | 'verbose'>,
): LogSink {
  if (verbose === true) return jsonLinesLog({ write: (text) => terminal.err(text.trimEnd()) }, 'debug');
  return quiet === true ? silentLog : shortLog(terminal);
}

function shortLog(terminal: Terminal): LogSink {
  const told = new Map<string, number>();
  return {
    write: (level, event, facts) => {
      if (level !== 'error') return;
      const times = (told.get(event) ?? 0) + 1;
      told.set(event, times);
      if (times > TELLINGS) return;
      const words = Object.entries(facts ?? {}).map(([name, value]) => `${name} ${printable(String(value))}`);
      terminal.err(`${event}: ${words.join(', ')}`);
      if (times === TELLINGS) terminal.err(`${event}: more of this is shown with --verbose only.`);
    },
  };
}
