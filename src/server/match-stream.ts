/**
 * All matches of a query as lines. The last line of JSON says that it is the last, or what went wrong; a table that goes wrong is
 * cut off, so that no reader takes it for whole.
 */

import { Readable } from 'node:stream';

import { isPeregrineError, PeregrineError, toDocId } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';
import type { SearchRequest, StreamedResult } from '../query/index.ts';
import { CSV_TYPE, MATCH_HEAD, matchLine } from './search-csv.ts';

export type StreamFormat = 'json' | 'csv';

/** How matches are written. */
interface LineWriter {
  readonly head: string;
  readonly line: (match: StreamedResult) => string;
  readonly end: (matches: number) => string;
  /** Undefined where no line can tell of it. */
  readonly failure: (error: PeregrineError) => string | undefined;
}

const WRITERS: Readonly<Record<StreamFormat, LineWriter>> = {
  json: {
    head: '',
    line: jsonLine,
    end: (matches) => jsonLine({ end: true, matches }),
    failure: (error) => jsonLine({ error: error.toJSON() }),
  },
  csv: { head: MATCH_HEAD, line: matchLine, end: () => '', failure: () => undefined },
};

export const STREAM_TYPES: Readonly<Record<StreamFormat, string>> = {
  json: 'application/x-ndjson; charset=utf-8',
  csv: CSV_TYPE,
};

function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * `after`: the docId of the last line that arrived. Rejects with what stands in the way of the first line; it stops when the
 * reader goes away.
 */
export async function matchStream(
  engine: Engine,
  collection: string,
  request: SearchRequest,
  { after, format }: { readonly after: string | undefined; readonly format: StreamFormat },
): Promise<Readable> {
  if (after !== undefined && !/^\d{1,16}$/.test(after)) {
    throw new PeregrineError('BAD_ARGUMENT', 'Parameter "after" of a stream must be a docId.');
  }
  const stop = new AbortController();
  const options = { signal: stop.signal, ...(after !== undefined && { after: toDocId(Number(after)) }) };
  const matches = engine.stream(collection, request, options)[Symbol.asyncIterator]();
  // What can't be answered is refused as any search is, with a status of its own.
  const first = await matches.next();
  const stream = Readable.from(lines(first, matches, WRITERS[format]));
  stream.once('close', () => {
    stop.abort();
    void matches.return?.();
  });
  return stream;
}

/** Characters that go to the socket together: a line by itself would be a frame and a call of the system each. */
const CHUNK_LENGTH = 16_384;

async function* lines(
  first: IteratorResult<StreamedResult>,
  matches: AsyncIterator<StreamedResult>,
  write: LineWriter,
): AsyncGenerator<string> {
  let [count, waiting] = [0, write.head];
  try {
    for (let next = first; next.done !== true; next = await matches.next()) {
      count += 1;
      waiting += write.line(next.value);
      if (waiting.length < CHUNK_LENGTH) continue;
      yield waiting;
      waiting = '';
    }
    waiting += write.end(count);
  } catch (error) {
    const told = isPeregrineError(error) ? write.failure(error) : undefined;
    if (told === undefined) throw error;
    waiting += told;
  }
  if (waiting !== '') yield waiting;
}
