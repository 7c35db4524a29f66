/** How a query is read, and why a page is not found: as pages and as JSON. */

import type { FastifyInstance } from 'fastify';

import { toDocId } from '../../base/index.ts';
import { wantsPage } from '../failures.ts';
import { explainPage, whyNotPage } from '../pages/explain-page.ts';
import { explainParameters, whyNotParameters } from '../request-schemas.ts';
import { pageFrame, readableCollection, refuseBounded, type ServerContext } from '../server-context.ts';

export function installExplainRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'public', answers: 'page' } as const;

  server.get(
    '/explain',
    {
      config: {
        ...config,
        description: {
          tag: 'search',
          summary: 'How a query is read, what is asked of the index, and what its words are worth.',
          query: explainParameters,
          answers: ['application/json', 'text/html'],
          example: { url: '/explain?q=falcon&format=json' },
        },
      },
    },
    async (request, reply) => {
      refuseBounded(request);
      const { q: query, c, qlang, format } = explainParameters.parse(request.query);
      const collection = readableCollection(context, request, c);
      const explained = await context.engine.explain(collection, {
        query,
        ...(qlang === undefined ? {} : { language: qlang }),
      });
      reply.header('cache-control', 'private, no-cache');
      if ((format ?? (wantsPage(request) ? 'html' : 'json')) === 'json') return reply.send(explained);
      const frame = pageFrame(context, request);
      return reply
        .type('text/html; charset=utf-8')
        .send(explainPage({ frame, collection, explained }).toString());
    },
  );

  server.get(
    '/whynot',
    {
      config: {
        ...config,
        // It tells of pages that nobody can find: what is queued, forbidden, removed.
        access: 'status',
        description: {
          tag: 'search',
          summary: 'Why a page is not found for a query, or not where it is looked for.',
          query: whyNotParameters,
          answers: ['application/json', 'text/html'],
          example: { url: '/whynot?q=falcon&url=https://birds.example.org/kestrel&format=json' },
        },
      },
    },
    async (request, reply) => {
      refuseBounded(request);
      const { q: query, c, url, d, qlang, format } = whyNotParameters.parse(request.query);
      const collection = readableCollection(context, request, c);
      const isPage = (format ?? (wantsPage(request) ? 'html' : 'json')) === 'html';
      // The page without an address is the form.
      const isForm = isPage && url === undefined && d === undefined;
      const answer = isForm
        ? undefined
        : await context.searches.pass(() =>
            context.engine.whyNot(collection, {
              query,
              ...(url === undefined ? {} : { url }),
              ...(d === undefined ? {} : { docId: toDocId(d) }),
              ...(qlang === undefined ? {} : { language: qlang }),
            }),
          );
      reply.header('cache-control', 'private, no-cache');
      if (!isPage) return reply.send(answer);
      const frame = pageFrame(context, request);
      return reply
        .type('text/html; charset=utf-8')
        .send(whyNotPage({ frame, collection, query, url: url ?? '', answer }).toString());
    },
  );
}
