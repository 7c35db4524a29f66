/** The relevance lab for programs: rules, a change of them tried on saved queries, and what was measured. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { whoAsks } from '../audit.ts';
import { collectionParameter } from '../request-schemas.ts';
import { searchRulesBody } from '../search-rules-schema.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';

export function installLabRoutes(server: FastifyInstance, context: ServerContext): void {
  const { engine } = context;
  const access = 'admin' as const;
  const tag = 'search' as const;

  server.get(
    '/lab/rules',
    {
      config: {
        access,
        description: {
          tag,
          summary: 'The rules of a collection: synonyms, pins, boosts, blocks, weights, saved queries.',
          query: collectionParameter,
          example: { url: '/lab/rules' },
        },
      },
    },
    async (request, reply) => reply.send(await engine.searchRules(named(context, request))),
  );

  server.put(
    '/lab/rules',
    {
      config: {
        access,
        description: {
          tag,
          summary: 'Puts rules in force, all at once.',
          query: collectionParameter,
          body: searchRulesBody,
          example: { url: '/lab/rules', body: { synonyms: 'falcon, hawk' } },
        },
      },
    },
    async (request, reply) => {
      const rules = searchRulesBody.parse(request.body);
      await engine.setSearchRules(named(context, request), rules, whoAsks(request));
      return reply.send({ ok: true });
    },
  );

  server.post(
    '/lab/compare',
    {
      config: {
        access,
        description: {
          tag,
          summary:
            'Tries rules on their saved queries: both answers side by side, before anything is in force.',
          query: collectionParameter,
          body: searchRulesBody,
          example: { url: '/lab/compare', body: { synonyms: 'falcon, hawk', queries: [{ query: 'hawk' }] } },
        },
      },
    },
    async (request, reply) =>
      reply.send(
        await engine.compareSearchRules(named(context, request), searchRulesBody.parse(request.body)),
      ),
  );

  server.get(
    '/lab/quality',
    {
      config: {
        access,
        description: {
          tag,
          summary: 'nDCG of the judged queries over time, and queries that found nothing.',
          query: collectionParameter,
          example: { url: '/lab/quality' },
        },
      },
    },
    async (request, reply) => reply.send(await engine.searchQuality(named(context, request))),
  );

  server.post(
    '/lab/quality',
    {
      config: {
        access,
        description: {
          tag,
          summary: 'Asks the judged queries now, and writes down their nDCG.',
          query: collectionParameter,
          example: { url: '/lab/quality' },
        },
      },
    },
    async (request, reply) =>
      reply.send({ measured: (await engine.measureSearchQuality(named(context, request))) ?? null }),
  );
}

function named(context: ServerContext, request: FastifyRequest): string {
  return readableCollection(context, request, collectionParameter.parse(request.query).c);
}
