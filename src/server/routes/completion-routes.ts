/** What a person may be about to type, for the search field and for browsers. */

import type { FastifyInstance } from 'fastify';

import { completionParameters } from '../request-schemas.ts';
import { filtersOf, readableCollection, type ServerContext } from '../server-context.ts';

export function installCompletionRoutes(server: FastifyInstance, context: ServerContext): void {
  server.get(
    '/complete',
    {
      config: {
        access: 'public',
        answers: 'json',
        description: {
          tag: 'search',
          summary:
            'Completions of what was typed: titles, headings and words; also in the form that browsers ask for.',
          query: completionParameters,
          answers: ['application/json', 'application/x-suggestions+json'],
          example: { url: '/complete?q=fal' },
        },
      },
    },
    async (request, reply) => {
      const { q: text, c, n, filter, format } = completionParameters.parse(request.query);
      const collection = readableCollection(context, request, c);
      const completions = await context.searches.pass(() =>
        context.engine.complete(collection, {
          text,
          ...(n === undefined ? {} : { count: n }),
          ...filtersOf(request, filter),
        }),
      );
      void reply.header('cache-control', 'private, max-age=10');
      if (format !== 'opensearch') return { text, completions };
      return reply
        .type('application/x-suggestions+json; charset=utf-8')
        .send(JSON.stringify([text, completions.map((completion) => completion.text)]));
    },
  );
}
