/** What runs in the processes of the parse pool: one document in, one result out, errors as values. */

import { type ErrorCode, type ErrorFacts, messageOf, PeregrineError } from '../base/index.ts';
import { buildDocument } from './build.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';

/** Errors lose their class between processes, so they cross as what they say. */
export type ParseResult =
  | { readonly built: BuiltDocument }
  | {
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly facts: ErrorFacts };
    };

/** What the process says when it can take its first document. */
export const READY = 'ready';

/** The result of `build`, whatever happens in it. */
export async function resultOf(
  source: DocumentSource,
  build: (source: DocumentSource) => Promise<BuiltDocument>,
): Promise<ParseResult> {
  try {
    return { built: await build(source) };
  } catch (error) {
    if (error instanceof PeregrineError) return { error: error.toJSON() };
    return {
      error: {
        code: 'PARSE_FAILED',
        message: `The document can't be read: ${messageOf(error)}`,
        facts: { url: source.url },
      },
    };
  }
}

/** Answers the parent process until it goes away: one document after another, in the order in which they came. */
export function serveParent(build: (source: DocumentSource) => Promise<BuiltDocument>): void {
  let before: Promise<unknown> = Promise.resolve();
  process.on('message', (source: DocumentSource) => {
    before = before.then(() => resultOf(source, build)).then((result) => process.send?.(result));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(READY);
}

// Imported for its types by the pool, run for its work by a process of the pool.
if (process.send !== undefined && process.argv[1] === import.meta.filename) serveParent(buildDocument);
