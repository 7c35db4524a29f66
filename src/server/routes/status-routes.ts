/** How the server is: a little for everybody, everything for administrators. */

import type { FastifyInstance } from 'fastify';

import { type ServerContext, visibleCollections } from '../server-context.ts';

export function installStatusRoutes(server: FastifyInstance, context: ServerContext): void {
  server.get('/status', { config: { access: 'public', answers: 'json' } }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const status = await context.engine.status();
    if (request.isAdmin) return { ok: true, ...status };
    const visible = new Set(visibleCollections(context, false));
    const documents = status.collections
      .filter(({ name }) => visible.has(name))
      .reduce((sum, collection) => sum + collection.documents, 0);
    return { ok: true, version: status.version, documents };
  });
}
