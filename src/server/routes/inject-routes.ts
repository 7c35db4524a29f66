/**
 * Injection: one document as JSON, as a form (as the old system takes it) or as its bare bytes with their type; many
 * as NDJSON, one `{"url", "content", "contentType"?}` a line.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type ErrorCode, PeregrineError } from '../../base/index.ts';
import { type InjectRequest, type InjectResult, joinSequences } from '../../collection/index.ts';
import { failureOf } from '../failures.ts';
import { INJECT_AT_ONCE, INJECT_BODY_BYTES, INJECT_DOCUMENTS } from '../limits.ts';
import { injectBody, injectParameters } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

interface Injection {
  readonly collection: string | undefined;
  readonly wait: 'durable' | 'visible';
  readonly request: InjectRequest;
}

interface RefusedLine {
  /** From 1. */
  readonly line: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export function installInjectRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'documents', answers: 'json' } as const;
  const description = {
    tag: 'documents',
    summary:
      'Put a document in, as fields or as its bare bytes with url=URL; many as NDJSON, one object of these fields a line.',
    body: injectBody,
    query: injectParameters,
    example: {
      url: '/inject',
      body: { url: 'https://birds.example.org/hobby', content: '<title>The hobby</title>' },
    },
  } as const;

  // A scope of its own: here alone a body may be large and of any type.
  server.register(async (scope) => {
    scope.removeContentTypeParser('text/plain');
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
    // `/admin/inject` is what clients of the old system call.
    for (const path of ['/inject', '/admin/inject']) {
      // The old address is not described: new clients need not know it.
      const described = path === '/inject' ? { ...config, description } : config;
      scope.post(path, { config: described, bodyLimit: INJECT_BODY_BYTES }, async (request, reply) => {
        const type = mediaType(request);
        if (type.startsWith('multipart/')) {
          throw new PeregrineError(
            'UNSUPPORTED_TYPE',
            'Send the file as the body itself, with its type as Content-Type and its address as ?url=URL.',
          );
        }
        if (type === 'application/x-ndjson') return reply.send(await injectLines(context, request));
        const injection = Buffer.isBuffer(request.body)
          ? injectionOfBytes(request, request.body, type)
          : injectionOfFields(request.body);
        return reply.send(injectedJson(await inject(context, request, injection)));
      });
    }
  });
}

async function inject(
  context: ServerContext,
  request: FastifyRequest,
  { collection, request: document, wait }: Injection,
): Promise<InjectResult> {
  return context.engine.inject(readableCollection(context, request, collection), document, { wait });
}

/** The old system's reply, and what became of the document beside it. */
function injectedJson(document: InjectResult): object {
  return { response: { statusCode: 0, statusMsg: 'Success', docId: document.docId }, document };
}

/** A bad line does not stop the others: the answer names each that was refused. */
async function injectLines(context: ServerContext, request: FastifyRequest): Promise<object> {
  const { c, wait } = injectParameters.parse(request.query);
  const collection = readableCollection(context, request, c);
  const lines = bytesOf(request).toString('utf8').split('\n');
  if (lines.length > INJECT_DOCUMENTS + 1) {
    throw new PeregrineError('TOO_LARGE', `At most ${INJECT_DOCUMENTS} documents can be sent at once.`);
  }
  const refused: RefusedLine[] = [];
  const sequences: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < lines.length) {
      const line = next;
      next += 1;
      const text = (lines[line] ?? '').trim();
      if (text === '') continue;
      try {
        const { request: document } = injectionOfFields(parsedLine(text));
        const { seq } = await context.engine.inject(collection, document, { wait: wait ?? 'durable' });
        sequences.push(seq);
      } catch (error) {
        const { code, message } = failureOf(error, true);
        refused.push({ line: line + 1, code, message });
      }
    }
  };
  await Promise.all(Array.from({ length: INJECT_AT_ONCE }, worker));
  refused.sort((a, b) => a.line - b.line);
  const seq = joinSequences(sequences);
  return {
    response: { statusCode: 0, statusMsg: 'Success' },
    injected: sequences.length,
    ...(seq !== undefined && { seq }),
    refused,
  };
}

function injectionOfFields(fields: unknown): Injection {
  const body = injectBody.parse(fields);
  const contentType = body.contentType ?? body.contenttype;
  return {
    collection: body.c,
    wait: body.wait ?? 'visible',
    request: {
      url: addressOf(body),
      content: body.content,
      ...(contentType === undefined ? {} : { contentType }),
    },
  };
}

function injectionOfBytes(request: FastifyRequest, content: Buffer, type: string): Injection {
  const parameters = injectParameters.parse(request.query);
  // "octet-stream" says no more than that there are bytes: let them be sniffed.
  const sent =
    type === '' || type === 'application/octet-stream' ? undefined : request.headers['content-type'];
  const contentType = parameters.contentType ?? sent;
  return {
    collection: parameters.c,
    wait: parameters.wait ?? 'visible',
    request: {
      url: addressOf(parameters),
      content,
      ...(contentType === undefined ? {} : { contentType }),
    },
  };
}

function addressOf({ url, u }: { url?: string | undefined; u?: string | undefined }): string {
  const address = url ?? u;
  if (address !== undefined) return address;
  throw new PeregrineError('BAD_ARGUMENT', 'Say by what address the content is known: url=URL.');
}

function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function parsedLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', 'The line is not valid JSON.', {}, error);
  }
}

function mediaType(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
