/** `/1/indexes/…`: what DocSearch and InstantSearch clients ask; an index is a collection. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { PeregrineError } from '../../base/index.ts';
import { BODY_BYTES, SEARCH_DEADLINE_MS } from '../limits.ts';
import { clientAnswer, clientParameters, queriesBody, searchRequestOf } from '../search-client.ts';
import { filtersOf, readableCollection, type ServerContext } from '../server-context.ts';

export function installSearchClientRoutes(server: FastifyInstance, context: ServerContext): void {
  const config = { access: 'public', answers: 'json', isReading: true } as const;

  // Those clients send JSON under the names of simple types, so that browsers ask no leave first.
  void server.register(async (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: BODY_BYTES },
      async (_request: unknown, body: string) => parsed(body),
    );

    server.post(
      '/1/indexes/:index/queries',
      {
        config: {
          ...config,
          description: {
            tag: 'search',
            summary:
              'Several searches at once, in the shapes that DocSearch and InstantSearch clients send and read.',
            body: queriesBody,
            example: {
              url: '/1/indexes/*/queries',
              body: { requests: [{ indexName: 'main', query: 'falcon' }] },
            },
          },
        },
      },
      async (request, reply) => {
        const { requests } = queriesBody.parse(request.body);
        const results = [];
        for (const query of requests) results.push(await answer(request, query, undefined));
        return reply.send({ results });
      },
    );
    server.post('/1/indexes/:index/query', { config }, async (request, reply) =>
      reply.send(await answer(request, request.body, (request.params as { index: string }).index)),
    );
  });

  async function answer(request: FastifyRequest, query: unknown, named: string | undefined): Promise<object> {
    const parameters = clientParameters(query);
    const index = named ?? parameters.indexName ?? context.defaultCollection;
    const collection = readableCollection(context, request, index);
    const own = filtersOf(request).filter ?? [];
    const response = await context.searches.pass(() =>
      context.engine.search(collection, {
        ...searchRequestOf(parameters, own),
        deadline_ms: SEARCH_DEADLINE_MS,
      }),
    );
    return clientAnswer(response, parameters, collection);
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', 'The body is not valid JSON.', {}, error);
  }
}
