/** Ways to a query: the form of advanced search, and pages like one that was found. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { PeregrineError, toDocId } from '../../base/index.ts';
import { advancedPage, type AdvancedFields, queryOfFields } from '../pages/advanced-page.ts';
import { collectionParameter, similarParameters } from '../request-schemas.ts';
import { tellingWords } from '../telling-words.ts';
import { readableCollection, readerFrame, refuseBounded, type ServerContext } from '../server-context.ts';

const field = z.preprocess(
  (value) => (Array.isArray(value) ? (value as unknown[])[0] : value),
  z.string().max(1_000).catch(''),
);
const advancedFields: z.ZodType<AdvancedFields & { readonly go: string; readonly hl: string }> = z.object({
  go: field,
  hl: field,
  all: field,
  phrase: field,
  any: field,
  none: field,
  site: field,
  title: field,
  lang: field,
  after: field,
  before: field,
});

export function installDiscoveryRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'public', answers: 'page' } as const;

  server.get('/advanced', { config }, async (request, reply) => {
    const collection = readableCollection(context, request, collectionParameter.parse(request.query).c);
    const { go, hl, ...fields } = advancedFields.parse(request.query);
    if (go !== '') {
      const target = new URLSearchParams({ q: queryOfFields(fields) });
      if (collection !== context.defaultCollection) target.set('c', collection);
      if (hl !== '') target.set('hl', hl);
      return reply.redirect(`/search?${target.toString()}`, 303);
    }
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'private, no-cache')
      .header('vary', 'Accept-Language')
      .send(advancedPage(await readerFrame(context, request), collection).toString());
  });

  server.get('/similar', { config }, async (request, reply) => {
    refuseBounded(request);
    const { c, d, url, hl } = similarParameters.parse(request.query);
    const collection = readableCollection(context, request, c);
    if (d === undefined && url === undefined)
      throw new PeregrineError('BAD_ARGUMENT', 'Say which document: d=DOCID or url=URL.');
    const found = await context.engine.get(
      collection,
      d === undefined ? { url: url ?? '' } : { docId: toDocId(d) },
    );
    if (found === undefined)
      throw new PeregrineError('NOT_FOUND', 'This document is not stored here (any more).');
    const { docId, document } = found;
    const words = await context.searches.pass(() => tellingWords(context.engine, collection, document));
    const target = new URLSearchParams({ q: `${words} -docid:${docId}`, like: String(docId) });
    if (collection !== context.defaultCollection) target.set('c', collection);
    if (hl !== undefined) target.set('hl', hl);
    return reply.redirect(`/search?${target.toString()}`, 302);
  });
}
