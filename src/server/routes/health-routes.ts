/** For who watches the process: does it live, is it ready, and its metrics. */

import type { FastifyInstance } from 'fastify';

import type { Metrics } from '../metrics.ts';
import type { ServerContext } from '../server-context.ts';

export function installHealthRoutes(server: FastifyInstance, context: ServerContext, metrics: Metrics): void {
  const everybody = { access: 'public', answers: 'json' } as const;

  server.get(
    '/health/live',
    {
      config: {
        ...everybody,
        description: {
          tag: 'status',
          summary: 'Answers as long as the process does.',
          example: { url: '/health/live' },
        },
      },
    },
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }),
  );

  server.get(
    '/health/ready',
    {
      config: {
        ...everybody,
        description: {
          tag: 'status',
          summary:
            'Ready to search and to write, or to search alone where it was begun for reading only; 503 with the reason while it is not.',
          example: { url: '/health/ready' },
        },
      },
    },
    async (_request, reply) => {
      const { shards } = await context.engine.status();
      const isReadOnly = shards.some(({ readOnly }) => readOnly !== undefined);
      return reply
        .code(isReadOnly ? 503 : 200)
        .header('cache-control', 'no-store')
        .send(isReadOnly ? { status: 'read-only' } : { status: 'ready' });
    },
  );

  server.get(
    '/metrics',
    {
      config: {
        access: 'status',
        answers: 'json',
        description: {
          tag: 'status',
          summary: 'Metrics in the text form that Prometheus reads.',
          answers: ['text/plain'],
          example: { url: '/metrics' },
        },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
}
