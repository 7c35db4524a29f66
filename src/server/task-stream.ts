/** A long task through the control socket: one JSON object a line, events first, then the result or the error. */

import { Readable } from 'node:stream';

import { isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';

export const TASK_STREAM_TYPE = 'application/x-ndjson';

/** Events that wait for a reader who is slow: then the task waits too. */
const MAX_WAITING = 64;

/** Runs the task; what it tells goes over the stream. `onEvent` resolves when there is room for more. */
export type RunTask<Event, Result> = (
  onEvent: (event: Event) => Promise<void>,
  signal: AbortSignal,
) => Promise<Result>;

type Line<Event, Result> =
  | { readonly event: Event }
  | { readonly result: Result }
  | { readonly error: ReturnType<PeregrineError['toJSON']> };

/** The lines of a task that runs here; it is called off when the reader goes away. */
export function taskStream<Event, Result>(run: RunTask<Event, Result>): Readable {
  const stop = new AbortController();
  const stream = Readable.from(lines(run, stop.signal));
  stream.once('close', () => stop.abort());
  return stream;
}

async function* lines<Event, Result>(
  run: RunTask<Event, Result>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const waiting: Line<Event, Result>[] = [];
  let wake: (() => void) | undefined;
  let isOver = false;
  const put = (line: Line<Event, Result>): void => {
    waiting.push(line);
    wake?.();
  };
  const onEvent = async (event: Event): Promise<void> => {
    put({ event });
    while (waiting.length > MAX_WAITING && !signal.aborted)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const running = run(onEvent, signal)
    .then(
      (result) => put({ result }),
      (error: unknown) => put({ error: asPeregrine(error).toJSON() }),
    )
    .finally(() => {
      isOver = true;
      wake?.();
    });
  for (;;) {
    for (const line of waiting.splice(0)) yield `${JSON.stringify(line)}\n`;
    if (waiting.length > 0) continue;
    if (isOver) break;
    await new Promise<void>((resolve) => (wake = resolve));
  }
  await running;
}

/** Reads such lines; what they hold is what the other side's task says it is. Rejects with the error of the other side, or `INTERNAL` where it ends too early. */
export async function readTaskStream(
  body: AsyncIterable<Uint8Array | string>,
  onEvent: (event: unknown) => void | Promise<void>,
): Promise<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const complete = rest.split('\n');
    rest = complete.pop() ?? '';
    for (const text of complete) {
      const line = JSON.parse(text) as Line<unknown, unknown>;
      if ('result' in line) return line.result;
      if ('error' in line) throw new PeregrineError(line.error.code, line.error.message, line.error.facts);
      await onEvent(line.event);
    }
  }
  throw new PeregrineError('INTERNAL', 'The running process ended before it had an answer.');
}

function asPeregrine(error: unknown): PeregrineError {
  return isPeregrineError(error) ? error : new PeregrineError('INTERNAL', messageOf(error), {}, error);
}
