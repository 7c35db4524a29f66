/** The cluster that this process is a host of, for operators and their programs. */

import type { FastifyInstance } from 'fastify';

import type { ServerContext } from '../server-context.ts';

export function installClusterRoutes(server: FastifyInstance, { cluster }: ServerContext): void {
  server.get(
    '/cluster',
    {
      config: {
        access: 'status',
        answers: 'json',
        description: {
          tag: 'status',
          summary:
            'Hosts and shards of the cluster, as this host sees them; `cluster` is null on one machine.',
          example: { url: '/cluster' },
        },
      },
    },
    async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ cluster: cluster?.standing() ?? null }),
  );
}
