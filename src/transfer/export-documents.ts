/** Documents out of a collection, in the order of their ids: all, or those that a query finds. */

import { csvLine, type DocId, PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import type { StoredDocument } from '../document/index.ts';
import { warcInfo, warcResponse } from './warc/warc-writer.ts';

export type ExportFormat = 'ndjson' | 'warc' | 'csv';

export interface ExportRequest {
  readonly format: ExportFormat;
  /** Only what a search for this query matches; default: everything. */
  readonly query?: string;
  /** Only documents behind this one, without the head of the file: an export that goes on. */
  readonly after?: DocId;
  readonly signal?: AbortSignal;
  /** Called with the number of documents written so far. */
  readonly onProgress?: (documents: number) => void;
}

/** A piece of an export: a document, or the head of the file. */
export interface ExportPiece {
  readonly bytes: Uint8Array;
  readonly docId: DocId | undefined;
}

/** Bytes of the export, in order. Holds one document at a time. */
export async function* exportDocuments(
  engine: Engine,
  collection: CollectionName,
  request: ExportRequest,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const { bytes, docId } of exportPieces(engine, collection, request)) {
    yield bytes;
    if (docId === undefined) continue;
    count += 1;
    request.onProgress?.(count);
  }
}

/** The same piece by piece, in the order of document ids. */
export async function* exportPieces(
  engine: Engine,
  collection: CollectionName,
  request: Omit<ExportRequest, 'onProgress'>,
): AsyncGenerator<ExportPiece> {
  const write = WRITERS[request.format];
  const head = request.after === undefined ? write.head(engine.version) : undefined;
  if (head !== undefined) yield { bytes: head, docId: undefined };
  for await (const { docId, document } of documentsOf(engine, collection, request)) {
    if (request.signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The export was stopped.');
    yield { bytes: write.document(docId, document), docId };
  }
}

async function* documentsOf(
  engine: Engine,
  collection: CollectionName,
  { query, after, signal }: Omit<ExportRequest, 'onProgress'>,
): AsyncGenerator<{ docId: DocId; document: StoredDocument }> {
  const options = { ...(after !== undefined && { after }), ...(signal !== undefined && { signal }) };
  if (query === undefined) {
    yield* engine.documents(collection, options);
    return;
  }
  for await (const { docId } of engine.stream(collection, { query }, options)) {
    const found = await engine.get(collection, { docId });
    if (found !== undefined) yield found;
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
    head: () => text(csvLine(COLUMNS)),
    document: (docId, document) => text(csvRow(docId, document)),
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
  return csvLine([
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
  ]);
}

function textOf({ sections }: StoredDocument): string {
  return sections.map((section) => section.text).join('\n\n');
}

function isoDate(time_ms: number): string {
  return time_ms > 0 && time_ms <= 8.64e15 ? new Date(time_ms).toISOString() : '';
}
