/** Stored documents: shown, read as JSON, removed. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type DocId, PeregrineError } from '../../base/index.ts';
import type { StoredDocument } from '../../document/index.ts';
import { type MarkedDocument, markedDocument, markedMarkup } from '../marked-document.ts';
import { canShowPage, storedPage } from '../pages/stored-page.ts';
import { type DocumentParameters, documentParameters } from '../request-schemas.ts';
import { STORED_PAGE_POLICY } from '../security-headers.ts';
import {
  assertWithin,
  documentAddress,
  readableCollection,
  readerFrame,
  type ServerContext,
} from '../server-context.ts';
import { isoTime } from '../wording.ts';

export function installDocumentRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'public', answers: 'page' } as const;

  server.get(
    '/get',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary: 'A stored document: as a page or as JSON.',
          query: documentParameters,
          answers: ['application/json', 'text/html'],
          example: { url: '/get?url=https://birds.example.org/kestrel&format=json' },
        },
      },
    },
    async (request, reply) => {
      const parameters = documentParameters.parse(request.query);
      const { collection, docId, document } = await find(context, request, parameters);
      reply.header('cache-control', 'private, no-cache');
      const marked = await markedDocument(context.engine, collection, document, parameters.q);
      if (parameters.format === 'json')
        return reply.send(documentJson(docId, document, marked, parameters.q));
      const frame = await readerFrame(context, request);
      reply.header('vary', 'Accept-Language');
      const isTextWanted = parameters.view === 'text';
      return reply.type('text/html; charset=utf-8').send(
        storedPage({
          frame,
          collection,
          docId,
          document,
          marked,
          query: parameters.q,
          isTextWanted,
        }).toString(),
      );
    },
  );

  // The bytes as they came, for the frame in the page above; harmless also when opened alone.
  server.get(
    '/get/raw',
    {
      config: {
        ...config,
        description: {
          tag: 'documents',
          summary: 'The bytes of a stored page as they came, sandboxed.',
          query: documentParameters,
          answers: ['text/html'],
          example: { url: '/get/raw?url=https://birds.example.org/kestrel' },
        },
      },
    },
    async (request, reply) => {
      const parameters = documentParameters.parse(request.query);
      const { collection, document } = await find(context, request, parameters);
      if (!canShowPage(document)) {
        throw new PeregrineError('NOT_FOUND', 'Only the text of this document is stored.');
      }
      return reply
        .header('content-security-policy', STORED_PAGE_POLICY)
        .header('cache-control', 'private, no-cache')
        .type('text/html; charset=utf-8')
        .send(
          await markedMarkup(
            context.engine,
            collection,
            { markup: decoded(document), language: document.language },
            parameters.q,
          ),
        );
    },
  );

  const administration = { access: 'documents', answers: 'json' } as const;
  server.delete(
    '/document',
    {
      config: {
        ...administration,
        description: {
          tag: 'documents',
          summary: 'Remove a document from store and index.',
          query: documentParameters,
          example: { url: '/document?url=https://birds.example.org/kestrel' },
        },
      },
    },
    async (request, reply) => {
      const parameters = documentParameters.parse(request.query);
      const collection = readableCollection(context, request, parameters.c);
      const removed = await context.engine.remove(collection, documentAddress(parameters));
      return reply.send({ removed });
    },
  );

  // The same for forms, which can't send DELETE.
  server.post('/document/remove', { config: administration }, async (request, reply) => {
    const parameters = documentParameters.parse(request.body);
    const collection = readableCollection(context, request, parameters.c);
    await context.engine.remove(collection, documentAddress(parameters));
    return reply.redirect(`/admin/documents?c=${collection}`, 303);
  });
}

interface FoundDocument {
  readonly collection: string;
  readonly docId: DocId;
  readonly document: StoredDocument;
}

async function find(
  context: ServerContext,
  request: FastifyRequest,
  parameters: DocumentParameters,
): Promise<FoundDocument> {
  const collection = readableCollection(context, request, parameters.c);
  const found = await context.engine.get(collection, documentAddress(parameters));
  if (found === undefined)
    throw new PeregrineError('NOT_FOUND', 'This document is not stored here (any more).');
  await assertWithin(context, request, collection, found.document.url);
  if (found.document.robots.noarchive && !request.isAdmin) {
    throw new PeregrineError(
      'FORBIDDEN',
      'This page asks not to be shown from a store. Visit it where it lives.',
      {
        url: found.document.url,
      },
    );
  }
  return { collection, ...found };
}

/** The old system's reply to `/get`, and what we know of the document beside it. */
function documentJson(
  docId: DocId,
  document: StoredDocument,
  { title, sections }: MarkedDocument,
  query: string,
): object {
  const { raw, ...known } = document;
  const text = document.sections.map((section) => section.text).join('\n\n');
  return {
    response: {
      statusCode: 0,
      statusMsg: 'Success',
      url: document.url,
      docId,
      cachedTimeUTC: Math.floor(document.fetchedAt_ms / 1000),
      cachedTimeStr: isoTime(document.fetchedAt_ms),
      content: TEXT_KINDS.has(document.kind) && raw.length > 0 ? decoded(document) : text,
    },
    document: { ...known, text },
    // Places of the query's words, section by section.
    ...(query.trim() !== '' && {
      marks: { title: title.marks, sections: sections.map(({ marks }) => marks) },
    }),
  };
}

const TEXT_KINDS: ReadonlySet<StoredDocument['kind']> = new Set(['html', 'text', 'json', 'xml', 'feed']);

function decoded({ raw, charset }: StoredDocument): string {
  try {
    return new TextDecoder(charset === '' ? 'utf-8' : charset).decode(raw);
  } catch {
    // A label that this runtime does not know.
    return new TextDecoder('windows-1252').decode(raw);
  }
}
