/** All matches of a query as lines of JSON; the last says that it is the last, or what went wrong. */

import { Readable } from 'node:stream';

import { isPeregrineError, PeregrineError, toDocId } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';
import type { SearchRequest } from '../query/index.ts';

export const STREAM_TYPE = 'application/x-ndjson; charset=utf-8';

/** `after`: the docId of the last line that arrived. It stops when the reader goes away. */
export function matchStream(
  engine: Engine,
  collection: string,
  request: SearchRequest,
  after: string | undefined,
): Readable {
  if (after !== undefined && !/^\d{1,16}$/.test(after)) {
    throw new PeregrineError('BAD_ARGUMENT', 'Parameter "after" of a stream must be a docId.');
  }
  const stop = new AbortController();
  const options = { signal: stop.signal, ...(after !== undefined && { after: toDocId(Number(after)) }) };
  const stream = Readable.from(lines(engine, collection, request, options));
  stream.once('close', () => stop.abort());
  return stream;
}

async function* lines(
  engine: Engine,
  collection: string,
  request: SearchRequest,
  options: Parameters<Engine['stream']>[2],
): AsyncGenerator<string> {
  let matches = 0;
  try {
    for await (const match of engine.stream(collection, request, options)) {
      matches += 1;
      yield `${JSON.stringify(match)}\n`;
    }
    yield `${JSON.stringify({ end: true, matches })}\n`;
  } catch (error) {
    if (!isPeregrineError(error)) throw error;
    yield `${JSON.stringify({ error: error.toJSON() })}\n`;
  }
}
