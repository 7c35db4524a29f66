/** The API's description of itself. */

import type { FastifyInstance } from 'fastify';

import { type DescribedRoute, openApi } from '../api-description.ts';
import { originOf, type ServerContext } from '../server-context.ts';

export function installApiRoutes(
  server: FastifyInstance,
  context: ServerContext,
  described: readonly DescribedRoute[],
): void {
  server.get('/openapi.json', { config: { access: 'public', answers: 'json' } }, async (request, reply) =>
    reply.send(openApi(described, { version: context.engine.version, origin: originOf(context, request) })),
  );
}
