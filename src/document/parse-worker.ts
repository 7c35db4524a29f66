/** What runs in the processes of the parse pool: one task in, one result out, errors as values. */

import { type ErrorCode, type ErrorFacts, messageOf, PeregrineError } from '../base/index.ts';
import { analyseRecord } from './analyse-record.ts';
import { buildDocument } from './build.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';
import type { Inbound } from './inbound.ts';

/** What a process is asked for: a document built of its bytes, or the form to be indexed of one that is stored. */
export type ParseTask =
  | { readonly source: DocumentSource }
  | { readonly record: Uint8Array; readonly inbound: Inbound | undefined };

/** Errors lose their class between processes, so they cross as what they say. */
export type ParseResult =
  | { readonly built: BuiltDocument }
  | { readonly analysed: Uint8Array | undefined }
  | {
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly facts: ErrorFacts };
    };

/** What the process says when it can take its first task. */
export const READY = 'ready';

type Build = (source: DocumentSource) => Promise<BuiltDocument>;

/** What comes of a task, whatever happens in it. */
export async function resultOf(task: ParseTask, build: Build): Promise<ParseResult> {
  try {
    if ('source' in task) return { built: await build(task.source) };
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
  process.on('message', (task: ParseTask) => {
    before = before.then(() => resultOf(task, build)).then((result) => process.send?.(result));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(READY);
}

// Imported for its types by the pool, run for its work by a process of the pool.
if (process.send !== undefined && process.argv[1] === import.meta.filename) serveParent(buildDocument);
