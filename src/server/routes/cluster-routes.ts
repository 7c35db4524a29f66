/** The cluster that this process is a host of, for operators and their programs. */

import type { FastifyInstance } from 'fastify';

import { whoAsks } from '../audit.ts';
import { seatOf } from '../cluster-seat.ts';
import { clusterHostBody } from '../request-schemas.ts';
import type { ServerContext } from '../server-context.ts';

const CHANGES = [
  [
    '/cluster/drain',
    true,
    'Have a host hand on all its shards. Answers at once; GET /cluster tells when it holds none.',
  ],
  ['/cluster/undrain', false, 'Let a host hold shards again.'],
] as const;

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

  for (const [path, isDraining, summary] of CHANGES) {
    server.post(
      path,
      {
        config: {
          access: 'admin',
          answers: 'json',
          description: {
            tag: 'status',
            summary,
            body: clusterHostBody,
            example: { url: path, body: { host: 'north' } },
          },
        },
      },
      async (request, reply) => {
        const { host } = clusterHostBody.parse(request.body ?? {});
        await seatOf(cluster).drain(host, isDraining, whoAsks(request));
        return reply.code(202).send({ ok: true, host, isDraining });
      },
    );
  }

  server.post(
    '/cluster/compare',
    {
      config: {
        access: 'admin',
        answers: 'json',
        description: {
          tag: 'status',
          summary:
            'Compare the mirrors of every shard with their leader, record by record. Reads everything: it takes its time.',
          example: { url: '/cluster/compare' },
        },
      },
    },
    async (_request, reply) => reply.send({ ok: true, shards: await seatOf(cluster).compare() }),
  );
}
