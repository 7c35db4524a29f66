/** What runs in the processes of the parse pool: tasks in, a result of each out, errors as values. */

import { type ErrorCode, type ErrorFacts, messageOf, PeregrineError } from '../base/index.ts';
import { analyseRecord } from './analyse-record.ts';
import { buildDocument, type BuildOptions } from './build.ts';
import { carried, type CarriedDocument } from './carried-document.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';
import type { Inbound } from './inbound.ts';
import { leaveSharedCode } from './shared-code.ts';
import { type TextRuns, textRuns } from './text-runs.ts';

/** What a process is asked for: a document built of its bytes, the form to be indexed of one that is stored, the places of a page's text. */
export type ParseTask =
  | { readonly source: DocumentSource; readonly frame?: Uint32Array | undefined }
  | { readonly record: Uint8Array; readonly inbound: Inbound | undefined }
  | { readonly markup: string };

/** Errors lose their class between processes, so they cross as what they say. */
export type ParseResult =
  | { readonly built: CarriedDocument }
  | { readonly analysed: Uint8Array | undefined }
  | { readonly runs: TextRuns }
  | {
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly facts: ErrorFacts };
    };

/** What the process says when it can take its first task. */
export const READY = 'ready';

/** Bytes that a task carries. */
export function sizeOfTask(task: ParseTask): number {
  if ('source' in task) return task.source.bytes.length;
  return 'record' in task ? task.record.length : task.markup.length * 2;
}

/** Results wait for others at most so long or so many bytes before they are sent. */
const ANSWER_WITHIN_MS = 20;
const ANSWER_BYTES = 2 ** 20;

type Build = (source: DocumentSource, options: BuildOptions) => Promise<BuiltDocument>;

/** What comes of a task, whatever happens in it. */
export async function resultOf(task: ParseTask, build: Build): Promise<ParseResult> {
  try {
    if ('source' in task) return { built: carried(await build(task.source, { frame: task.frame })) };
    if ('markup' in task) return { runs: textRuns(task.markup) };
    return { analysed: analyseRecord(task.record, task.inbound) };
  } catch (error) {
    if (error instanceof PeregrineError) return { error: error.toJSON() };
    const facts = 'source' in task ? { url: task.source.url } : {};
    return {
      error: { code: 'PARSE_FAILED', message: `The document can't be read: ${messageOf(error)}`, facts },
    };
  }
}

/** Answers the parent process until it goes away: one task after another, in the order in which they came. */
export function serveParent(build: Build): void {
  let before: Promise<unknown> = Promise.resolve();
  process.on('message', (tasks: readonly ParseTask[]) => {
    before = before.then(() => answer(tasks, build));
  });
  process.on('disconnect', () => process.exit(0));
  // A reader of damaged files may leave promises behind that fail when nobody waits for them any more. What a document
  // needed has failed with it by then, and the next document has no part in it.
  process.on('unhandledRejection', () => undefined);
  leaveSharedCode();
  process.send?.(READY);
}

/** Results of one message go back together, but those that are there don't wait for a task that takes long. */
async function answer(tasks: readonly ParseTask[], build: Build): Promise<void> {
  let results: ParseResult[] = [];
  let [size_bytes, since_ms] = [0, performance.now()];
  for (const task of tasks) {
    if (
      results.length > 0 &&
      (size_bytes >= ANSWER_BYTES || performance.now() - since_ms >= ANSWER_WITHIN_MS)
    ) {
      process.send?.(results);
      [results, size_bytes, since_ms] = [[], 0, performance.now()];
    }
    results.push(await resultOf(task, build));
    size_bytes += sizeOfTask(task);
  }
  process.send?.(results);
}

// Imported for its types by the pool, run for its work by a process of the pool.
if (process.send !== undefined && process.argv[1] === import.meta.filename) serveParent(buildDocument);
