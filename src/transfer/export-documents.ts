/** Documents out of a collection, one after another: all in the order of their ids, or those that a query finds. */

import { PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import type { StoredDocument } from '../document/index.ts';
import { warcInfo, warcResponse } from './warc/warc-writer.ts';

export type ExportFormat = 'ndjson' | 'warc' | 'csv';

export interface ExportRequest {
  readonly format: ExportFormat;
  /** Only what this query finds, best first, as far as results reach; default: everything. */
  readonly query?: string;
  readonly signal?: AbortSignal;
  /** Called with the number of documents written so far. */
  readonly onProgress?: (documents: number) => void;
}

const PAGE = 100;
/** Results of a query reach no further. */
const MAX_QUERY_RESULTS = 10_000;

/** Chunks of the export, in order. Holds one document at a time. */
export async function* exportDocuments(
  engine: Engine,
  collection: CollectionName,
  request: ExportRequest,
): AsyncGenerator<Uint8Array> {
  const write = WRITERS[request.format];
  const head = write.head(engine.version);
  if (head !== undefined) yield head;
  let count = 0;
  for await (const { docId, document } of documentsOf(engine, collection, request)) {
    if (request.signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The export was stopped.');
    yield write.document(docId, document);
    count += 1;
    request.onProgress?.(count);
  }
}

async function* documentsOf(
  engine: Engine,
  collection: CollectionName,
  { query, signal }: ExportRequest,
): AsyncGenerator<{ docId: number; document: StoredDocument }> {
  if (query === undefined) {
    yield* engine.documents(collection, signal === undefined ? {} : { signal });
    return;
  }
  for (let first = 0; first < MAX_QUERY_RESULTS; first += PAGE) {
    const { results, hasMore } = await engine.search(collection, {
      query,
      first,
      count: PAGE,
      perSite: 0,
      foldDuplicates: false,
    });
    for (const { docId } of results) {
      const found = await engine.get(collection, { docId });
      if (found !== undefined) yield found;
    }
    if (!hasMore || results.length === 0) return;
  }
}

interface DocumentWriter {
  readonly head: (version: string) => Uint8Array | undefined;
  readonly document: (docId: number, document: StoredDocument) => Uint8Array;
}

const text = (line: string): Uint8Array => new TextEncoder().encode(line);

const COLUMNS = [
  'docId',
  'url',
  'title',
  'language',
  'contentType',
  'fetchedAt',
  'published',
  'status',
  'depth',
  'description',
  'text',
] as const;

const WRITERS: Readonly<Record<ExportFormat, DocumentWriter>> = {
  ndjson: { head: () => undefined, document: (docId, document) => text(`${jsonLine(docId, document)}\n`) },
  csv: {
    head: () => text(`${COLUMNS.join(',')}\r\n`),
    document: (docId, document) => text(`${csvRow(docId, document)}\r\n`),
  },
  warc: {
    head: (version) => warcInfo(`Peregrine ${version}`, 0),
    document: (_docId, document) => warcResponse(document),
  },
};

/** Everything that is needed to have the document again; read back by `import ndjson`. */
function jsonLine(docId: number, document: StoredDocument): string {
  const {
    url,
    title,
    language,
    contentType,
    charset,
    fetchedAt_ms,
    published_ms,
    status,
    depth,
    ip,
    meta,
    raw,
  } = document;
  return JSON.stringify({
    url,
    docId,
    title,
    language,
    contentType,
    charset,
    fetchedAt_ms,
    published_ms,
    status,
    depth,
    ip,
    meta,
    ...(raw.length > 0 ? contentOf(raw, charset) : { text: textOf(document) }),
  });
}

/** As text where that is the very same bytes, else as base64. */
function contentOf(raw: Uint8Array, charset: string): { content: string } | { contentBase64: string } {
  if (charset === 'utf-8') {
    try {
      return { content: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw) };
    } catch {
      // Some bytes of it are no UTF-8.
    }
  }
  return { contentBase64: Buffer.from(raw).toString('base64') };
}

function csvRow(docId: number, document: StoredDocument): string {
  const cells: readonly (string | number)[] = [
    docId,
    document.url,
    document.title,
    document.language,
    document.contentType,
    isoDate(document.fetchedAt_ms),
    isoDate(document.published_ms),
    document.status,
    document.depth,
    document.description,
    textOf(document),
  ];
  return cells.map((cell) => csvCell(String(cell))).join(',');
}

function textOf({ sections }: StoredDocument): string {
  return sections.map((section) => section.text).join('\n\n');
}

function csvCell(cell: string): string {
  // A spreadsheet would run what begins so.
  const harmless = /^[=+\-@\t\r]/.test(cell) && !/^-?\d/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replace(/"/g, '""')}"` : harmless;
}

function isoDate(time_ms: number): string {
  return time_ms > 0 && time_ms <= 8.64e15 ? new Date(time_ms).toISOString() : '';
}
