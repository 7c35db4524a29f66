/** How the server is: a little for everybody, everything for administrators and keys that may look. */

import type { FastifyInstance } from 'fastify';

import { maySeeAll, type ServerContext, visibleCollections } from '../server-context.ts';

export function installStatusRoutes(server: FastifyInstance, context: ServerContext): void {
  server.get(
    '/status',
    {
      config: {
        access: 'public',
        answers: 'json',
        description: {
          tag: 'status',
          summary: 'How the server is: a little for everybody, everything for keys that may look.',
          example: { url: '/status' },
        },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const status = await context.engine.status();
      if (maySeeAll(request)) return { ok: true, ...status };
      const visible = new Set(visibleCollections(context, request));
      const documents = status.collections
        .filter(({ name }) => visible.has(name))
        .reduce((sum, collection) => sum + collection.documents, 0);
      return { ok: true, version: status.version, documents };
    },
  );

  server.get(
    '/alarms',
    {
      config: {
        access: 'status',
        answers: 'json',
        description: {
          tag: 'status',
          summary:
            'What is wrong now: disks, damage, hosts and shards of a cluster. Empty where all is well.',
          example: { url: '/alarms' },
        },
      },
    },
    async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ alarms: context.alarms.standing() }),
  );
}
