/** What runs in the threads of the parse pool: one document in, one result out, errors as values. */

import { type ErrorCode, type ErrorFacts, messageOf, PeregrineError } from '../base/index.ts';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { buildDocument } from './build.ts';
import type { BuiltDocument, DocumentSource } from './document.ts';

/** Errors lose their class between threads, so they cross as what they say. */
export type ParseResult =
  | { readonly built: BuiltDocument }
  | {
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly facts: ErrorFacts };
    };

export default async function parse(source: DocumentSource): Promise<unknown> {
  return handedOver(await resultOf(source, buildDocument));
}

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

/** The result, with its bytes moved to the other thread instead of copied. */
export function handedOver(result: ParseResult): unknown {
  if (!('built' in result)) return result;
  const { titleRecord, analysed } = result.built;
  const buffers = [titleRecord.buffer, ...(analysed === undefined ? [] : [analysed.buffer])];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result });
}
